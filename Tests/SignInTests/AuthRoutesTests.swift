import Access
import CallboardTestSupport
import Inbound
import SignIn
import Store
import Telemetry
import Testing
import Values

struct AuthRoutesTests {
    static let sets = [AccessMigrations.set]

    struct Case: Sendable, CustomTestStringConvertible {
        let method: HTTPMethod
        let target: String
        let headers: [String: String]
        let status: Int
        /// The error's name, or what stands in the answer.
        let text: String

        init(
            _ method: HTTPMethod, _ target: String, _ status: Int, _ text: String = "",
            with headers: [String: String] = [:]
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.status = status
            self.text = text
        }

        var testDescription: String { "\(method.rawValue) \(target) \(headers)" }
    }

    static let program = ["Authorization": "Bearer program-0123456789"]
    static let restricted = ["Authorization": "Bearer restricted-0123456789"]
    static let nonsense = ["Authorization": "Bearer nonsense"]

    @Test(arguments: [
        Case(.get, "/api/auth/guest/refresh", 200, #""profile":{},"backstageIdentity""#),
        Case(.post, "/api/auth/guest/refresh", 200, "user:development/guest"),
        Case(.get, "/api/auth/GUEST/refresh?env=production", 200, "user:development/guest"),
        Case(.get, "/api/auth/guest/refresh", 200, "user:development/guest", with: nonsense),
        Case(
            .get, "/api/auth/guest/refresh", 200, "user:development/guest",
            with: ["Origin": "https://evil.example"]),
        Case(.get, "/api/auth/guest/start?env=development", 501, "NotImplementedError"),
        Case(.get, "/api/auth/guest/handler/frame", 501, "NotImplementedError"),
        Case(.post, "/api/auth/guest/handler/frame", 501, "NotImplementedError"),
        Case(.post, "/api/auth/guest/logout", 404, "NotFoundError"),
        Case(.get, "/api/auth/guest/logout", 404, "NotFoundError"),
        Case(.put, "/api/auth/guest/refresh", 404, "NotFoundError"),
        Case(.get, "/api/auth/guest/nothing", 404, "NotFoundError"),
        Case(.get, "/api/auth/github/start?env=development", 404, "NotFoundError"),
        Case(.get, "/api/auth/nothing/refresh", 404, "NotFoundError"),
        Case(.get, "/api/auth", 404),
        Case(.post, "/api/auth", 404),
        Case(.get, "/api/auth/v1/authorize?client_id=x", 404, "NotFoundError"),
        Case(.post, "/api/auth/v1/token", 404, "NotFoundError"),
        Case(.post, "/api/auth/v1/register", 404, "NotFoundError"),
        Case(.get, "/api/auth/.well-known/oauth-authorization-server", 404, "NotFoundError"),
        Case(.get, "/api/auth/.well-known/oauth-client/cli.json", 404, #""error":"not_found""#),
        Case(
            .get, "/api/auth/oauth2Proxy/refresh", 200,
            #""profile":{"displayName":"Alice"},"providerInfo":{"accessToken":""}"#,
            with: ["X-Forwarded-User": "Alice"]),
        Case(
            .get, "/api/auth/oauth2proxy/refresh", 200,
            #"{"email":"alice@example.com","displayName":"A \"quoted\" name"}"#,
            with: [
                "X-Forwarded-User": "x", "X-Forwarded-Email": "alice@example.com",
                "X-Forwarded-Preferred-Username": #"A "quoted" name"#,
            ]),
        Case(.get, "/api/auth/oauth2Proxy/refresh", 401, "AuthenticationError"),
        Case(
            .get, "/api/auth/oauth2Proxy/refresh", 401, "AuthenticationError",
            with: ["X-Forwarded-User": "x"]),
        Case(
            .get, "/api/auth/oauth2Proxy/refresh", 403, "NotAllowedError",
            with: ["X-Forwarded-User": "x", "X-Forwarded-Email": "y@example.com"]),
        Case(.post, "/api/auth/oauth2Proxy/logout", 404, "NotFoundError"),
        Case(.get, "/api/auth/oauth2Proxy/start", 501, "NotImplementedError"),
        Case(.get, "/api/auth/v1/userinfo", 401, "AuthenticationError"),
        Case(.get, "/api/auth/v1/userinfo", 401, "AuthenticationError", with: nonsense),
        Case(.get, "/api/auth/v1/userinfo", 400, "InputError", with: program),
        Case(.get, "/api/auth/v1/userinfo", 403, "NotAllowedError", with: restricted),
        Case(.post, "/api/auth/v1/userinfo", 404, "NotFoundError", with: program),
        Case(.get, "/api/auth/.well-known/jwks.json", 200, #"{"keys":[]}"#),
        Case(.get, "/api/catalog/.backstage/auth/v1/jwks.json", 200, #"{"keys":[]}"#),
        Case(.get, "/api/auth/.backstage/auth/v1/jwks.json", 200, #"{"keys":[]}"#),
        Case(.get, "/api/nothing/.backstage/auth/v1/jwks.json", 404),
        Case(.get, "/api/techdocs/.backstage/auth/v1/cookie", 401, "AuthenticationError"),
        Case(.get, "/api/auth/.backstage/auth/v1/cookie", 401, "AuthenticationError"),
        Case(.get, "/api/catalog/.backstage/auth/v1/cookie", 403, "NotAllowedError", with: program),
        Case(.post, "/api/techdocs/.backstage/auth/v1/cookie", 404, with: program),
        Case(.delete, "/api/techdocs/.backstage/auth/v1/cookie", 401, "AuthenticationError"),
        Case(.get, "/.backstage/health/v1/liveness", 200, #"{"status":"ok"}"#),
        Case(.get, "/.backstage/health/v1/readiness", 200, #"{"status":"ok"}"#),
    ])
    func `requests without a user's token are answered`(given: Case) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let answer = await TestPortal(database).ask(given.method, given.target, given.headers)
            #expect(answer.status == given.status)
            #expect(given.text.isEmpty ? answer.text.isEmpty : answer.text.contains(given.text))
        }
    }

    @Test func `a token that was given tells who has it`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = TestPortal(database)
            let answer = await portal.ask(
                .get, "/api/auth/oauth2Proxy/refresh", ["X-Forwarded-User": "alice"])
            let identity = try #require(answer.json["backstageIdentity"])
            let token = try #require(identity["token"]?.string)
            #expect(identity["expiresInSeconds"]?.int == 3600)
            #expect(
                identity["identity"]?.text
                    == #"{"type":"user","userEntityRef":"user:default/alice","#
                    + #""ownershipEntityRefs":["user:default/alice","group:default/team-a"]}"#)

            let header = ["Authorization": "bearer \(token)"]
            #expect(
                await portal.ask(.get, "/api/auth/v1/userinfo", header).text
                    == #"{"claims":{"sub":"user:default/alice","#
                    + #""ent":["user:default/alice","group:default/team-a"]}}"#)
            #expect(
                await portal.ask(.get, "/api/catalog/whoami", header).text == "user:default/alice")

            let key = try #require(
                await portal.ask(.get, "/api/auth/.well-known/jwks.json").json["keys"]?.elements
                    .first { _ in true })
            #expect(
                Set(key.members.compactMap(\.key.string)) == ["kty", "kid", "alg", "crv", "x", "y"])
            #expect(portal.log.text.contains("user:default/alice"))
            #expect(portal.log.text.contains(token.suffix(20)) == false)
        }
    }

