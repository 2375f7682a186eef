/// Whether a browser's URL parser takes the text without a base address (WHATWG URL, section 4.4).
///
/// Any scheme will do, and `http`, `https`, `ws`, `wss` and `ftp` need a host. Slashes after those
/// may be missing or backslashes, as the parser has it. Not checked: whether a domain with
/// characters outside ASCII survives IDNA.
package func isAbsoluteAddress(_ text: String) -> Bool {
    var scalars = text.unicodeScalars.filter { !"\t\n\r".unicodeScalars.contains($0) }[...]
    while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
    while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }
    guard let colon = scalars.firstIndex(of: ":"), let scheme = schemeName(scalars[..<colon]) else {
        return false
    }
    let rest = scalars[scalars.index(after: colon)...]
    switch scheme {
    case "http", "https", "ws", "wss", "ftp":
        return isAuthority(rest.drop { $0 == "/" || $0 == "\\" }, isSpecial: true)
    case "file":
        let path = rest.drop { $0 == "/" || $0 == "\\" }
        let slashes = rest.count - path.count
        return slashes != 2 || isFileHost(path)
    default:
        guard rest.starts(with: "//".unicodeScalars) else { return true }
        return isAuthority(rest.dropFirst(2), isSpecial: false)
    }
}

/// The address to show for `backstage.io/view-url` and `backstage.io/edit-url`.
///
/// What would run as a script when somebody follows it gives a fixed harmless address instead, and
/// everything else comes back as it is. Blanks and control characters before the scheme and line
/// breaks within it do not hide it, as browsers ignore them there.
package func safeAddressAnnotation(_ value: String) -> String {
    var wanted = "javascript:".unicodeScalars[...]
    var hasBegun = false
    for scalar in value.unicodeScalars {
        if !hasBegun, scalar.value <= 0x20 { continue }
        if "\t\n\r".unicodeScalars.contains(scalar) { continue }
        hasBegun = true
        guard let next = wanted.first else { break }
        guard scalar.properties.lowercaseMapping == String(next) else { return value }
        wanted.removeFirst()
    }
    return wanted.isEmpty ? harmlessAddress : value
}

/// The address that stands where a script was; an error page of nobody's.
package let harmlessAddress = "https://backstage.io/annotation-rejected-for-security-reasons"

private typealias Scalars = Substring.UnicodeScalarView

private func schemeName(_ scalars: Scalars) -> String? {
    guard let first = scalars.first, first.isASCII, first.properties.isAlphabetic else {
        return nil
    }
    let isScheme = scalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
            || "+-.".unicodeScalars.contains($0)
    }
    return isScheme ? String(scalars).lowercased() : nil
}

private func authorityPart(_ scalars: Scalars, isSpecial: Bool) -> Scalars {
    scalars.prefix { $0 != "/" && $0 != "?" && $0 != "#" && !(isSpecial && $0 == "\\") }
}

private func isAuthority(_ scalars: Scalars, isSpecial: Bool) -> Bool {
    let authority = authorityPart(scalars, isSpecial: isSpecial)
    let hasUser = authority.contains("@")
    let hostAndPort =
        authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    let bracket = hostAndPort.lastIndex(of: "]") ?? hostAndPort.startIndex
    let colon = hostAndPort[bracket...].firstIndex(of: ":")
    let host = hostAndPort[..<(colon ?? hostAndPort.endIndex)]
    if let colon {
        let port = hostAndPort[hostAndPort.index(after: colon)...]
        guard port.allSatisfy({ ("0"..."9").contains($0) }) else { return false }
        guard port.isEmpty || UInt16(String(port)) != nil else { return false }
    }
    if host.isEmpty { return !isSpecial && !hasUser && colon == nil }
    return isHost(host, isSpecial: isSpecial)
}

private func isFileHost(_ scalars: Scalars) -> Bool {
    let host = authorityPart(scalars, isSpecial: true)
    // `file://C:/x`: a drive letter stands where the host would.
    if host.count == 2, host.last == ":" || host.last == "|" { return true }
    return host.isEmpty || isHost(host, isSpecial: true)
}

private func isHost(_ host: Scalars, isSpecial: Bool) -> Bool {
    if host.first == "[" {
        return host.last == "]" && isIPv6(host.dropFirst().dropLast())
    }
    guard isSpecial else {
        return !host.contains { $0.value == 0 || " <>[]^|\\@:".unicodeScalars.contains($0) }
    }
    guard let domain = percentDecoded(host), !domain.isEmpty else { return false }
    let isForbidden = domain.contains {
        $0.value <= 0x20 || $0.value == 0x7F || $0.value == 0xFFFD
            || "#/:<>?@[\\]^|%".unicodeScalars.contains($0)
    }
    return !isForbidden && isDomainOrIPv4(domain)
}

private func percentDecoded(_ host: Scalars) -> Scalars? {
    guard host.contains("%") else { return host }
    var bytes: [UInt8] = []
    var rest = Array(String(host).utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(2)
        if byte == UInt8(ascii: "%"), digits.count == 2,
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest.removeFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)?[...].unicodeScalars
}

/// A host whose last label is a number has to be an IPv4 address, in any of its old notations.
private func isDomainOrIPv4(_ domain: Scalars) -> Bool {
    var labels = domain.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    guard let last = labels.last else { return false }
    let isNumber = last.utf8.allSatisfy { $0 &- 48 < 10 } && !last.isEmpty
    guard isNumber || ipv4Number(last) != nil else { return true }
    guard labels.count <= 4 else { return false }
    let numbers = labels.map(ipv4Number)
    guard numbers.dropLast().allSatisfy({ ($0 ?? 256) < 256 }), let end = numbers.last ?? nil else {
        return false
    }
    return end < UInt64(1) << UInt64(8 * (5 - labels.count))
}

private func ipv4Number(_ label: String) -> UInt64? {
    let low = label.lowercased()
    if low == "0x" { return 0 }
    if low.hasPrefix("0x") { return digits(low.dropFirst(2), radix: 16) }
    if low.count > 1, low.hasPrefix("0") { return digits(low.dropFirst(), radix: 8) }
    return digits(low[...], radix: 10)
}

/// The number, without the sign that Swift's initialiser would take.
private func digits(_ text: Substring, radix: Int) -> UInt64? {
    text.utf8.first == UInt8(ascii: "+") ? nil : UInt64(text, radix: radix)
}

private func isIPv6(_ text: Scalars) -> Bool {
    var groups = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard groups.count >= 3 else { return false }
    var count = 0
    if let last = groups.last, last.contains(".") {
        let parts = last.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 =
            parts.count == 4
            && parts.allSatisfy { part in
                (part == "0" || !part.hasPrefix("0")) && (digits(part, radix: 10) ?? 256) < 256
            }
        guard isIPv4 else { return false }
        groups.removeLast()
        count = 2
    }
    // `::` leaves one empty group inside; at an end it leaves two.
    let emptyAtStart = groups.first?.isEmpty == true
    if emptyAtStart {
        guard groups.count > 1, groups[1].isEmpty else { return false }
        groups.removeFirst()
    }
    if count == 0, groups.last?.isEmpty == true {
        guard groups.count > 1, groups[groups.count - 2].isEmpty else { return false }
        groups.removeLast()
    }
    let empties = groups.count(where: \.isEmpty)
    let areHex = groups.allSatisfy { group in
        group.isEmpty || (group.utf8.count <= 4 && digits(group[...], radix: 16) != nil)
    }
    count += groups.count - empties
    return areHex && empties <= 1 && (empties == 1 ? count < 8 : count == 8)
}
