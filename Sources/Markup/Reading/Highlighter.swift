/// The languages that are coloured.
package enum CodeLanguage: String, Sendable {
    /// YAML, as people write it; unusual constructs stay uncoloured.
    case yaml
    /// JSON.
    case json
    /// Anything else.
    case plain
}

/// Colours code line by line.
///
/// It never fails: what it does not understand it leaves plain.
struct Highlighter {
    /// A stretch of a line and its class; what lies between stretches is plain.
    struct Span: Equatable {
        let range: Range<Int>
        let name: Character
    }

    private let language: CodeLanguage
    /// The indentation of the key whose block scalar (`|`, `>`) is being read.
    private var blockIndent: Int?

    init(_ language: CodeLanguage) {
        self.language = language
    }

    /// A line without its end, as HTML.
    ///
    /// Lines of more than 4,096 bytes stay plain.
    mutating func line(_ text: Substring) -> HTML {
        let bytes = Array(text.utf8)
        guard language != .plain, bytes.count <= 4_096 else { return HTML(text: String(text)) }
        let spans = language == .yaml ? yaml(bytes) : json(bytes)
        guard !spans.isEmpty else { return HTML(text: String(text)) }
        var html = HTML()
        var end = 0
        for span in spans where span.range.lowerBound >= end {
            html.append(
                HTML(text: String(decoding: bytes[end..<span.range.lowerBound], as: UTF8.self)))
            let word = String(decoding: bytes[span.range], as: UTF8.self)
            html += "<span class=\"\(String(span.name))\">\(word)</span>"
            end = span.range.upperBound
        }
        html.append(HTML(text: String(decoding: bytes[end...], as: UTF8.self)))
        return html
    }

    // MARK: YAML

    mutating func yaml(_ bytes: [UInt8]) -> [Span] {
        let indent = bytes.prefix { $0 == UInt8(ascii: " ") }.count
        guard indent < bytes.count else { return [] }
        if let block = blockIndent {
            if indent > block { return [Span(range: indent..<bytes.count, name: "s")] }
            blockIndent = nil
        }
        if bytes.starts(with: "---".utf8) || bytes.starts(with: "...".utf8) {
            return [Span(range: 0..<3, name: "p")]
        }
        var spans: [Span] = []
        var start = indent
        while start &+ 1 < bytes.count, bytes[start] == UInt8(ascii: "-"),
            bytes[start &+ 1] == UInt8(ascii: " ")
        {
            spans.append(Span(range: start..<start &+ 1, name: "p"))
            start &+= 2
            while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start &+= 1 }
        }
        let keyIndent = start
        if let colon = keyEnd(bytes, from: start) {
            spans.append(Span(range: start..<colon, name: "k"))
            spans.append(Span(range: colon..<colon &+ 1, name: "p"))
            start = colon &+ 1
            while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start &+= 1 }
        }
        let end = commentStart(bytes, from: start) ?? bytes.count
        if let value = scalar(bytes, start..<end) { spans.append(value) }
        if start < end, "|>".utf8.contains(bytes[start]) { blockIndent = keyIndent }
        if end < bytes.count { spans.append(Span(range: end..<bytes.count, name: "c")) }
        return spans
    }

    /// Where the colon of `key:` stands, if the rest of the line begins with a key.
    private func keyEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        if index < bytes.count, "\"'".utf8.contains(bytes[index]) {
            index = quotedEnd(bytes, from: index)
        }
        while index < bytes.count {
            let byte = bytes[index]
            let next = index &+ 1
            if byte == UInt8(ascii: ":"), next == bytes.count || bytes[next] == UInt8(ascii: " ") {
                return index > start ? index : nil
            }
            if "#{}[],\"".utf8.contains(byte) { return nil }
            index = next
        }
        return nil
    }

    private func commentStart(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if "\"'".utf8.contains(bytes[index]), index == start {
                index = quotedEnd(bytes, from: index)
                continue
            }
            let follows = index == start || bytes[index &- 1] == UInt8(ascii: " ")
            if bytes[index] == UInt8(ascii: "#"), follows { return index }
            index &+= 1
        }
        return nil
    }

    private func scalar(_ bytes: [UInt8], _ range: Range<Int>) -> Span? {
        let word = bytes[range].reversed().drop { $0 == UInt8(ascii: " ") }.reversed()
        guard let first = word.first else { return nil }
        let end = range.lowerBound &+ word.count
        if "\"'".utf8.contains(first) { return Span(range: range.lowerBound..<end, name: "s") }
        if "&*!|>".utf8.contains(first) || isConstant(Array(word)) {
            return Span(range: range.lowerBound..<end, name: "v")
        }
        return nil
    }

    // MARK: JSON

    private func json(_ bytes: [UInt8]) -> [Span] {
        var spans: [Span] = []
        var index = 0
        while index < bytes.count {
            let start = index
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index = quotedEnd(bytes, from: index)
                let next = bytes[index...].first { $0 != UInt8(ascii: " ") }
                spans.append(
                    Span(range: start..<index, name: next == UInt8(ascii: ":") ? "k" : "s"))
            } else if "{}[],:".utf8.contains(byte) {
                index &+= 1
                spans.append(Span(range: start..<index, name: "p"))
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                index &+= 1
            } else {
                while index < bytes.count, !"{}[],: \t\"".utf8.contains(bytes[index]) {
                    index &+= 1
                }
                if isConstant(Array(bytes[start..<index])) {
                    spans.append(Span(range: start..<index, name: "v"))
                }
            }
        }
        return spans
    }

    /// Just after the closing quote, or the end of the line if there is none.
    private func quotedEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start &+ 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), bytes[start] == UInt8(ascii: "\"") {
                index &+= 2
            } else if bytes[index] == bytes[start] {
                return index &+ 1
            } else {
                index &+= 1
            }
        }
        return bytes.count
    }

    private func isConstant(_ word: [UInt8]) -> Bool {
        let text = String(decoding: word, as: UTF8.self)
        if ["true", "false", "null", "~"].contains(text) { return true }
        guard let first = word.first, first == UInt8(ascii: "-") || (48...57).contains(first) else {
            return false
        }
        return word.count < 32 && Double(text) != nil
    }
}
