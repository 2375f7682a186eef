import CPostgreSQL
import Glibc

/// One connection to PostgreSQL with the statements it has prepared.
///
/// libpq is used without blocking: every wait is a `poll` with a deadline, so that a server that
/// hangs, or a network that vanished, is noticed after `limit` and never later.
final class PostgresConnection: Session, @unchecked Sendable {  // One thread has it at a time.
    /// Why the connection cannot be used any more.
    enum Loss {
        /// It was closed by the other side.
        case gone
        /// No answer came in time.
        case hung
        /// It answers, but as a standby, or its statements do not fit the tables any more.
        case spent
    }

    private struct Prepared {
        let name: String
        let types: [UInt32]
        var lastUse: Int
    }

    let handle: OpaquePointer
    /// What to wait on for notifications.
    var socket: Int32 { PQsocket(handle) }
    /// How long one statement may take.
    var limit: Duration
    private(set) var loss: Loss?
    /// The last error report was that transactions got in each other's way.
    private(set) var hasCollided = false
    private var prepared: [String: Prepared] = [:]
    private var uses = 0
    private var unreadCommit = false

    /// - Parameter deadline: until when connecting may take; nil for as long as a statement.
    init(
        _ location: PostgresLocation, limit: Duration,
        until deadline: ContinuousClock.Instant? = nil
    ) throws {
        let end = ContinuousClock.now + limit
        handle = try Self.connect(location, until: min(deadline ?? end, end))
        self.limit = limit
        PQsetnonblocking(handle, 1)
        callboard_pq_silence(handle)
        try checkServer()
        // Settings by statement, since poolers between us and the server drop those of the start.
        try executeScript(
            """
            SET search_path TO "\(location.schema)";
            SET statement_timeout TO \(Self.serverLimit(limit));
            SET idle_in_transaction_session_timeout TO \(Self.silenceLimit);
            SET standard_conforming_strings TO on;
            SET client_min_messages TO warning;
            SET extra_float_digits TO 3;
            """)
    }

    /// How long the server keeps a transaction, and so the lock on the revision, of a process that
    /// says nothing: what hangs in the middle of a write must not hold up the others for long.
    private static let silenceLimit = 10_000

    deinit { PQfinish(handle) }

    /// Three quarters of the limit in milliseconds: a slow server says so before it counts as hung.
    private static func serverLimit(_ limit: Duration) -> Int64 {
        max(1, limit / .milliseconds(1) * 0.75 < 2e9 ? Int64(limit / .milliseconds(1) * 0.75) : 0)
    }

    // MARK: Session

    func query(
        _ sql: String, _ parameters: [SQLValue], _ row: (borrowing Row) throws -> Bool
    ) throws {
        let answer = try run(sql, parameters)
        for index in 0..<PQntuples(answer.pointer) {
            let cells = PostgresCells(result: answer.pointer, row: index)
            guard try row(Row(cells: .postgres(cells))) else { return }
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try run(sql, parameters).changed
    }

    func executeScript(_ sql: String) throws {
        let text = try Dialect.translate(sql, for: .postgres)
        _ = try perform(sql) { PQsendQuery(handle, text) }
    }

    private func run(_ sql: String, _ values: [SQLValue]) throws -> Answer {
        let parameters = try PostgresParameters(values)
        let statement = try prepare(sql, parameters.types)
        return try parameters.withPointers { pointers, lengths, formats in
            try perform(sql) {
                PQsendQueryPrepared(
                    handle, statement, Int32(values.count), pointers, lengths, formats, 1)
            }
        }
    }

    /// Runs a statement that is not worth remembering.
    private func runOnce(_ sql: String, _ values: [SQLValue]) throws -> Answer {
        let parameters = try PostgresParameters(values)
        let text = try Dialect.translate(sql, for: .postgres)
        return try parameters.withPointers { pointers, lengths, formats in
            try perform(sql) {
                PQsendQueryParams(
                    handle, text, Int32(values.count), parameters.types, pointers, lengths,
                    formats, 1)
            }
        }
    }

    /// The name of the prepared statement for this text and these types.
    ///
    /// NULL fits any type, and a type learnt later replaces what was unknown.
    private func prepare(_ sql: String, _ types: [UInt32]) throws -> String {
        uses += 1
        var wanted = types
        if let known = prepared[sql] {
            if known.types.count == types.count {
                if zip(known.types, types).allSatisfy({ $1 == 0 || $0 == $1 }) {
                    prepared[sql]?.lastUse = uses
                    return known.name
                }
                wanted = zip(known.types, types).map { $1 == 0 ? $0 : $1 }
            }
            try forget(sql)
        }
        let name = "s\(uses)"
        let text = try Dialect.translate(sql, for: .postgres)
        _ = try perform(sql) { PQsendPrepare(handle, name, text, Int32(wanted.count), wanted) }
        prepared[sql] = Prepared(name: name, types: wanted, lastUse: uses)
        if prepared.count > 128,
            let oldest = prepared.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            try forget(oldest.key)
        }
        return name
    }

