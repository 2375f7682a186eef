import Glibc
import Synchronization

/// Waits for SIGTERM or SIGINT, which would otherwise end the process at once.
///
/// By a handler, not by blocking the signals: blocking is a matter of each thread, and the main
/// thread, which is none of ours while `main` awaits, would still let them through.
struct SignalWaiter: Sendable {
    private static let signals = [SIGTERM, SIGINT]
    /// A handler can reach nothing else.
    private static let isAsked = Atomic<Bool>(false)

    init() {
        // Once here, so that the handler never is the first to touch it.
        Self.isAsked.store(false, ordering: .relaxed)
        for number in Self.signals {
            signal(number) { _ in SignalWaiter.isAsked.store(true, ordering: .relaxed) }
        }
    }

    /// From now on a signal ends the process at once.
    func release() {
        for number in Self.signals { signal(number, SIG_DFL) }
    }

    /// Whether one of the signals came.
    var isAsked: Bool { Self.isAsked.load(ordering: .relaxed) }

    /// Comes back when one of the signals came.
    ///
    /// It looks ten times a second: a handler may not wake anybody.
    func wait() async {
        while !isAsked {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
        }
    }
}
