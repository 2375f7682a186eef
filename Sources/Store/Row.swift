/// One row of an answer, valid only inside the closure it is handed to.
///
/// Columns count from zero. The readers are strict, so that both engines agree: a column that is
/// not there, a NULL where a value is asked for, or another type is an error that names the column.
/// Where PostgreSQL makes an exact number of another type (`sum` of bigint), cast it to bigint.
package struct Row: ~Copyable {
    enum Cells {
        case sqlite(SQLiteCells)
        case postgres(PostgresCells)
    }

    /// What a column holds.
    enum Kind: String {
        case null = "NULL"
        case integer, real, text, blob
        case other = "a type this program does not read"
    }

    let cells: Cells

    /// The number of columns.
    package var count: Int {
        switch cells {
        case .sqlite(let cells): cells.count
        case .postgres(let cells): cells.count
        }
    }

    func kind(_ column: Int) -> Kind {
        switch cells {
        case .sqlite(let cells): cells.kind(column)
        case .postgres(let cells): cells.kind(column)
        }
    }

    /// True for NULL, and for a column that is not there.
    package func isNull(_ column: Int) -> Bool {
        column < 0 || column >= count || kind(column) == .null
    }

    private func expect(_ wanted: Kind, _ column: Int) throws {
        guard column >= 0, column < count else {
            throw StoreError(.invalid, "Column \(column) was asked for in a row of \(count).")
        }
        let found = kind(column)
        guard found == wanted else {
            throw StoreError(
                .invalid,
                "Column \(column) (\(name(column))) holds \(found.rawValue), not \(wanted.rawValue)."
            )
        }
    }

    private func name(_ column: Int) -> String {
        switch cells {
        case .sqlite(let cells): cells.name(column)
        case .postgres(let cells): cells.name(column)
        }
    }

    /// An integer; a boolean of PostgreSQL is 0 or 1, as in SQLite.
    package func int64(_ column: Int) throws -> Int64 {
        try expect(.integer, column)
        switch cells {
        case .sqlite(let cells): return cells.int64(column)
        case .postgres(let cells): return cells.int64(column)
        }
    }

    /// A real number.
    package func double(_ column: Int) throws -> Double {
        try expect(.real, column)
        switch cells {
        case .sqlite(let cells): return cells.double(column)
        case .postgres(let cells): return cells.double(column)
        }
    }

    /// Text.
    package func text(_ column: Int) throws -> String {
        try expect(.text, column)
        return String(decoding: bytes(unchecked: column), as: UTF8.self)
    }

    /// A copy of a blob; `withBlob` makes none.
    package func blob(_ column: Int) throws -> [UInt8] {
        try withBlob(column) { [UInt8]($0) }
    }

    /// An integer, or nil for NULL.
    package func optionalInt64(_ column: Int) throws -> Int64? {
        isNull(column) ? nil : try int64(column)
    }

    /// A real number, or nil for NULL.
    package func optionalDouble(_ column: Int) throws -> Double? {
        isNull(column) ? nil : try double(column)
    }

    /// Text, or nil for NULL.
    package func optionalText(_ column: Int) throws -> String? {
        isNull(column) ? nil : try text(column)
    }

    /// A copy of a blob, or nil for NULL.
    package func optionalBlob(_ column: Int) throws -> [UInt8]? {
        isNull(column) ? nil : try blob(column)
    }

    /// Whatever the column holds; for tools that copy rows without knowing the schema.
    package func value(_ column: Int) throws -> SQLValue {
        switch kind(column) {
        case .null: .null
        case .integer: .integer(try int64(column))
        case .real: .real(try double(column))
        case .blob: .blob(try blob(column))
        case .text, .other: .text(try text(column))
        }
    }

    /// Lends the bytes of a blob without copying them; they must not outlive the closure.
    @inlinable
    package func withBlob<Value>(
        _ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value {
        try body(blobBytes(column))
    }

    @usableFromInline
    func blobBytes(_ column: Int) throws -> UnsafeRawBufferPointer {
        try expect(.blob, column)
        return bytes(unchecked: column)
    }

    private func bytes(unchecked column: Int) -> UnsafeRawBufferPointer {
        switch cells {
        case .sqlite(let cells): cells.bytes(column)
        case .postgres(let cells): cells.bytes(column)
        }
    }
}
