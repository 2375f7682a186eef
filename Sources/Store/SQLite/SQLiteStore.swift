import Synchronization

/// SQLite behind `Database`: one connection that writes on a thread of its own, some that read.
final class SQLiteStore: Backend {
    private let file: SQLiteFile
    private let options: DatabaseOptions
    private let writing: WorkQueue
    private let reading: WorkQueue
    private let broadcast = Broadcast()
    private let connections: Mutex<Connections>

    private struct Connections {
        var writer: SQLiteConnection?
        var idle: [SQLiteConnection] = []
        var open = 0
        var isClosed = false
        /// When the writer last gave up on a lock of another program, and what it said.
        var lastLock: (at: ContinuousClock.Instant, error: StoreError)?
    }

    /// Connections beyond those of the reading threads, for `readNow`: as many executor threads as
    /// there may be (design: 4 to 8).
    private static let extraReaders = 8

    /// "CBDR": marks a file as one of this program's (SQLite's application id).
    private static let applicationID: Int64 = 0x4342_4452

    private init(
        file: SQLiteFile, writer: SQLiteConnection, writing: WorkQueue, options: DatabaseOptions
    ) throws {
        self.file = file
        self.options = options
        self.writing = writing
        reading = try WorkQueue(name: "store-read", threads: max(1, options.readers))
        connections = Mutex(Connections(writer: writer))
    }

    /// Opens the file at the path, or a temporary one for nil.
    static func open(path: String?, options: DatabaseOptions) async throws -> SQLiteStore {
        let writing = try WorkQueue(name: "store-write", threads: 1)
        do {
            return try await writing.run {
                let file = try SQLiteFile(path: path)
                let writer = try SQLiteConnection(
                    path: file.path, isWriter: true, isTemporary: file.isTemporary,
                    lockLimit: options.callLimit)
                try prepareFile(writer, path: file.path)
                return try SQLiteStore(
                    file: file, writer: writer, writing: writing, options: options)
            }
        } catch {
            writing.closeSoon()
            throw error
        }
    }

    /// Refuses another program's file, marks a new one, and turns on the write-ahead log.
    private static func prepareFile(_ writer: SQLiteConnection, path: String) throws {
        let reader = Reader(writer, engine: .sqlite)
        let mark = try reader.one("PRAGMA application_id") { try $0.int64(0) }
        let tables = try reader.one("SELECT count(*) FROM sqlite_schema") { try $0.int64(0) }
        guard mark == applicationID || (mark == 0 && tables == 0) else {
            throw StoreError(
                .invalid,
                "\(path) is an SQLite database of another program. Choose another file; nothing was "
                    + "changed.")
        }
        let mode = try reader.one("PRAGMA journal_mode = WAL") { try $0.text(0) }
        guard mode == "wal" else {
            throw StoreError(
                .unavailable,
                "\(path) lies on a file system without shared memory (mode \"\(mode)\"): put the data "
                    + "folder on a local disk.")
        }
        if mark == 0 { try writer.executeScript("PRAGMA application_id = \(applicationID);") }
    }

    // MARK: Reading

