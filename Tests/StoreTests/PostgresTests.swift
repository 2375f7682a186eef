import CallboardTestSupport
import Glibc
import Store
import Testing

/// What only PostgreSQL has: a network, several processes, transactions that collide.
@Suite(.timeLimit(.minutes(1))) struct PostgresTests {
    /// A migrated database behind a proxy, and the proxy.
    private func withTroubles(
        _ body: (Database, TroubledProxy) async throws -> Void
    ) async throws {
        try await withPostgresLocation { location in
            var location = location
            let port = try #require(location.port)
            let proxy = try #require(TroubledProxy(target: port))
            location.port = proxy.port
            let database = try await Database.open(.postgres(location))
            try await database.migrate([things])
            try await body(database, proxy)
            proxy.become(.none)
            await database.close()
            proxy.close()
        }
    }

    private func count(_ database: Database) async throws -> Int64 {
        try await database.read { reader in
            try reader.one("SELECT count(*) FROM thing") { try $0.int64(0) }
        }
    }

    private func time(_ body: () async throws -> Void) async rethrows -> Duration {
        try await ContinuousClock().measure { try await body() }
    }

    /// How long it takes until reading and writing work again.
    private func recovery(of database: Database) async -> Duration {
        await ContinuousClock().measure {
            for _ in 0..<200 {
                let works: Void? = try? await database.write {
                    _ = try $0.execute("INSERT INTO thing (size) VALUES (1)")
                }
                if works != nil, (try? await count(database)) != nil { return }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    @Test func `a server that hangs is noticed within two seconds and comes back by itself`()
        async throws
    {
        try await withTroubles { database, proxy in
            var heard = database.changes(channel: "catalog").makeAsyncIterator()
            #expect(await heard.next() == "")
            proxy.become(.silence)
            // More calls than threads: all of them are told in time.
            let waited = try await time {
                try await withThrowingTaskGroup(of: StoreError.Code?.self) { group in
                    for number in 0..<40 {
                        group.addTask {
                            try await code {
                                if number % 4 == 0 {
                                    try await database.write { try $0.execute("DELETE FROM thing") }
                                } else {
                                    _ = try await count(database)
                                }
                            }
                        }
                    }
                    for try await answer in group { #expect(answer == .unavailable) }
                }
            }
            // Two seconds on a quiet machine; the bound tells a limit from none.
            #expect(waited > .seconds(1.5) && waited < .seconds(20))
            // Meanwhile nearly every call fails at once.
            var answer: StoreError.Code?
            let soon = try await time { answer = try await code { try await count(database) } }
            #expect(answer == .unavailable)
            #expect(soon < .seconds(20))
            proxy.become(.none)
            #expect(await recovery(of: database) < .seconds(20))
            // What is said from now on is heard, whether the listener's connection held or not.
            try await database.write { try $0.notify("catalog", "after") }
            while let payload = await heard.next(), payload != "after" { #expect(payload == "") }
        }
    }

    @Test func `a server that goes away is said at once and comes back by itself`() async throws {
        try await withTroubles { database, proxy in
            var heard = database.changes(channel: "catalog").makeAsyncIterator()
            #expect(await heard.next() == "")
            for _ in 0..<3 {
                proxy.become(.refusal)
                try await Task.sleep(for: .milliseconds(100))
                var answers: [StoreError.Code?] = []
                let waited = try await time {
                    answers.append(try await code { try await count(database) })
                    answers.append(try await code { try await database.write { _ in } })
                }
                #expect(answers == [.unavailable, .unavailable] && waited < .seconds(20))
                proxy.become(.none)
                #expect(await recovery(of: database) < .seconds(20))
                #expect(await heard.next() == "")
            }
        }
    }

    /// What happens to the line while a transaction runs, what comes of it, and how often it is tried.
    static let interruptions:
        [(
            trouble: TroubledProxy.Trouble, beforeCommit: Bool, outcome: StoreError.Code?,
            unsure: Bool, tries: Int
        )] = [
            (.silence, false, .unavailable, false, 1), (.silence, true, .unavailable, true, 1),
            (.cut, false, nil, false, 2), (.cut, true, .unavailable, true, 1),
        ]

    @Test func `a transaction is repeated only where it cannot have been committed`() async throws {
        try await withTroubles { database, proxy in
            for (trouble, beforeCommit, outcome, unsure, tries) in Self.interruptions {
                let notes = Notes()
                do {
                    try await database.write { writer in
                        notes.add("try")
                        try writer.execute("INSERT INTO thing (size) VALUES (1)")
                        if notes.all.count == 1 { proxy.become(trouble) }
                        if !beforeCommit {
                            try writer.execute("INSERT INTO thing (size) VALUES (2)")
                        }
                    }
                    #expect(outcome == nil)
                } catch let error as StoreError {
                    #expect(error.code == outcome && error.mayHaveCommitted == unsure, "\(error)")
                }
                #expect(notes.all.count == tries, "\(trouble), before commit: \(beforeCommit)")
                proxy.become(.none)
                #expect(await recovery(of: database) < .seconds(20))
            }
        }
    }

    @Test func `one backend that hangs costs one call`() async throws {
        // Only a server that script/with-postgres started: its processes are ours to stop.
        guard getenv("CALLBOARD_POSTGRES_PID") != nil else { return }
        var options = DatabaseOptions()
        options.readers = 1
        try await withDatabase(.postgres, migrations: [things], options: options) { database in
            let backend = try await database.read { reader in
                try reader.one("SELECT pg_backend_pid()") { try $0.int64(0) }
            }
            try #require(kill(pid_t(backend), SIGSTOP) == 0)
            defer { kill(pid_t(backend), SIGCONT) }
            #expect(try await code { try await count(database) } == .unavailable)
            #expect(await recovery(of: database) < .seconds(20))
        }
    }

    @Test func `a connection that died between two calls is not noticed by the caller`()
        async throws
    {
        var options = DatabaseOptions()
        options.readers = 1
        try await withDatabase(.postgres, migrations: [things], options: options) { database in
            for _ in 0..<3 {
                let backend = try await database.read { reader in
                    try reader.one("SELECT CAST(pg_backend_pid() AS {bigint})") { try $0.int64(0) }
                }
                let killed = try await withDatabase(.postgres) { other in
                    try await other.read { reader in
                        try reader.one(
                            "SELECT pg_terminate_backend(CAST(? AS integer), 5000)",
                            [.integer(backend)]
                        ) { try $0.int64(0) }
                    }
                }
                let rows = try await count(database)
                #expect(killed == 1 && rows == 0)
            }
        }
    }

    @Test func `a statement that takes too long is stopped and the connection goes on`()
        async throws
    {
        try await withDatabase(.postgres, migrations: [things]) { database in
            let slow = try await code {
                try await database.read { try $0.query("SELECT pg_sleep(10)") { _ in } }
            }
            #expect(slow == .timeout)
            // Bulk work may take longer.
            try await database.read(.bulk) { try $0.query("SELECT pg_sleep(2.1)") { _ in } }
            #expect(try await count(database) == 0)
        }
    }

    @Test func `transactions that block each other are repeated until both are done`() async throws
    {
        try await withDatabase(.postgres, migrations: [things]) { database in
            try await database.write {
                try $0.insert(into: "thing", columns: ["id", "size"], rows: [[1, 0], [2, 0]])
            }
            let notes = Notes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] as [[Int64]] {
                    group.addTask {
                        try await database.write { writer in
                            notes.add("try")
                            for id in order {
                                try writer.execute(
                                    "UPDATE thing SET size = size + 1 WHERE id = ?", [.integer(id)])
                                // Until the other one has its first row too, if this is the first try.
                                if id == order.first, notes.all.count <= 2 {
                                    try writer.query("SELECT pg_sleep(0.2)") { _ in }
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(notes.all.count == 3)
            let sizes = try await database.read { reader in
                try reader.all("SELECT size FROM thing") { try $0.int64(0) }
            }
            #expect(sizes == [2, 2])
        }
    }

    @Test func `replicas that start together migrate once, and hear each other`() async throws {
        try await withPostgresLocation { location in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let database = try await Database.open(.postgres(location))
                        let applied = try await database.migrate([things])
                        await database.close()
                        return applied
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == ["store/0001-create-revision", "things/0001-create-things"])

            let one = try await Database.open(.postgres(location))
            let other = try await Database.open(.postgres(location))
            var heard = other.changes(channel: "catalog").makeAsyncIterator()
            #expect(await heard.next() == "")
            try await one.write { try $0.notify("catalog", "17") }
            #expect(await heard.next() == "17")
            await one.close()
            await other.close()
        }
    }

    @Test(arguments: [1, 2, 50, 51, 1_000])
    func `rows with and without NULLs go in whatever their number`(number: Int) async throws {
        try await withDatabase(.postgres, migrations: [things]) { database in
            let rows = (0..<number).map { index -> [SQLValue] in
                let amount: SQLValue = index % 2 == 0 ? .null : .integer(7)
                let weight: SQLValue = index % 3 == 0 ? .real(0.5) : .null
                let body: SQLValue = index % 2 == 1 ? .null : .blob([1, 2])
                return [.integer(Int64(index)), amount, weight, body]
            }
            let back = try await database.write { writer in
                let columns = ["id", "amount", "weight", "body"]
                try writer.insert(into: "thing", columns: columns, rows: rows)
                return try writer.all("SELECT id, amount, weight, body FROM thing ORDER BY id") {
                    row in
                    try (0..<4).map { try row.value($0) }
                }
            }
            #expect(back == rows)
        }
    }

    @Test func `an address that leads nowhere is said without the password`() async throws {
        try await withPostgresLocation { location in
            var closed = location
            closed.port = 1
            var nobody = location
            nobody.user = "nobody_of_that_name"
            var elsewhere = location
            elsewhere.database = "no_such_database"
            for (wrong, part) in [
                (closed, "Connection refused"), (nobody, "nobody_of_that_name"),
                (elsewhere, "no_such_database"),
            ] {
                var wrong = wrong
                wrong.password = "hunter2"
                let error = await #expect(throws: StoreError.self) {
                    _ = try await Database.open(.postgres(wrong))
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
                #expect(
                    "\(error?.message ?? "") \(wrong) \(String(reflecting: wrong))".contains(
                        "hunter2") == false)
            }
        }
    }
}
