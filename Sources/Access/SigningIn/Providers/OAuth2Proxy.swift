import Crypto
import Values

extension HeaderProvider {
    /// OAuth2 Proxy, with `pass_user_headers` or `set_xauthrequest`; nothing of it is signed.
    package static let oauth2Proxy = HeaderProvider(
        id: "oauth2Proxy", title: "OAuth2 Proxy",
        rules: [
            "forwardedUserMatchingUserEntityName": .userName(provided: "user"),
            "forwardedPreferredUsernameMatchingUserEntityName": .userName(
                provided: "preferred username"),
        ]
    ) { request in
        var names: [String: String] = [:]
        names["user"] = request.header("X-Forwarded-User")
        names["preferred username"] = request.header("X-Forwarded-Preferred-Username")
        var accessToken = ""
        if let header = request.header("X-OAuth2-Proxy-ID-Token"),
            case .token(let token) = BearerHeader(header)
        {
            // It is passed on, never believed; what is no token at all shows a broken proxy.
            guard let token = try? Token(token), (try? JSON.parse(token.payload)) != nil else {
                throw SignInFault.unproven("the proxy sent an identity token that is none")
            }
            accessToken = token.text
        }
        return ProvidedIdentity(
            email: request.header("X-Forwarded-Email"),
            displayName: names["preferred username"] ?? names["user"], names: names
        ) { $0.member("accessToken", accessToken) }
    }
}
