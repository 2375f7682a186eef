import Values

/// Lines as libyaml counts them: a line ends with LF, CR LF or CR.
func lineBreaks(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var count = 0
    var previous: UInt8 = 0
    for byte in bytes {
        if byte == 0x0D || byte == 0x0A && previous != 0x0D { count += 1 }
        previous = byte
    }
    return count
}

/// The distance from the beginning to the line of this number, from 0; the end where there are
/// fewer lines.
func startOfLine(_ line: Int, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var left = line
    var index = bytes.startIndex
    while left > 0, index < bytes.endIndex {
        let byte = bytes[index]
        index += 1
        if byte == 0x0D, index < bytes.endIndex, bytes[index] == 0x0A { index += 1 }
        if byte == 0x0A || byte == 0x0D { left -= 1 }
    }
    return index - bytes.startIndex
}

/// The offset of the first line after the one that holds `start` that begins with `---` and a
/// blank.
func documentMark(from start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = start
    while index < bytes.count {
        let byte = bytes[index]
        index += 1
        guard byte == 0x0A || byte == 0x0D else { continue }
        if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { continue }
        if isDocumentMark(at: index, in: bytes) { return index }
    }
    return nil
}

private func isDocumentMark(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard index + 3 <= bytes.count, bytes[index..<index + 3].allSatisfy({ $0 == 0x2D }) else {
        return false
    }
    guard index + 3 < bytes.count else { return true }
    return [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index + 3])
}

/// The text of a line, from 0, without its end; at most 200 characters.
func lineText(_ line: Int, in bytes: UnsafeBufferPointer<UInt8>) -> String {
    let start = startOfLine(line, in: bytes[...])
    let rest = bytes[start...].prefix(800).prefix { $0 != 0x0A && $0 != 0x0D }
    return String(String(decoding: rest, as: UTF8.self).prefix(200))
}
