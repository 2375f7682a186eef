import Crypto
package import Telemetry
import Values

extension HeaderProvider {
    /// Google's Identity-Aware Proxy.
    ///
    /// - Parameters:
    ///   - id: `gcpIap`, or the older `gcp-iap`.
    ///   - audience: which of Google's services the tokens have to be for.
    ///   - header: which header brings the token; nil for Google's own.
    package static func gcpIAP(
        id: String = "gcpIap", audience: String, header: String? = nil, keys: RemoteKeys,
        clock: Clock
    ) -> HeaderProvider {
        let tokens = ForeignTokens(
            keys: keys, algorithms: [.es256], issuers: ["https://cloud.google.com/iap"],
            audiences: [audience])
        let header = header ?? "x-goog-iap-jwt-assertion"
        return HeaderProvider(
            id: id, title: "Google",
            rules: [
                "emailMatchingUserEntityAnnotation": .annotation(
                    "google.com/email", provided: "email address"),
                "idMatchingUserEntityAnnotation": .annotation(
                    "google.com/user-id", provided: "user id"),
            ]
        ) { request in
            let text = try request.required(header, of: "the proxy")
            let claims = try await tokens.proven(text, from: header, at: clock.now).claims
            guard let subject = claims.text("sub"), let email = claims.text("email") else {
                throw SignInFault.unproven("the proxy's token names no person")
            }
            var names = ["email address": email]
            // Such as `accounts.google.com:118133858486581853996`.
            names["user id"] = subject.split(separator: ":").dropFirst().first.map(String.init)
            return ProvidedIdentity(email: email, names: names) {
                $0.member("iapToken", claims.json)
            }
        }
    }

    /// Where the proxy's keys are.
    package static let gcpIAPKeys = "https://www.gstatic.com/iap/verify/public_key-jwk"
}
