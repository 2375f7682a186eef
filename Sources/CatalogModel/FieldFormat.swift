/// The texts that an entity's envelope may hold, as the catalog's format has them.
///
/// Lengths are those of JavaScript, in UTF-16 units; every form but ``nonBlank`` and ``address`` is
/// plain ASCII, where that is the number of bytes.
package enum FieldFormat: Sendable {
    /// `[<DNS subdomain>/]<1 to 63 letters and digits>`
    case apiVersion
    /// A letter, then letters and digits, 1 to 63 in all.
    case kind
    /// Letters and digits with `-`, `_` and `.` inside, 1 to 63 characters: names, label values.
    case objectName
    /// Lower-case letters and digits with `-` inside, 1 to 63 characters.
    case namespace
    /// `[<DNS subdomain>/]<object name>`: keys of labels and annotations.
    case qualifiedKey
    /// Empty or an object name.
    case labelValue
    /// Lower-case letters, digits, `:`, `+` and `#`, parted by single `-`, 1 to 63 characters.
    case tag
    /// An absolute address that a browser could parse; see ``isAbsoluteAddress(_:)``.
    case address
    /// A text that is more than blanks.
    case nonBlank

    /// Whether the text has this form.
    package func accepts(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return switch self {
        case .apiVersion:
            hasPrefixAndSuffix(bytes) { isSized($0, 63) && $0.allSatisfy(isAlphanumeric) }
        case .kind:
            isSized(bytes[...], 63) && isLetter(bytes[0]) && bytes.allSatisfy(isAlphanumeric)
        case .objectName: isObjectName(bytes[...])
        case .namespace: isDNSLabel(bytes[...])
        case .qualifiedKey: hasPrefixAndSuffix(bytes, suffix: isObjectName)
        case .labelValue: bytes.isEmpty || isObjectName(bytes[...])
        case .tag: isTag(bytes[...])
        case .address: isAbsoluteAddress(text)
        case .nonBlank: !text.unicodeScalars.allSatisfy(\.isJavaScriptBlank)
        }
    }
}

extension Unicode.Scalar {
    /// Whether JavaScript's `trim` removes it (ECMA-262, WhiteSpace and LineTerminator).
    var isJavaScriptBlank: Bool {
        switch value {
        case 9...13, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
            0xFEFF:
            true
        default: false
        }
    }
}

private func isSized(_ bytes: ArraySlice<UInt8>, _ most: Int) -> Bool {
    !bytes.isEmpty && bytes.count <= most
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }
private func isLower(_ byte: UInt8) -> Bool { byte &- 97 < 26 }
private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

/// Whether the ends pass `edge` and all between pass `edge` or are one of `joints`.
private func isJoined(
    _ bytes: ArraySlice<UInt8>, joints: StaticString, edge: (UInt8) -> Bool
) -> Bool {
    guard let first = bytes.first, let last = bytes.last, edge(first), edge(last) else {
        return false
    }
    return joints.withUTF8Buffer { joints in
        bytes.allSatisfy { edge($0) || joints.contains($0) }
    }
}

private func isObjectName(_ bytes: ArraySlice<UInt8>) -> Bool {
    isSized(bytes, 63) && isJoined(bytes, joints: "-_.", edge: isAlphanumeric)
}

private func isDNSLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
    isSized(bytes, 63) && isJoined(bytes, joints: "-") { isLower($0) || isDigit($0) }
}

private func isDNSSubdomain(_ bytes: ArraySlice<UInt8>) -> Bool {
    isSized(bytes, 253)
        && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy(isDNSLabel)
}

private func isTag(_ bytes: ArraySlice<UInt8>) -> Bool {
    isSized(bytes, 63)
        && bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { isLower($0) || isDigit($0) || ":+#".utf8.contains($0) }
            }
}

private func hasPrefixAndSuffix(
    _ bytes: [UInt8], suffix: (ArraySlice<UInt8>) -> Bool
) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return suffix(parts[0])
    case 2: return isDNSSubdomain(parts[0]) && suffix(parts[1])
    default: return false
    }
}
