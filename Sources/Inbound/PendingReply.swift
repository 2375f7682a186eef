import CMicroHTTPD
import Synchronization

/// The right to let one connection rest and to wake it, once.
///
/// Unchecked: tasks use the pointer for nothing but waking, which the library allows from any
/// thread, and it stays valid for as long as the connection rests.
struct Ticket: @unchecked Sendable {
    let connection: OpaquePointer

    /// On the connection's own thread only, and only where the library asks for something.
    func rest() {
        MHD_suspend_connection(connection)
    }

    func wake() {
        MHD_resume_connection(connection)
    }
}

/// An answer that a task is working on while its connection rests.
///
/// Whoever brings the first answer wakes the connection, and nobody else does.
final class PendingReply: Sendable {
    enum Answer: Sendable {
        case response(InboundResponse)
        case tooSlow
        case stopping
    }

    private struct State: Sendable {
        var answer: Answer?
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let ticket: Ticket
    private let state = Mutex(State())

    init(ticket: Ticket) {
        self.ticket = ticket
    }

    /// Starts the handler's work.
    ///
    /// The connection must rest already.
    func start(
        on executor: (any TaskExecutor)?, _ work: @escaping @Sendable () async -> InboundResponse
    ) {
        let task = Task(executorPreference: executor) {
            let response = await work()
            self.deliver(.response(response))
        }
        let isLate = state.withLock { state in
            // Once answered, a handle would only make a circle of references.
            if state.answer == nil { state.task = task }
            return state.isCancelled
        }
        if isLate { task.cancel() }
    }

    /// Stores the answer and wakes the connection, unless there is an answer already.
    func deliver(_ answer: Answer) {
        let (isFirst, task) = state.withLock { state -> (Bool, Task<Void, Never>?) in
            guard state.answer == nil else { return (false, nil) }
            state.answer = answer
            if case .response = answer { state.task = nil } else { state.isCancelled = true }
            defer { state.task = nil }
            return (true, state.task)
        }
        guard isFirst else { return }
        task?.cancel()
        ticket.wake()
    }

    /// Tells the handler that nobody waits any more; it still has to answer.
    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    /// The answer; nil as long as there is none.
    var answer: Answer? { state.withLock { $0.answer } }
}
