import Synchronization

/// Keeps the contexts of a library that are not in use: making one costs more than using it.
///
/// A context belongs to one caller from the moment it is lent, so that contexts need no locks.
struct IdleContexts<Context: AnyObject & Sendable>: ~Copyable, Sendable {
    private let idle = Mutex<[Context]>([])
    private let make: @Sendable () -> Context?
    private let isWorthKeeping: @Sendable (Context) -> Bool

    /// More are made when more callers come at once, and let go afterwards.
    private static var limit: Int { 8 }

    init(
        make: @escaping @Sendable () -> Context?,
        isWorthKeeping: @escaping @Sendable (Context) -> Bool
    ) {
        self.make = make
        self.isWorthKeeping = isWorthKeeping
    }

    func lend<Result>(
        _ body: (Context) throws(CompressionError) -> Result
    ) throws(CompressionError) -> Result {
        guard let context = idle.withLock({ $0.popLast() }) ?? make() else {
            throw .libraryFailed("make a context")
        }
        defer {
            if isWorthKeeping(context) {
                idle.withLock { if $0.count < Self.limit { $0.append(context) } }
            }
        }
        return try body(context)
    }
}
