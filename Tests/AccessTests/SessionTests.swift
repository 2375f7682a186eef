import Access
import CallboardTestSupport
import Crypto
import Store
import Telemetry
import Testing

struct SessionTests {
    static let sets = [AccessMigrations.set]

    @Test(arguments: Engine.allCases)
    func `a session counts in every process until it ends`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let other = AccessFixture(database, like: portal)
            let begun = try await portal.sessions.begin(for: AccessFixture.alice)
            let cookie = try #require(begun.value.revealedText())
            let alice = AccessFixture.Answer.known(.user(AccessFixture.alice))
            #expect(await portal.ask(cookie: cookie) == alice)
            #expect(await other.ask(cookie: cookie) == alice)
            #expect(await portal.ask(header: "Basic x", cookie: cookie) == alice)
            #expect(await portal.ask(header: "Bearer x", cookie: cookie) == .refused)
            portal.time.advance(by: .seconds(12 * 3600))
            #expect(await portal.ask(cookie: cookie) == .known(.anonymous))
        }
    }

    @Test func `signing out ends it here at once and elsewhere within a minute`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let other = AccessFixture(database, like: portal)
            let begun = try await portal.sessions.begin(for: AccessFixture.alice)
            let cookie = try #require(begun.value.revealedText())
            _ = await other.ask(cookie: cookie)
            try await portal.sessions.end(cookie)
            #expect(await portal.ask(cookie: cookie) == .known(.anonymous))
            portal.time.advance(by: .seconds(61))
            #expect(await other.ask(cookie: cookie) == .known(.anonymous))
        }
    }

    @Test func `the database holds no cookie's value`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = AccessFixture(database)
            let begun = try await portal.sessions.begin(for: AccessFixture.alice)
            let cookie = try #require(begun.value.revealedText())
            let ids = try await database.read {
                try $0.all("SELECT id FROM session") { try $0.blob(0) }
            }
            #expect(ids.map(\.count) == [32] && ids[0] != Array(cookie.utf8))
            #expect("\(begun)".contains(cookie) == false)
        }
    }

    @Test(arguments: [
        "", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 9999),
    ])
    func `a made-up cookie is nobody's`(cookie: String) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            #expect(await AccessFixture(database).ask(cookie: cookie) == .known(.anonymous))
        }
    }
}
