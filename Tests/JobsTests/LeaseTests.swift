import CallboardTestSupport
import Glibc
import Jobs
import Store
import Telemetry
import Testing

/// Several processes, as far as leases know them, on one database.
@Suite struct LeaseTests {
    private static let effects = MigrationSet(
        target: "test",
        migrations: [
            Migration("0001-effects", "CREATE TABLE effect (who {text} NOT NULL) {strict}")
        ])

    private static func run(
        _ engine: Engine, _ body: (Database) async throws -> Void
    ) async throws {
        try await withDatabase(engine, migrations: [JobsMigrations.set, effects], body)
    }

    private static func holder(_ database: Database, _ id: String) -> LeaseHolder {
        var timing = LeaseHolder.Timing()
        timing.lifetime = .seconds(60)
        timing.renewal = .milliseconds(20)
        return LeaseHolder(
            database: database, id: id, timing: timing,
            log: Log(level: .error, clock: .system, sink: SilentSink()))
    }

    /// Makes it so that a process has been silent for longer than its lifetime.
    private static func silence(_ database: Database, _ id: String) async throws {
        try await database.write { writer in
            try writer.execute(
                "UPDATE lease_holder SET alive_until = {now} - 1 WHERE id = ?", [.text(id)])
        }
    }

    /// Writes an effect under a lease; false where it was refused.
    private static func write(_ database: Database, _ lease: Lease) async throws -> Bool {
        do {
            try await database.write { writer in
                try writer.execute("INSERT INTO effect (who) VALUES (?)", [.text(lease.holder)])
                try lease.confirm(in: writer)
            }
            return true
        } catch is LostLease { return false }
    }

    private static func effects(_ database: Database) async throws -> [String] {
        try await database.read { try $0.all("SELECT who FROM effect") { try $0.text(0) } }
    }

    @Test(arguments: Engine.allCases)
    func `a lease has one holder and a new generation with each`(engine: Engine) async throws {
        try await Self.run(engine) { database in
            let (a, b) = (Self.holder(database, "a"), Self.holder(database, "b"))
            let first = try await a.acquire(["x", "y"])
            #expect(first.map(\.generation) == [1, 1])
            #expect(try await a.acquire(["x"]) == [])
            #expect(try await b.acquire(["x", "y", "z"]).map(\.name) == ["z"])
            #expect(try await Self.write(database, first[0]))

            try await a.release(first[0])
            #expect(a.lease("x") == nil)
            let second = try #require(try await b.acquire(["x", "y"]).first)
            #expect(second.generation == 2 && b.lease("y") == nil)
            #expect(try await !Self.write(database, first[0]))
            #expect(try await Self.write(database, second))
            // A late release is not the new holder's.
            try await a.release(first[0])
            #expect(try await Self.write(database, second))

            let seized = try await a.seize("x")
            #expect(seized.generation == 3)
            #expect(try await !Self.write(database, second))
            try await b.renew()
            #expect(b.lease("x") == nil && b.lease("z") != nil)
            try await a.leave()
            #expect(try await b.acquire(["x", "y"]).count == 2)
            #expect(try await Self.effects(database) == ["a", "b", "b"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `who was paused for too long cannot write, once another took over`(
        engine: Engine
    ) async throws {
        try await Self.run(engine) { database in
            let (a, b) = (Self.holder(database, "a"), Self.holder(database, "b"))
            let lease = try #require(try await a.acquire(["x"]).first)
            #expect(try await b.acquire(["x"]) == [])
            // While nobody wants it, waking up late does no harm.
            try await Self.silence(database, "a")
            #expect(try await Self.write(database, lease))
            try await a.renew()
            #expect(a.lease("x") == lease)
            #expect(try await b.acquire(["x"]) == [])

            try await Self.silence(database, "a")
            let next = try #require(try await b.acquire(["x"]).first)
            #expect(next.generation == 2)
            #expect(try await !Self.write(database, lease))
            try await a.renew()
            #expect(a.lease("x") == nil)
            #expect(try await Self.effects(database) == ["a"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `who renews keeps what it has, and a restart under the same name gets it at once`(
        engine: Engine
    ) async throws {
        try await Self.run(engine) { database in
            let (a, b) = (Self.holder(database, "a"), Self.holder(database, "b"))
            let lease = try #require(try await a.acquire(["x"]).first)
            try await Self.silence(database, "a")
            let renewing = Task { await a.run() }
            var isAlive = false
            while !isAlive {
                try await Task.sleep(for: .milliseconds(10))
                isAlive =
                    try await database.read {
                        try $0.one("SELECT alive_until > {now} FROM lease_holder") {
                            try $0.int64(0)
                        }
                    } == 1
            }
            #expect(try await b.acquire(["x"]) == [])
            renewing.cancel()
            await renewing.value
            let again = Self.holder(database, "a")
            #expect(try await again.acquire(["x"]).map(\.generation) == [2])
            #expect(try await !Self.write(database, lease))
        }
    }

    @Test func `who takes a lease over waits for what is being written under it`() async throws {
        try await Self.run(.postgres) { database in
            let (a, b) = (Self.holder(database, "a"), Self.holder(database, "b"))
            let lease = try #require(try await a.acquire(["x"]).first)
            let (confirmed, hint) = AsyncStream.makeStream(of: Void.self)
            async let slow: Void = database.write { writer in
                try lease.confirm(in: writer)
                hint.finish()
                usleep(300_000)
                try writer.execute("INSERT INTO effect (who) VALUES ('a')")
            }
            for await _ in confirmed {}
            _ = try await b.seize("x")
            #expect(try await Self.effects(database) == ["a"])
            try await slow
        }
    }

    @Test(arguments: Engine.allCases)
    func `of several that acquire at once each lease has one`(engine: Engine) async throws {
        try await Self.run(engine) { database in
            let names = (0..<40).map { "work \($0)" }
            let holders = (0..<4).map { Self.holder(database, "holder \($0)") }
            for holder in holders { try await holder.renew() }
            let taken = try await withThrowingTaskGroup(of: [Lease].self) { group in
                for holder in holders { group.addTask { try await holder.acquire(names) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var valid = 0
            for lease in taken where try await Self.write(database, lease) { valid += 1 }
            #expect(valid == names.count)
            #expect(Set(taken.map(\.name)).count == names.count)
        }
    }
}