    private func forget(_ sql: String) throws {
        guard let known = prepared.removeValue(forKey: sql) else { return }
        _ = try perform(sql) { PQsendQuery(handle, "DEALLOCATE \(known.name)") }
    }

    // MARK: Transactions

    /// Begins a transaction for reading (one state for all statements) or writing.
    func begin(reading: Bool, within limit: Duration) throws {
        let isUsual = limit == self.limit
        self.limit = limit
        hasCollided = false
        let mode = reading ? "REPEATABLE READ READ ONLY" : "READ COMMITTED READ WRITE"
        let own = isUsual ? "" : "; SET LOCAL statement_timeout = \(Self.serverLimit(limit))"
        _ = try perform(nil) { PQsendQuery(handle, "BEGIN ISOLATION LEVEL \(mode)\(own)") }
    }

    /// Commits; an answer other than "committed" is an error.
    func commit() throws {
        let answer = try perform(nil) { PQsendQuery(handle, "COMMIT") }
        guard String(cString: PQcmdStatus(answer.pointer)) == "COMMIT" else {
            throw StoreError(
                .other, "PostgreSQL rolled the transaction back instead of committing.")
        }
    }

    /// Ends a transaction that only read, without waiting for the answer: the next statement does.
    func endReading() {
        if PQsendQuery(handle, "COMMIT") == 1, PQflush(handle) >= 0 {
            unreadCommit = true
        } else {
            loss = .gone
        }
    }

    func rollback() {
        do { _ = try perform(nil) { PQsendQuery(handle, "ROLLBACK") } } catch {
            // What cannot be rolled back is not used again; the server ends it with the connection.
            if loss == nil { loss = .spent }
        }
    }

    // MARK: Bulk

    /// Rows beyond which COPY is worth its extra round trip.
    private static let copyThreshold = 50

    func insert(
        into table: String, columns: [String], next: () throws -> [SQLValue]?
    ) throws -> Int {
        let names = columns.joined(separator: ", ")
        var rows: [[SQLValue]] = []
        while rows.count <= Self.copyThreshold, let row = try next() { rows.append(row) }
        if rows.isEmpty { return 0 }
        if rows.count > Self.copyThreshold {
            return try copy("COPY \(table) (\(names)) FROM STDIN BINARY", first: rows, next: next)
        }
        let marks = "(\(Array(repeating: "?", count: columns.count).joined(separator: ", ")))"
        let all = Array(repeating: marks, count: rows.count).joined(separator: ", ")
        return try runOnce("INSERT INTO \(table) (\(names)) VALUES \(all)", rows.flatMap { $0 })
            .changed
    }

    private func copy(
        _ sql: String, first: [[SQLValue]], next: () throws -> [SQLValue]?
    ) throws -> Int {
        _ = try perform(sql) { PQsendQuery(handle, sql) }
        do {
            var bytes = PostgresParameters.copyHeader
            for row in first { try PostgresParameters.appendCopyRow(row, to: &bytes) }
            while let row = try next() {
                try PostgresParameters.appendCopyRow(row, to: &bytes)
                // Pieces of 64 KB, each sent before the next is made: memory stays bounded.
                if bytes.count >= 65_536 {
                    try put(bytes, sql)
                    bytes.removeAll(keepingCapacity: true)
                }
            }
            try put(bytes + PostgresParameters.copyTrailer, sql)
        } catch {
            if loss == nil, PQputCopyEnd(handle, "stopped by the program") == 1 {
                _ = try? receive(sql)
            }
            throw error
        }
        guard PQputCopyEnd(handle, nil) == 1 else { throw lost(.gone, sql) }
        return try receive(sql).changed
    }

