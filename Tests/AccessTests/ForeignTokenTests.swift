import CallboardTestSupport
import Crypto
import Store
import Telemetry
import Testing

@testable import Access

/// Tokens of programs that another issuer signs (`type: jwks`).
struct ForeignTokenTests {
    static let restriction = AccessRestriction(plugin: "catalog")
    private static let claims: [String: String?] = [
        "iss": #""https://issuer.example.com""#, "aud": #"["portal","x"]"#, "sub": #""robot""#,
        "exp": "1800000060",
    ]

    private let server = KeyServer()
    private let key: SigningKey

    init() throws {
        key = try SigningKey.generate(id: "k-1")
        server.publish(key)
    }

    private func token(
        _ changes: [String: String?] = [:], alg: String = "ES256", type: String? = nil,
        by signer: SigningKey? = nil
    ) -> String {
        let header = object([
            "alg": "\"\(alg)\"", "kid": #""k-1""#, "typ": type.map { "\"\($0)\"" },
        ])
        return handMade(header, object(Self.claims.merging(changes) { $1 })) {
            (try? (signer ?? key).sign($0)) ?? []
        }
    }

    private func fixture(
        _ database: Database, algorithms: Set<TokenAlgorithm> = TokenAlgorithm.ofPublicKeys,
        prefix: String? = "ci", address: String = "/keys"
    ) throws -> AccessFixture {
        let clock = AccessFixture(database)
        let keys = try #require(server.keys(at: address, clock: clock.time.clock))
        let tokens = ForeignTokens(
            keys: keys, algorithms: algorithms, issuers: ["https://issuer.example.com", "b"],
            audiences: ["portal"], mustEnd: false)
        return AccessFixture(
            database, like: clock,
            external: [
                .fixed(Secret("static-token-0123456789"), subject: "program"),
                .foreign(tokens, subjectPrefix: prefix, restrictions: [Self.restriction]),
            ])
    }

    private func program(_ subject: String) -> AccessFixture.Answer {
        .known(.service(.init(subject: subject, restrictions: [Self.restriction])))
    }

    @Test(
        arguments: [
            ([:], "external:ci:robot"), (["aud": #""portal""#], "external:ci:robot"),
            (["exp": nil], "external:ci:robot"), (["iss": #""b""#], "external:ci:robot"),
            (["sub": #""user:default/alice""#], "external:ci:user:default/alice"),
            (["iss": #""c""#], nil), (["iss": nil], nil), (["aud": #""x""#], nil),
            (["aud": nil], nil),
            (["aud": "17"], nil), (["sub": nil], nil), (["sub": #""""#], nil),
            (["sub": #""a\nb""#], nil), (["sub": "\"\(String(repeating: "a", count: 513))\""], nil),
            (["exp": "1800000000"], nil), (["exp": #""x""#], nil),
            (["nbf": "1800000030"], "external:ci:robot"),
            (["nbf": "1800000031"], nil),
        ] as [([String: String?], String?)])
    func `its claims decide, and its subject is named after the prefix`(
        changes: [String: String?], subject: String?
    ) async throws {
        try await withDatabase(.sqlite, migrations: [AccessMigrations.set]) { database in
            let portal = try fixture(database)
            for _ in 0..<2 {
                #expect(
                    await portal.ask(header: "Bearer \(token(changes))")
                        == subject.map(program) ?? .refused)
            }
        }
    }

    @Test func `what is not signed by its issuer is refused`() async throws {
        try await withDatabase(.sqlite, migrations: [AccessMigrations.set]) { database in
            let portal = try fixture(database, prefix: nil)
            #expect(await portal.ask(header: "Bearer \(token())") == program("external:robot"))
            let forged = [
                token(by: try SigningKey.generate(id: "k-1")), token(alg: "none"),
                token(alg: "RS256"), token(alg: "HS256"), token() + "x",
                token(type: "vnd.backstage.user"),
            ]
            for text in forged { #expect(await portal.ask(header: "Bearer \(text)") == .refused) }
            #expect(
                await portal.ask(header: "Bearer static-token-0123456789")
                    == .known(.service(.init(subject: "external:program"))))
            let narrow = try fixture(database, algorithms: [.rs256, .ps256])
            #expect(await narrow.ask(header: "Bearer \(token())") == .refused)
            // The portal's own people come in beside.
            let issued = try await portal.issuer.issue(for: AccessFixture.alice)
            #expect(
                await portal.ask(header: "Bearer \(issued.text)")
                    == .known(.user(AccessFixture.alice)))
        }
    }

    @Test func `a token is remembered to its end, and ten minutes at most`() async throws {
        try await withDatabase(.sqlite, migrations: [AccessMigrations.set]) { database in
            let portal = try fixture(database)
            let (short, long) = (token(), token(["exp": "1900000000"]))
            for text in [short, long] {
                #expect(await portal.ask(header: "Bearer \(text)") != .refused)
            }
            let count = server.asked.count
            server.publish(try SigningKey.generate(id: "k-2"))
            portal.time.advance(by: .seconds(60))
            #expect(await portal.ask(header: "Bearer \(short)") == .refused)
            portal.time.advance(by: .seconds(539))
            #expect(await portal.ask(header: "Bearer \(long)") == program("external:ci:robot"))
            #expect(server.asked.count == count)
            // Its key was taken away.
            portal.time.advance(by: .seconds(1))
            #expect(await portal.ask(header: "Bearer \(long)") == .refused)
        }
    }

    @Test func `an issuer that cannot be asked is no refusal`() async throws {
        try await withDatabase(.sqlite, migrations: [AccessMigrations.set]) { database in
            let portal = try fixture(database, address: "/nowhere")
            #expect(await portal.ask(header: "Bearer \(token())") == .unsettled)
        }
    }
}
