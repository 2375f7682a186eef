import Access
import CallboardTestSupport
import Crypto
import Store
import Telemetry
import Testing

struct TokenAuthenticatorTests {
    static let sets = [AccessMigrations.set]
    static let secret = Secret("legacy-secret-0123456789")
    static let restriction = AccessRestriction(
        plugin: "catalog", permissions: ["catalog.entity.read"])

    static func external() throws -> [ExternalToken] {
        [
            .fixed(Secret("static-token-0123456789"), subject: "program"),
            .fixed(
                Secret("restricted-0123456789"), subject: "reader", restrictions: [restriction]),
            try .legacy(secret, subject: "caller"),
            try .oldKey(Secret("old-key-0123456789")),
        ]
    }

    struct HeaderCase: Sendable, CustomTestStringConvertible {
        let header: String
        let answer: AccessFixture.Answer

        init(_ header: String, _ answer: AccessFixture.Answer) {
            self.header = header
            self.answer = answer
        }

        var testDescription: String { header.isEmpty ? "(empty)" : header }
    }

    static let program = AccessFixture.Answer.known(.service(.init(subject: "external:program")))

    @Test(arguments: [
        HeaderCase("Bearer static-token-0123456789", program),
        HeaderCase("bearer static-token-0123456789", program),
        HeaderCase("BEARER   static-token-0123456789 ", program),
        HeaderCase(
            "Bearer restricted-0123456789",
            .known(.service(.init(subject: "external:reader", restrictions: [restriction])))),
        HeaderCase("Bearer static-token-0123456788", .refused),
        HeaderCase("Bearer static-token", .refused),
        HeaderCase("Bearer static-token-01234567890", .refused),
        HeaderCase("Bearer Static-token-0123456789", .refused),
        HeaderCase("Bearer static-token-0123456789 more", .refused),
        HeaderCase("Bearer", .refused),
        HeaderCase("Bearer a.b.c", .refused),
        HeaderCase("Bearer ..", .refused),
        HeaderCase("Bearer \u{FFFD}", .refused),
        HeaderCase("static-token-0123456789", .known(.anonymous)),
        HeaderCase("Basic c3RhdGljLXRva2VuLTAxMjM0NTY3ODk6eA==", .known(.anonymous)),
        HeaderCase("", .known(.anonymous)),
    ])
    func `a header brings one of the fixed tokens or nothing`(given: HeaderCase) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database, external: try Self.external())
            #expect(await portal.ask(header: given.header) == given.answer)
        }
    }

    struct LegacyCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let claims: String
        var type: String?
        var secret = TokenAuthenticatorTests.secret
        /// nil: refused.
        let subject: String?
    }

    @Test(arguments: [
        LegacyCase(
            testDescription: "good", claims: #"{"sub":"backstage-server","exp":4102444800}"#,
            subject: "external:caller"),
        LegacyCase(
            testDescription: "without exp", claims: #"{"sub":"backstage-server"}"#,
            subject: "external:caller"),
        LegacyCase(
            testDescription: "with typ", claims: #"{"sub":"backstage-server"}"#, type: "JWT",
            subject: "external:caller"),
        LegacyCase(
            testDescription: "by an old key", claims: #"{"sub":"backstage-server"}"#,
            secret: Secret("old-key-0123456789"), subject: "external:backstage-plugin"),
        LegacyCase(
            testDescription: "expired", claims: #"{"sub":"backstage-server","exp":1700000000}"#,
            subject: nil),
        LegacyCase(
            testDescription: "not yet valid", claims: #"{"sub":"backstage-server","nbf":4e9}"#,
            subject: nil),
        LegacyCase(
            testDescription: "exp is no number", claims: #"{"sub":"backstage-server","exp":"x"}"#,
            subject: nil),
        LegacyCase(
            testDescription: "exp beyond all time",
            claims: #"{"sub":"backstage-server","exp":1e300}"#, subject: nil),
        LegacyCase(
            testDescription: "another subject", claims: #"{"sub":"backstage-plugin"}"#,
            subject: nil),
        LegacyCase(testDescription: "no subject", claims: #"{"exp":4102444800}"#, subject: nil),
        LegacyCase(
            testDescription: "an audience",
            claims: #"{"sub":"backstage-server","aud":"backstage"}"#, subject: nil),
        LegacyCase(
            testDescription: "another secret", claims: #"{"sub":"backstage-server"}"#,
            secret: Secret("another-secret"), subject: nil),
        LegacyCase(testDescription: "no JSON", claims: "backstage-server", subject: nil),
        LegacyCase(
            testDescription: "nested too deep",
            claims: #"{"sub":"backstage-server","x":[[[[[[[[[[]]]]]]]]]]}"#, subject: nil),
    ])
    func `a legacy token counts by its secret and claims`(given: LegacyCase) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database, external: try Self.external())
            let token = try forged(
                given.claims, type: given.type,
                by: SigningKey(sharedSecret: given.secret, id: nil))
            let wanted = given.subject.map {
                AccessFixture.Answer.known(.service(.init(subject: $0)))
            }
            // The second time it may be remembered.
            for _ in 0..<2 {
                #expect(await portal.ask(header: "Bearer \(token)") == wanted ?? .refused)
            }
        }
    }

    /// What is wrong with a user token, and how it is made from a good one's parts.
    enum Forgery: String, CaseIterable {
        case none, otherKey, hmacWithPublicKey, unsigned, wrongType, pluginType, noType, noAudience
        case otherAudience, expired, notYet, noExpiry, noIssueTime, noSubject, emptySubject
        case tampered, otherPayload, noKeyName, tooLong, truncated
    }

    @Test(arguments: Forgery.allCases)
    func `a user token counts only as the portal signed it`(forgery: Forgery) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let key = try SigningKey.generate(id: "11111111-1111-4111-8111-111111111111")
            try await publish(key, in: database)
            let good =
                #"{"sub":"user:default/alice","ent":["user:default/alice"],"#
                + #""aud":"backstage","iat":1800000000,"exp":1800003600}"#
            func changed(_ from: String, _ to: String) throws -> String {
                try #require(good.contains(from))
                let parts = good.split(separator: from, maxSplits: 1)
                return try forged(parts.joined(separator: to), by: key)
            }
            func retyped(_ type: String?) throws -> String { try forged(good, type: type, by: key) }
            let text: String
            switch forgery {
            case .none: text = try forged(good, by: key)
            case .otherKey:
                text = try forged(good, by: SigningKey.generate(id: key.id ?? ""))
            case .hmacWithPublicKey:
                let pem = try key.verification.publicPEM()
                // The library refuses such a secret, so the token is put together by hand.
                text = unsignedToken(
                    #"{"typ":"vnd.backstage.user","alg":"HS256","kid":"\#(key.id ?? "")"}"#, good
                ) { HMACSHA256.code(for: $0, key: Secret(pem)) }
            case .unsigned:
                text = unsignedToken(
                    #"{"typ":"vnd.backstage.user","alg":"none","kid":"\#(key.id ?? "")"}"#, good
                ) { _ in [] }
            case .wrongType: text = try retyped("vnd.backstage.limited-user")
            case .pluginType: text = try retyped("vnd.backstage.plugin")
            case .noType: text = try retyped(nil)
            case .noAudience: text = try changed(#""aud":"backstage","#, "")
            case .otherAudience: text = try changed(#""backstage""#, #""catalog""#)
            case .expired: text = try changed("1800003600", "1800000000")
            case .notYet: text = try changed(#""aud""#, #""nbf":1800000001,"aud""#)
            case .noExpiry: text = try changed(#","exp":1800003600"#, "")
            case .noIssueTime: text = try changed(#""iat":1800000000,"#, "")
            case .noSubject: text = try changed(#""sub":"user:default/alice","#, "")
            case .emptySubject: text = try changed(#""sub":"user:default/alice""#, #""sub":"""#)
            case .tampered: text = try forged(good, by: key) + "x"
            case .otherPayload:
                let mine = try forged(good, by: key).split(separator: ".")
                let other = try changed("alice", "bob").split(separator: ".")
                text = "\(mine[0]).\(other[1]).\(mine[2])"
            case .noKeyName:
                text = unsignedToken(#"{"typ":"vnd.backstage.user","alg":"ES256"}"#, good) {
                    (try? key.sign($0)) ?? []
                }
            case .tooLong: text = try forged(good, by: key) + String(repeating: "A", count: 32_768)
            case .truncated: text = String(try forged(good, by: key).dropLast(10))
            }
            let alice = Principal.User(
                ref: "user:default/alice", ownership: ["user:default/alice"])
            for _ in 0..<2 {
                #expect(
                    await portal.ask(header: "Bearer \(text)")
                        == (forgery == .none ? .known(.user(alice)) : .refused))
            }
        }
    }

    @Test func `a remembered token ends at its time`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            let header = "Bearer \(issued.text)"
            #expect(await portal.ask(header: header) == .known(.user(AccessFixture.alice)))
            portal.time.advance(by: .seconds(3599))
            #expect(await portal.ask(header: header) == .known(.user(AccessFixture.alice)))
            portal.time.advance(by: .seconds(1))
            #expect(await portal.ask(header: header) == .refused)
        }
    }

    @Test func `a remembered token is answered at once, new ownership within a minute`()
        async throws
    {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            let header = "Bearer \(issued.text)"
            #expect(await portal.ask(header: header) == .known(.user(AccessFixture.alice)))
            let moved = Principal.User(ref: "user:default/alice", ownership: ["group:default/new"])
            _ = try await portal.issuer.issue(for: moved)
            let credentials = Credentials(authorization: header, cookie: nil)
            guard
                case .known(.user(AccessFixture.alice)) = portal.authenticator.authenticate(
                    credentials)
            else {
                Issue.record("The remembered token was not answered at once.")
                return
            }
            portal.time.advance(by: .seconds(61))
            #expect(await portal.ask(header: header) == .known(.user(moved)))
        }
    }

    /// Puts a key where the portal finds it, as another process would.
    private func publish(_ key: SigningKey, in database: Database) async throws {
        let pem = try key.verification.publicPEM()
        try await database.write { writer in
            try writer.execute(
                "INSERT INTO signing_key (id, public_key, published_until) VALUES (?, ?, ?)",
                [.text(key.id), .text(pem), .integer(1_900_000_000_000)])
        }
    }

    private func unsignedToken(
        _ header: String, _ claims: String, _ sign: ([UInt8]) -> [UInt8]
    ) -> String {
        let input = [header, claims].map { Base64.encode(Array($0.utf8), .url) }
            .joined(separator: ".")
        return "\(input).\(Base64.encode(sign(Array(input.utf8)), .url))"
    }
}
