import CSQLite

/// An extended result code of SQLite with its words, and what it means for the store.
struct SQLiteFailure {
    let code: Int32
    let words: String

    init(_ code: Int32, _ words: String) {
        self.code = code
        self.words = words
    }

    func error(path: String, sql: String?) -> StoreError {
        let said = "SQLite says \"\(words)\" (code \(code))."
        return switch code & 0xff {  // The low byte is the primary code.
        case SQLITE_CONSTRAINT:
            StoreError(constraint, "The rows would break a rule of the tables: \(said)", sql: sql)
        case SQLITE_FULL:
            StoreError(
                .full,
                "There is no space left for \(path): free some and try again. Nothing of this "
                    + "transaction was written. \(said)", sql: sql)
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(
                .busy, "Another program holds a lock on \(path): close it. \(said)", sql: sql)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            StoreError(
                .corrupt,
                "\(path) is damaged, or is no SQLite database: move it away with its -wal file and "
                    + "restore a backup. \(said)", sql: sql)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            StoreError(
                .readOnly, "\(path) cannot be written: check who owns it. \(said)", sql: sql)
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PROTOCOL:
            StoreError(
                .unavailable, "\(path) cannot be read or written: check the disk. \(said)", sql: sql
            )
        case SQLITE_INTERRUPT: StoreError(.timeout, said, sql: sql)
        case SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_RANGE, SQLITE_TOOBIG, SQLITE_MISUSE:
            StoreError(.invalid, said, sql: sql)
        default: StoreError(.other, said, sql: sql)
        }
    }

    private var constraint: StoreError.Code {
        switch code >> 8 {  // The rule is in the next byte; the header's macros are (n << 8).
        case 8, 6, 10: .constraint(.unique)  // UNIQUE, PRIMARYKEY, ROWID
        case 3: .constraint(.foreignKey)
        case 5: .constraint(.notNull)
        case 1: .constraint(.check)
        default: .invalid  // DATATYPE (12): a value of the wrong type; the rest is never used.
        }
    }
}
