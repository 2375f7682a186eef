/// An absolute address, as `new URL(text)` of browsers and of Node.js understands it.
///
/// Follows the URL Standard (url.spec.whatwg.org) in what counts as absolute, in how a relative
/// text is resolved, and in what is percent-encoded where, with two differences on the safe side:
/// a host with a character outside ASCII is refused (write its `xn--` form), because letters that
/// look like others turn into them; and `blob:` and Windows drive letters have no rules of their
/// own. All parts are kept percent-encoded as they are sent. Pure; no input can make it trap, and
/// each takes time linear in its length.
package struct WebAddress: Equatable, Sendable {
    /// In lower case, without the colon.
    package let scheme: String
    /// The user name and password as written, percent-encoded, such as `ada:secret`.
    package let userInformation: String?
    /// In lower case; IPv4 in four decimal numbers, IPv6 in brackets.
    ///
    /// Nil where the scheme has none, empty for `file:`.
    package let host: String?
    /// Nil if it is the one that the scheme has by default.
    package let port: Int?
    /// Begins with `/` except where `isOpaque`.
    package private(set) var path: String
    /// Whether the path has no structure, as in `mailto:a@b`.
    package let isOpaque: Bool
    /// Without its `?`; nil if there is no `?`, or nothing behind it after `withQuery`.
    package private(set) var query: String?
    /// Without its `#`.
    package private(set) var fragment: String?

    init(
        scheme: String, userInformation: String?, host: String?, port: Int?, path: String,
        isOpaque: Bool, query: String?, fragment: String?
    ) {
        self.scheme = scheme
        self.userInformation = userInformation
        self.host = host
        self.port = port
        self.path = path
        self.isOpaque = isOpaque
        self.query = query
        self.fragment = fragment
    }

    /// Reads an absolute address; nil if the text is none.
    package init?(_ text: String) {
        self.init(text, relativeTo: nil)
    }

    /// Resolves a text against an address; an absolute text stands for itself.
    ///
    /// - Returns: Nil if the text is neither absolute nor can be resolved.
    package init?(_ text: String, relativeTo base: WebAddress?) {
        var parser = WebAddressParser(text, base: base)
        guard let parsed = parser.parse() else { return nil }
        self = parsed
    }

    /// The address as text, with everything in its canonical form.
    package var text: String {
        var text = scheme + ":"
        if let host {
            text += "//"
            if let userInformation { text += userInformation + "@" }
            text += host
            if let port { text += ":\(port)" }
        } else if !isOpaque, path.hasPrefix("//") {
            // Else the path would be read as a host.
            text += "/."
        }
        text += path
        if let query { text += "?" + query }
        if let fragment { text += "#" + fragment }
        return text
    }

    /// The host, with the port if it is not the scheme's own, as `integrations` names hosts.
    package var hostAndPort: String {
        guard let port else { return host ?? "" }
        return "\(host ?? ""):\(port)"
    }

    /// Scheme, host and port: what two addresses share whose server is the same.
    package var origin: String {
        "\(scheme)://\(hostAndPort)"
    }

    /// The port that a connection goes to, if the scheme has a default or one is named.
    package var effectivePort: Int? {
        port ?? WebAddressParser.defaultPort(of: scheme)
    }

    /// The same address with another path, percent-encoded and with dot segments resolved.
    package func withPath(_ path: String) -> WebAddress {
        guard !isOpaque else { return self }
        var changed = self
        changed.path = WebAddressParser.path(
            of: path, isSpecial: WebAddressParser.isSpecial(scheme))
        return changed
    }

    /// The same address with another query, percent-encoded; without one if it is nil or empty.
    package func withQuery(_ query: String?) -> WebAddress {
        var changed = self
        changed.query = query.flatMap { query in
            query.isEmpty
                ? nil
                : PercentEncoding.encode(
                    query,
                    WebAddressParser.isSpecial(scheme) ? .specialQuery : .query)
        }
        return changed
    }

    /// The same address with another fragment, percent-encoded; without one if it is nil or empty.
    package func withFragment(_ fragment: String?) -> WebAddress {
        var changed = self
        changed.fragment = fragment.flatMap {
            $0.isEmpty ? nil : PercentEncoding.encode($0, .fragment)
        }
        return changed
    }

    /// The names between the slashes of the path, still percent-encoded; the last is empty if the
    /// path ends with a slash.
    package var pathSegments: [Substring] {
        guard !isOpaque, path.hasPrefix("/") else { return [] }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }
}

/// An address as text without user name and password, for what people and logs are shown.
///
/// By the text alone, since what is no address may hold a password, too.
package func withoutCredentials(_ address: String) -> String {
    let bytes = Array(address.utf8)
    let slashes = Array("://".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: slashes) }) else {
        return address
    }
    let authority = bytes[(start + 3)...].prefix { !"/\\?#".utf8.contains($0) }
    guard let end = authority.lastIndex(of: UInt8(ascii: "@")) else { return address }
    return String(decoding: bytes[..<(start + 3)] + bytes[(end + 1)...], as: UTF8.self)
}