    private func put(_ bytes: [UInt8], _ sql: String) throws {
        let sent = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                PQputCopyData(handle, $0.baseAddress, Int32(truncatingIfNeeded: $0.count))
            }
        }
        guard sent == 1 else { throw lost(.gone, sql) }
        try flush(until: .now + limit, sql)
    }

    // MARK: Sending and receiving

    /// The last result of a statement; freed with it.
    final class Answer {
        let pointer: OpaquePointer

        init(pointer: OpaquePointer) { self.pointer = pointer }

        /// Rows inserted, updated, deleted or copied.
        var changed: Int {
            // The same number stands there for rows that were only selected.
            if String(cString: PQcmdStatus(pointer)).hasPrefix("SELECT") { return 0 }
            return Int(String(cString: PQcmdTuples(pointer))) ?? 0
        }

        deinit { PQclear(pointer) }
    }

    private func perform(_ sql: String?, _ send: () -> Int32) throws -> Answer {
        guard loss == nil else { throw lost(.gone, sql) }
        if unreadCommit {
            unreadCommit = false
            _ = try receive(nil)
        }
        guard send() == 1 else { throw lost(.gone, sql) }
        return try receive(sql)
    }

    /// Waits for everything the server has to say about what was sent.
    private func receive(_ sql: String?) throws -> Answer {
        let deadline = ContinuousClock.now + limit
        try flush(until: deadline, sql)
        var last: OpaquePointer?
        while true {
            do { try fill(until: deadline, sql) } catch {
                PQclear(last)
                throw error
            }
            guard let result = PQgetResult(handle) else { break }
            PQclear(last)
            last = result
            // A COPY goes on; asking further would only repeat this.
            if PQresultStatus(result) == PGRES_COPY_IN { break }
        }
        guard let last else { throw lost(.gone, sql) }
        let answer = Answer(pointer: last)
        switch PQresultStatus(last) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_EMPTY_QUERY: return answer
        default: throw refused(PostgresFailure(last), sql)
        }
    }

    /// Reads until a result is complete.
    private func fill(until deadline: ContinuousClock.Instant, _ sql: String?) throws {
        while PQisBusy(handle) == 1 {
            guard wait(PQsocket(handle), POLLIN, until: deadline) else { throw lost(.hung, sql) }
            guard PQconsumeInput(handle) == 1 else { throw lost(.gone, sql) }
        }
    }

    /// Sends all that is buffered; reads meanwhile, lest both sides wait for the other.
    private func flush(until deadline: ContinuousClock.Instant, _ sql: String?) throws {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                guard wait(PQsocket(handle), POLLIN | POLLOUT, until: deadline) else {
                    throw lost(.hung, sql)
                }
                guard PQconsumeInput(handle) == 1 else { throw lost(.gone, sql) }
            default: throw lost(.gone, sql)
            }
        }
    }

    private func refused(_ failure: PostgresFailure, _ sql: String?) -> StoreError {
        if PQstatus(handle) == CONNECTION_BAD { return lost(.gone, sql) }
        hasCollided = failure.isCollision
        if failure.endsConnection { loss = .gone }
        // A standby; a plan that no longer fits its tables (0A000) or is not there (26000).
        if ["25006", "0A000", "26000"].contains(failure.state) { loss = .spent }
        return failure.error(sql: sql)
    }

    private func lost(_ how: Loss, _ sql: String?) -> StoreError {
        let said = String(cString: PQerrorMessage(handle)).asOneLine
        loss = loss ?? how
        if how == .hung {
            return StoreError(
                .unavailable,
                "PostgreSQL did not answer within \(limit): it hangs, or the network to it is gone. "
                    + "It is tried again by itself.", sql: sql)
        }
        return StoreError(
            .unavailable,
            "The connection to PostgreSQL was lost; it is tried again by itself. \(said)", sql: sql)
    }

    // MARK: Listening

    /// Hands over the notifications that have arrived; waits for none.
    func notifications(_ body: (_ channel: String, _ payload: String) -> Void) throws {
        guard PQconsumeInput(handle) == 1 else { throw lost(.gone, nil) }
        while let found = PQnotifies(handle) {
            body(String(cString: found.pointee.relname), String(cString: found.pointee.extra))
            PQfreemem(found)
        }
    }
}

/// Waits until the descriptor is ready for one of the events; false when the time is over.
func wait(_ descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
    while true {
        let left = deadline - .now
        guard left > .zero else { return false }
        var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
        // Rounded up, so that the last fraction of a millisecond is not spent in a loop.
        let ready = poll(&entry, 1, Int32(clamping: Int64(left / .milliseconds(1)) &+ 1))
        if ready > 0 { return true }
        if ready < 0, errno != EINTR { return true }  // The next call on it will say what is wrong.
    }
}
