import Access
import Crypto
import Inbound
import Routing
import Values

/// How large a body may be that nobody reads, in bytes.
private let ignoredBody = BodyLimit(bytes: 64 << 10)

/// Everything below `/api/auth`: Backstage's auth plugin with the providers that are configured.
func authRoutes(_ services: SignInServices) -> [Route] {
    var routes = services.providers.flatMap { providerRoutes($0, services) }
    routes += identityRoutes(services)
    routes.append(
        Route(
            .get, "/api/auth/.well-known/oauth-client/cli.json",
            access: .open(because: "it says only that there is nothing")
        ) { _ in
            var json = JSONWriter()
            json.raw(#"{"error":"not_found","error_description":"#)
            json.string("Client ID metadata documents are not enabled")
            json.raw("}")
            return .ready(.json(json.bytes, status: 404))
        })
    return routes + fallbacks(for: routes)
}

// MARK: Providers

private func providerRoutes(_ provider: SignInProvider, _ services: SignInServices) -> [Route] {
    let base = "/api/auth/\(provider.id)"
    let isOpen = RouteAccess.open(because: "whoever signs in has no token yet")
    let refresh: @Sendable (RouteRequest) -> RouteReply = { request in
        .later {
            let signedIn = try await services.signIn(with: provider, request.proxied)
            let issued = try await services.issuer.issue(for: signedIn.user)
            return .json(tokenAnswer(signedIn.identity, issued))
        }
    }
    // There is no page of another site to go to and come back from.
    let notImplemented: @Sendable (RouteRequest) throws -> RouteReply = { _ in
        throw RequestFault(.notImplemented, "signing in with \(provider.id) needs no redirect")
    }
    return [
        Route(.get, "\(base)/refresh", access: isOpen, handler: refresh),
        Route(.post, "\(base)/refresh", access: isOpen, bodyLimit: ignoredBody, handler: refresh),
        Route(.get, "\(base)/start", access: isOpen, handler: notImplemented),
        Route(.get, "\(base)/handler/frame", access: isOpen, handler: notImplemented),
        Route(
            .post, "\(base)/handler/frame", access: isOpen, bodyLimit: ignoredBody,
            handler: notImplemented),
    ]
}

extension RouteRequest {
    /// What a proxy may have put there; what came several times is no proof of anything, and reads
    /// as no name that anybody has.
    var proxied: ProxyRequest {
        ProxyRequest(
            header: { [head] name in
                let values = head.headers.all(name)
                return values.isEmpty ? nil : values.joined(separator: ", ")
            }, cookie: { [head] in head.cookie($0) })
    }
}

/// What Backstage's `refresh` answers.
private func tokenAnswer(_ identity: ProvidedIdentity?, _ issued: IssuedToken) -> [UInt8] {
    var json = JSONWriter(capacity: 1024)
    json.raw(#"{"profile":{"#)
    let profile = [
        ("email", identity?.email), ("displayName", identity?.displayName),
        ("picture", identity?.picture),
    ].compactMap { name, value in value.map { (name, $0) } }
    for (index, (name, value)) in profile.enumerated() {
        if index > 0 { json.raw(",") }
        json.string(name)
        json.raw(":")
        json.string(value)
    }
    json.raw("}")
    if let identity {
        json.raw(#","providerInfo":"#)
        json.value(identity.information)
    }
    json.raw(#","backstageIdentity":{"token":"#)
    issued.token.withBytes { bytes in json.string(bytes.assumingMemoryBound(to: UInt8.self)) }
    json.raw(#","expiresInSeconds":"#)
    json.integer(issued.lifetimeSeconds)
    json.raw(#","identity":{"type":"user","userEntityRef":"#)
    json.string(issued.user.ref)
    json.raw(#","ownershipEntityRefs":"#)
    json.strings(issued.user.ownership)
    json.raw("}}}")
    return json.bytes
}

// MARK: Tokens and who has them

private func identityRoutes(_ services: SignInServices) -> [Route] {
    let discovery = discoveryDocument(issuer: services.issuer.settings.issuer)
    return [
        Route(
            .get, "/api/auth/.well-known/openid-configuration",
            access: .open(because: "verifiers of tokens have none themselves")
        ) { _ in .ready(.json(discovery)) },
        Route(
            .get, "/api/auth/.well-known/jwks.json",
            access: .open(because: "the keys are public, and verifiers have no token")
        ) { _ in
            .later {
                // `use` is left out as in Backstage; each key says its `alg`.
                let keys = try await services.keys.keySet().map {
                    $0.members.filter { $0.name != "use" }
                }
                return .json(keySet(keys))
            }
        },
        Route(.get, "/api/auth/v1/userinfo", access: .signedIn) { request in
            switch request.principal {
            case .anonymous: throw RequestFault(.authentication, "send a user's token")
            case .service:
                throw RequestFault(.input, "the token is a program's; there is no user to tell of")
            case .user(let user):
                var json = JSONWriter()
                json.raw(#"{"claims":{"sub":"#)
                json.string(user.ref)
                json.raw(#","ent":"#)
                json.strings(user.ownership)
                json.raw("}}")
                return .ready(.json(json.bytes))
            }
        },
    ]
}

/// `{"keys": […]}`.
func keySet(_ keys: [[(name: String, value: String)]]) -> [UInt8] {
    var json = JSONWriter()
    json.raw(#"{"keys":["#)
    for (index, key) in keys.enumerated() {
        if index > 0 { json.raw(",") }
        json.raw("{")
        for (index, member) in key.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(member.name)
            json.raw(":")
            json.string(member.value)
        }
        json.raw("}")
    }
    json.raw("]}")
    return json.bytes
}

/// What Backstage says of itself; not all of it is so there or here.
private func discoveryDocument(issuer: String) -> [UInt8] {
    var json = JSONWriter(capacity: 1024)
    json.raw(#"{"issuer":"#)
    json.string(issuer)
    for (name, path) in [
        ("token_endpoint", "/v1/token"), ("userinfo_endpoint", "/v1/userinfo"),
        ("jwks_uri", "/.well-known/jwks.json"), ("authorization_endpoint", "/v1/authorize"),
    ] {
        json.raw(",")
        json.string(name)
        json.raw(":")
        json.string(issuer + path)
    }
    let lists = [
        ("response_types_supported", ["code", "id_token"]),
        ("subject_types_supported", ["public"]),
        (
            "id_token_signing_alg_values_supported",
            [
                "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
                "EdDSA",
            ]
        ),
        ("scopes_supported", ["openid"]),
        ("token_endpoint_auth_methods_supported", ["client_secret_basic", "client_secret_post"]),
        ("claims_supported", ["sub", "ent"]),
        ("grant_types_supported", ["authorization_code"]),
        ("code_challenge_methods_supported", ["S256", "plain"]),
    ]
    for (name, values) in lists {
        json.raw(",")
        json.string(name)
        json.raw(":")
        json.strings(values)
    }
    json.raw("}")
    return json.bytes
}

// MARK: What is not there

/// Backstage takes the segment after `/api/auth/` for a provider wherever no route fits, by any
/// method, and says to everybody that it knows none.
private func fallbacks(for routes: [Route]) -> [Route] {
    let isOpen = RouteAccess.open(because: "who has no token yet should learn what is missing")
    let methods: [HTTPMethod] = [.get, .post, .put, .patch, .delete]
    let notFound: @Sendable (RouteRequest) throws -> RouteReply = { request in
        throw RequestFault(
            .notFound,
            "there is nothing at \(request.head.path); is a sign-in provider missing in "
                + "the configuration, under auth.providers?")
    }
    let patterns = Set(routes.map(\.pattern)).union(["/api/auth/{rest...}"])
    var missing = patterns.flatMap { pattern in
        let present = routes.filter { $0.pattern == pattern }.map(\.method)
        return methods.filter { !present.contains($0) }.map {
            Route($0, pattern, access: isOpen, bodyLimit: ignoredBody, handler: notFound)
        }
    }
    missing += methods.map {
        Route($0, "/api/auth", access: isOpen, bodyLimit: ignoredBody) { _ in .ready(.empty(404)) }
    }
    return missing
}
