/// What the header of a token says about how to verify it.
package struct TokenHeader: Sendable, Equatable {
    /// The algorithm as the token spells it; the key decides whether it is believed.
    package var alg: String?
    /// The name of the key.
    package var kid: String?
    /// The type of token, such as `vnd.backstage.user`.
    package var typ: String?
    /// Whether there are extensions that must be understood; none is, so such a token is refused.
    package var isCritical = false

    /// Reads a header; nil for what is not one JSON object in UTF-8 with each member once.
    ///
    /// A reader of its own, since tokens are verified below the target that knows JSON: it keeps
    /// three texts and skips the rest, with at most 8 levels.
    package init?(json: [UInt8]) {
        guard String(validating: json, as: UTF8.self) != nil else { return nil }
        var reader = HeaderReader(rest: json[...])
        guard reader.take("{") else { return nil }
        var names: Set<String> = []
        if !reader.take("}") {
            repeat {
                guard let name = reader.string(), names.insert(name).inserted, names.count <= 64,
                    reader.take(":"), let value = reader.value(depth: 8)
                else { return nil }
                switch name {
                case "alg", "kid", "typ":
                    guard let value = value.text else { return nil }
                    if name == "alg" { alg = value }
                    if name == "kid" { kid = value }
                    if name == "typ" { typ = value }
                case "crit": isCritical = true
                default: break
                }
            } while reader.take(",")
            guard reader.take("}") else { return nil }
        }
        reader.skipSpaces()
        guard reader.rest.isEmpty else { return nil }
    }

    /// The header of a token that is about to be signed, in the order in which Backstage writes it.
    static func json(type: String?, algorithm: TokenAlgorithm, kid: String?) -> String {
        var members: [String] = []
        if let type { members.append("\"typ\":" + quoted(type)) }
        members.append("\"alg\":\"\(algorithm.rawValue)\"")
        if let kid { members.append("\"kid\":" + quoted(kid)) }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5c:
                quoted += "\\"
                quoted.unicodeScalars.append(scalar)
            case 0..<0x20:
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// Reads JSON from the front of some bytes that are known to be UTF-8.
private struct HeaderReader {
    var rest: ArraySlice<UInt8>

    enum Value {
        case string(String), other

        var text: String? {
            if case .string(let text) = self { text } else { nil }
        }
    }

    mutating func skipSpaces() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func value(depth: Int) -> Value? {
        skipSpaces()
        guard depth > 0, let first = rest.first else { return nil }
        switch first {
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "{"): return list(depth: depth, isObject: true)
        case UInt8(ascii: "["): return list(depth: depth, isObject: false)
        default: return word()
        }
    }

    private mutating func list(depth: Int, isObject: Bool) -> Value? {
        rest.removeFirst()
        let end: Unicode.Scalar = isObject ? "}" : "]"
        if take(end) { return .other }
        repeat {
            if isObject { guard string() != nil, take(":") else { return nil } }
            guard value(depth: depth - 1) != nil else { return nil }
        } while take(",")
        return take(end) ? .other : nil
    }

    /// A number or one of the three words; numbers are checked for their letters only.
    private mutating func word() -> Value? {
        let word = rest.prefix { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
                || byte == 0x45 || byte == 0x2b || byte == 0x2d || byte == 0x2e
        }
        rest.removeFirst(word.count)
        let text = String(decoding: word, as: UTF8.self)
        return ["true", "false", "null"].contains(text) || Double(text)?.isFinite == true
            ? .other : nil
    }

    mutating func string() -> String? {
        guard take("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                bytes += Array(String(Character(scalar)).utf8)
            case 0..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{c}"
        case UInt8(ascii: "u"): unicode()
        case let mark? where mark == 0x22 || mark == 0x5c || mark == 0x2f: Unicode.Scalar(mark)
        default: nil
        }
    }

    private mutating func unicode() -> Unicode.Scalar? {
        guard let first = unit() else { return nil }
        guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
            let second = unit(), (0xdc00..<0xe000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    }

    private mutating func unit() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let digits = rest.prefix(4)
        rest.removeFirst(4)
        // The conversion alone would also take a sign.
        guard digits.allSatisfy({ $0 != 0x2b && $0 != 0x2d }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
