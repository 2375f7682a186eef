import Crypto
import Outbound
import Telemetry
import Testing
import Values

@testable import Access

struct ProxyProviderTests {
    private static let signer =
        "arn:aws:elasticloadbalancing:us-east-2:1234:loadbalancer/app/portal/5678"
    private static let start = 1_800_000_000

    /// The providers, each as it is tested.
    enum Proxy: String, CaseIterable {
        case aws, google, cloudflare, azure

        /// Where its token stands.
        var header: String {
            switch self {
            case .aws: "x-amzn-oidc-data"
            case .google: "x-goog-iap-jwt-assertion"
            case .cloudflare: "cf-access-jwt-assertion"
            case .azure: "x-ms-token-aad-id-token"
            }
        }

        var claims: [String: String?] {
            let common = [
                "exp": "\(start + 60)", "iat": "\(start)", "email": #""Alice@Example.com""#,
                "name": #""Alice \"A\"""#, "sub": #""sub-1""#,
            ]
            let own: [String: String]
            switch self {
            case .aws:
                own = ["iss": #""https://idp.example.com""#, "picture": #""https://a/p.png""#]
            case .google:
                own = [
                    "iss": #""https://cloud.google.com/iap""#, "aud": #""/projects/1/a""#,
                    "sub": #""accounts.google.com:17""#,
                ]
            case .cloudflare:
                own = ["iss": #""https://my-team.cloudflareaccess.com""#, "aud": #"["tag-1","x"]"#]
            case .azure:
                own = ["aud": #""client-1""#, "ver": #""2.0""#, "oid": #""17""#]
            }
            return common.merging(own) { $1 }
        }

        /// What comes with the token.
        var others: [String: String] {
            switch self {
            case .aws: ["x-amzn-oidc-accesstoken": "opaque"]
            case .azure: ["x-ms-token-aad-access-token": "azure-token"]
            default: [:]
            }
        }
    }

    private let time = ManualClock(AccessFixture.start)
    private let server = KeyServer()
    private let key: SigningKey

    init() throws {
        key = try SigningKey.generate(id: "k-1")
        server.publish(key)
        server.publish(try key.verification.publicPEM(), at: "/aws/k-1")
        server.publish(
            #"{"id":"cf-1","name":"Alice of Cloudflare","groups":[{"id":"g","name":"G"}],"idp":{}}"#,
            at: "/get-identity")
    }

    private func provider(_ proxy: Proxy) throws -> HeaderProvider {
        let clock = time.clock
        let keys = try #require(server.keys(clock: clock))
        switch proxy {
        case .aws:
            return .awsALB(
                issuer: "https://idp.example.com", signer: Self.signer,
                keys: try #require(server.keys(.each, at: "/aws", clock: clock)), clock: clock)
        case .google: return .gcpIAP(audience: "/projects/1/a", keys: keys, clock: clock)
        case .cloudflare:
            var settings = try #require(CloudflareSettings(team: "My-Team"))
            settings.serviceTokens = [.init(token: "robot.access", subject: "robot@example.com")]
            settings.audiences = ["tag-1"]
            settings.moved(to: "\(server.address)/keys")
            return .cloudflare(settings, keys: keys, client: server.client, clock: clock)
        case .azure:
            return .azureEasyAuth(
                tokens: ForeignTokens(keys: keys, audiences: ["client-1"]), clock: clock)
        }
    }

    private func header(_ changes: [String: String?] = [:]) -> String {
        object(
            ["alg": #""ES256""#, "kid": #""k-1""#, "signer": "\"\(Self.signer)\""]
                .merging(changes) { $1 })
    }

    private func token(
        _ proxy: Proxy, header changes: [String: String?] = [:], _ claims: [String: String?] = [:],
        by signer: SigningKey? = nil
    ) -> String {
        handMade(
            header(changes), object(proxy.claims.merging(claims) { $1 }), filled: proxy == .aws
        ) { (try? (signer ?? key).sign($0)) ?? [] }
    }

    private func identity(
        _ proxy: Proxy, _ headers: [String: String], cookies: [String: String] = [:]
    ) async throws -> ProvidedIdentity {
        try await provider(proxy).identity(
            from: ProxyRequest(header: { headers[$0] }, cookie: { cookies[$0] }))
    }

    /// What a request of one token leads to: the reason of a refusal, or the email address.
    private func outcome(_ proxy: Proxy, _ token: String) async -> String {
        do {
            let headers = proxy.others.merging([proxy.header: token]) { $1 }
            return try await identity(proxy, headers).email ?? "no email"
        } catch let fault as SignInFault {
            if case .notAllowed = fault { return "not allowed: \(fault.message)" }
            if case .unavailable = fault { return "unavailable: \(fault.message)" }
            return fault.message
        } catch {
            return "\(error)"
        }
    }

    // MARK: Good ones

    /// What Backstage's answer has in `providerInfo`.
    private static func information(_ proxy: Proxy) -> String {
        switch proxy {
        case .aws: #"{"accessToken":"opaque","expiresInSeconds":60}"#
        case .google:
            """
            {"iapToken":{"aud":"/projects/1/a","email":"Alice@Example.com","exp":1800000060,\
            "iat":1800000000,"iss":"https://cloud.google.com/iap","name":"Alice \\"A\\"",\
            "sub":"accounts.google.com:17"}}
            """
        case .cloudflare:
            """
            {"claims":{"aud":["tag-1","x"],"email":"Alice@Example.com","exp":1800000060,\
            "iat":1800000000,"iss":"https://my-team.cloudflareaccess.com",\
            "name":"Alice \\"A\\"","sub":"sub-1"},"cfIdentity":{"id":"sub-1",\
            "name":"Alice of Cloudflare","email":"Alice@Example.com",\
            "groups":[{"id":"g","name":"G"}]},"expiresInSeconds":60}
            """
        case .azure: #"{"accessToken":"azure-token"}"#
        }
    }

    @Test(
        arguments: [
            (.aws, "alice@example.com", #"Alice "A""#), (.google, "Alice@Example.com", nil),
            (.cloudflare, "Alice@Example.com", "Alice of Cloudflare"),
            (.azure, "Alice@Example.com", #"Alice "A""#),
        ] as [(Proxy, String, String?)])
    func `a proxy's token tells who asks, and what Backstage hands on`(
        proxy: Proxy, email: String, name: String?
    ) async throws {
        let identity = try await identity(
            proxy, proxy.others.merging([proxy.header: token(proxy)]) { $1 })
        #expect(identity.email == email)
        #expect(identity.displayName == name)
        #expect(identity.information.text == Self.information(proxy))
        #expect(identity.picture == (proxy == .aws ? "https://a/p.png" : nil))
    }

    @Test(arguments: [
        (
            Proxy.google, "emailMatchingUserEntityAnnotation", "google.com/email",
            "Alice@Example.com"
        ),
        (.google, "idMatchingUserEntityAnnotation", "google.com/user-id", "17"),
        (.azure, "idMatchingUserEntityAnnotation", "graph.microsoft.com/user-id", "17"),
    ])
    func `rules by annotations have the provider's own`(
        proxy: Proxy, rule: String, annotation: String, value: String
    ) async throws {
        let identity = try await identity(
            proxy, proxy.others.merging([proxy.header: token(proxy)]) { $1 })
        guard case .annotation(annotation, let provided) = try provider(proxy).rule(named: rule)
        else {
            Issue.record("\(rule) does not look at \(annotation)")
            return
        }
        #expect(identity.names[provided] == value)
    }

    // MARK: Hostile ones

    /// What is wrong with a token of any provider, and what is said of it.
    enum Forgery: String, CaseIterable {
        case otherKey, unknownKey, noKey, pathAsKey, unsigned, hmac, criticalExtension, expired
        case notYet, noEnd, garbage, tooLong, otherPayload, noClaims, empty, twice

        var reason: String {
            switch self {
            case .otherKey, .otherPayload: "signature is wrong"
            case .unknownKey, .pathAsKey: "key"
            case .noKey: ""
            case .unsigned, .hmac: "algorithm is not accepted"
            case .criticalExtension: "extension"
            case .expired: "has expired"
            case .notYet: "not valid yet"
            case .noEnd: "no exp"
            case .garbage, .twice: "not a signed token"
            case .tooLong: "more than 32768 bytes"
            case .noClaims: "not a JSON object"
            case .empty: "asked directly"
            }
        }
    }

    @Test(arguments: Proxy.allCases, Forgery.allCases)
    func `a forged token is refused with the reason`(proxy: Proxy, forgery: Forgery) async throws {
        let text: String
        switch forgery {
        case .otherKey: text = token(proxy, by: try SigningKey.generate(id: "k-1"))
        case .unknownKey: text = token(proxy, header: ["kid": #""k-2""#])
        case .noKey: text = token(proxy, header: ["kid": nil], by: try SigningKey.generate(id: ""))
        case .pathAsKey: text = token(proxy, header: ["kid": #""../keys""#])
        case .unsigned:
            text = handMade(header(["alg": #""none""#]), object(proxy.claims)) { _ in [] }
        case .hmac:
            let secret = Secret(try key.verification.publicPEM())
            text = handMade(header(["alg": #""HS256""#]), object(proxy.claims)) {
                HMACSHA256.code(for: $0, key: secret)
            }
        case .criticalExtension: text = token(proxy, header: ["crit": #"["x"]"#])
        case .expired: text = token(proxy, ["exp": "\(Self.start)"])
        case .notYet: text = token(proxy, ["nbf": "\(Self.start + 31)"])
        case .noEnd: text = token(proxy, ["exp": nil])
        case .garbage: text = "garbage"
        case .tooLong: text = token(proxy) + String(repeating: "A", count: 32_768)
        case .otherPayload:
            let mine = token(proxy).split(separator: ".")
            let other = token(proxy, ["email": #""bob@example.com""#]).split(separator: ".")
            text = "\(mine[0]).\(other[1]).\(mine[2])"
        case .noClaims: text = handMade(header(), "[]") { (try? key.sign($0)) ?? [] }
        case .empty: text = ""
        case .twice: text = "\(token(proxy)), \(token(proxy))"
        }
        let outcome = await outcome(proxy, text)
        #expect(!outcome.contains("@"))
        // The load balancer has no address for a key that is not there.
        let reason = proxy == .aws && forgery == .unknownKey ? "unavailable" : forgery.reason
        #expect(outcome.contains(reason), "\(outcome)")
    }

    @Test(
        arguments: [
            (Proxy.aws, ["iss": #""https://other.example.com""#], "another issuer"),
            (.aws, ["iss": nil], "another issuer"), (.aws, ["iss": "17"], "another issuer"),
            (.aws, ["email": nil], "no email"),
            (.google, ["aud": #""/projects/2/a""#], "another audience"),
            (.google, ["aud": nil], "another audience"),
            (.google, ["iss": #""https://accounts.google.com""#], "another issuer"),
            (.google, ["email": nil], "names no person"),
            (.google, ["sub": #""""#], "names no person"),
            (.cloudflare, ["aud": #"["tag-2"]"#], "another audience"),
            (.cloudflare, ["iss": #""https://other.cloudflareaccess.com""#], "another issuer"),
            (.cloudflare, ["sub": #""""#], "names nobody"),
            (
                .cloudflare, ["sub": #""""#, "common_name": #""other.access""#],
                "not allowed: the service token other.access"
            ),
            (
                .cloudflare, ["sub": #""""#, "common_name": #""robot.access""#, "email": nil],
                "robot@example.com"
            ),
            (.azure, ["aud": #""client-2""#], "another audience"),
            (.azure, ["ver": #""1.0""#], "2.0"),
            (.azure, ["ver": "2.0"], "2.0"),
        ] as [(Proxy, [String: String?], String)])
    func `a token counts only as it is meant`(
        proxy: Proxy, changes: [String: String?], wanted: String
    ) async {
        let outcome = await outcome(proxy, token(proxy, changes))
        #expect(outcome.contains(wanted), "\(outcome)")
    }

    @Test func `only the load balancer that is named signs`() async throws {
        for value in [#""arn:other""#, nil, "17"] {
            let text = token(.aws, header: ["signer": value])
            #expect(await outcome(.aws, text).contains("another load balancer"))
        }
        await #expect(throws: SignInFault.self) {
            try await identity(.aws, [Proxy.aws.header: token(.aws)])
        }
        // Without a signer any counts, as in Backstage.
        let keys = try #require(server.keys(.each, at: "/aws", clock: time.clock))
        let any = HeaderProvider.awsALB(
            issuer: "https://idp.example.com", signer: nil, keys: keys, clock: time.clock)
        let headers = Proxy.aws.others.merging(
            [Proxy.aws.header: token(.aws, header: ["signer": nil], ["name": nil])]) { $1 }
        let named = try await any.identity(from: ProxyRequest(header: { headers[$0] }))
        #expect(named.displayName == "alice")
    }

    @Test func `Cloudflare's cookie counts where there is no header`() async throws {
        let text = token(.cloudflare)
        let identity = try await identity(.cloudflare, [:], cookies: ["CF_Authorization": text])
        #expect(identity.displayName == "Alice of Cloudflare")
        #expect(server.lastRequest.contains("GET /get-identity "))
        #expect(server.lastRequest.contains("CF_Authorization=\(text)"))
        // A wrong header is not made good by a cookie.
        await #expect(throws: SignInFault.self) {
            try await self.identity(
                .cloudflare, [Proxy.cloudflare.header: "x"], cookies: ["CF_Authorization": text])
        }
        for answer in [nil, "", "17", #"{"name":17}"#] {
            server.publish(answer, at: "/get-identity")
            let nameless = try await self.identity(.cloudflare, [Proxy.cloudflare.header: text])
            #expect(nameless.displayName == nil && nameless.email == "Alice@Example.com")
        }
    }

    @Test func `keys that cannot be had are not the person's fault`() async throws {
        server.fail(true)
        for proxy in Proxy.allCases {
            #expect(await outcome(proxy, token(proxy)).hasPrefix("unavailable: the keys of"))
        }
    }

    @Test func `Easy Auth is believed where App Service sets the headers`() async throws {
        let provider = HeaderProvider.azureEasyAuth(id: "easyAuth", tokens: nil, clock: time.clock)
        #expect(provider.id == "easyAuth")
        func email(_ text: String) async throws -> String? {
            try await provider.identity(
                from: ProxyRequest(header: { $0 == Proxy.azure.header ? text : nil })
            ).email
        }
        // The session there lasts longer than the token.
        #expect(try await email(token(.azure, ["exp": "1"])) == "Alice@Example.com")
        for wrong in ["", "x", "a.b.c", token(.azure, ["ver": #""1.0""#])] {
            await #expect(throws: SignInFault.self) { try await email(wrong) }
        }
        let good = [
            "WEBSITE_SKU": "Basic", "WEBSITE_AUTH_ENABLED": "True",
            "WEBSITE_AUTH_DEFAULT_PROVIDER": "AzureActiveDirectory",
            "WEBSITE_AUTH_TOKEN_STORE": "true",
        ]
        #expect(HeaderProvider.azureEasyAuthFault(good) == nil)
        for name in good.keys {
            var other = good
            other[name] = nil
            #expect(HeaderProvider.azureEasyAuthFault(other)?.contains(name) == true)
        }
    }

    @Test(arguments: [
        ("us-east-2", "https://public-keys.auth.elb.us-east-2.amazonaws.com"),
        (
            "us-gov-west-1",
            "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1"
        ), ("", nil), ("evil.example.com/", nil), ("us east", nil),
    ])
    func `a region has its keys at one address`(region: String, address: String?) {
        #expect(HeaderProvider.awsALBKeys(region: region) == address)
    }
}
