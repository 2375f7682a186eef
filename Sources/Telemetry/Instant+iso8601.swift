extension Instant {
    /// The instant in UTC as ISO 8601 writes it: `2026-03-01T08:05:09.042Z`, always 3 decimals.
    ///
    /// Years outside 0000...9999 have a sign and at least six digits, as in JavaScript.
    package var iso8601: String {
        let day = milliseconds.dividedDown(by: 86_400_000)
        let inDay = milliseconds &- day &* 86_400_000
        let (year, month, date) = Instant.civil(day: day)
        var text: [UInt8] = []
        text.reserveCapacity(27)
        if (0...9999).contains(year) {
            text.append(digits: year, width: 4)
        } else {
            text.append(UInt8(ascii: year < 0 ? "-" : "+"))
            text.append(digits: abs(year), width: 6)
        }
        for (mark, value, width) in [
            ("-" as Unicode.Scalar, month, 2), ("-", date, 2), ("T", inDay / 3_600_000, 2),
            (":", inDay / 60_000 % 60, 2), (":", inDay / 1000 % 60, 2), (".", inDay % 1000, 3),
        ] {
            text.append(UInt8(ascii: mark))
            text.append(digits: value, width: width)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a date and time with an offset, as RFC 3339 describes them.
    ///
    /// `2026-03-01T08:05:09Z`, a fraction of 1 to 9 digits (cut to milliseconds), `+02:00` instead
    /// of `Z`, and a space or lower-case letters in place of `T` and `Z`. Nil for everything else:
    /// dates that do not exist, a missing offset, leap seconds, spaces around.
    package init?(iso8601 text: String) {
        var reader = DigitReader(rest: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.take("-"),
            let month = reader.number(2), (1...12).contains(month), reader.take("-"),
            let date = reader.number(2), date >= 1, date <= Instant.length(of: month, in: year),
            reader.take("T", "t", " "),
            let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60, reader.take(":"),
            let second = reader.number(2), second < 60,
            let fraction = reader.fraction(), let offset = reader.offsetMinutes(),
            reader.rest.isEmpty
        else { return nil }
        let days = Instant.day(year: year, month: month, date: date)
        // Four digits of year keep this far below the range of Int64.
        let minutes = (days * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1000 + fraction)
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    ///
    /// Works in 400-year eras that begin on 1 March, so that the leap day is the last of its year.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, date: Int64) {
        let shifted = day + 719_468  // Days from 0000-03-01 to 1970-01-01.
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The day counted from 1970-01-01 of a Gregorian date; the inverse of `civil`.
    private static func day(year: Int64, month: Int64, date: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.dividedDown(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Takes fixed-width numbers and marks from the front of a text.
private struct DigitReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ marks: Unicode.Scalar...) -> Bool {
        guard let byte = rest.first, marks.contains(Unicode.Scalar(byte)) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        guard rest.count >= width else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(width) {
            guard let digit = Int64(digit: byte) else { return nil }
            value = value * 10 + digit
        }
        rest.removeFirst(width)
        return value
    }

    /// Milliseconds of an optional fraction; nil if a point is followed by 0 or over 9 digits.
    mutating func fraction() -> Int64? {
        guard take(".", ",") else { return 0 }
        let digits = rest.prefix { Int64(digit: $0) != nil }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        var value: Int64 = 0
        for place in 0..<3 {
            let next = place < digits.count ? digits[digits.startIndex + place] : 0x30
            value = value * 10 + (Int64(digit: next) ?? 0)
        }
        return value
    }

    mutating func offsetMinutes() -> Int64? {
        if take("Z", "z") { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard take("+", "-"), let hours = number(2), hours < 24, take(":"),
            let minutes = number(2), minutes < 60
        else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }
}

extension Int64 {
    fileprivate init?(digit byte: UInt8) {
        guard (0x30...0x39).contains(byte) else { return nil }
        self = Int64(byte) - 0x30
    }
}

extension [UInt8] {
    /// Appends a number that is not negative in decimal, with zeros in front up to the width.
    fileprivate mutating func append(digits number: Int64, width: Int) {
        let text = Array(String(number).utf8)
        append(
            contentsOf: repeatElement(UInt8(ascii: "0"), count: Swift.max(0, width - text.count)))
        append(contentsOf: text)
    }
}
