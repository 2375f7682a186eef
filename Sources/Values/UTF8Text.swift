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