    func read<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Reader) throws -> Value
    ) async throws -> Value {
        try await reading.run {
            guard let connection = try self.takeReader() else {
                throw StoreError(.busy, "Every connection for reading is in use; try again.")
            }
            defer { self.giveBack(connection) }
            return try Self.read(connection, body)
        }
    }

    func readNow<Value>(_ body: (Reader) throws -> Value) throws -> Value? {
        guard let connection = try takeReader() else { return nil }
        defer { giveBack(connection) }
        return try Self.read(connection, body)
    }

    private static func read<Value>(
        _ connection: SQLiteConnection, _ body: (Reader) throws -> Value
    ) throws -> Value {
        _ = try connection.execute("BEGIN", [])
        // Ending a transaction that only read cannot fail in a way that matters to its reader.
        defer { _ = try? connection.execute("COMMIT", []) }
        return try body(Reader(connection, engine: .sqlite))
    }

    /// A connection for one transaction; nil where the limit is reached.
    private func takeReader() throws -> SQLiteConnection? {
        let limit = options.readers + Self.extraReaders
        enum Turn { case reuse(SQLiteConnection), open, refuse }
        let turn: Turn = try connections.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            if let connection = state.idle.popLast() { return .reuse(connection) }
            guard state.open < limit else { return .refuse }
            state.open += 1
            return .open
        }
        switch turn {
        case .reuse(let connection): return connection
        case .refuse: return nil
        case .open:
            do {
                return try SQLiteConnection(
                    path: file.path, isWriter: false, isTemporary: file.isTemporary,
                    lockLimit: options.callLimit)
            } catch {
                connections.withLock { $0.open -= 1 }
                throw error
            }
        }
    }

    private func giveBack(_ connection: SQLiteConnection) {
        connections.withLock { if !$0.isClosed { $0.idle.append(connection) } }
    }

    // MARK: Writing

    func write<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Writer) throws -> Value
    ) async throws -> Value {
        let asked = ContinuousClock.now
        return try await writing.run { try self.transaction(workload, asked, body) }
    }

    /// On the writing thread only.
    ///
    /// - Parameter asked: since when it waits for its turn.
    private func transaction<Value>(
        _ workload: Workload, _ asked: ContinuousClock.Instant, _ body: (Writer) throws -> Value
    ) throws -> Value {
        let (held, lock) = connections.withLock { ($0.writer, $0.lastLock) }
        guard let connection = held else { throw StoreError.closed }
        try file.checkPlace()
        // Who waited while another's wait for a lock was in vain has waited as long.
        if let lock, lock.at > asked { throw lock.error }
        let pages = options.checkpointPages
        connection.setCheckpoint(pages: workload == .bulk ? pages.bulk : pages.interactive)
        let writer = Writer(connection, engine: .sqlite)
        try begin(connection, after: lock?.at)
        let value: Value
        do {
            value = try body(writer)
            if let failure = writer.failure { throw failure }
            _ = try connection.execute("COMMIT", [])
        } catch {
            // A full disk and the like have ended the transaction already.
            if connection.isInTransaction { _ = try? connection.execute("ROLLBACK", []) }
            throw error
        }
        for said in writer.notifications { broadcast.say(said.payload, on: said.channel) }
        return value
    }

    /// Begins a transaction that writes.
    ///
    /// Who comes soon after a wait in vain only looks whether the lock is free: many that come one
    /// after the other shall not each wait.
    private func begin(
        _ connection: SQLiteConnection, after lock: ContinuousClock.Instant?
    ) throws {
        let isSoon = lock.map { $0 + .seconds(2) > .now } ?? false
        connection.setLockLimit(isSoon ? .zero : options.callLimit)
        do {
            _ = try connection.execute("BEGIN IMMEDIATE", [])
            connection.setLockLimit(options.callLimit)
            if lock != nil { connections.withLock { $0.lastLock = nil } }
        } catch let error as StoreError {
            if error.code == .busy { connections.withLock { $0.lastLock = (.now, error) } }
            throw error
        }
    }

    func trim() async throws {
        try await writing.run {
            guard let connection = self.connections.withLock({ $0.writer }) else { return }
            // While somebody reads, the rest of the log stays for the next time.
            _ = try Reader(connection, engine: .sqlite)
                .one("PRAGMA wal_checkpoint(TRUNCATE)") { try $0.int64(0) }
        }
    }

    func migrate(_ sets: [MigrationSet]) async throws -> [String] {
        try await write(.bulk) { try $0.migrate(sets) }
    }

    func listen(channel: String) -> AsyncStream<String> {
        broadcast.listen(channel: channel, sayingFirst: "")
    }

    // MARK: Closing

    func close() async {
        broadcast.close()
        await reading.close()
        // The last connection to close copies the log back and removes it, which is disk work: on
        // the writing thread. It fails only where this was closed before.
        try? await writing.run {
            self.connections.withLock { state in
                state.isClosed = true
                state.idle = []
                state.writer = nil
            }
            self.file.release()
        }
        await writing.close()
    }

    func abandon() {
        broadcast.close()
        reading.closeSoon()
        writing.closeSoon()
    }
}
