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

/// The one folding rule: how keys, values and references are compared without regard to case.
///
/// ASCII letters become lower case byte by byte; text with other characters becomes lower case as
/// Unicode's full, locale-free mapping has it. That is what Backstage's
/// `toLocaleLowerCase('en-US')` does, so both find the same things.
package func folded(_ text: String) -> String {
    var text = text
    let plan = text.withUTF8 { bytes -> (isASCII: Bool, hasUpper: Bool) in
        var seen: UInt8 = 0
        var upper = false
        for byte in bytes {
            seen |= byte
            upper = upper || byte &- 65 < 26
        }
        return (seen < 0x80, upper)
    }
    if plan.isASCII, !plan.hasUpper { return text }
    return text.lowercased()
}

/// Appends the folded form of a text; see ``folded(_:)``.
package func appendFolded(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    let start = output.count
    output.reserveCapacity(start + bytes.count)
    for byte in bytes {
        guard byte < 0x80 else {
            output.removeSubrange(start...)
            output.append(contentsOf: String(decoding: bytes, as: UTF8.self).lowercased().utf8)
            return
        }
        output.append(byte &- 65 < 26 ? byte | 0x20 : byte)
    }
}
