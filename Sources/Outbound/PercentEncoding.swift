/// Bytes written as `%` and two hexadecimal digits.
package enum PercentEncoding {
    /// Which characters a part of an address cannot hold as they are; control characters and all
    /// outside ASCII are encoded in each of them.
    package enum Part: Sendable {
        case fragment
        case query
        /// The query of `http`, `https`, `ws`, `wss`, `ftp` and `file`.
        case specialQuery
        case path
        case userInformation
        /// One name of a path or one value: everything is encoded but letters, digits and `-_.!~*'()`.
        case component
    }

    /// Encodes what a part cannot hold; a `%` stays, except in a component.
    package static func encode(_ text: String, _ part: Part) -> String {
        let characters = reserved(part)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            let isPlain: Bool
            if part == .component {
                isPlain = isAlphanumeric(byte) || "-_.!~*'()".utf8.contains(byte)
            } else {
                isPlain = byte > 0x1F && byte < 0x7F && !characters.utf8.contains(byte)
            }
            append(byte, to: &bytes, encoded: !isPlain)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes every `%` with two digits; others stay.
    ///
    /// - Returns: Nil if the result is not UTF-8.
    package static func decode(_ text: some StringProtocol) -> String? {
        String(validating: decodedBytes(Array(text.utf8)), as: UTF8.self)
    }

    static func decodedBytes(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = digit(text[index + 1]), let low = digit(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    static func append(_ byte: UInt8, to bytes: inout [UInt8], encoded: Bool) {
        guard encoded else { return bytes.append(byte) }
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func reserved(_ part: Part) -> String {
        switch part {
        case .fragment: " \"<>`"
        case .query: " \"#<>"
        case .specialQuery: " \"#<>'"
        case .path: " \"#<>?^`{}"
        case .userInformation: " \"#<>?^`{}/:;=@[\\]|"
        case .component: ""
        }
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// The names and values of a query, as HTML forms and `URLSearchParams` write them.
package struct QueryItems: Equatable, Sendable {
    /// In the order of the query; names may repeat.
    package private(set) var items: [(name: String, value: String)]

    /// Reads a query without its `?`.
    package init(_ query: String?) {
        // Split at bytes: to Swift, a mark with an accent after it is another character.
        items = (query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let halves = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                Self.decode(halves[0]), halves.count > 1 ? Self.decode(halves[1]) : ""
            )
        }
    }

    /// The first value of that name; setting it replaces that one and removes the others.
    package subscript(name: String) -> String? {
        get {
            items.first { $0.name == name }?.value
        }
        set {
            let place = items.firstIndex { $0.name == name } ?? items.endIndex
            items.removeAll { $0.name == name }
            if let newValue {
                items.insert((name, newValue), at: min(place, items.endIndex))
            }
        }
    }

    /// The query as text: spaces as `+`, everything but letters, digits and `*-._` encoded.
    package var text: String {
        items.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    package static func == (left: QueryItems, right: QueryItems) -> Bool {
        left.items.elementsEqual(right.items, by: ==)
    }

    private static func decode(_ text: Substring.UTF8View) -> String {
        let bytes = text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decodedBytes(bytes), as: UTF8.self)
    }

    private static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: " ") {
                bytes.append(UInt8(ascii: "+"))
            } else {
                let isPlain = PercentEncoding.isAlphanumeric(byte) || "*-._".utf8.contains(byte)
                PercentEncoding.append(byte, to: &bytes, encoded: !isPlain)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
