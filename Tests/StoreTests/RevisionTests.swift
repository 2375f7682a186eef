import CallboardTestSupport
import Store
import Testing

@Suite struct RevisionTests {
    static let log = MigrationSet(
        target: "log",
        migrations: [
            Migration(
                "0001-create-change",
                "CREATE TABLE change (revision {bigint} PRIMARY KEY, who {text} NOT NULL) {strict};"
            )
        ])

    static func append(_ who: String, _ writer: Writer) throws -> Int64 {
        let revision = try writer.nextRevision()
        try writer.execute("INSERT INTO change VALUES (?, ?)", [.integer(revision), .text(who)])
        return revision
    }

    @Test(arguments: Engine.allCases)
    func `a transaction that holds a revision makes the next one wait for its commit`(
        engine: Engine
    ) async throws {
        try await withDatabase(engine, migrations: [Self.log]) { database in
            let mayCommit = Gate()
            let order = Notes()
            async let slow = database.write { writer in
                let revision = try Self.append("slow", writer)
                order.add("slow has its revision")
                mayCommit.wait()
                order.add("slow commits")
                return revision
            }
            while order.all.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            async let quick = database.write { writer in
                let revision = try Self.append("quick", writer)
                order.add("quick has its revision")
                return revision
            }
            // Time for the quick one to overtake, if it could.
            try await Task.sleep(for: .milliseconds(200))
            #expect(order.all == ["slow has its revision"])
            mayCommit.open()
            #expect(try await slow == 1)
            #expect(try await quick == 2)
            #expect(
                order.all == ["slow has its revision", "slow commits", "quick has its revision"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `a follower of many writers misses no revision`(engine: Engine) async throws {
        let writers = 4
        let each = 40
        var options = DatabaseOptions()
        options.writers = writers
        try await withDatabase(engine, migrations: [Self.log], options: options) { database in
            let total = writers * each
            async let followed = Self.follow(database, until: Int64(total * 3 / 4))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each {
                            do {
                                // A bulk write: its time limit is not what is tested here.
                                try await database.write(.bulk) { transaction in
                                    _ = try Self.append("\(writer)", transaction)
                                    // A rolled back transaction leaves no gap.
                                    if number % 4 == 0 { throw CancellationError() }
                                }
                            } catch is CancellationError {
                                continue
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await followed == Array(1...Int64(total * 3 / 4)))
        }
    }

    /// Reads what is newer than the last seen, again and again.
    static func follow(_ database: Database, until last: Int64) async throws -> [Int64] {
        var seen: [Int64] = []
        let deadline = ContinuousClock.now + .seconds(120)
        while seen.last ?? 0 < last, ContinuousClock.now < deadline {
            let mine = seen.last ?? 0
            seen += try await database.read { reader in
                try reader.all(
                    "SELECT revision FROM change WHERE revision > ? ORDER BY revision",
                    [.integer(mine)]
                ) { try $0.int64(0) }
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        return seen
    }

    @Test(arguments: Engine.allCases)
    func `listeners hear what was committed and nothing else`(engine: Engine) async throws {
        try await withDatabase(engine) { database in
            var heard = database.changes(channel: "catalog").makeAsyncIterator()
            let elsewhere = database.changes(channel: "jobs")
            #expect(await heard.next() == "")
            try? await database.write { writer in
                try writer.notify("catalog", "rolled back")
                throw CancellationError()
            }
            try await database.write { writer in
                try writer.notify("catalog", "1")
                try writer.notify("other", "not for us")
                try writer.notify("catalog", "2 'quoted' é")
            }
            #expect(await heard.next() == "1")
            #expect(await heard.next() == "2 'quoted' é")
            for (channel, payload) in [
                ("Not A Name", ""), ("catalog", String(repeating: "x", count: 8_000)),
                ("a", "\u{0}"),
            ] {
                let refused = try await code {
                    try await database.write { try $0.notify(channel, payload) }
                }
                #expect(refused == .invalid)
            }
            await database.close()
            #expect(await heard.next() == nil)
            // The other stream got only its first "look now", and ended too.
            #expect(await elsewhere.reduce(into: []) { $0.append($1) } == [""])
        }
    }
}
