import Crypto
import Values

/// A sign-in provider that stands before the portal as a proxy and says who asks in headers.
///
/// Nothing but the proxy may reach the portal: whoever can send such a header is believed. A
/// further provider is one more value; one that has to ask for keys may wait in `identify`.
package struct HeaderProvider: Sendable {
    /// Reads a request header by its name, in any case; nil where it is not there.
    package typealias Headers = @Sendable (String) -> String?

    /// Its key under `auth.providers`, and its place in addresses.
    package let id: String
    /// What it is called on the sign-in page.
    package let title: String
    private let ownRules: [String: SignInRule]
    private let identify: @Sendable (Headers) async throws -> ProvidedIdentity

    /// - Parameters:
    ///   - rules: its own sign-in rules by their names in configurations.
    ///   - identify: who asks; throws ``SignInFault`` where the headers do not say.
    package init(
        id: String, title: String, rules: [String: SignInRule],
        identify: @escaping @Sendable (Headers) async throws -> ProvidedIdentity
    ) {
        self.id = id
        self.title = title
        ownRules = rules
        self.identify = identify
    }

    /// The rule of a name in `signIn.resolvers[].resolver`; nil where this provider has none.
    package func rule(named name: String) -> SignInRule? {
        ownRules[name] ?? SignInRule.common[name]
    }

    /// The names that `rule` knows, for the message about one that it does not.
    package var ruleNames: [String] {
        (Array(ownRules.keys) + SignInRule.common.keys).sorted()
    }

    /// Who asks.
    package func identity(from headers: @escaping Headers) async throws -> ProvidedIdentity {
        try await identify(headers)
    }

    /// All that can be configured, by id.
    package static let all: [HeaderProvider] = [.oauth2Proxy]

    /// OAuth2 Proxy, with `pass_user_headers` or `set_xauthrequest`.
    package static let oauth2Proxy = HeaderProvider(
        id: "oauth2Proxy", title: "OAuth2 Proxy",
        rules: [
            "forwardedUserMatchingUserEntityName": .userName(provided: "user"),
            "forwardedPreferredUsernameMatchingUserEntityName": .userName(
                provided: "preferred username"),
        ]
    ) { headers in
        func header(_ name: String) -> String? {
            headers(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        var names: [String: String] = [:]
        names["user"] = header("X-Forwarded-User")
        names["preferred username"] = header("X-Forwarded-Preferred-Username")
        var accessToken = ""
        if let header = header("X-OAuth2-Proxy-ID-Token"),
            case .token(let token) = BearerHeader(header)
        {
            // It is passed on, never believed; what is no token at all shows a broken proxy.
            guard let token = try? Token(token), (try? JSON.parse(token.payload)) != nil else {
                throw SignInFault.unproven("the proxy sent an identity token that is none")
            }
            accessToken = token.text
        }
        return ProvidedIdentity(
            email: header("X-Forwarded-Email"),
            displayName: names["preferred username"] ?? names["user"], names: names,
            accessToken: accessToken)
    }
}
