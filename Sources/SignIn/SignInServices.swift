package import Access
package import Routing
package import Telemetry

/// What signing in needs of the portal.
package struct SignInServices: Sendable {
    /// Where the portal is reached.
    package struct Addresses: Sendable {
        /// `backend.baseUrl` without a slash at the end.
        package let backend: String
        /// Its host, for the user cookie.
        package let host: String
        /// Whether it begins with `https:`.
        package let isSecure: Bool
        /// Where pages are mounted: empty, or such as `/portal`.
        package let basePath: String

        package init(backend: String, host: String, isSecure: Bool, basePath: String) {
            self.backend = backend
            self.host = host
            self.isSecure = isSecure
            self.basePath = basePath
        }
    }

    /// Whether the portal may be sent requests.
    package enum Readiness: Sendable {
        case ready, starting, stopping
    }

    /// Those that are configured, in the order of the sign-in page.
    package var providers: [SignInProvider]
    package var people: any PeopleDirectory
    package var issuer: TokenIssuer
    package var keys: SigningKeys
    package var sessions: Sessions
    package var addresses: Addresses
    package var crossSite: CrossSiteGuard
    /// The plugins that have an API here, `auth` included.
    package var plugins: [String]
    package var readiness: @Sendable () -> Readiness
    package var log: Log

    package init(
        providers: [SignInProvider], people: any PeopleDirectory, issuer: TokenIssuer,
        keys: SigningKeys, sessions: Sessions, addresses: Addresses, crossSite: CrossSiteGuard,
        plugins: [String], readiness: @escaping @Sendable () -> Readiness, log: Log
    ) {
        self.providers = providers
        self.people = people
        self.issuer = issuer
        self.keys = keys
        self.sessions = sessions
        self.addresses = addresses
        self.crossSite = crossSite
        self.plugins = plugins
        self.readiness = readiness
        self.log = log
    }

    /// The provider of an id, in any case.
    func provider(_ id: String) -> SignInProvider? {
        providers.first { $0.id.lowercased() == id.lowercased() }
    }

    /// Proves by a provider who asks, and finds as whom they act.
    ///
    /// Throws `SignInFault` where that fails, which the log then knows too.
    func signIn(with provider: SignInProvider, _ request: ProxyRequest) async throws -> SignedIn {
        do {
            let signedIn = try await provider.signIn(request, people)
            log.info(
                "signed in",
                ["provider": .string(provider.id), "user_ref": .string(signedIn.user.ref)])
            return signedIn
        } catch let fault as SignInFault {
            log.info(
                "sign-in refused",
                ["provider": .string(provider.id), "reason": .string(fault.message)])
            throw fault
        }
    }
}

/// All routes of signing in, of keys and of health.
///
/// - Returns: what is to be given to the router; the pages among them answer below `/sign-in` and
///   `/sign-out`, and the page that offers the providers is not among them.
package func signInRoutes(_ services: SignInServices) -> [Route] {
    authRoutes(services) + pluginRoutes(services) + healthRoutes(services) + pageRoutes(services)
}

extension SignInFault: FaultConvertible {
    /// 401, 403, 409 or 503, where Backstage answers 500.
    package var requestFault: RequestFault {
        switch self {
        case .unproven(let message): RequestFault(.authentication, message)
        case .notAllowed(let message): RequestFault(.notAllowed, message)
        case .ambiguous(let message): RequestFault(.conflict, message)
        case .unavailable(let message): RequestFault(.unavailable, message)
        }
    }
}
