/// Writes JSON text as JavaScript's `JSON.stringify` writes it.
///
/// It only appends: nesting and commas of hand-written parts are the caller's.
package struct JSONWriter {
    package var bytes: [UInt8]

    /// Makes room for so many bytes at once; more are made when needed.
    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Appends text that is JSON already.
    package mutating func raw(_ text: StaticString) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes that are JSON already.
    package mutating func raw(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: text)
    }

    /// Appends an array of bytes that are JSON already.
    package mutating func raw(_ text: [UInt8]) {
        bytes.append(contentsOf: text)
    }

    /// Appends a string in quotes.
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// Appends a string given as UTF-8, in quotes.
    package mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while let index = firstToEscape(text, from: start) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            escape(text[index])
            start = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        bytes.append(UInt8(ascii: "\""))
    }

    /// The first byte that JSON does not take as it is: controls, quotes, backslashes.
    private func firstToEscape(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        while let base = text.baseAddress, text.count - index >= 8 {
            // Eight at a time: a byte's top bit shows that it is below 0x20, or zero when its
            // difference from the quote or the backslash is taken.
            let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote
                | (backslash &- ones) & ~backslash
            guard found & (ones &* 0x80) == 0 else { break }
            index += 8
        }
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
            index += 1
        }
        return nil
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            raw("u00")
            let digits: StaticString = "0123456789abcdef"
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }

    /// Appends a whole number in decimal digits.
    package mutating func integer(_ value: Int) {
        guard value >= 0, value < 10 else {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        bytes.append(48 &+ UInt8(truncatingIfNeeded: value))
    }

    /// Appends a number as ``javaScriptText(of:)`` has it: `null` where it is not finite.
    package mutating func number(_ value: Double) {
        bytes.append(contentsOf: javaScriptText(of: value).utf8)
    }

    /// Appends `true` or `false`.
    package mutating func bool(_ value: Bool) {
        if value { raw("true") } else { raw("false") }
    }

    /// Appends a value without blanks, members in their order.
    package mutating func value(_ value: JSON) {
        value.withNodes { nodes, text, index in write(index, nodes, text) }
    }

    /// Writes the value of a node; over nodes and text, so that no reference is counted.
    private mutating func write(
        _ index: Int, _ nodes: UnsafeBufferPointer<TapeNode>, _ text: UnsafeBufferPointer<UInt8>
    ) {
        let node = nodes[index]
        switch node.kind {
        case .null: raw("null")
        case .bool: bool(node.low != 0)
        case .integer: integer(Int(Int64(bitPattern: node.bits)))
        case .number: number(Double(bitPattern: node.bits))
        case .string: string(slice(text, node))
        case .array:
            bytes.append(UInt8(ascii: "["))
            var element = index + 1
            while element < Int(node.next) {
                if element > index + 1 { bytes.append(UInt8(ascii: ",")) }
                write(element, nodes, text)
                element = Int(nodes[element].next)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            bytes.append(UInt8(ascii: "{"))
            var key = index + 1
            while key < Int(node.next) {
                if key > index + 1 { bytes.append(UInt8(ascii: ",")) }
                string(slice(text, nodes[key]))
                bytes.append(UInt8(ascii: ":"))
                write(key + 1, nodes, text)
                key = Int(nodes[key + 1].next)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private func slice(
        _ text: UnsafeBufferPointer<UInt8>, _ node: TapeNode
    ) -> UnsafeBufferPointer<UInt8> {
        .init(rebasing: text[Int(node.low)..<Int(node.low) + Int(node.high)])
    }
}

extension JSON {
    /// The value as JSON text without blanks.
    package var bytes: [UInt8] {
        // A whole document is nearly all text; a quarter more holds its quotes, colons and commas.
        var writer = JSONWriter(capacity: index == 0 ? tape.text.count * 5 / 4 + 64 : 0)
        writer.value(self)
        return writer.bytes
    }

    /// The value as JSON text without blanks.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A number as JavaScript writes it in JSON: `1`, `1.5`, `1e+21`, `1e-7`; `null` for what is no
/// finite number (ECMA-262, Number::toString).
package func javaScriptText(of value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == 0 { return "0" }
    if value.magnitude <= 9_007_199_254_740_992, value == value.rounded() {
        return String(Int64(value))
    }
    // Swift's description holds the shortest digits that read back as the same double; only
    // their layout differs.
    var digits = ""
    var exponent = 0
    var pointAt: Int?
    let parts = value.magnitude.description.split(separator: "e", maxSplits: 1)
    for character in parts.first ?? "" {
        if character == "." { pointAt = digits.count } else { digits.append(character) }
    }
    if parts.count > 1 { exponent = Int(parts[1]) ?? 0 }
    var point = (pointAt ?? digits.count) + exponent
    while digits.hasPrefix("0"), digits.count > 1 {
        digits.removeFirst()
        point -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    return (value < 0 ? "-" : "") + layOut(digits, point: point)
}

/// Places the point: `digits` are the significant ones and the value is 0.digits × 10^point.
private func layOut(_ digits: String, point: Int) -> String {
    let count = digits.count
    if count <= point, point <= 21 {
        return digits + String(repeating: "0", count: point - count)
    }
    if point > 0, point <= 21 {
        return digits.prefix(point) + "." + digits.dropFirst(point)
    }
    if point > -6, point <= 0 {
        return "0." + String(repeating: "0", count: -point) + digits
    }
    let exponent = point - 1
    let sign = exponent < 0 ? "-" : "+"
    let mantissa = count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
    return "\(mantissa)e\(sign)\(exponent.magnitude)"
}
