import Glibc

/// A moment of the monotonic clock, in nanoseconds, small enough to be read for each request.
struct MonotonicTime: Sendable, Comparable {
    let nanoseconds: Int64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(
            nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// How long ago it was, seen from a later moment.
    func elapsed(at now: MonotonicTime) -> Duration {
        .nanoseconds(now.nanoseconds &- nanoseconds)
    }
}
