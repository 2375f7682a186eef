import Synchronization

/// Counts the connections that rest, and can forbid further ones.
///
/// Stopping the library with one resting connection ends the process, so stopping first closes
/// this and then waits for zero. Counted before it is looked whether it is closed: whoever gets
/// in is seen by the one who closed.
final class RestingCount: Sendable {
    private let number = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)

    var count: Int { number.load(ordering: .sequentiallyConsistent) }
    var isClosed: Bool { closed.load(ordering: .sequentiallyConsistent) }

    /// True if the connection may rest; it must be followed by one `leave()`.
    func enter() -> Bool {
        number.add(1, ordering: .sequentiallyConsistent)
        guard isClosed else { return true }
        leave()
        return false
    }

    func leave() {
        number.subtract(1, ordering: .sequentiallyConsistent)
    }

    func close() {
        closed.store(true, ordering: .sequentiallyConsistent)
    }
}
