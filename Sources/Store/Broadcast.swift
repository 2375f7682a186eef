import Synchronization

/// Hands what is said on a channel to everybody in this process who listens on it.
final class Broadcast: Sendable {
    private struct State {
        var listeners: [String: [Int: AsyncStream<String>.Continuation]] = [:]
        var nextNumber = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// A stream of what is said from now on, after `first`; it ends when this is closed.
    func listen(channel: String, sayingFirst first: String?) -> AsyncStream<String> {
        // Payloads are hints: a slow listener keeps the newest and loses older ones.
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(256))
        if let first { continuation.yield(first) }
        let number: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.nextNumber += 1
            state.listeners[channel, default: [:]][state.nextNumber] = continuation
            return state.nextNumber
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners[channel]?.removeValue(forKey: number) }
        }
        return stream
    }

    func say(_ payload: String, on channel: String) {
        let listeners = state.withLock { Array(($0.listeners[channel] ?? [:]).values) }
        for listener in listeners { listener.yield(payload) }
    }

    /// Says the empty payload, which means "look now", on every channel.
    func sayLookNow() {
        for channel in state.withLock({ Array($0.listeners.keys) }) { say("", on: channel) }
    }

    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners.values.flatMap(\.values)
        }
        for listener in listeners { listener.finish() }
    }
}
