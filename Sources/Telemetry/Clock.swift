import Glibc
import Synchronization

/// Where the time comes from: handed to whatever asks for it, so that a test can set it.
///
/// Nothing else in the program reads the system's time. May be used from any thread.
package struct Clock: Sendable {
    private let readNow: @Sendable () -> Instant
    private let readMonotonic: @Sendable () -> Duration

    /// Makes a clock from two readings; see `now` and `monotonic` for what they promise.
    package init(
        now: @escaping @Sendable () -> Instant, monotonic: @escaping @Sendable () -> Duration
    ) {
        readNow = now
        readMonotonic = monotonic
    }

    /// The time of day in the world; may jump when the machine's clock is set.
    package var now: Instant { readNow() }

    /// Time since an unknown beginning, which never goes back: for measuring and for deadlines.
    package var monotonic: Duration { readMonotonic() }

    /// The machine's clock.
    package static let system = Clock(
        now: {
            let time = Clock.read(CLOCK_REALTIME)
            return Instant(
                milliseconds: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000)
        },
        monotonic: {
            let time = Clock.read(CLOCK_MONOTONIC)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        })

    private static func read(_ source: clockid_t) -> timespec {
        var time = timespec()
        // Both sources exist on every Linux; the call has no other way to fail.
        clock_gettime(source, &time)
        return time
    }
}

/// A clock that stands still until it is told the time, for tests.
package final class ManualClock: Sendable {
    private let state: Mutex<(now: Instant, monotonic: Duration)>

    /// Makes a clock that shows the given time; its monotonic reading begins at zero.
    package init(_ now: Instant = Instant(milliseconds: 0)) {
        state = Mutex((now, .zero))
    }

    /// The clock to hand to the code under test; it follows this one.
    package var clock: Clock {
        Clock(
            now: { self.state.withLock { $0.now } },
            monotonic: { self.state.withLock { $0.monotonic } })
    }

    /// Sets the time of day, as an operator or a time server would; the monotonic reading stays.
    package func set(_ now: Instant) {
        state.withLock { $0.now = now }
    }

    /// Lets time pass: both readings move on.
    package func advance(by duration: Duration) {
        state.withLock {
            $0.now = $0.now.adding(duration)
            $0.monotonic += duration
        }
    }
}
