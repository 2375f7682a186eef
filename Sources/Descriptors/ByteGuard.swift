import Values

/// What is wrong with the bytes themselves.
enum ByteFault: Equatable {
    case notUTF8(UInt8)
    case control(UInt32)
    case combiningMarks
    case tooManyTagDirectives
}

/// Looks at bytes before a parser does, and finds the first that no document may hold.
///
/// libyaml decodes ahead of what it parses, so a bad byte found by it would also cost the
/// documents before. Each byte is looked at once, however often reading starts again.
struct ByteGuard {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: DescriptorLimits
    private var firstNotUTF8: Int?
    private var position = 0
    private var marks = 0
    private var tagDirectives = 0
    private var isPrepared = false
    /// Whether the text has U+2028 or U+2029, as far as `next` has looked.
    ///
    /// libyaml takes them for line ends and YAML 1.2 does not.
    private(set) var hasSeparators = false

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: DescriptorLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The first fault at or after `start`; calls must not go back.
    mutating func next(from start: Int) -> (offset: Int, fault: ByteFault)? {
        if !isPrepared || firstNotUTF8.map({ $0 < start }) == true {
            let rest = UnsafeBufferPointer(rebasing: bytes[start...])
            firstNotUTF8 = firstInvalidUTF8(rest).map { $0 + start }
            isPrepared = true
        }
        let end = firstNotUTF8 ?? bytes.count
        position = max(position, start)
        while position < end {
            skipPlain(to: end)
            guard position < end else { break }
            let offset = position
            if let fault = look(end: end) { return (offset, fault) }
        }
        return firstNotUTF8.map { ($0, .notUTF8(bytes[$0])) }
    }

    /// Steps over eight printable ASCII characters at a time.
    private mutating func skipPlain(to end: Int) {
        guard let base = bytes.baseAddress else { return }
        let start = position
        while end - position >= 8 {
            let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete
            guard (word | low | isDelete) & 0x8080_8080_8080_8080 == 0 else { break }
            position += 8
        }
        if position > start { marks = 0 }
    }

    /// Looks at one character and steps over it.
    private mutating func look(end: Int) -> ByteFault? {
        let byte = bytes[position]
        guard byte >= 0x80 else {
            position += 1
            marks = 0
            if byte >= 0x20 { return byte == 0x7F ? .control(0x7F) : nil }
            guard byte == 0x09 || byte == 0x0A || byte == 0x0D else {
                return .control(UInt32(byte))
            }
            return byte == 0x0A && isTagDirective() ? .tooManyTagDirectives : nil
        }
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        var scalar = UInt32(byte) & (0xFF >> UInt32(length &+ 1))
        for index in 1..<length where position + index < end {
            scalar = scalar << 6 | UInt32(bytes[position + index] & 0x3F)
        }
        position += length
        switch scalar {
        case 0x80...0x9F, 0xFDD0...0xFDEF, 0xFFFE, 0xFFFF: return .control(scalar)
        case 0x2028, 0x2029: hasSeparators = true
        default: break
        }
        guard isStackingMark(scalar) else {
            marks = 0
            return nil
        }
        marks += 1
        return marks > limits.combiningMarks ? .combiningMarks : nil
    }

    private mutating func isTagDirective() -> Bool {
        guard bytes.count - position > 4,
            bytes[position] == UInt8(ascii: "%"), bytes[position + 1] == UInt8(ascii: "T"),
            bytes[position + 2] == UInt8(ascii: "A"), bytes[position + 3] == UInt8(ascii: "G")
        else { return false }
        tagDirectives += 1
        return tagDirectives > limits.tagDirectives
    }
}
