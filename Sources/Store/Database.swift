// Store: connections, statements, transactions, the two dialects, migrations, revisions and change
// notification. It knows no entity and no table but its own two (`migration`, `revision`). It is the
// only importer of SQLite and libpq, and none of their types leave it.

/// One database, SQLite or PostgreSQL, behind one interface.
///
///     let database = try await Database.open(.sqliteFile("data/callboard.sqlite"))
///     try await database.migrate(sets)
///     let names = try await database.read { try $0.all("SELECT name FROM thing") { try $0.text(0) } }
///
/// Bodies of transactions run on threads of the store, never on the concurrency pool; they must not
/// wait for anything but the database.
package final class Database: Sendable {
    /// Which engine serves it.
    package let engine: Engine
    private let backend: any Backend

    private init(engine: Engine, backend: any Backend) {
        self.engine = engine
        self.backend = backend
    }

    deinit { backend.abandon() }

    /// Opens a database; creates an SQLite file and its folder, but no tables.
    ///
    /// Throws `busy` where another process has the SQLite file, `readOnly` or `unavailable` where the
    /// folder or server cannot be used, `corrupt` where the file is damaged, `invalid` where it
    /// belongs to another program; each message says what to do.
    package static func open(
        _ location: StoreLocation, options: DatabaseOptions = DatabaseOptions()
    ) async throws -> Database {
        switch location {
        case .sqliteFile(let path):
            let store = try await SQLiteStore.open(path: path, options: options)
            return Database(engine: .sqlite, backend: store)
        case .sqliteTemporary:
            let store = try await SQLiteStore.open(path: nil, options: options)
            return Database(engine: .sqlite, backend: store)
        case .postgres(let location):
            let store = try await PostgresStore.open(location, options: options)
            return Database(engine: .postgres, backend: store)
        }
    }

    /// Applies the missing migrations of the sets, in this order, and answers their names.
    ///
    /// All in one transaction; replicas that start together do it one after the other. Throws
    /// `invalid` where an applied migration was edited, moved or is unknown (a newer version).
    @discardableResult
    package func migrate(_ sets: [MigrationSet]) async throws -> [String] {
        try await backend.migrate(sets)
    }

    /// Reads one consistent state.
    ///
    /// On PostgreSQL the body runs again if its connection had been lost before.
    package func read<Value: Sendable>(
        _ workload: Workload = .interactive,
        _ body: @escaping @Sendable (Reader) throws -> Value
    ) async throws -> Value {
        try await backend.read(workload, body)
    }

    /// Reads at once on the caller's thread, for executors on which short SQLite reads are allowed.
    ///
    /// Answers nil on PostgreSQL, and where every connection is in use: then await `read`. Never
    /// call it on the concurrency pool.
    package func readNow<Value>(_ body: (Reader) throws -> Value) throws -> Value? {
        try backend.readNow(body)
    }

    /// Runs one transaction: commits what the body did, or rolls it back if it throws.
    ///
    /// SQLite runs one at a time. PostgreSQL runs some at once (READ COMMITTED: a statement sees what
    /// was committed before it) and repeats the body, a few times at most, where transactions
    /// collided or the connection had been lost: it must have no effect but through the writer.
    @discardableResult
    package func write<Value: Sendable>(
        _ workload: Workload = .interactive,
        _ body: @escaping @Sendable (Writer) throws -> Value
    ) async throws -> Value {
        try await backend.write(workload, body)
    }

    /// What transactions say on a channel (`Writer.notify`), from this process and, on PostgreSQL,
    /// from every other.
    ///
    /// An empty payload means "look now": it comes first, once listening has begun, and again after
    /// the connection was lost and is back. Payloads are hints; a slow reader loses old ones. The
    /// stream ends when the database is closed.
    package func changes(channel: String) -> AsyncStream<String> {
        backend.listen(channel: channel)
    }

    /// When to look for what was said on a channel: at once, when something was said, and every so
    /// often all the same, since what is said may get lost.
    ///
    /// Hints that nobody took in time become one. The stream ends when the database is closed, or
    /// when the task that reads it is cancelled.
    package func hints(channel: String, every pause: Duration) -> AsyncStream<Void> {
        let said = changes(channel: channel)
        let (stream, hint) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listening = Task {
            for await _ in said { hint.yield() }
            hint.finish()
        }
        let ticking = Task {
            while !Task.isCancelled {
                hint.yield()
                try? await Task.sleep(for: pause)
            }
        }
        hint.onTermination = { _ in
            listening.cancel()
            ticking.cancel()
        }
        return stream
    }

    /// Gives disk space back that only large work needed.
    ///
    /// Copies SQLite's log into its file and empties it; PostgreSQL does so by itself.
    package func trim() async throws {
        try await backend.trim()
    }

    /// Finishes what was begun, refuses what comes later, closes every connection, and removes a
    /// temporary file.
    package func close() async {
        await backend.close()
    }
}
