import Glibc
import Synchronization

/// Where the task of a stream writes its body.
///
/// The connection rests while there is nothing to send, and the writer while its client has more
/// than enough to read: neither holds a thread or memory without bound.
package final class BodyWriter: Sendable {
    /// What the library's thread is told to do next.
    enum Step {
        /// Bytes were put into the buffer.
        case send(Int)
        /// The connection rests until the next write.
        case rest
        case end
        case abort
    }

    private struct State: Sendable {
        /// Pieces not sent yet, the first of them from `offset` on.
        var pieces: [[UInt8]] = []
        var first = 0
        var offset = 0
        var waitingBytes = 0
        var sentBytes = 0
        var isEnded = false
        var isGone = false
        /// There while the connection rests.
        var resting: Ticket?
        var restsSince: MonotonicTime?
        /// Whether the server counts the connection as resting.
        var isCounted = false
        var writers: [CheckedContinuation<Bool, Never>] = []
        var task: Task<Void, Never>?

        /// The ticket of a resting connection, for the one who will wake it.
        mutating func takeResting() -> Ticket? {
            defer { resting = nil }
            return resting
        }

        /// Moves as much as fits into the buffer and says how much that was.
        mutating func copy(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            var filled = 0
            while filled < buffer.count, first < pieces.count {
                let count = min(pieces[first].count - offset, buffer.count - filled)
                pieces[first].withUnsafeBytes { piece in
                    UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + count)])
                        .copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: piece[offset...].prefix(count)))
                }
                filled += count
                offset += count
                if offset == pieces[first].count {
                    pieces[first] = []
                    first += 1
                    offset = 0
                }
            }
            if first == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                first = 0
            } else if first > 64, first > pieces.count / 2 {
                pieces.removeFirst(first)
                first = 0
            }
            waitingBytes -= filled
            sentBytes += filled
            return filled
        }
    }

    private let ticket: Ticket
    private let highWater: Int
    private let resting: RestingCount
    private let state = Mutex(State())

    init(ticket: Ticket, highWater: Int, resting: RestingCount) {
        self.ticket = ticket
        self.highWater = max(1, highWater)
        self.resting = resting
    }

    /// Sends bytes to the client, waiting while it is slow.
    ///
    /// They go out at once, not when a buffer is full. Returns false once the client is gone or
    /// the server stops; whatever is written then is dropped and the task is cancelled.
    package func write(_ bytes: [UInt8]) async -> Bool {
        guard !bytes.isEmpty else { return isOpen }
        let (isTaken, isFull, woken) = state.withLock { state -> (Bool, Bool, Ticket?) in
            guard !state.isEnded, !state.isGone else { return (false, false, nil) }
            state.pieces.append(bytes)
            state.waitingBytes += bytes.count
            return (true, state.waitingBytes > highWater, state.takeResting())
        }
        woken?.wake()
        guard isTaken, isFull else { return isTaken }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isEnded || state.isGone { return false }
                if state.waitingBytes <= highWater / 2 { return true }
                state.writers.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// False once the client is gone or the stream was ended.
    package var isOpen: Bool {
        state.withLock { !$0.isEnded && !$0.isGone }
    }

    /// Starts the task that writes.
    func start(
        on executor: (any TaskExecutor)?, _ work: @escaping @Sendable (BodyWriter) async -> Void
    ) {
        let task = Task(executorPreference: executor) {
            await work(self)
            self.end()
        }
        let isLate = state.withLock { state in
            if state.isEnded || state.isGone { return true }
            state.task = task
            return false
        }
        if isLate { task.cancel() }
    }

    /// Ends the body after what is written already; a writer that still writes is told so.
    func end() {
        close { $0.isEnded = true }
    }

    /// Breaks the body off: what was sent is not the whole of it, and the client has to see that.
    package func fail() {
        abandon()
    }

    /// Gives the body up: the client left.
    func abandon() {
        close { $0.isGone = true }
    }

    private func close(_ mark: (inout State) -> Void) {
        let (writers, task, woken) = state.withLock { state in
            mark(&state)
            defer {
                state.writers = []
                state.task = nil
            }
            return (state.writers, state.task, state.takeResting())
        }
        for writer in writers { writer.resume(returning: false) }
        task?.cancel()
        woken?.wake()
    }

    /// How long the connection rests already, waiting for the next write; nil if it does not.
    func restDuration(at now: MonotonicTime) -> Duration? {
        state.withLock { state in
            state.resting == nil ? nil : state.restsSince?.elapsed(at: now)
        }
    }

    /// How much of the body was handed to the library.
    var sentBytes: Int { state.withLock { $0.sentBytes } }

    /// Fills the library's buffer, or lets the connection rest.
    ///
    /// On the connection's thread only.
    ///
    /// The rest begins under the lock, so that no writer can wake a connection before it rests.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        let (step, writers) = state.withLock { state in
            if state.isCounted {
                state.isCounted = false
                resting.leave()
            }
            if state.isGone { return (Step.abort, [CheckedContinuation<Bool, Never>]()) }
            guard state.waitingBytes > 0 else {
                guard !state.isEnded, resting.enter() else { return (Step.end, []) }
                state.isCounted = true
                state.resting = ticket
                state.restsSince = .now
                ticket.rest()
                return (Step.rest, [])
            }
            let count = state.copy(into: buffer)
            guard state.waitingBytes <= highWater / 2 else { return (Step.send(count), []) }
            defer { state.writers = [] }
            return (Step.send(count), state.writers)
        }
        for writer in writers { writer.resume(returning: true) }
        return step
    }

    /// The library is done with the answer: sent to its end, or its client left.
    func released() {
        close { state in
            state.isGone = true
            // A connection that ends does not rest: there is nothing to wake any more.
            state.resting = nil
        }
        state.withLock { state in
            guard state.isCounted else { return }
            state.isCounted = false
            resting.leave()
        }
    }
}
