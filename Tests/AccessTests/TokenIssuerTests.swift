import Access
import CallboardTestSupport
import Crypto
import Store
import Telemetry
import Testing
import Values

struct TokenIssuerTests {
    static let sets = [AccessMigrations.set]

    @Test func `a user token has Backstage's header and claims, in order`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database, omitsOwnership: false)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            let token = try Token(issued.text)
            let kid = try #require(token.header.kid)
            let names = try JSON.parse(token.payload).members.compactMap(\.key.string)

            #expect(token.header.typ == "vnd.backstage.user" && token.header.alg == "ES256")
            #expect(names == ["iss", "sub", "ent", "aud", "iat", "exp", "uip"])
            #expect(try issued.claim("iss")?.string == "http://localhost:7007/api/auth")
            #expect(
                try issued.claim("ent")?.elements.compactMap(\.string)
                    == AccessFixture.alice.ownership)
            #expect(issued.lifetimeSeconds == 3600)
            #expect("\(issued)".contains(issued.text) == false)

            // The proof and three of the claims are a limited token that others can build.
            let header = #"{"typ":"vnd.backstage.limited-user","alg":"ES256","kid":"\#(kid)"}"#
            let claims =
                #"{"sub":"user:default/alice","iat":1800000000,"exp":1800003600}"#
            let limited = [Array(header.utf8), Array(claims.utf8)]
                .map { Base64.encode($0, .url) }.joined(separator: ".")
            let proof = try #require(try issued.claim("uip")?.string)
            let cookie = "\(limited).\(proof)"
            #expect(await portal.ask(userCookie: cookie) == .known(.user(AccessFixture.alice)))
            #expect(await portal.ask(header: "Bearer \(cookie)") == .refused)
        }
    }

    @Test func `the ownership claim is left out where it is to be`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            #expect(try issued.claim("ent") == nil)
            #expect(
                await portal.ask(header: "Bearer \(issued.text)")
                    == .known(.user(AccessFixture.alice)))
        }
    }

    @Test(arguments: [(1.0, 600), (600, 600), (1800, 1800), (86_400, 86_400), (1e6, 86_400)])
    func `a lifetime is held between ten minutes and a day`(seconds: Double, held: Int) {
        let settings = UserTokenSettings(issuer: "", lifetime: .seconds(seconds))
        #expect(settings.lifetime == .seconds(held))
    }

    @Test func `a token longer than any that is read is not made`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database, omitsOwnership: false)
            let groups = (0..<2000).map { "group:default/a-team-with-number-\($0)" }
            await #expect(throws: TokenFault.tooLong) {
                try await portal.issuer.issue(for: .init(ref: "user:default/x", ownership: groups))
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `keys rotate with each lifetime and are published for three`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            func kid() async throws -> String {
                try Token(try await portal.issuer.issue(for: AccessFixture.alice).text).header.kid
                    ?? ""
            }
            func published() async throws -> [String] {
                try await portal.keys.keySet().compactMap(\.kid)
            }
            #expect(try await published().isEmpty)
            let first = try await kid()
            portal.time.advance(by: .seconds(3599))
            #expect(try await kid() == first)
            #expect(try await published() == [first])

            portal.time.advance(by: .seconds(1))
            let second = try await kid()
            #expect(second != first)
            #expect(try await published() == [first, second])

            portal.time.advance(by: .seconds(2 * 3600 - 1))
            #expect(try await published() == [first, second])
            portal.time.advance(by: .seconds(1))
            #expect(try await published() == [second])
        }
    }

    @Test func `tokens asked for at once are signed with one key`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let names = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try Token(
                            try await portal.issuer.issue(for: AccessFixture.alice).text
                        ).header.kid
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(names.count == 1)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a token counts in every process on the database`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            let other = AccessFixture(database, like: portal)
            #expect(
                await other.ask(header: "Bearer \(issued.text)")
                    == .known(.user(AccessFixture.alice)))
        }
    }

    @Test func `a limited token is made of the user's own token only`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            let limited = try #require(
                try await portal.issuer.limited(from: issued.text, of: AccessFixture.alice))
            #expect(limited.expiresAt == issued.expiresAt)
            #expect(
                await portal.ask(userCookie: limited.text) == .known(.user(AccessFixture.alice)))
            #expect(await portal.ask(userCookie: issued.text) == .refused)
            #expect(await portal.ask(cookie: limited.text) == .known(.anonymous))

            let bob = Principal.User(ref: "user:default/bob", ownership: [])
            #expect(try await portal.issuer.limited(from: issued.text, of: bob) == nil)
            #expect(
                try await portal.issuer.limited(from: limited.text, of: AccessFixture.alice) == nil)
        }
    }
}
