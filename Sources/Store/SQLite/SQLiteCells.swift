import CSQLite

/// The current row of an SQLite statement.
struct SQLiteCells {
    let statement: OpaquePointer

    var count: Int { Int(sqlite3_data_count(statement)) }

    func kind(_ column: Int) -> Row.Kind {
        switch sqlite3_column_type(statement, Int32(truncatingIfNeeded: column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        case SQLITE_NULL: .null
        default: .other
        }
    }

    func name(_ column: Int) -> String {
        sqlite3_column_name(statement, Int32(truncatingIfNeeded: column))
            .map { String(cString: $0) } ?? "?"
    }

    func int64(_ column: Int) -> Int64 {
        sqlite3_column_int64(statement, Int32(truncatingIfNeeded: column))
    }

    func double(_ column: Int) -> Double {
        sqlite3_column_double(statement, Int32(truncatingIfNeeded: column))
    }

    func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        let column = Int32(truncatingIfNeeded: column)
        // The pointer first: asking for the size may not convert what the pointer shows.
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(
            start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }
}
