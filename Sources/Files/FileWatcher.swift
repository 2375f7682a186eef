import CLinux
import Glibc
import Synchronization

/// What a watcher saw.
package enum FileChange: Equatable, Sendable {
    /// Files that appeared, changed or vanished; sorted, each once, written as the watched path
    /// followed by what is below it.
    case paths([String])
    /// More than could be told apart: look at everything.
    case everything
}

/// Watches files and folders, and tells which files changed.
///
/// The kernel's notices (inotify) only say when to look; what changed is found by comparing the
/// state of every watched file with the state before. So it does not matter how an editor saves, whether a
/// folder was deleted and made anew, or whether notices were lost. Where there are no notices
/// (no inotify, too many folders) it looks every `pollInterval` instead, and in any case every
/// `safetyInterval`, because network file systems send none.
///
/// Works on a thread of its own, which ends with `stop` or with the last use of the watcher.
package final class FileWatcher: Sendable {
    /// How often to look.
    package struct Timing: Sendable {
        /// How long nothing may happen before a change is told.
        package var debounce = Duration.milliseconds(100)
        /// The same where the last notice was that a file was closed or moved into place: then it
        /// is whole, and only other files may still follow.
        package var settled = Duration.milliseconds(4)
        /// The longest that a change waits while others keep coming.
        package var longestWait = Duration.seconds(1)
        /// Between looks where the kernel sends no notices.
        package var pollInterval = Duration.seconds(1)
        /// Between looks where it does.
        package var safetyInterval = Duration.seconds(30)
        /// Never ask for the kernel's notices.
        package var polls = false

        package init() {}
    }

    /// The changes, in order.
    ///
    /// One reader; it ends when the watcher stops.
    package let changes: AsyncStream<FileChange>
    private let mailbox: WatchMailbox

    /// Starts watching.
    ///
    /// - Parameters:
    ///   - paths: Files or folders, with everything below; they need not exist yet. What stands in
    ///     them now is the state that later changes are told against.
    ///   - timing: How often to look.
    package init(_ paths: [String], timing: Timing = Timing()) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: FileChange.self, bufferingPolicy: .bufferingOldest(64))
        changes = stream
        mailbox = WatchMailbox(paths)
        let loop = WatchLoop(mailbox: mailbox, timing: timing, changes: continuation)
        // Looked at before this returns, so that a change right after it is not missed.
        loop.prepare()
        if !startThread({ loop.run() }) {
            mailbox.close()
            continuation.finish()
        }
    }

    deinit {
        mailbox.post(.stop)
    }

    /// Watches these paths from now on instead of the earlier ones.
    ///
    /// Comes back when their state was taken against which later changes are told; at once if the
    /// watcher has stopped.
    package func watch(_ paths: [String]) async {
        await withCheckedContinuation { continuation in
            mailbox.post(.watch(paths) { continuation.resume() })
        }
    }

    /// Ends the thread and the stream of changes; may be called again.
    package func stop() {
        mailbox.post(.stop)
    }

    /// Whether it looks in intervals because the kernel sends no notices.
    package var isPolling: Bool {
        mailbox.isPolling.load(ordering: .relaxed)
    }
}

/// What other threads tell the watching thread.
final class WatchMailbox: Sendable {
    enum Message: Sendable {
        /// The closure is called once, when it is done or will never be.
        case watch([String], whenDone: @Sendable () -> Void)
        case stop
    }

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    let initialPaths: [String]
    let isPolling = Atomic(false)
    private let state = Mutex(State())
    /// Readable whenever there is a message; -1 if the system has no descriptor left, and then
    /// messages are seen at the next look.
    let wakeUp: Int32

    init(_ paths: [String]) {
        initialPaths = paths
        wakeUp = callboard_wake_up()
    }

    deinit {
        if wakeUp >= 0 { Glibc.close(wakeUp) }
    }

    func post(_ message: Message) {
        let isTaken = state.withLock { state in
            if !state.isClosed { state.messages.append(message) }
            return !state.isClosed
        }
        guard isTaken else {
            if case .watch(_, let whenDone) = message { whenDone() }
            return
        }
        var one: UInt64 = 1
        if wakeUp >= 0 { write(wakeUp, &one, MemoryLayout<UInt64>.size) }
    }

    func take() -> [Message] {
        if wakeUp >= 0 {
            var count: UInt64 = 0
            read(wakeUp, &count, MemoryLayout<UInt64>.size)
        }
        return state.withLock { state in
            let taken = state.messages
            state.messages = []
            return taken
        }
    }

    /// No message is taken from now on; whoever waits for one is let go.
    func close() {
        let rest = state.withLock { state in
            state.isClosed = true
            let rest = state.messages
            state.messages = []
            return rest
        }
        for case .watch(_, let whenDone) in rest { whenDone() }
    }
}

/// Starts a thread that ends when `body` returns.
///
/// - Returns: False if the system gives no more threads.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body))
    let result = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
    guard result == 0 else {
        context.release()
        return false
    }
    pthread_detach(thread)
    return true
}
