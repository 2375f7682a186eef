import Values

/// A copy of a file in which characters that libyaml mistakes are changed into others of the
/// same length, so that no place moves.
///
/// - A line end is added behind the last line, without which a text block lacks its own.
/// - U+2028 and U+2029 become U+FDD0 and U+FDD1, which the guard lets no file have.
/// - `\ud83d\ude00` becomes `\ue03d\ue600`: halves of a pair moved into the private area.
///
/// ``restored(_:)`` turns both back in the finished text.
final class EditedText {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// Whether finished text has to be ``restored(_:)``.
    private(set) var hidesCharacters = false
    private(set) var hidesSeparators = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        buffer = .allocate(capacity: bytes.count + 1)
        _ = buffer.initialize(from: bytes)
        buffer.initializeElement(at: bytes.count, to: UInt8(ascii: "\n"))
    }

    deinit { buffer.deallocate() }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(buffer) }

    /// Changes one byte.
    func set(_ offset: Int, _ byte: UInt8) {
        guard buffer.indices.contains(offset) else { return }
        buffer[offset] = byte
    }

    /// Hides every line and paragraph separator.
    func hideSeparators() {
        hidesCharacters = true
        hidesSeparators = true
        var index = 0
        while index + 2 < buffer.count {
            if buffer[index] == 0xE2, buffer[index + 1] == 0x80, buffer[index + 2] & 0xFE == 0xA8 {
                buffer[index] = 0xEF
                buffer[index + 1] = 0xB7
                buffer[index + 2] = 0x90 | buffer[index + 2] & 1
                index += 2
            }
            index += 1
        }
    }

    /// Hides every escaped pair of surrogates between two offsets.
    func hideSurrogates(from start: Int, to end: Int) {
        hidesCharacters = true
        var index = start
        while index + 12 <= end {
            guard buffer[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard isSurrogatePair(bytes, index) else {
                index += 2
                continue
            }
            // D8…DF: the second digit tells high from low. E0…E3 and E4…E7 stand for them.
            for half in [index, index + 6] {
                let digit = hexDigit(buffer[half + 3]) &- 8
                buffer[half + 2] = UInt8(ascii: "e")
                buffer[half + 3] = 48 &+ digit
            }
            index += 12
        }
    }

    /// The text with what was hidden turned back.
    static func restored(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == 0xEF, index + 2 < text.count, text[index + 1] == 0xB7,
                text[index + 2] & 0xFE == 0x90
            {
                output += [0xE2, 0x80, 0xA8 | text[index + 2] & 1]
                index += 3
            } else if byte == 0xEE, let scalar = pair(text, index) {
                output.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
                index += 6
            } else {
                output.append(byte)
                index += 1
            }
        }
        return output
    }

    private static func pair(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Unicode.Scalar? {
        guard index + 5 < text.count, text[index + 3] == 0xEE else { return nil }
        func unit(_ at: Int) -> UInt32 {
            UInt32(text[at + 1] & 0x3F) << 6 | UInt32(text[at + 2] & 0x3F)
        }
        let high = unit(index)
        let low = unit(index + 3)
        guard high < 0x400, (0x400..<0x800).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 &+ high << 10 &+ (low &- 0x400))
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- 55
    default: 255
    }
}

/// Whether `\uD8xx\uDCxx` stands at an offset: twelve bytes in any case of letters.
func isSurrogatePair(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    func half(_ at: Int, _ digits: ClosedRange<UInt8>) -> Bool {
        bytes[at] == UInt8(ascii: "\\") && bytes[at + 1] == UInt8(ascii: "u")
            && hexDigit(bytes[at + 2]) == 13 && digits.contains(hexDigit(bytes[at + 3]))
            && hexDigit(bytes[at + 4]) < 16 && hexDigit(bytes[at + 5]) < 16
    }
    guard index >= 0, index + 12 <= bytes.count else { return false }
    return half(index, 8...11) && half(index + 6, 12...15)
}
