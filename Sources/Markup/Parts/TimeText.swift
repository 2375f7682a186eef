/// A point in time, said relative to now; the absolute time with its zone is on hover.
package struct TimeText: Part {
    let seconds: Int
    let now: Int

    /// Both are seconds since 1970-01-01 UTC.
    package init(_ seconds: Int, now: Int) {
        self.seconds = seconds
        self.now = now
    }

    /// A `time` element.
    package var html: HTML {
        let utc = CivilTime(seconds)
        return "<time datetime=\"\(utc.iso)\" title=\"\(utc.long)\">\(relative)</time>"
    }

    /// `12 s ago`, `in 3 h`, `2 days ago`; from the thirtieth day on the date.
    package var relative: String {
        let (difference, overflow) = now.subtractingReportingOverflow(seconds)
        guard !overflow, difference.magnitude < 30 * 86_400 else { return CivilTime(seconds).date }
        let size = Int(difference.magnitude)
        let amount: String
        switch size {
        case ..<5: return "just now"
        case ..<60: amount = "\(size) s"
        case ..<3_600: amount = "\(size / 60) min"
        case ..<86_400: amount = "\(size / 3_600) h"
        case ..<(2 * 86_400): amount = "1 day"
        default: amount = "\(size / 86_400) days"
        }
        return difference < 0 ? "in \(amount)" : "\(amount) ago"
    }
}

/// A date and time of day in UTC in the Gregorian calendar.
struct CivilTime {
    private let year: Int, month: Int, day: Int, second: Int

    /// Times before year 1 or after 9999 are shown as the nearer end, which keeps the arithmetic
    /// away from overflow whatever is asked.
    init(_ unixSeconds: Int) {
        let seconds = Swift.min(Swift.max(unixSeconds, -62_135_596_800), 253_402_300_799)
        var days = seconds / 86_400
        var second = seconds % 86_400
        if second < 0 {
            second += 86_400
            days -= 1
        }
        // Days to a date by eras of 400 years that begin on the first of March, so that the leap
        // day is the last of its year (H. Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.second = second
    }

    /// As in `2026-11-24T16:09:00Z`.
    var iso: String {
        digits(year / 100) + digits(year % 100) + "-" + digits(month) + "-" + digits(day) + "T"
            + clock
            + ":" + digits(second % 60) + "Z"
    }

    /// As in `24 Nov 2026, 16:09 UTC`.
    var long: String { date + ", " + clock + " UTC" }

    private var clock: String { digits(second / 3_600) + ":" + digits(second / 60 % 60) }

    /// Two digits; strings of up to 15 bytes are kept without memory of their own.
    private func digits(_ number: Int) -> String {
        number < 10 ? "0" + String(number) : String(number)
    }

    /// As in `24 Nov 2026`.
    var date: String {
        String(day) + " " + CivilTime.months[month - 1] + " " + String(year)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
