/// The host of an address: a name, an IPv4 or an IPv6 address, in one spelling only, so that two
/// spellings of one host can neither pass nor evade a rule.
enum WebHost {
    /// The canonical spelling; nil if it is no host.
    static func parse(_ text: ArraySlice<UInt8>, isSpecial: Bool) -> String? {
        if text.first == UInt8(ascii: "[") {
            guard text.last == UInt8(ascii: "]"), text.count > 2 else { return nil }
            return IPv6Text.parse(Array(text.dropFirst().dropLast())).map {
                "[\(IPv6Text.text($0))]"
            }
        }
        guard isSpecial else { return opaque(text) }
        let decoded = PercentEncoding.decodedBytes(Array(text))
        let forbidden = " #/:<>?@[\\]^|%"
        guard !decoded.isEmpty,
            decoded.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !forbidden.utf8.contains($0) })
        else { return nil }
        let name = asciiLowercased(decoded)
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard IPv4Text.endsInNumber(labels) else { return name }
        return IPv4Text.parse(labels).map(IPv4Text.text)
    }

    private static func opaque(_ text: ArraySlice<UInt8>) -> String? {
        let forbidden = "\0\t\n\r #/:<>?@[\\]^|"
        guard !text.contains(where: { forbidden.utf8.contains($0) }) else { return nil }
        var bytes: [UInt8] = []
        for byte in text {
            PercentEncoding.append(byte, to: &bytes, encoded: byte <= 0x1F || byte >= 0x7F)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// IPv4 in all the spellings that networks take: `127.1`, `0x7f.0.0.1`, `2130706433`, `0177.1`.
enum IPv4Text {
    /// Whether a host with these labels must be an IPv4 address.
    static func endsInNumber(_ labels: [Substring]) -> Bool {
        var labels = labels[...]
        if labels.last == "", labels.count > 1 { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return false }
        return last.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } || number(last) != nil
    }

    static func parse(_ labels: [Substring]) -> UInt32? {
        var labels = labels[...]
        if labels.last == "", labels.count > 1 { labels.removeLast() }
        guard labels.count <= 4 else { return nil }
        var numbers: [UInt64] = []
        for label in labels {
            guard let number = number(label) else { return nil }
            numbers.append(number)
        }
        guard let last = numbers.popLast(), numbers.allSatisfy({ $0 <= 255 }),
            last < UInt64(1) << (8 * UInt64(4 - numbers.count))
        else { return nil }
        var address = last
        for (index, number) in numbers.enumerated() {
            address |= number << (8 * UInt64(3 - index))
        }
        return UInt32(truncatingIfNeeded: address)
    }

    static func text(_ address: UInt32) -> String {
        (0..<4).map { String(address >> (24 - 8 * $0) & 255) }.joined(separator: ".")
    }

    /// Decimal, octal after `0`, hexadecimal after `0x`; nil if it is no number.
    private static func number(_ label: Substring) -> UInt64? {
        guard !label.isEmpty else { return nil }
        var digits = Array(label.utf8)[...]
        var radix: UInt64 = 10
        if digits.count >= 2, digits[0] == UInt8(ascii: "0") {
            if digits[1] | 0x20 == UInt8(ascii: "x") {
                digits = digits.dropFirst(2)
                radix = 16
            } else {
                digits = digits.dropFirst()
                radix = 8
            }
        }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = PercentEncoding.digit(byte), UInt64(digit) < radix else { return nil }
            // Larger numbers are no address anyway; staying there cannot overflow.
            value = min(value * radix + UInt64(digit), UInt64(1) << 40)
        }
        return value
    }
}

/// IPv6 with `::` and with an IPv4 address at its end.
enum IPv6Text {
    /// The eight pieces; nil if it is no address.
    static func parse(_ text: [UInt8]) -> [UInt16]? {
        var pieces: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.starts(with: "::".utf8) {
            gap = 0
            index = 2
        }
        while index < text.count {
            guard pieces.count < 8 else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil, !pieces.isEmpty else { return nil }
                gap = pieces.count
                index += 1
                continue
            }
            let start = index
            var value: UInt16 = 0
            while index < text.count, index - start < 4,
                let digit = PercentEncoding.digit(text[index])
            {
                value = value << 4 | UInt16(digit)
                index += 1
            }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard pieces.count <= 6, let tail = embedded(text[start...]) else { return nil }
                pieces += tail
                index = text.count
                break
            }
            guard index > start else { return nil }
            pieces.append(value)
            if index < text.count {
                guard text[index] == UInt8(ascii: ":"), index + 1 < text.count else { return nil }
                index += 1
            }
        }
        guard let gap else { return pieces.count == 8 ? pieces : nil }
        guard pieces.count < 8 else { return nil }
        pieces.insert(contentsOf: [UInt16](repeating: 0, count: 8 - pieces.count), at: gap)
        return pieces
    }

    /// The shortest spelling: the first of the longest runs of zeros becomes `::`.
    static func text(_ pieces: [UInt16]) -> String {
        var longest: Range<Int> = 0..<0
        var start = 0
        while start < pieces.count {
            let end = pieces[start...].firstIndex { $0 != 0 } ?? pieces.count
            if end - start > longest.count { longest = start..<end }
            start = max(end, start + 1)
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard longest.count > 1 else { return joined(pieces[...]) }
        return joined(pieces[..<longest.lowerBound]) + "::" + joined(pieces[longest.upperBound...])
    }

    /// Four decimal numbers without leading zeros.
    private static func embedded(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        let labels = text.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count == 4 else { return nil }
        var bytes: [UInt16] = []
        for label in labels {
            guard (1...3).contains(label.count), label.count == 1 || label.first != 0x30,
                label.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let byte = UInt8(String(decoding: label, as: UTF8.self))
            else { return nil }
            bytes.append(UInt16(byte))
        }
        return [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
    }
}
