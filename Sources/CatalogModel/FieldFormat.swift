import Glibc

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
        var text = text
        return text.withUTF8 { accepts($0) }
    }

    /// Whether a text of these well-formed bytes has this form.
    func accepts(_ bytes: Bytes) -> Bool {
        switch self {
        case .apiVersion:
            hasPrefixAndSuffix(bytes) { isSized($0, 63) && $0.allSatisfy(isAlphanumeric) }
        case .kind:
            isSized(bytes, 63) && isLetter(bytes[0]) && bytes.allSatisfy(isAlphanumeric)
        case .objectName: isObjectName(bytes)
        case .namespace: isDNSLabel(bytes)
        case .qualifiedKey: hasPrefixAndSuffix(bytes, suffix: isObjectName)
        case .labelValue: bytes.isEmpty || isObjectName(bytes)
        case .tag: isTag(bytes)
        case .address:
            isPlainAddress(bytes) || isAbsoluteAddress(String(decoding: bytes, as: UTF8.self))
        case .nonBlank: isNonBlank(bytes)
        }
    }

    typealias Bytes = UnsafeBufferPointer<UInt8>
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

private typealias Bytes = FieldFormat.Bytes

private func isSized(_ bytes: Bytes, _ most: Int) -> Bool {
    !bytes.isEmpty && bytes.count <= most
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }
private func isLower(_ byte: UInt8) -> Bool { byte &- 97 < 26 }
private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

/// Whether a text is more than blanks; its first byte nearly always says so.
private func isNonBlank(_ bytes: Bytes) -> Bool {
    if let first = bytes.first, first < 0x80, first > 0x20 { return true }
    return !String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy(\.isJavaScriptBlank)
}

private func isObjectName(_ bytes: Bytes) -> Bool {
    guard isSized(bytes, 63), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1])
    else { return false }
    return bytes.allSatisfy {
        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            || $0 == UInt8(ascii: ".")
    }
}

private func isDNSLabel(_ bytes: Bytes) -> Bool {
    func isEdge(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) }
    guard isSized(bytes, 63), isEdge(bytes[0]), isEdge(bytes[bytes.count - 1]) else {
        return false
    }
    return bytes.allSatisfy { isEdge($0) || $0 == UInt8(ascii: "-") }
}

/// Whether all parts between separators pass; there is at least one, and it may be empty.
private func allParts(
    of bytes: Bytes, separator: UInt8, _ passes: (Bytes) -> Bool
) -> Bool {
    var start = 0
    while true {
        let end = bytes[start...].firstIndex(of: separator) ?? bytes.count
        guard passes(Bytes(rebasing: bytes[start..<end])) else { return false }
        guard end < bytes.count else { return true }
        start = end + 1
    }
}

private func isDNSSubdomain(_ bytes: Bytes) -> Bool {
    isSized(bytes, 253) && allParts(of: bytes, separator: UInt8(ascii: "."), isDNSLabel)
}

private func isTag(_ bytes: Bytes) -> Bool {
    isSized(bytes, 63)
        && allParts(of: bytes, separator: UInt8(ascii: "-")) { part in
            !part.isEmpty
                && part.allSatisfy {
                    isLower($0) || isDigit($0) || $0 == UInt8(ascii: ":")
                        || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#")
                }
        }
}

private func hasPrefixAndSuffix(_ bytes: Bytes, suffix: (Bytes) -> Bool) -> Bool {
    guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return suffix(bytes) }
    let rest = Bytes(rebasing: bytes[(slash + 1)...])
    return isDNSSubdomain(Bytes(rebasing: bytes[..<slash]))
        && !rest.contains(UInt8(ascii: "/")) && suffix(rest)
}

/// Whether a text is an address of the form that nearly all have: `https://`, a domain in lower
/// case that ends in a letter's label, and a path of printable ASCII.
///
/// Everything else is left to ``isAbsoluteAddress(_:)``.
private func isPlainAddress(_ bytes: Bytes) -> Bool {
    let scheme: StaticString = "https://"
    let length = scheme.utf8CodeUnitCount
    guard bytes.count > length, let base = bytes.baseAddress,
        memcmp(base, scheme.utf8Start, length) == 0
    else {
        return false
    }
    let rest = bytes[length...]
    let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    let host = rest[..<end]
    guard let first = host.first, isLower(first) else { return false }
    var label = host.startIndex
    for index in host.indices {
        let byte = host[index]
        if byte == UInt8(ascii: ".") {
            label = index + 1
        } else if !(isLower(byte) || isDigit(byte)) {
            return false
        }
    }
    guard label < end, isLower(host[label]) else { return false }
    return rest[end...].allSatisfy { $0 > 0x20 && $0 < 0x7F }
}
