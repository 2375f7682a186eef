/// Bytes as text in base 64.
package enum Base64 {
    /// The letters for 62 and 63, and whether the end is filled.
    package enum Alphabet: Sendable {
        /// `+` and `/`, filled with `=` to a multiple of four.
        case standard
        /// `-` and `_`, not filled, as tokens and addresses need it (RFC 4648 section 5).
        case url
    }

    /// The text of some bytes.
    package static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        let digits = alphabet == .url ? urlDigits : standardDigits
        let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text, count in
            var start = 0
            while start < bytes.count {
                let taken = min(3, bytes.count - start)
                var group: UInt32 = 0
                for place in 0..<3 {
                    group = group << 8 | (place < taken ? UInt32(bytes[start + place]) : 0)
                }
                for place in 0..<4 {
                    if place <= taken {
                        text[count] = digits[Int(group >> UInt32(18 - 6 * place) & 63)]
                        count += 1
                    } else if alphabet == .standard {
                        text[count] = UInt8(ascii: "=")
                        count += 1
                    }
                }
                start += 3
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text that this enum's `encode` could have written, and of no other.
    ///
    /// Nil for foreign characters, spaces, line ends, wrong filling, and bits left over: two texts
    /// never mean the same bytes.
    package static func decode(_ text: [UInt8], _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var digits = text
        if alphabet == .standard {
            guard digits.count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        for place in digits.indices {
            guard let value = value(of: digits[place], in: alphabet) else { return nil }
            digits[place] = value
        }
        let (bytes, rest) = join(digits)
        return rest == 0 ? bytes : nil
    }

    /// The bytes of a text that this enum's `encode` could have written, and of no other.
    package static func decode(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        decode(Array(text.utf8), alphabet)
    }

    /// The bytes of a text read as Node's `Buffer.from(text, "base64")` reads it, for old settings.
    ///
    /// Both alphabets at once; what is in neither is skipped; the first `=` ends the text; what is
    /// left over is dropped. Recorded from Node 20, which differs from its older releases in `=`.
    package static func decodeLeniently(_ text: String) -> [UInt8] {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        return join(digits.compactMap { value(of: $0, in: .standard) ?? value(of: $0, in: .url) })
            .bytes
    }

    private static let shared =
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let standardDigits = shared + Array("+/".utf8)
    private static let urlDigits = shared + Array("-_".utf8)

    private static func value(of digit: UInt8, in alphabet: Alphabet) -> UInt8? {
        switch digit {
        case 0x41...0x5a: digit - 0x41
        case 0x61...0x7a: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case 0x2b where alphabet == .standard, 0x2d where alphabet == .url: 62
        case 0x2f where alphabet == .standard, 0x5f where alphabet == .url: 63
        default: nil
        }
    }

    /// Joins values of six bits to bytes, and says what was left over.
    private static func join(_ values: [UInt8]) -> (bytes: [UInt8], rest: UInt32) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count / 4 * 3 + 2)
        var (bits, held) = (0, 0 as UInt32)
        for value in values {
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
                held &= (1 << UInt32(bits)) - 1
            }
        }
        return (bytes, held)
    }
}

/// Bytes as text in base 16.
package enum Hex {
    /// Two lower-case digits for each byte.
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of an even number of digits in either case; nil for everything else.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46, 0x61...0x66: (digit | 0x20) - 0x61 + 10
            default: nil
            }
        }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
