/// How log entries become lines.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people: time, level and message in columns, then `name=value`.
    case readable
    /// For collectors: one JSON object a line.
    case json

    /// Longer values are cut: one stored document in a log line helps nobody.
    static let valueLimitBytes = 4096

    /// The entry as one line in UTF-8 with a line feed at its end and no other in it.
    ///
    /// Nothing in the entry can begin another line, move a terminal's cursor or turn the direction
    /// of text. Colours are for the readable format only.
    package func line(for entry: LogEntry, isColored: Bool = false) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        switch self {
        case .readable: appendReadable(entry, isColored: isColored, to: &line)
        case .json: appendJSON(entry, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func appendReadable(_ entry: LogEntry, isColored: Bool, to line: inout [UInt8]) {
        line += entry.time.iso8601.utf8
        line.append(UInt8(ascii: " "))
        if isColored { line += entry.level.color.utf8 }
        line.append(padded: entry.level.name, to: 7)
        if isColored { line += "\u{1b}[0m".utf8 }
        line.append(UInt8(ascii: " "))
        let start = line.count
        line.append(escaped: entry.message, quote: nil, style: .readable)
        guard !entry.fields.pairs.isEmpty else { return }
        // Wide enough for most messages, so that the fields of following lines stand in a column.
        let gap = max(0, 36 - (line.count - start))
        line.append(contentsOf: repeatElement(UInt8(ascii: " "), count: gap))
        for (name, value) in entry.fields.pairs {
            line.append(UInt8(ascii: " "))
            line.append(escaped: name, quote: nil, style: .readable)
            line.append(UInt8(ascii: "="))
            switch value {
            case .string(let text) where !LogFormat.isPlain(text):
                line.append(escaped: text, quote: UInt8(ascii: "\""), style: .readable)
            case .string(let text): line += text.utf8
            case .int(let number): line += String(number).utf8
            case .double(let number): line += String(number).utf8
            case .bool(let isTrue): line += String(isTrue).utf8
            }
        }
    }

    private func appendJSON(_ entry: LogEntry, to line: inout [UInt8]) {
        line += "{\"time\":\"\(entry.time.iso8601)\",\"level\":\"\(entry.level.name)\"".utf8
        line += ",\"message\":".utf8
        line.append(escaped: entry.message, quote: UInt8(ascii: "\""), style: .json)
        for (name, value) in entry.fields.pairs {
            line.append(UInt8(ascii: ","))
            // A field must not hide one of the three members that every line has.
            let isTaken = ["time", "level", "message"].contains(name)
            line.append(
                escaped: isTaken ? "field_" + name : name, quote: UInt8(ascii: "\""), style: .json)
            line.append(UInt8(ascii: ":"))
            switch value {
            case .string(let text):
                line.append(escaped: text, quote: UInt8(ascii: "\""), style: .json)
            case .int(let number): line += String(number).utf8
            case .double(let number) where number.isFinite: line += String(number).utf8
            case .double(let number): line += "\"\(number)\"".utf8
            case .bool(let isTrue): line += String(isTrue).utf8
            }
        }
        line.append(UInt8(ascii: "}"))
    }

    /// Whether a value can stand in a readable line without quotes and without doubt.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
    }
}

extension LogLevel {
    fileprivate var color: String {
        switch self {
        case .trace, .debug: "\u{1b}[2m"
        case .info: "\u{1b}[32m"
        case .warning: "\u{1b}[33m"
        case .error: "\u{1b}[1;31m"
        }
    }
}

private enum EscapeStyle {
    case readable, json
}

extension [UInt8] {
    fileprivate mutating func append(padded text: String, to width: Int) {
        self += text.utf8
        append(contentsOf: repeatElement(0x20, count: Swift.max(0, width - text.utf8.count)))
    }

    /// Appends text with everything escaped that a terminal or a line reader would act upon.
    fileprivate mutating func append(escaped text: String, quote: UInt8?, style: EscapeStyle) {
        if let quote { append(quote) }
        var room = LogFormat.valueLimitBytes
        for scalar in text.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else {
                self += "... (\(text.utf8.count) bytes)".utf8
                break
            }
            switch scalar {
            case "\n": self += #"\n"#.utf8
            case "\r": self += #"\r"#.utf8
            case "\t": self += #"\t"#.utf8
            case "\"" where quote != nil: self += #"\""#.utf8
            case "\\": self += #"\\"#.utf8
            case _ where scalar.isActedUpon: append(escape: scalar, style: style)
            default: self += UTF8.encode(scalar)?.map { $0 } ?? []
            }
        }
        if let quote { append(quote) }
    }

    private mutating func append(escape scalar: Unicode.Scalar, style: EscapeStyle) {
        let hex = String(scalar.value, radix: 16)
        switch style {
        case .readable: self += "\\u{\(hex)}".utf8
        // All that is escaped lies in the first plane, so four digits are always enough.
        case .json: self += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
        }
    }
}

extension Unicode.Scalar {
    /// Control characters, line and paragraph separators, and marks that turn text around.
    fileprivate var isActedUpon: Bool {
        switch value {
        case 0..<0x20, 0x7f..<0xa0, 0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069,
            0xfeff:
            true
        default: false
        }
    }
}
