import Synchronization

/// The connections that wait for work, and the memory of what went wrong last.
///
/// There are never more connections than threads that use them. While the server is away, one
/// attempt at a time is made, with growing pauses; every other call fails at once, with its reason.
final class PostgresPool: Sendable {
    private struct State {
        var idle: [PostgresConnection] = []
        var failures = 0
        var retryAt = ContinuousClock.now
        var lastFailure: StoreError?
        var isTrying = false
        var isClosed = false

        /// 100 ms after the first failure, doubling to 1 s; a random part keeps replicas apart.
        mutating func fail(_ error: StoreError) {
            let pause = min(Duration.seconds(1), .milliseconds(100) * (1 << min(failures, 4)))
            failures += 1
            retryAt = .now + pause * Double.random(in: 0.5...1)
            lastFailure = error
            isTrying = false
        }
    }

    private let location: PostgresLocation
    private let limit: Duration
    private let state = Mutex(State())

    init(_ location: PostgresLocation, limit: Duration) {
        self.location = location
        self.limit = limit
    }

    /// A connection that is not in use, or a new one.
    ///
    /// - Parameter deadline: until when a new one may take; who has waited long already, behind
    ///   calls that a server left hanging, is not made to wait as long again.
    func take(until deadline: ContinuousClock.Instant? = nil) throws -> PostgresConnection {
        let waiting: PostgresConnection? = try state.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            if let connection = state.idle.popLast() { return connection }
            if let failure = state.lastFailure {
                guard !state.isTrying, state.retryAt <= .now, deadline.map({ $0 > .now }) ?? true
                else { throw failure }
                state.isTrying = true
            }
            return nil
        }
        if let waiting { return waiting }
        do {
            let connection = try PostgresConnection(location, limit: limit, until: deadline)
            state.withLock { state in
                state.failures = 0
                state.lastFailure = nil
                state.isTrying = false
            }
            return connection
        } catch let error as StoreError {
            state.withLock { $0.fail(error) }
            throw error
        }
    }

    /// Takes back a connection after use; one that was lost tells what to do with the others.
    func giveBack(_ connection: PostgresConnection, after error: (any Error)? = nil) {
        state.withLock { state in
            switch connection.loss {
            case nil:
                if !state.isClosed { state.idle.append(connection) }
            case .spent: break
            case .gone:
                // A server that restarted has ended them all.
                state.idle = []
            case .hung:
                state.idle = []
                if let error = error as? StoreError { state.fail(error) }
            }
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.idle = []
        }
    }
}
