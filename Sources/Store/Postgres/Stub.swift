struct PostgresCells {
    var count: Int { 0 }
    func kind(_ column: Int) -> Row.Kind { .null }
    func name(_ column: Int) -> String { "" }
    func int64(_ column: Int) -> Int64 { 0 }
    func double(_ column: Int) -> Double { 0 }
    func bytes(_ column: Int) -> UnsafeRawBufferPointer { .init(start: nil, count: 0) }
}

enum PostgresStore {
    static func open(_ location: PostgresLocation, options: DatabaseOptions) async throws
        -> SQLiteStore
    {
        throw StoreError(.unavailable, "PostgreSQL is not supported yet.")
    }
}
