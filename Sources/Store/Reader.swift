/// The reading side of a transaction: one consistent state for all its statements.
///
/// It is not Sendable and lives only as long as the closure it is handed to. Statements are written
/// once for both engines, with `?` for parameters (`Dialect` has the rules). The first `StoreError`
/// ends a transaction: every later statement throws it again, on both engines alike.
package class Reader {
    /// The engine, for the rare statement that must differ.
    package let engine: Engine
    let session: any Session
    private(set) var failure: StoreError?

    init(_ session: any Session, engine: Engine) {
        self.session = session
        self.engine = engine
    }

    func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do { return try body() } catch let error as StoreError {
            failure = error
            throw error
        }
    }

    /// Runs a statement and hands over each row.
    ///
    /// PostgreSQL keeps the whole answer in memory: read large tables in pages by key. The closure
    /// may run further statements.
    package func query(
        _ sql: String, _ parameters: [SQLValue] = [], _ row: (borrowing Row) throws -> Void
    ) throws {
        try attempt {
            try session.query(sql, parameters) {
                try row($0)
                return true
            }
        }
    }

    /// All rows, each turned into a value.
    package func all<Value>(
        _ sql: String, _ parameters: [SQLValue] = [], _ row: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try query(sql, parameters) { values.append(try row($0)) }
        return values
    }

    /// The first row turned into a value, or nil where there is none.
    package func first<Value>(
        _ sql: String, _ parameters: [SQLValue] = [], _ row: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try attempt {
            var value: Value?
            try session.query(sql, parameters) {
                value = try row($0)
                return false
            }
            return value
        }
    }

    /// The first row turned into a value; `StoreError.Code.invalid` where there is none.
    package func one<Value>(
        _ sql: String, _ parameters: [SQLValue] = [], _ row: (borrowing Row) throws -> Value
    ) throws -> Value {
        guard let value = try first(sql, parameters, row) else {
            throw StoreError(.invalid, "A statement that always has a row had none.", sql: sql)
        }
        return value
    }
}
