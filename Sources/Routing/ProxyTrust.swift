package import Inbound

/// Whose word is taken for where a request came from (`backend.trustProxy`).
///
/// As Express has it: the chain begins with the socket's other end and goes on through
/// `X-Forwarded-For` from its end; the caller is the first that is not trusted. Whether the proxies'
/// other headers count is the question of the socket's other end alone. A pure value.
package struct ProxyTrust: Sendable {
    /// What in a list is no address.
    package struct Fault: Error, CustomStringConvertible {
        /// As it was written.
        package let text: String

        /// One sentence for people.
        package var description: String {
            "\"\(text)\" is neither an address, nor a subnet such as 10.0.0.0/8, nor loopback, "
                + "linklocal or uniquelocal"
        }
    }

    private enum Rule {
        case nobody
        case everybody
        case hops(Int)
        case subnets([Subnet])
    }

    private let rule: Rule

    /// Nobody's: headers are ignored.
    package static let nobody = ProxyTrust(rule: .nobody)
    /// Everybody's; callers can then write what they like, unless a proxy takes it away.
    package static let everybody = ProxyTrust(rule: .everybody)

    /// That of so many proxies before the portal.
    package static func hops(_ count: Int) -> ProxyTrust { ProxyTrust(rule: .hops(count)) }

    private init(rule: Rule) {
        self.rule = rule
    }

    /// That of machines with these addresses.
    ///
    /// - Parameter texts: addresses, subnets, and the names `loopback`, `linklocal` and
    ///   `uniquelocal`; each also several, parted by commas.
    package init(addresses texts: [String]) throws(Fault) {
        var subnets: [Subnet] = []
        for text in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let word = text.drop { $0 == " " }
            let name = String(word.prefix { $0 != " " })
            guard word.dropFirst(name.count).allSatisfy({ $0 == " " }) else {
                throw Fault(text: String(text))
            }
            if let known = Self.named[name] {
                subnets += known.compactMap { Subnet($0) }
            } else if let subnet = Subnet(name) {
                subnets.append(subnet)
            } else {
                throw Fault(text: name)
            }
        }
        rule = .subnets(subnets)
    }

    private static let named = [
        "loopback": ["127.0.0.0/8", "::1"], "linklocal": ["169.254.0.0/16", "fe80::/10"],
        "uniquelocal": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    ]

    /// Whether the machine at a place of the chain is trusted; the socket's other end is 0.
    private func trusts(_ address: InternetAddress?, at place: Int) -> Bool {
        switch rule {
        case .nobody: false
        case .everybody: true
        case .hops(let count): place < count
        case .subnets(let subnets):
            // A Unix socket has no address, and is of this machine.
            subnets.contains { $0.contains(address ?? .loopback) }
        }
    }

    private func trustsPeer(_ head: RequestHead) -> Bool {
        if case .nobody = rule { return false }
        return trusts(InternetAddress(head.peer), at: 0)
    }

    /// The address of who sent the request, as far as it is known; empty on a Unix socket.
    ///
    /// What is no address in the chain ends it: the last trusted one is then the caller.
    package func client(of head: RequestHead) -> String {
        guard trustsPeer(head) else { return head.peer }
        var client = head.peer
        let chain = head.headers.all("X-Forwarded-For").joined(separator: ",")
            .split(separator: ",", omittingEmptySubsequences: false)
        for (index, entry) in chain.reversed().enumerated() {
            guard let address = InternetAddress(forwarded: entry) else { return client }
            client = address.text
            guard trusts(address, at: index + 1) else { return client }
        }
        return client
    }

    /// The host that the caller asked for, with the port where there is one; nil where that is not
    /// known.
    package func host(of head: RequestHead) -> String? {
        if trustsPeer(head), let host = Self.first(of: head, "X-Forwarded-Host"),
            host.utf8.count <= 255, host.utf8.allSatisfy(Self.isOfHost)
        {
            return host
        }
        return head.headers["Host"]
    }

    /// `http` or `https`, as the caller spoke it; nil where that is not known, because a proxy that
    /// is not trusted may have spoken either.
    package func scheme(of head: RequestHead) -> String? {
        if trustsPeer(head),
            let scheme = Self.first(of: head, "X-Forwarded-Proto")?.lowercased(),
            scheme == "http" || scheme == "https"
        {
            return scheme
        }
        return head.isSecure ? "https" : nil
    }

    /// The first of several values of a header: that of the proxy that is nearest to the caller.
    private static func first(of head: RequestHead, _ name: String) -> String? {
        guard let value = head.headers[name] else { return nil }
        var first = value.prefix { $0 != "," }.drop { $0 == " " }
        while first.last == " " { first = first.dropLast() }
        return first.isEmpty ? nil : String(first)
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        // - . : [ ] _
        case 0x2d, 0x2e, 0x3a, 0x5b, 0x5d, 0x5f: true
        default: false
        }
    }
}
