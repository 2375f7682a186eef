/// A Swift source with every comment and every text literal blanked, line by line as it was.
///
/// What stands in an interpolation is code and stays. Regular-expression literals are not known:
/// the project has none.
struct SwiftCode {
    /// The lines as written.
    let lines: [Substring]
    /// The same lines, code only.
    let code: [Substring]

    init(_ text: String) {
        lines = text.lines
        var blanker = Blanker(bytes: Array(text.utf8))
        blanker.code(isInterpolation: false)
        code = String(decoding: blanker.bytes, as: UTF8.self).lines
    }

    /// Whether the line is a comment and nothing else.
    func isComment(_ index: Int) -> Bool {
        lines.indices.contains(index) && lines[index].trimmed.hasPrefix("//")
    }
}

/// Walks once over the bytes and writes spaces over what is no code.
private struct Blanker {
    var bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[at...].starts(with: $0) }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < bytes.count {
            if bytes[at] != UInt8(ascii: "\n") { bytes[at] = UInt8(ascii: " ") }
            at += 1
        }
    }

    mutating func code(isInterpolation: Bool) {
        var depth = 0
        while at < bytes.count {
            // Most bytes begin nothing; tests are not optimised, so this comes first.
            switch bytes[at] {
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                break
            default:
                at += 1
                continue
            }
            if starts(with: "//") {
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { blank() }
            } else if starts(with: "/*") {
                blockComment()
            } else if let hashes = hashesOfLiteral() {
                literal(hashes)
            } else {
                if bytes[at] == UInt8(ascii: "(") { depth += 1 }
                if bytes[at] == UInt8(ascii: ")") { depth -= 1 }
                at += 1
                if isInterpolation, depth < 0 { return }
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && at < bytes.count
    }

    /// How many `#` a literal that begins here has before its quote; nil where none begins.
    private func hashesOfLiteral() -> Int? {
        let hashes = bytes[at...].prefix { $0 == UInt8(ascii: "#") }.count
        guard at + hashes < bytes.count, bytes[at + hashes] == UInt8(ascii: "\"") else {
            return nil
        }
        return hashes
    }

    private mutating func literal(_ hashes: Int) {
        blank(hashes)
        let isLong = starts(with: "\"\"\"")
        let quotes = isLong ? 3 : 1
        blank(quotes)
        let end =
            [UInt8](repeating: UInt8(ascii: "\""), count: quotes)
            + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        let escape =
            [UInt8(ascii: "\\")] + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        while at < bytes.count {
            if bytes[at] == end[0], bytes[at...].starts(with: end) {
                blank(end.count)
                return
            }
            if !isLong, bytes[at] == UInt8(ascii: "\n") { return }
            if bytes[at] == escape[0], bytes[at...].starts(with: escape) {
                blank(escape.count)
                if at < bytes.count, bytes[at] == UInt8(ascii: "(") {
                    at += 1
                    code(isInterpolation: true)
                } else {
                    blank()
                }
            } else {
                blank()
            }
        }
    }
}
