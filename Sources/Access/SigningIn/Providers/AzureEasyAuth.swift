import Crypto
package import Telemetry
import Values

extension HeaderProvider {
    /// Azure's "Easy Auth" with Entra ID.
    ///
    /// App Service takes the headers off what comes from outside and sets its own, so they are
    /// believed there, also after the token's own end: the session lasts longer. Where there are
    /// `tokens`, the token has to be one of these.
    ///
    /// - Parameters:
    ///   - id: `azureEasyAuth`, or the older `easyAuth`.
    ///   - tokens: what the identity token has to be; nil where the headers are believed.
    package static func azureEasyAuth(
        id: String = "azureEasyAuth", tokens: ForeignTokens?, clock: Clock
    ) -> HeaderProvider {
        HeaderProvider(
            id: id, title: "Microsoft",
            rules: [
                "idMatchingUserEntityAnnotation": .annotation(
                    "graph.microsoft.com/user-id", provided: "user id")
            ]
        ) { request in
            let header = "x-ms-token-aad-id-token"
            let text = try request.required(header, of: "Easy Auth")
            let claims: TokenClaims
            if let tokens {
                claims = try await tokens.proven(text, from: header, at: clock.now).claims
            } else if let token = try? Token(text), let read = try? TokenClaims(token) {
                claims = read
            } else {
                throw SignInFault.unproven("\(header) holds no token")
            }
            guard claims.text("ver") == "2.0" else {
                throw SignInFault.unproven(
                    "the identity token is not of version 2.0; set requestedAccessTokenVersion to 2 "
                        + "in the manifest of the application")
            }
            var names: [String: String] = [:]
            names["user id"] = claims.text("oid")
            return ProvidedIdentity(
                email: claims.text("email"), displayName: claims.text("name"), names: names
            ) {
                if let token = request.header("x-ms-token-aad-access-token") {
                    $0.member("accessToken", token)
                }
            }
        }
    }

    /// What is missing of the environment in which App Service itself checks who asks; nil where
    /// all is there.
    package static func azureEasyAuthFault(_ environment: [String: String]) -> String? {
        let wanted: [(name: String, value: String?, meaning: String)] = [
            ("WEBSITE_SKU", nil, "the portal does not run on Azure App Service"),
            ("WEBSITE_AUTH_ENABLED", "true", "App Service does not check who asks"),
            (
                "WEBSITE_AUTH_DEFAULT_PROVIDER", "azureactivedirectory",
                "App Service signs people in with something other than Entra ID"
            ),
            ("WEBSITE_AUTH_TOKEN_STORE", "true", "App Service has its token store turned off"),
        ]
        for (name, value, meaning) in wanted {
            guard let present = environment[name], value == nil || present.lowercased() == value
            else { return "\(meaning) (\(name))" }
        }
        return nil
    }
}
