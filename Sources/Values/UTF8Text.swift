import Glibc

/// The offset of the first byte that is not part of well-formed UTF-8; nil where all is well.
///
/// Surrogates, overlong forms and scalars over U+10FFFF are not well-formed (Unicode 15,
/// table 3-7).
package func firstInvalidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 0
    let count = bytes.count
    while index < count {
        // Eight plain ASCII bytes at a time: nearly all text that comes is ASCII.
        while count - index >= 8 {
            let word = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + index)
                .loadUnaligned(as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            index += 8
        }
        guard index < count else { return nil }
        let first = bytes[index]
        if first < 0x80 {
            index += 1
            continue
        }
        let low: UInt8
        let high: UInt8
        let length: Int
        switch first {
        case 0xC2...0xDF: (low, high, length) = (0x80, 0xBF, 2)
        case 0xE0: (low, high, length) = (0xA0, 0xBF, 3)
        case 0xED: (low, high, length) = (0x80, 0x9F, 3)
        case 0xE1...0xEF: (low, high, length) = (0x80, 0xBF, 3)
        case 0xF0: (low, high, length) = (0x90, 0xBF, 4)
        case 0xF1...0xF3: (low, high, length) = (0x80, 0xBF, 4)
        case 0xF4: (low, high, length) = (0x80, 0x8F, 4)
        default: return index
        }
        guard count - index >= length, bytes[index + 1] >= low, bytes[index + 1] <= high else {
            return index
        }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 {
            return index
        }
        index += length
    }
    return nil
}

/// A text, cut before a character and with `…` at its end where it has more bytes than a limit.
package func clipped(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: max(0, limit))
    // A scalar that the limit falls into goes as a whole.
    while end > text.startIndex, UTF8.isContinuation(text.utf8[end]) {
        end = text.utf8.index(before: end)
    }
    return "\(text[..<end])…"
}

/// Whether a text has the character U+0000, which PostgreSQL cannot store and C takes for an end.
package func hasNUL(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    return memchr(base, 0, bytes.count) != nil
}

/// Whether more marks than a limit follow each other somewhere in well-formed UTF-8.
///
/// Comparing or hashing a text orders each run of marks, at a cost that grows with the square of
/// its length: 100,000 of them would take seconds.
package func stacksMarks(_ bytes: UnsafeBufferPointer<UInt8>, beyond limit: Int) -> Bool {
    // Every mark has two bytes at least.
    guard bytes.count > limit &* 2 else { return false }
    var marks = 0
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        // Below U+0300 there are no marks.
        guard byte >= 0xCC else {
            index += byte < 0xC0 ? 1 : 2
            marks = 0
            continue
        }
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        guard bytes.count - index >= length else { return false }
        var scalar = UInt32(byte) & (0xFF >> UInt32(length &+ 1))
        for offset in 1..<length { scalar = scalar << 6 | UInt32(bytes[index + offset] & 0x3F) }
        marks = isStackingMark(scalar) ? marks + 1 : 0
        if marks > limit { return true }
        index += length
    }
    return false
}

/// Whether a scalar stacks on the character before it, so that a run of such is put in order when
/// texts are compared (a combining class other than 0), or is of a block that holds nothing else.
package func isStackingMark(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x300...0x36F, 0x483...0x489, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF,
        0x3099...0x309A, 0xFE00...0xFE0F, 0xFE20...0xFE2F:
        return true
    // Han, and the syllables of Hangul: the bulk of what is not Latin, and none is a mark.
    case ..<0x300, 0x3400...0x9FFF, 0xAC00...0xD7A3: return false
    default:
        return Unicode.Scalar(scalar)?.properties.canonicalCombiningClass != .notReordered
    }
}

/// The one folding rule: how keys, values and references are compared without regard to case.
///
/// ASCII letters become lower case byte by byte; text with other characters becomes lower case as
/// Unicode's full, locale-free mapping has it. That is what Backstage's
/// `toLocaleLowerCase('en-US')` does, so both find the same things.
package func folded(_ text: String) -> String {
    var text = text
    let plan = text.withUTF8 { bytes -> (isASCII: Bool, hasUpper: Bool) in
        var seen: UInt8 = 0
        var upper: UInt8 = 0
        for byte in bytes {
            seen |= byte
            upper |= byte &- 65 < 26 ? 1 : 0
        }
        return (seen < 0x80, upper != 0)
    }
    guard plan.isASCII else { return text.lowercased() }
    guard plan.hasUpper else { return text }
    return text.withUTF8 { bytes in
        String(unsafeUninitializedCapacity: bytes.count) { output in
            foldASCII(bytes, to: output)
            return bytes.count
        }
    }
}

@inline(__always)
private func foldASCII(
    _ bytes: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>
) {
    for index in 0..<bytes.count {
        let byte = bytes[index]
        output[index] = byte | (byte &- 65 < 26 ? 0x20 : 0)
    }
}

/// Appends the folded form of a text; see ``folded(_:)``.
package func appendFolded(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    var seen: UInt8 = 0
    for byte in bytes { seen |= byte }
    guard seen < 0x80 else {
        output.append(contentsOf: String(decoding: bytes, as: UTF8.self).lowercased().utf8)
        return
    }
    let start = output.count
    output.append(contentsOf: bytes)
    output.withUnsafeMutableBufferPointer { output in
        foldASCII(bytes, to: .init(rebasing: output[start...]))
    }
}
