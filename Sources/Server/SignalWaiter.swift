import Glibc
import Synchronization

/// Waits for SIGTERM or SIGINT, which would otherwise end the process at once.
///
/// Made before other threads: they inherit that the signals are blocked, so that only the waiting
/// thread gets them.
struct SignalWaiter: Sendable {
    init() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        return signals
    }

    /// From now on a signal ends the process at once.
    ///
    /// Blocking is a matter of each thread; that one lets it through is enough.
    func release() {
        var signals = Self.signals
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Comes back when one of the signals came.
    ///
    /// It asks ten times a second: a thread of the pool must not be blocked by waiting.
    func wait() async {
        var signals = Self.signals
        var now = timespec(tv_sec: 0, tv_nsec: 0)
        while sigtimedwait(&signals, nil, &now) < 0 {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
        }
    }
}
