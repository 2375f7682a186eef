/// Reads the text of an address, part by part.
///
/// The rules and their names are those of the URL Standard; its state machine is written here as
/// one function for each part.
struct WebAddressParser {
    private var rest: ArraySlice<UInt8>
    private let base: WebAddress?

    init(_ text: String, base: WebAddress?) {
        var bytes = Array(text.utf8)[...]
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        rest = Array(bytes.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D })[...]
        self.base = base
    }

    static func isSpecial(_ scheme: String) -> Bool {
        scheme == "file" || defaultPort(of: scheme) != nil
    }

    static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        case "ftp": 21
        default: nil
        }
    }

    mutating func parse() -> WebAddress? {
        guard let scheme = takeScheme() else { return parseWithoutScheme() }
        if scheme == "file" {
            return parseFile(base?.scheme == "file" ? base : nil)
        }
        guard Self.isSpecial(scheme) else {
            if startsWithSlashes(2, orBackslashes: false) {
                rest = rest.dropFirst(2)
                return parseAuthority(scheme)
            }
            if rest.first == UInt8(ascii: "/") {
                return parsePath(Authority(scheme: scheme), above: [])
            }
            return parseOpaque(scheme)
        }
        // "https:folder" is relative to a base of the same scheme.
        if let base, base.scheme == scheme, !startsWithSlashes(2, orBackslashes: false) {
            return parseRelative(to: base)
        }
        skipSlashes()
        return parseAuthority(scheme)
    }

    // MARK: Beginnings

    private mutating func takeScheme() -> String? {
        guard let first = rest.first, PercentEncoding.isAlphanumeric(first),
            !isDigit(first)
        else { return nil }
        let end = rest.firstIndex {
            !PercentEncoding.isAlphanumeric($0) && !"+-.".utf8.contains($0)
        }
        guard let end, rest[end] == UInt8(ascii: ":") else { return nil }
        let scheme = asciiLowercased(rest[..<end])
        rest = rest[(end + 1)...]
        return scheme
    }

    private mutating func parseWithoutScheme() -> WebAddress? {
        guard let base else { return nil }
        if base.isOpaque {
            guard rest.first == UInt8(ascii: "#") else { return nil }
            return base.replacing(query: base.query, fragment: takeQueryAndFragment(base).fragment)
        }
        return base.scheme == "file" ? parseFile(base) : parseRelative(to: base)
    }

    private mutating func parseRelative(to base: WebAddress) -> WebAddress? {
        let isSpecial = Self.isSpecial(base.scheme)
        if startsWithSlashes(2, orBackslashes: isSpecial) {
            rest = rest.dropFirst(2)
            if isSpecial { skipSlashes() }
            return parseAuthority(base.scheme)
        }
        return parseBelow(base)
    }

    private mutating func parseFile(_ base: WebAddress?) -> WebAddress? {
        if startsWithSlashes(2, orBackslashes: true) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex { isSlash($0, true) || isQueryOrFragment($0) }
            let name = rest[..<(end ?? rest.endIndex)]
            rest = rest[name.endIndex...]
            var authority = Authority(scheme: "file")
            authority.host = ""
            if !name.isEmpty {
                guard let host = WebHost.parse(name, isSpecial: true) else { return nil }
                authority.host = host == "localhost" ? "" : host
            }
            return parsePath(authority, above: [])
        }
        if let base { return parseBelow(base) }
        var authority = Authority(scheme: "file")
        authority.host = ""
        return parsePath(authority, above: [])
    }

    /// What follows is a path, a query or a fragment relative to `base`.
    private mutating func parseBelow(_ base: WebAddress) -> WebAddress? {
        let authority = Authority(base)
        guard let first = rest.first else {
            return base.replacing(query: base.query, fragment: nil)
        }
        if isSlash(first, Self.isSpecial(base.scheme)) { return parsePath(authority, above: []) }
        if first == UInt8(ascii: "?") || first == UInt8(ascii: "#") {
            let parts = takeQueryAndFragment(base)
            let query = first == UInt8(ascii: "?") ? parts.query : base.query
            return base.replacing(query: query, fragment: parts.fragment)
        }
        return parsePath(authority, above: base.pathSegments.dropLast().map(String.init))
    }

    // MARK: Parts

    private struct Authority {
        var scheme: String
        var userInformation: String?
        var host: String?
        var port: Int?

        init(scheme: String) {
            self.scheme = scheme
        }

        init(_ base: WebAddress) {
            scheme = base.scheme
            userInformation = base.userInformation
            host = base.host
            port = base.port
        }
    }

    private mutating func parseAuthority(_ scheme: String) -> WebAddress? {
        let isSpecial = Self.isSpecial(scheme)
        let end = rest.firstIndex { isSlash($0, isSpecial) || isQueryOrFragment($0) }
        var name = rest[..<(end ?? rest.endIndex)]
        rest = rest[name.endIndex...]
        var authority = Authority(scheme: scheme)
        var hasUserInformation = false
        if let at = name.lastIndex(of: UInt8(ascii: "@")) {
            authority.userInformation = userInformation(name[..<at])
            name = name[(at + 1)...]
            hasUserInformation = true
        }
        var hasPort = false
        if let colon = name.lastIndex(of: UInt8(ascii: ":")),
            !name[colon...].contains(UInt8(ascii: "]"))
        {
            guard let port = port(name[(colon + 1)...], scheme) else { return nil }
            authority.port = port.number
            name = name[..<colon]
            hasPort = true
        }
        if name.isEmpty {
            guard !isSpecial, !hasUserInformation, !hasPort else { return nil }
            authority.host = ""
        } else {
            guard let host = WebHost.parse(name, isSpecial: isSpecial) else { return nil }
            authority.host = host
        }
        return parsePath(authority, above: [])
    }

    private func userInformation(_ text: ArraySlice<UInt8>) -> String? {
        let halves = text.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false
        ).map { PercentEncoding.encode(String(decoding: $0, as: UTF8.self), .userInformation) }
        guard halves.contains(where: { !$0.isEmpty }) else { return nil }
        return halves.count == 1 || halves[1].isEmpty ? halves[0] : "\(halves[0]):\(halves[1])"
    }

    /// The number is nil for the default port and for none; the whole nil for no port at all.
    private func port(_ text: ArraySlice<UInt8>, _ scheme: String) -> (number: Int?, Void)? {
        guard !text.isEmpty else { return (nil, ()) }
        var number = 0
        for byte in text {
            guard isDigit(byte), number <= 65_535 else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard number <= 65_535 else { return nil }
        return (number == Self.defaultPort(of: scheme) ? nil : number, ())
    }

    private mutating func parsePath(_ authority: Authority, above: [String]) -> WebAddress? {
        let isSpecial = Self.isSpecial(authority.scheme)
        let end = rest.firstIndex(where: isQueryOrFragment)
        let text = rest[..<(end ?? rest.endIndex)]
        rest = rest[text.endIndex...]
        let path: String
        if text.isEmpty, above.isEmpty, !isSpecial {
            path = ""
        } else {
            path = Self.path(of: text, above: above, isSpecial: isSpecial)
        }
        var address = WebAddress(
            scheme: authority.scheme, userInformation: authority.userInformation,
            host: authority.host, port: authority.port, path: path, isOpaque: false, query: nil,
            fragment: nil)
        let parts = takeQueryAndFragment(address)
        address = address.replacing(query: parts.query, fragment: parts.fragment)
        return address
    }

    private mutating func parseOpaque(_ scheme: String) -> WebAddress? {
        let end = rest.firstIndex(where: isQueryOrFragment)
        let text = rest[..<(end ?? rest.endIndex)]
        rest = rest[text.endIndex...]
        var path: [UInt8] = []
        for byte in text {
            PercentEncoding.append(byte, to: &path, encoded: byte <= 0x1F || byte >= 0x7F)
        }
        let address = WebAddress(
            scheme: scheme, userInformation: nil, host: nil, port: nil,
            path: String(decoding: path, as: UTF8.self), isOpaque: true, query: nil, fragment: nil)
        let parts = takeQueryAndFragment(address)
        return address.replacing(query: parts.query, fragment: parts.fragment)
    }

    private mutating func takeQueryAndFragment(
        _ address: WebAddress
    ) -> (query: String?, fragment: String?) {
        var query: String?
        var fragment: String?
        if let hash = rest.firstIndex(of: UInt8(ascii: "#")) {
            let text = String(decoding: rest[(hash + 1)...], as: UTF8.self)
            fragment = PercentEncoding.encode(text, .fragment)
            rest = rest[..<hash]
        }
        if rest.first == UInt8(ascii: "?") {
            let text = String(decoding: rest.dropFirst(), as: UTF8.self)
            let part: PercentEncoding.Part =
                Self.isSpecial(address.scheme) ? .specialQuery : .query
            query = PercentEncoding.encode(text, part)
        }
        rest = []
        return (query, fragment)
    }

    // MARK: Paths

    /// The path for a text that is nothing else: `?` and `#` in it are encoded.
    static func path(of text: String, isSpecial: Bool) -> String {
        let bytes = text.utf8.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return path(of: bytes[...], above: [], isSpecial: isSpecial)
    }

    private static func path(
        of text: ArraySlice<UInt8>, above: [String], isSpecial: Bool
    ) -> String {
        var names = above
        var parts = text.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || isSpecial && $0 == UInt8(ascii: "\\")
        }
        // The slash that begins a path begins its first name.
        if parts.count > 1, parts[0].isEmpty { parts.removeFirst() }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch asciiLowercased(part) {
            case "..", ".%2e", "%2e.", "%2e%2e":
                names = names.dropLast()
                if isLast { names.append("") }
            case ".", "%2e":
                if isLast { names.append("") }
            default:
                names.append(
                    PercentEncoding.encode(String(decoding: part, as: UTF8.self), .path))
            }
        }
        return "/" + names.joined(separator: "/")
    }

    // MARK: Characters

    private func startsWithSlashes(_ count: Int, orBackslashes: Bool) -> Bool {
        rest.count >= count && rest.prefix(count).allSatisfy { isSlash($0, orBackslashes) }
    }

    private mutating func skipSlashes() {
        rest = rest.drop { isSlash($0, true) }
    }

    private func isSlash(_ byte: UInt8, _ orBackslash: Bool) -> Bool {
        byte == UInt8(ascii: "/") || orBackslash && byte == UInt8(ascii: "\\")
    }

    private func isQueryOrFragment(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// Letters of ASCII in lower case; everything else as it is.
func asciiLowercased(_ bytes: some Sequence<UInt8>) -> String {
    String(
        decoding: bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
}

extension WebAddress {
    fileprivate func replacing(query: String?, fragment: String?) -> WebAddress {
        WebAddress(
            scheme: scheme, userInformation: userInformation, host: host, port: port, path: path,
            isOpaque: isOpaque, query: query, fragment: fragment)
    }
}
