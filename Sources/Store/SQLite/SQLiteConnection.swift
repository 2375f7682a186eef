import CSQLite

/// One connection to an SQLite file with the statements it has prepared.
final class SQLiteConnection: Session, @unchecked Sendable {  // One thread has it at a time.
    private struct Prepared {
        let statement: OpaquePointer
        var lastUse: Int
    }

    private let handle: OpaquePointer
    private let path: String
    private var prepared: [String: Prepared] = [:]
    private var uses = 0
    private var checkpointPages: Int32 = -1

    /// Opens the file, which must exist already.
    ///
    /// - Parameter lockLimit: how long to wait for a lock that another program has.
    init(path: String, isWriter: Bool, isTemporary: Bool, lockLimit: Duration) throws {
        self.path = path
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            defer { sqlite3_close_v2(opened) }
            throw SQLiteFailure(code, opened.map { String(cString: sqlite3_errmsg($0)) } ?? "")
                .error(path: path, sql: nil)
        }
        handle = opened
        // Before anything else: without it two connections that open together collide at once.
        setLockLimit(lockLimit)
        _ = callboard_sqlite_set(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = callboard_sqlite_set(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _ = callboard_sqlite_set(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
        // A small cache and no mapping: both count as the process's memory (measured: 29 MB at
        // 2 MB of cache, 75 at 64 MB, 139 mapped), and reading is hardly quicker.
        try executeScript(
            """
            PRAGMA cache_size = \(isWriter ? -16_000 : -2_000);
            PRAGMA mmap_size = 0;
            PRAGMA temp_store = MEMORY;
            PRAGMA foreign_keys = ON;
            PRAGMA case_sensitive_like = ON;
            """)
        if isWriter {
            // FULL: without it a commit that was acknowledged can vanish when the power fails.
            // A temporary file has nothing to lose. What is deleted is overwritten, so that what
            // was erased is not in the file any more; little is ever deleted.
            try executeScript(
                """
                PRAGMA synchronous = \(isTemporary ? "OFF" : "FULL");
                PRAGMA journal_size_limit = 67108864;
                PRAGMA secure_delete = ON;
                """)
        } else {
            try executeScript("PRAGMA query_only = ON;")
        }
    }

    deinit {
        for entry in prepared.values { sqlite3_finalize(entry.statement) }
        sqlite3_close_v2(handle)
    }

    /// True between a BEGIN and the COMMIT or ROLLBACK; some errors end a transaction by themselves.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// How long to wait for a lock that another program has.
    func setLockLimit(_ limit: Duration) {
        sqlite3_busy_timeout(handle, Int32(clamping: Int64(limit / .milliseconds(1))))
    }

    /// After how many pages in the log a commit copies it back into the file.
    func setCheckpoint(pages: Int32) {
        guard pages != checkpointPages else { return }
        checkpointPages = pages
        sqlite3_wal_autocheckpoint(handle, pages)
    }

    // MARK: Session

    func query(
        _ sql: String, _ parameters: [SQLValue], _ row: (borrowing Row) throws -> Bool
    ) throws {
        let statement = try take(sql)
        defer { giveBack(statement, sql) }
        try bind(parameters, to: statement, sql: sql)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                let more = try row(Row(cells: .sqlite(SQLiteCells(statement: statement))))
                if !more { return }
            case SQLITE_DONE: return
            case let code: throw failure(code, sql: sql)
            }
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        let before = sqlite3_total_changes64(handle)
        try query(sql, parameters) { _ in true }
        // The total, since "the last statement's" keeps its number where a statement changes none.
        // It also counts what foreign keys did; `changes64` does not.
        return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
    }

    func executeScript(_ sql: String) throws {
        let text = Array(try Dialect.translate(sql, for: .sqlite).utf8CString)
        try text.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            while let start = position, start.pointee != 0 {
                var statement: OpaquePointer?
                let code = sqlite3_prepare_v3(handle, start, -1, 0, &statement, &position)
                defer { sqlite3_finalize(statement) }
                guard code == SQLITE_OK else { throw failure(code, sql: sql) }
                guard let statement else { continue }  // Only spaces or a comment.
                var step = SQLITE_ROW
                while step == SQLITE_ROW { step = sqlite3_step(statement) }
                guard step == SQLITE_DONE else { throw failure(step, sql: sql) }
            }
        }
    }

    func insert(
        into table: String, columns: [String], next: () throws -> [SQLValue]?
    ) throws -> Int {
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let sql = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))"
        let statement = try take(sql)
        defer { giveBack(statement, sql) }
        var inserted = 0
        while let row = try next() {
            try bind(row, to: statement, sql: sql)
            let code = sqlite3_step(statement)
            guard code == SQLITE_DONE else { throw failure(code, sql: sql) }
            sqlite3_reset(statement)
            inserted += 1
        }
        return inserted
    }

    // MARK: Statements

    /// Takes a statement out of the cache, so that a nested use of the same text gets another one.
    private func take(_ sql: String) throws -> OpaquePointer {
        if let entry = prepared.removeValue(forKey: sql) { return entry.statement }
        var statement: OpaquePointer?
        var text = try Dialect.translate(sql, for: .sqlite)
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_prepare_v3(
                    handle, $0.baseAddress, Int32(truncatingIfNeeded: $0.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            }
        }
        guard code == SQLITE_OK, let statement else { throw failure(code, sql: sql) }
        return statement
    }

    private func giveBack(_ statement: OpaquePointer, _ sql: String) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
        uses += 1
        if let other = prepared.updateValue(
            Prepared(statement: statement, lastUse: uses), forKey: sql)
        {
            sqlite3_finalize(other.statement)
        }
        // 128 statements of some 5 KB: well under a megabyte a connection.
        if prepared.count > 128,
            let oldest = prepared.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            sqlite3_finalize(oldest.value.statement)
            prepared[oldest.key] = nil
        }
    }

    private func bind(_ values: [SQLValue], to statement: OpaquePointer, sql: String) throws {
        guard values.count == sqlite3_bind_parameter_count(statement) else {
            throw StoreError(
                .invalid,
                "The statement has \(sqlite3_bind_parameter_count(statement)) parameters, "
                    + "\(values.count) values were given.", sql: sql)
        }
        var index: Int32 = 0
        for value in values {
            index += 1
            try value.check(position: Int(index))
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let number): sqlite3_bind_int64(statement, index, number)
                case .real(let number): sqlite3_bind_double(statement, index, number)
                case .text(var text):
                    text.withUTF8 { bytes in
                        bytes.withMemoryRebound(to: CChar.self) {
                            callboard_sqlite_bind_text(
                                statement, index, $0.baseAddress, UInt64($0.count))
                        }
                    }
                case .blob(let bytes):
                    bytes.withUnsafeBytes {
                        callboard_sqlite_bind_blob(
                            statement, index, $0.baseAddress, UInt64($0.count))
                    }
                }
            guard code == SQLITE_OK else { throw failure(code, sql: sql) }
        }
    }

    private func failure(_ code: Int32, sql: String) -> StoreError {
        SQLiteFailure(code, String(cString: sqlite3_errmsg(handle))).error(path: path, sql: sql)
    }
}
