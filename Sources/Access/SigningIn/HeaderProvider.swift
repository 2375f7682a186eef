/// What a request brought, as far as a proxy before the portal may have put it there.
package struct ProxyRequest: Sendable {
    private let readHeader: @Sendable (String) -> String?
    private let readCookie: @Sendable (String) -> String?

    /// - Parameters:
    ///   - header: reads a header by its name, in any case; nil where it is not there.
    ///   - cookie: reads a cookie by its name.
    package init(
        header: @escaping @Sendable (String) -> String?,
        cookie: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        readHeader = header
        readCookie = cookie
    }

    /// The value of a header; nil where there is none, or nothing in it.
    func header(_ name: String) -> String? { readHeader(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// The value of a cookie; nil where there is none, or nothing in it.
    func cookie(_ name: String) -> String? { readCookie(name).flatMap { $0.isEmpty ? nil : $0 } }
}

/// A sign-in provider that stands before the portal as a proxy and says who asks in headers.
///
/// Where what it says is not signed, nothing but the proxy may reach the portal: whoever can send
/// such a header is believed. Each provider is a value; the folder `Providers` has them all.
package struct HeaderProvider: Sendable {
    /// Its key under `auth.providers`, and its place in addresses.
    package let id: String
    /// What it is called on the sign-in page.
    package let title: String
    private let ownRules: [String: SignInRule]
    private let identify: @Sendable (ProxyRequest) async throws -> ProvidedIdentity

    /// - Parameters:
    ///   - rules: its own sign-in rules by their names in configurations.
    ///   - identify: who asks; throws ``SignInFault`` where the request does not say.
    package init(
        id: String, title: String, rules: [String: SignInRule],
        identify: @escaping @Sendable (ProxyRequest) async throws -> ProvidedIdentity
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
    package func identity(from request: ProxyRequest) async throws -> ProvidedIdentity {
        try await identify(request)
    }
}
