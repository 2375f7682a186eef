/// A C text with its length, for comparisons without making a `String`.
struct CString {
    let bytes: UnsafeRawBufferPointer
    var count: Int { bytes.count }

    init(_ text: UnsafePointer<CChar>) {
        var count = 0
        while text[count] != 0 { count += 1 }
        bytes = UnsafeRawBufferPointer(start: text, count: count)
    }

    static func == (left: CString, right: StaticString) -> Bool {
        left.count == right.utf8CodeUnitCount
            && left.bytes.elementsEqual(
                UnsafeBufferPointer(start: right.utf8Start, count: right.utf8CodeUnitCount))
    }
}

/// The byte classes of RFC 9110 that requests and answers are checked against.
enum HTTPBytes {
    /// One bit for each ASCII byte that a token may have: letters, digits and !#$%&'*+-.^_`|~.
    private static let tokenLow: UInt64 = {
        var bits: UInt64 = 0
        for byte in "!#$%&'*+-.0123456789".utf8 { bits |= 1 << UInt64(byte) }
        return bits
    }()
    private static let tokenHigh: UInt64 = {
        var bits: UInt64 = 0
        let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        for byte in all.utf8 { bits |= 1 << UInt64(byte - 64) }
        return bits
    }()

    static func isToken(_ byte: UInt8) -> Bool {
        if byte < 64 { return tokenLow >> UInt64(byte) & 1 == 1 }
        return byte < 128 && tokenHigh >> UInt64(byte - 64) & 1 == 1
    }

    /// A byte that a received value may have: no control byte but the tab.
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }

    /// Without the blanks and tabs at both ends.
    static func trimmed(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = value.count
        while start < end, value[start] == 0x20 || value[start] == 0x09 { start += 1 }
        while end > start, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: value[start..<end])
    }

    /// Compares with a text in small letters, without regard to ASCII case.
    static func isSame(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count
        where asciiLower(bytes[index]) != lowercase.utf8Start[index] {
            return false
        }
        return true
    }

    /// Digits only, at least one; a number too large for us reads as the largest there is.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var number = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (tens, overflowed) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = tens.addingReportingOverflow(Int(byte &- 0x30))
            number = overflowed || overflowedAgain ? Int.max : sum
        }
        return number
    }

    /// A name, an IPv4 address or an IPv6 address in brackets, with a port or without.
    static func isHost(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return false }
        var rest = bytes[...]
        if first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), end > 2 else { return false }
            guard bytes[1..<end].allSatisfy({ isHex($0) || $0 == 0x3a || $0 == 0x2e }) else {
                return false
            }
            rest = bytes[(end + 1)...]
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end > 0, bytes[..<end].allSatisfy(isHostName) else { return false }
            rest = bytes[end...]
        }
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        return colon == UInt8(ascii: ":") && port.count <= 5
            && port.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func isHostName(_ byte: UInt8) -> Bool {
        let letter = asciiLower(byte)
        return letter >= 0x61 && letter <= 0x7a || byte >= 0x30 && byte <= 0x39
            || byte == 0x2d || byte == 0x2e || byte == 0x5f
    }

    static func isHex(_ byte: UInt8) -> Bool {
        hexDigit(byte) != nil
    }

    /// The value of a hexadecimal digit of either case.
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }
}