    @Test func `the user cookie is given for a user's token and removed`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = TestPortal(database)
            let header = ["Authorization": "Bearer \(await portal.guestToken())"]
            let path = "/api/techdocs/.backstage/auth/v1/cookie"
            let given = await portal.ask(.get, path, header)
            let cookie = try #require(given.cookies.first)
            #expect(given.json["expiresAt"]?.string == "2027-01-15T09:00:00.000Z")
            #expect(cookie.pair.hasPrefix("backstage-auth=ey"))
            #expect(
                cookie.attributes == [
                    "Domain=localhost", "Path=/", "Expires=Fri, 15 Jan 2027 09:00:00 GMT",
                    "HttpOnly", "Secure", "Priority=High", "SameSite=None",
                ])
            // It opens nothing but the routes that take it, and gives no further cookie.
            for target in [path, "/api/catalog/whoami"] {
                #expect(await portal.ask(.get, target, ["Cookie": cookie.pair]).status == 401)
            }
            let removed = await portal.ask(.delete, path, header)
            #expect(removed.status == 204)
            #expect(removed.cookies.first?.pair == "backstage-auth=")
            #expect(
                removed.cookies.first?.attributes.contains("Expires=Thu, 01 Jan 1970 00:00:00 GMT")
                    == true)
        }
    }

    @Test(arguments: [
        ("http://portal.example.com", "portal.example.com", false, "SameSite=Lax"),
        ("https://portal.example.com", "portal.example.com", true, "SameSite=None"),
    ])
    func `the user cookie is for other sites only over a secure connection`(
        backend: String, host: String, isSecure: Bool, sameSite: String
    ) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            var options = TestPortal.Options()
            options.backend = backend
            options.host = host
            options.isSecure = isSecure
            let portal = TestPortal(database, options)
            let header = ["Authorization": "Bearer \(await portal.guestToken())"]
            let answer = await portal.ask(
                .get, "/api/catalog/.backstage/auth/v1/cookie", header)
            let attributes = try #require(answer.cookies.first?.attributes)
            #expect(attributes.contains(sameSite))
            #expect(attributes.contains("Domain=\(host)"))
            #expect(attributes.contains("Secure") == isSecure)
        }
    }

    @Test func `where everybody may ask, who gives no token still has no user`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            var options = TestPortal.Options()
            options.allowsAnonymous = true
            let portal = TestPortal(database, options)
            #expect(await portal.ask(.get, "/api/catalog/whoami").text == "anonymous")
            for target in ["/api/auth/v1/userinfo", "/api/catalog/.backstage/auth/v1/cookie"] {
                #expect(await portal.ask(.get, target).status == 401)
            }
        }
    }

    @Test func `guests are refused where they are not allowed`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            var options = TestPortal.Options()
            options.guest = try GuestProvider(isAllowed: false)
            let refused = await TestPortal(database, options).ask(.get, "/api/auth/guest/refresh")
            #expect(refused.status == 403)
            #expect(refused.text.contains("dangerouslyAllowOutsideDevelopment"))
            options.guest = nil
            let absent = await TestPortal(database, options).ask(.get, "/api/auth/guest/refresh")
            #expect(absent.status == 404)
        }
    }

    @Test(arguments: [
        (SignInServices.Readiness.starting, "Backend has not started yet"),
        (.stopping, "Backend is shutting down"),
    ])
    func `readiness is said`(readiness: SignInServices.Readiness, message: String) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            var options = TestPortal.Options()
            options.readiness = readiness
            let portal = TestPortal(database, options)
            let answer = await portal.ask(.get, "/.backstage/health/v1/readiness")
            #expect(answer.status == 503)
            #expect(answer.text == #"{"message":"\#(message)","status":"error"}"#)
            #expect(await portal.ask(.get, "/.backstage/health/v1/liveness").status == 200)
        }
    }

    @Test func `the discovery document names the addresses of the portal`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let answer = await TestPortal(database).ask(
                .get, "/api/auth/.well-known/openid-configuration")
            let base = "http://localhost:7007/api/auth"
            #expect(answer.json["issuer"]?.string == base)
            #expect(answer.json["jwks_uri"]?.string == "\(base)/.well-known/jwks.json")
            #expect(answer.json["userinfo_endpoint"]?.string == "\(base)/v1/userinfo")
            #expect(answer.json.count == 13)
        }
    }
}
