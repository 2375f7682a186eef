import Store
import Telemetry

/// Opens the portal's database.
///
/// A server that is away is waited for, since it may just be starting beside this program; the log
/// says what is waited for. What waiting does not mend is thrown at once.
struct DatabaseStart: Sendable {
    let location: StoreLocation
    let log: Log
    /// Whether the program was told to stop meanwhile.
    let isStopping: @Sendable () -> Bool

    /// How often the log says that it is still waited.
    private static let reminder = Duration.seconds(10)

    /// - Returns: nil where the program was told to stop.
    func run() async throws -> Database? {
        var told: ContinuousClock.Instant?
        while !isStopping() {
            do {
                return try await Database.open(location)
            } catch let error as StoreError where canPass(error) {
                if told.map({ $0 + Self.reminder <= .now }) ?? true {
                    log.warning("Waiting for the database", ["reason": .string(error.message)])
                    told = .now
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        return nil
    }

    /// A file is there or not; a server may come.
    private func canPass(_ error: StoreError) -> Bool {
        guard case .postgres = location else { return false }
        return error.code == .unavailable || error.code == .timeout || error.code == .readOnly
    }
}
