import Glibc

/// PostgreSQL behind `Database`: some threads that read, some that write, one that listens.
final class PostgresStore: Backend {
    private let location: PostgresLocation
    private let options: DatabaseOptions
    private let pool: PostgresPool
    private let reading: WorkQueue
    private let writing: WorkQueue
    private let listener: PostgresListener

    private init(_ location: PostgresLocation, options: DatabaseOptions) throws {
        self.location = location
        self.options = options
        pool = PostgresPool(location, limit: options.callLimit)
        reading = try WorkQueue(name: "store-read", threads: max(1, options.readers))
        writing = try WorkQueue(name: "store-write", threads: max(1, options.writers))
        listener = try PostgresListener(location, limit: options.callLimit)
    }

    /// Connects once, so that a wrong address is said at the start.
    static func open(
        _ location: PostgresLocation, options: DatabaseOptions
    ) async throws -> PostgresStore {
        try Dialect.checkName(location.schema)
        let store = try PostgresStore(location, options: options)
        do {
            try await store.reading.run { store.pool.giveBack(try store.pool.take()) }
            return store
        } catch {
            store.abandon()
            throw error
        }
    }

    private func limit(_ workload: Workload) -> Duration {
        workload == .bulk ? options.bulkLimit : options.callLimit
    }

    /// When interactive work that is asked for now has to have got its connection; bulk work waits.
    private func deadline(_ workload: Workload) -> ContinuousClock.Instant? {
        workload == .bulk ? nil : .now + options.callLimit
    }

    // MARK: Reading

    func read<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Reader) throws -> Value
    ) async throws -> Value {
        let deadline = deadline(workload)
        return try await reading.run {
            try self.repeatedly(until: deadline) { connection in
                try connection.begin(reading: true, within: self.limit(workload))
                let value = try body(Reader(connection, engine: .postgres))
                connection.endReading()
                return value
            }
        }
    }

    func readNow<Value>(_ body: (Reader) throws -> Value) throws -> Value? { nil }

    // MARK: Writing

    func write<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Writer) throws -> Value
    ) async throws -> Value {
        let deadline = deadline(workload)
        return try await writing.run {
            try self.repeatedly(until: deadline) { connection in
                try connection.begin(reading: false, within: self.limit(workload))
                let writer = Writer(connection, engine: .postgres)
                let value = try body(writer)
                for said in writer.notifications {
                    try writer.execute(
                        "SELECT pg_notify(?, ?)",
                        [
                            .text(self.listener.serverName(of: said.channel)), .text(said.payload),
                        ])
                }
                if let failure = writer.failure { throw failure }
                do { try connection.commit() } catch let error as StoreError {
                    guard connection.loss != nil else { throw error }
                    throw StoreError(
                        error.code,
                        "It is not known whether the transaction was committed. \(error.message)",
                        mayHaveCommitted: true)
                }
                return value
            }
        }
    }

    func migrate(_ sets: [MigrationSet]) async throws -> [String] {
        let schema = location.schema
        return try await write(.bulk) { writer in
            // Replicas that start together queue up here; the lock ends with the transaction.
            let key = Int64(bitPattern: fnv1a("callboard migrations of \(schema)"))
            try writer.execute("SELECT pg_advisory_xact_lock(?)", [.integer(key)])
            // A step that waits for a table holds up everybody behind it: give up soon, try again.
            try writer.execute("SET LOCAL lock_timeout = 2000")
            let exists = try writer.first(
                "SELECT 1 FROM pg_namespace WHERE nspname = ?", [.text(schema)]
            ) { _ in true }
            if exists != true { try writer.execute("CREATE SCHEMA \(schema)") }
            return try writer.migrate(sets)
        }
    }

    // MARK: Attempts

    /// Runs one transaction, again where that is safe and sensible: nothing was committed, and
    /// either transactions collided or the connection turned out to have been lost.
    private func repeatedly<Value>(
        until deadline: ContinuousClock.Instant?,
        _ transaction: (PostgresConnection) throws -> Value
    ) throws -> Value {
        var collisions = 0
        var losses = 0
        while true {
            let connection = try pool.take(until: deadline)
            do {
                let value = try transaction(connection)
                finish(connection, after: nil)
                return value
            } catch {
                if connection.loss == nil { connection.rollback() }
                finish(connection, after: error)
                guard let failure = error as? StoreError, !failure.mayHaveCommitted else {
                    throw error
                }
                if connection.loss == .gone, losses < 1 {
                    losses += 1
                } else if connection.loss == nil, connection.hasCollided, collisions < 5 {
                    collisions += 1
                    // 5 to 160 ms at most, in microseconds; the thread is our own.
                    usleep(UInt32.random(in: 2_500...5_000) << UInt32(collisions))
                } else {
                    throw error
                }
            }
        }
    }

    private func finish(_ connection: PostgresConnection, after error: (any Error)?) {
        connection.limit = options.callLimit
        pool.giveBack(connection, after: error)
    }

    // MARK: Listening and closing

    func trim() async throws {}

    func listen(channel: String) -> AsyncStream<String> {
        listener.listen(channel: channel)
    }

    func close() async {
        await listener.close()
        await reading.close()
        await writing.close()
        pool.close()
    }

    func abandon() {
        listener.closeSoon()
        reading.closeSoon()
        writing.closeSoon()
        pool.close()
    }
}
