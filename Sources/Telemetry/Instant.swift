// Telemetry: what the portal tells its operator about itself (log lines, metrics), and the clock
// and the identifiers that tests replace. It imports nothing of ours and knows nothing of entities.

/// A point in time, to the millisecond.
package struct Instant: Sendable, Equatable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted; negative before that.
    package let milliseconds: Int64

    /// Makes an instant from milliseconds since 1970-01-01T00:00:00Z.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Makes an instant from seconds since 1970-01-01T00:00:00Z, as tokens carry them.
    ///
    /// Seconds beyond what milliseconds can express become the nearest instant that exists.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards the past.
    package var seconds: Int64 { milliseconds.dividedDown(by: 1000) }

    /// This instant moved by a duration, which is cut to milliseconds.
    ///
    /// The result stays at the ends of the range rather than overflow.
    package func adding(_ duration: Duration) -> Instant {
        let step = duration.wholeMilliseconds
        let (sum, overflow) = milliseconds.addingReportingOverflow(step)
        return Instant(milliseconds: overflow ? (step < 0 ? .min : .max) : sum)
    }

    /// The time from an earlier instant to this one; negative if the other is later.
    package func since(_ earlier: Instant) -> Duration {
        .milliseconds(milliseconds) - .milliseconds(earlier.milliseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Duration {
    /// This duration in milliseconds, the rest dropped, held at the ends of the range.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, tooFar) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflow || tooFar ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity; the divisor must be positive.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
