/// What each engine does for `Database`.
protocol Backend: Sendable {
    func read<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Reader) throws -> Value
    ) async throws -> Value

    func readNow<Value>(_ body: (Reader) throws -> Value) throws -> Value?

    func write<Value: Sendable>(
        _ workload: Workload, _ body: @escaping @Sendable (Writer) throws -> Value
    ) async throws -> Value

    /// Applies migrations in one transaction, one process at a time.
    func migrate(_ sets: [MigrationSet]) async throws -> [String]

    func listen(channel: String) -> AsyncStream<String>

    /// See `Database.trim`.
    func trim() async throws

    func close() async

    /// Gives everything back without waiting, for a database nobody closed.
    func abandon()
}
