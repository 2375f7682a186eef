import Synchronization

/// What the callbacks of one daemon share.
final class ServerCore: Sendable {
    let configuration: InboundConfiguration
    let handler: any InboundHandler
    let executor: (any TaskExecutor)?
    let connections = ConnectionRegistry()
    let resting = RestingCount()
    let notices: NoticeLimiter
    /// Requests that have begun and not ended.
    let activeRequests = Atomic<Int>(0)
    private let bodyBytes = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)

    init(
        configuration: InboundConfiguration, handler: any InboundHandler,
        executor: (any TaskExecutor)?
    ) {
        self.configuration = configuration
        self.handler = handler
        self.executor = executor
        notices = NoticeLimiter { handler.noticed($0) }
    }

    /// Counts bytes of a body that are about to be held; false where all requests hold too much.
    func takeBody(_ count: Int) -> Bool {
        let (_, held) = bodyBytes.add(count, ordering: .relaxed)
        guard held > configuration.bodyMemoryLimit else { return true }
        giveBody(count)
        return false
    }

    func giveBody(_ count: Int) {
        bodyBytes.subtract(count, ordering: .relaxed)
    }

    /// Whether every answer now closes its connection.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func beginDraining() {
        draining.store(true, ordering: .relaxed)
    }
}

/// Passes on a few messages in each ten seconds, since every bad request makes one.
final class NoticeLimiter: Sendable {
    private struct State: Sendable {
        var windowStart = MonotonicTime.now
        var passed = 0
        var held = 0
        var last = ""
    }

    private static let messagesPerWindow = 5
    private static let window: Duration = .seconds(10)
    private let state = Mutex(State())
    private let sink: @Sendable (String) -> Void

    init(_ sink: @escaping @Sendable (String) -> Void) {
        self.sink = sink
    }

    /// The newest message, passed on or not; for a start that failed.
    var last: String { state.withLock { $0.last } }

    func pass(_ message: String) {
        let text = state.withLock { state -> String? in
            state.last = message
            let now = MonotonicTime.now
            var held = 0
            if state.windowStart.elapsed(at: now) >= Self.window {
                held = state.held
                state.windowStart = now
                state.passed = 0
                state.held = 0
            }
            guard state.passed < Self.messagesPerWindow else {
                state.held &+= 1
                return nil
            }
            state.passed += 1
            return held == 0 ? message : "\(message) (and \(held) more messages before it)"
        }
        if let text { sink(text) }
    }
}
