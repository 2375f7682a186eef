/// What turns text from outside into something that cannot leave its place in a page.
enum Escaping {
    /// Escapes for element content and for attribute values within quotes.
    ///
    /// Control characters other than tab and the line ends are replaced (U+FFFD): HTML does not
    /// allow them, and a NUL is treated differently by different readers.
    static func appendText(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { buffer in
            var start = 0
            for index in 0..<buffer.count {
                guard let replacement = textReplacement(buffer[index]) else { continue }
                out.append(contentsOf: buffer[start..<index])
                replacement.withUTF8Buffer { out.append(contentsOf: $0) }
                start = index &+ 1
            }
            out.append(contentsOf: buffer[start..<buffer.count])
        }
    }

    @inline(__always)
    private static func textReplacement(_ byte: UInt8) -> StaticString? {
        // Nearly every byte of a name is above 0x3E ('>'), which one comparison settles.
        if byte > 0x3E { return byte == 0x7F ? "\u{FFFD}" : nil }
        switch byte {
        case UInt8(ascii: "&"): return "&amp;"
        case UInt8(ascii: "<"): return "&lt;"
        case UInt8(ascii: ">"): return "&gt;"
        case UInt8(ascii: "\""): return "&quot;"
        case UInt8(ascii: "'"): return "&#39;"
        case 0x09, 0x0A, 0x0D: return nil
        case 0..<0x20: return "\u{FFFD}"
        default: return nil
        }
    }

    /// Makes JSON text unable to end its script element or to begin a comment in it, and leaves it
    /// the same JSON: `<`, `>`, `&` and the two line separators occur only within JSON strings.
    static func appendJSON(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { buffer in
            var index = 0
            while index < buffer.count {
                let byte = buffer[index]
                switch byte {
                case UInt8(ascii: "<"): out.append(contentsOf: "\\u003c".utf8)
                case UInt8(ascii: ">"): out.append(contentsOf: "\\u003e".utf8)
                case UInt8(ascii: "&"): out.append(contentsOf: "\\u0026".utf8)
                case 0xE2 where isLineSeparator(buffer, at: index):
                    out.append(
                        contentsOf: (buffer[index &+ 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8)
                    index &+= 2
                default: out.append(byte)
                }
                index &+= 1
            }
        }
    }

    /// U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
    private static func isLineSeparator(_ buffer: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool
    {
        guard index &+ 2 < buffer.count, buffer[index &+ 1] == 0x80 else { return false }
        return buffer[index &+ 2] == 0xA8 || buffer[index &+ 2] == 0xA9
    }

    /// The address itself if a browser would stay harmless following it, otherwise `#`.
    ///
    /// Allowed: http, https and mailto in any case, and addresses without a scheme. Refused besides
    /// all other schemes: control characters (browsers drop some of them, so that `java\nscript:`
    /// would work), and what begins with two slashes of either kind, which leaves for another host
    /// while looking like a path.
    static func safeAddress(_ text: String) -> String {
        let bytes = text.utf8
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return "#" }
        let isSlash: (UInt8) -> Bool = { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        if bytes.count > 1, bytes.prefix(2).allSatisfy(isSlash) { return "#" }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return text }
        let before = bytes[..<colon]
        let endsEarlier = before.contains {
            isSlash($0) || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
        }
        if endsEarlier { return text }
        let scheme = before.map { $0 | 0x20 }
        let isAllowed = ["https", "http", "mailto"].contains { scheme.elementsEqual($0.utf8) }
        return isAllowed ? text : "#"
    }
}
