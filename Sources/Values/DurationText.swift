/// Why a text or an object is no duration.
package struct DurationSyntaxError: Error, Sendable, Equatable {
    package let message: String
}

private let day = 86_400_000.0

/// Milliseconds of a year and a month are those of 365 and 30 days.
private let units: [(names: [String], milliseconds: Double)] = [
    (["years", "year", "yrs", "yr", "y"], 365 * day),
    (["months", "month", "mo"], 30 * day),
    (["weeks", "week", "w"], 7 * day),
    (["days", "day", "d"], day),
    (["hours", "hour", "hrs", "hr", "h"], 3_600_000),
    (["minutes", "minute", "mins", "min", "m"], 60_000),
    (["seconds", "second", "secs", "sec", "s"], 1_000),
    (["milliseconds", "millisecond", "msecs", "msec", "ms"], 1),
]

/// Reads a duration in one of the forms that Backstage's configuration has.
///
/// The forms are an object of plural units (`{hours: 1, minutes: 30}`), ISO 8601 (`PT1H30M`), a
/// number with a unit (`90 minutes`, `1.5h`, `30d`), and a number of milliseconds where
/// `allowsNumbers` says so. A duration is never negative.
package func parseDuration(
    _ value: JSON, allowsNumbers: Bool = false
) throws(DurationSyntaxError) -> Duration {
    if let text = value.string { return try parseDuration(text) }
    if value.kind == .object { return try objectDuration(value) }
    guard allowsNumbers, let number = value.double else {
        throw DurationSyntaxError(
            message: "expected a duration such as `30 minutes`, `PT30M` or `{minutes: 30}`")
    }
    return try duration(number)
}

/// Reads a duration from text: ISO 8601, or a number with a unit.
package func parseDuration(_ text: String) throws(DurationSyntaxError) -> Duration {
    let text = text.trimmingBlanks
    guard text.utf8.count <= 100 else {
        throw DurationSyntaxError(message: "the text is too long for a duration")
    }
    if text.hasPrefix("P") { return try isoDuration(text) }
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let value = Double(number) else {
        throw DurationSyntaxError(
            message: "expected a number and a unit such as `30 minutes` or `1d`")
    }
    guard !unit.isEmpty else {
        throw DurationSyntaxError(message: "a unit is missing, such as `\(number)s`")
    }
    guard let known = units.first(where: { $0.names.contains(unit) }) else {
        throw DurationSyntaxError(message: "`\(unit.prefix(20))` is no unit of time")
    }
    return try duration(value * known.milliseconds)
}

private func duration(_ milliseconds: Double) throws(DurationSyntaxError) -> Duration {
    guard milliseconds.isFinite, milliseconds >= 0 else {
        throw DurationSyntaxError(message: "a duration cannot be negative")
    }
    // A thousand years: whatever is longer is a slip, and may not overflow what adds to it.
    guard milliseconds <= 1_000 * 365 * day else {
        throw DurationSyntaxError(message: "a duration cannot be longer than 1,000 years")
    }
    return .microseconds(Int64((milliseconds * 1_000).rounded()))
}

private func objectDuration(_ value: JSON) throws(DurationSyntaxError) -> Duration {
    var total = 0.0
    let names = units.map { $0.names[0] }
    for member in value.members {
        let name = member.key.string ?? ""
        guard let unit = units.first(where: { $0.names[0] == name }) else {
            throw DurationSyntaxError(
                message:
                    "`\(name.prefix(20))` is no unit; there are \(names.joined(separator: ", "))")
        }
        guard let number = member.value.double ?? member.value.string.flatMap(Double.init) else {
            throw DurationSyntaxError(message: "`\(name)` is no number")
        }
        total += number * unit.milliseconds
    }
    guard value.count > 0 else {
        throw DurationSyntaxError(
            message: "an empty object; it needs one of \(names.joined(separator: ", "))")
    }
    return try duration(total)
}

private func isoDuration(_ text: String) throws(DurationSyntaxError) -> Duration {
    let dateUnits: [(Character, Double)] = [
        ("Y", 365 * day), ("M", 30 * day), ("W", 7 * day), ("D", day),
    ]
    let timeUnits: [(Character, Double)] = [("H", 3_600_000), ("M", 60_000), ("S", 1_000)]
    let wrong = DurationSyntaxError(
        message: "no ISO 8601 duration, such as `P2DT6H` (2 days 6 hours) or `PT1M` (1 minute)")
    var left = dateUnits[...]
    var isTime = false
    var total = 0.0
    var count = 0
    var rest = text.dropFirst()
    while let first = rest.first {
        if first == "T", !isTime {
            isTime = true
            left = timeUnits[...]
            rest = rest.dropFirst()
            guard !rest.isEmpty else { throw wrong }
            continue
        }
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == ",") }
        rest = rest.dropFirst(digits.count)
        guard let number = Double(digits.replacing(",", with: ".")), let letter = rest.first,
            let unit = left.firstIndex(where: { $0.0 == letter })
        else { throw wrong }
        total += number * left[unit].1
        left = left[(unit + 1)...]
        rest = rest.dropFirst()
        count += 1
    }
    guard count > 0 else { throw wrong }
    return try duration(total)
}

extension String {
    /// The text without spaces, tabs and line ends at both ends.
    package var trimmingBlanks: String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace
        }
        var view = unicodeScalars[...]
        while let first = view.first, isBlank(first) { view.removeFirst() }
        while let last = view.last, isBlank(last) { view.removeLast() }
        return String(view)
    }
}
