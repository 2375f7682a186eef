/// One host, or all hosts below a name, that may be asked: an entry of `backend.reading.allow`.
package struct HostRule: Equatable, Sendable {
    /// What is wrong with the host of a rule.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        /// The host as it was written.
        package let host: String

        /// One sentence for people.
        package var description: String {
            "\"\(host)\" is no host: write a name, \"*.\" and a name, or either with a port "
                + "(\"example.com:8443\") or ports (\"example.com:8000-8100\")."
        }
    }

    private let name: String
    private let isWildcard: Bool
    /// Nil: the default port of the scheme only.
    private let ports: ClosedRange<Int>?
    private let paths: [String]?
    private let reachesPrivate: Bool

    /// Reads an entry.
    ///
    /// - Parameters:
    ///   - host: A name, `*.` and a name (everything below it, not the name itself), or an IP
    ///     address (IPv6 in brackets), each with `:port` or `:first-last` if it is not the
    ///     scheme's own port.
    ///   - paths: Beginnings of paths, compared as text, of which one must match; nil for all.
    /// - Throws: If the host is none.
    package init(host: String, paths: [String]? = nil) throws(Fault) {
        try self.init(host: host, paths: paths, reachesPrivate: !host.hasPrefix("*"))
    }

    init(host: String, paths: [String]?, reachesPrivate: Bool) throws(Fault) {
        var rest = host[...]
        isWildcard = rest.hasPrefix("*.")
        if isWildcard { rest = rest.dropFirst(2) }
        var ports: ClosedRange<Int>?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let range = Self.ports(rest[rest.index(after: colon)...]) else {
                throw Fault(host: host)
            }
            ports = range
            rest = rest[..<colon]
        }
        // The spelling of addresses, so that rule and address are compared in the same one.
        guard !rest.contains(where: { "/?#@*%\\".contains($0) }),
            let name = WebHost.parse(ArraySlice(rest.utf8), isSpecial: true),
            !isWildcard || NetworkAddress(host: name) == nil
        else { throw Fault(host: host) }
        self.name = name
        self.ports = ports
        self.paths = paths
        self.reachesPrivate = reachesPrivate
    }

    private static func ports(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
            first > 0, last <= 65_535, first <= last
        else { return nil }
        return first...last
    }

    fileprivate func matches(_ address: WebAddress) -> Bool {
        guard let host = address.host else { return false }
        guard isWildcard ? host.hasSuffix("." + name) : host == name else { return false }
        if let ports {
            guard let port = address.effectivePort, ports.contains(port) else { return false }
        } else {
            guard address.port == nil else { return false }
        }
        guard let paths else { return true }
        // A server may take an encoded ".." for one; a rule about paths must not be evaded so.
        guard RepositoryNames.isSafe(address.path) else { return false }
        return paths.contains { address.path.utf8.starts(with: $0.utf8) }
    }

    /// Whether the host is named in full, so that it is meant even if it is a private one.
    fileprivate var isForPrivateAddresses: Bool { reachesPrivate }
}

/// Which hosts may be asked, and with which of them a private network address is meant.
///
/// A host that a rule names in full may have any address, `localhost` too; one that only `*.name`
/// covers must have a public address, because whoever can make names below it could point one at
/// the machine of the portal or at a cloud's metadata service.
package struct OutboundPolicy: Sendable {
    /// The addresses that a host may turn out to have.
    enum Reach: Equatable, Sendable {
        case any
        case publicOnly
    }

    private let rules: [HostRule]

    /// Allows what one of the rules allows.
    package init(allowing rules: [HostRule]) {
        self.rules = rules
    }

    /// Allows what one of the rules allows, and the pages and APIs of the hosts of repositories.
    package init(allowing rules: [HostRule], and repositories: RepositoryHosts) {
        self.rules = rules + repositories.all.flatMap(Self.rules)
    }

    /// Nil if no rule allows the address.
    func reach(of address: WebAddress) -> Reach? {
        let matching = rules.filter { $0.matches(address) }
        guard !matching.isEmpty else { return nil }
        return matching.contains { $0.isForPrivateAddresses } ? .any : .publicOnly
    }

    private static func rules(for host: RepositoryHost) -> [HostRule] {
        let bases = [host.baseURL, host.apiBaseURL, host.rawBaseURL]
        var names = bases.compactMap { $0.flatMap { WebAddress($0)?.hostAndPort } } + [host.host]
        // Where the archives are that its API redirects to.
        if host.provider == .github { names.append("codeload.\(host.host)") }
        let publicHosts = ["github.com", "gitlab.com", "bitbucket.org", "dev.azure.com"]
        let isPublic = publicHosts.contains(host.host)
        return names.compactMap {
            try? HostRule(host: $0, paths: nil, reachesPrivate: !isPublic)
        }
    }
}
