/// What a plain scalar means by the core schema of YAML 1.2.
package enum CoreScalar: Equatable, Sendable {
    case null
    case bool(Bool)
    /// Within ±2⁵³.
    case integer(Int64)
    /// Finite; what is not finite in the text is `null`, as JSON has it.
    case number(Double)
    /// Text: the scalar stands for its own characters.
    case string
}

/// Resolves a plain scalar by the core schema of YAML 1.2 (section 10.3.2).
///
/// `017` is 17, `0o17` is 15, `0xFF` is 255, `5.` is 5; `yes`, dates and `1_000` are text, and so
/// is a number of more than 1,024 characters, which would take long to read.
package func coreScalar(_ text: UnsafeBufferPointer<UInt8>) -> CoreScalar {
    guard let first = text.first else { return .null }
    switch first {
    case UInt8(ascii: "~"): return text.count == 1 ? .null : .string
    case UInt8(ascii: "n"), UInt8(ascii: "N"):
        return isWord(text, "null", "Null", "NULL") ? .null : .string
    case UInt8(ascii: "t"), UInt8(ascii: "T"):
        return isWord(text, "true", "True", "TRUE") ? .bool(true) : .string
    case UInt8(ascii: "f"), UInt8(ascii: "F"):
        return isWord(text, "false", "False", "FALSE") ? .bool(false) : .string
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        return number(text)
    default: return .string
    }
}

/// Resolves a plain scalar by the core schema of YAML 1.2; see the other form.
package func coreScalar(_ text: String) -> CoreScalar {
    var text = text
    return text.withUTF8 { coreScalar($0) }
}

private func isWord(
    _ text: UnsafeBufferPointer<UInt8>, _ lower: StaticString, _ title: StaticString,
    _ upper: StaticString
) -> Bool {
    [lower, title, upper].contains { word in
        word.utf8CodeUnitCount == text.count
            && text.elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

private func number(_ text: UnsafeBufferPointer<UInt8>) -> CoreScalar {
    guard text.count <= 1_024 else { return .string }
    if text.count > 2, text[0] == UInt8(ascii: "0") {
        if text[1] == UInt8(ascii: "x") { return radix(text, 16) }
        if text[1] == UInt8(ascii: "o") { return radix(text, 8) }
    }
    var index = 0
    let hasSign = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-")
    if hasSign { index = 1 }
    let whole = digits(text, &index)
    if whole > 0, index == text.count { return integer(text, hasSign: hasSign) }
    var fraction = 0
    if index < text.count, text[index] == UInt8(ascii: ".") {
        index += 1
        if whole == 0, isNotFinite(text, from: index, hasSign: hasSign) { return .null }
        fraction = digits(text, &index)
    }
    guard whole > 0 || fraction > 0 else { return .string }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
        index += 1
        if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-")
        {
            index += 1
        }
        guard digits(text, &index) > 0 else { return .string }
    }
    guard index == text.count else { return .string }
    return finite(double(text))
}

private func digits(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int {
    let start = index
    while index < text.count, isDigit(text[index]) { index += 1 }
    return index - start
}

private func isNotFinite(
    _ text: UnsafeBufferPointer<UInt8>, from index: Int, hasSign: Bool
) -> Bool {
    let rest = UnsafeBufferPointer(rebasing: text[index...])
    return isWord(rest, "inf", "Inf", "INF") || !hasSign && isWord(rest, "nan", "NaN", "NAN")
}

private func integer(_ text: UnsafeBufferPointer<UInt8>, hasSign: Bool) -> CoreScalar {
    guard text.count <= 17 else { return finite(double(text)) }
    var value: Int64 = 0
    for byte in text.dropFirst(hasSign ? 1 : 0) { value = value &* 10 &+ Int64(byte &- 48) }
    // Sixteen digits fit in 64 bits; what passes 2⁵³ is rounded as JavaScript rounds it.
    guard value <= 1 << 53 else { return finite(double(text)) }
    return .integer(text[0] == UInt8(ascii: "-") ? -value : value)
}

private func radix(_ text: UnsafeBufferPointer<UInt8>, _ base: UInt8) -> CoreScalar {
    var value = 0.0
    for byte in text.dropFirst(2) {
        var digit = byte &- 48
        if digit > 9 { digit = (byte | 0x20) &- 97 < 6 ? (byte | 0x20) &- 87 : 255 }
        guard digit < base else { return .string }
        value = value * Double(base) + Double(digit)
    }
    return finite(value)
}

private func double(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    // Swift's parser wants a digit after the point, JavaScript's does not.
    guard let point = text.firstIndex(of: UInt8(ascii: ".")),
        point + 1 == text.count || !isDigit(text[point + 1])
    else { return Double(String(decoding: text, as: UTF8.self)) ?? .nan }
    let whole = String(decoding: text[..<point], as: UTF8.self)
    return Double(whole + String(decoding: text[(point + 1)...], as: UTF8.self)) ?? .nan
}

private func finite(_ value: Double) -> CoreScalar {
    guard value.isFinite else { return .null }
    guard value.magnitude <= 9_007_199_254_740_992, value == value.rounded() else {
        return .number(value)
    }
    return .integer(Int64(value))
}
