import Inbound
import Routing
import Testing

struct ProxyTrustTests {
    /// How `backend.trustProxy` may be written.
    enum Setting: Sendable, CustomTestStringConvertible {
        case nobody, everybody
        case hops(Int)
        case addresses([String])

        var trust: ProxyTrust {
            get throws {
                switch self {
                case .nobody: .nobody
                case .everybody: .everybody
                case .hops(let count): .hops(count)
                case .addresses(let texts): try ProxyTrust(addresses: texts)
                }
            }
        }

        var testDescription: String { "\(self)" }
    }

    private static func head(_ peer: String, _ headers: [String: String]) -> RequestHead {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        return RequestHead(method: .get, target: "/", headers: fields, peer: peer)
    }

    private static let inner = Setting.addresses(["loopback, 10.0.0.0/8", "2001:db8:1::/48"])

    @Test(
        arguments: [
            // Nobody is trusted.
            (.nobody, "10.0.0.1", "1.2.3.4", "10.0.0.1"),
            (.hops(0), "10.0.0.1", "1.2.3.4", "10.0.0.1"),
            (.addresses([]), "10.0.0.1", "1.2.3.4", "10.0.0.1"),
            // Everybody: the leftmost, which the caller wrote.
            (.everybody, "9.9.9.9", "1.2.3.4, 5.6.7.8", "1.2.3.4"),
            (.everybody, "9.9.9.9", "", "9.9.9.9"),
            // So many proxies; what is before them is the caller's own word.
            (.hops(1), "10.0.0.1", "1.2.3.4", "1.2.3.4"),
            (.hops(1), "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            (.hops(2), "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
            (.hops(2), "10.0.0.1", "1.2.3.4", "1.2.3.4"), (.hops(3), "10.0.0.1", "", "10.0.0.1"),
            // Those of some addresses: the first that is none of them.
            (inner, "10.0.0.1", "1.2.3.4", "1.2.3.4"), (inner, "11.0.0.1", "1.2.3.4", "11.0.0.1"),
            (inner, "127.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
            (inner, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            (inner, "2001:db8:1::5", "2001:DB8:2:0::0001", "2001:db8:2::1"),
            (inner, "2001:db8:2::5", "1.2.3.4", "2001:db8:2::5"),
            (inner, "::1", "1.2.3.4", "1.2.3.4"), (inner, "", "1.2.3.4", "1.2.3.4"),
            (inner, "::ffff:10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
            (.addresses(["linklocal"]), "169.254.7.7", "1.2.3.4", "1.2.3.4"),
            (.addresses(["linklocal"]), "fe80::1", "1.2.3.4", "1.2.3.4"),
            (.addresses(["uniquelocal"]), "172.31.0.1", "192.168.0.1, fd00::1", "192.168.0.1"),
            (.addresses(["uniquelocal"]), "172.32.0.1", "1.2.3.4", "172.32.0.1"),
            (.addresses(["192.0.2.0/255.255.255.128"]), "192.0.2.127", "1.2.3.4", "1.2.3.4"),
            (.addresses(["192.0.2.0/255.255.255.128"]), "192.0.2.128", "1.2.3.4", "192.0.2.128"),
            (.addresses(["192.0.2.1"]), "192.0.2.1", "1.2.3.4", "1.2.3.4"),
            (.addresses(["::ffff:10.0.0.0/104"]), "10.2.3.4", "1.2.3.4", "1.2.3.4"),
            (.addresses(["2001:db8::/33"]), "2001:db8:8000::1", "1.2.3.4", "2001:db8:8000::1"),
            (.addresses(["2001:db8::/33"]), "2001:db8:7fff::1", "1.2.3.4", "1.2.3.4"),
            // With ports, as some proxies write them.
            (.hops(1), "10.0.0.1", "1.2.3.4:5678", "1.2.3.4"),
            (.hops(1), "10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
            (.hops(1), "10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
            // Garbage ends the chain, and never gets into the log.
            (.everybody, "10.0.0.1", "1.2.3.4, unknown, 10.0.0.2", "10.0.0.2"),
            (.everybody, "10.0.0.1", "<script>", "10.0.0.1"),
            (.everybody, "10.0.0.1", ",,", "10.0.0.1"),
            (.everybody, "10.0.0.1", "1.2.3.4,", "10.0.0.1"),
            (.everybody, "10.0.0.1", "1.2.3.256", "10.0.0.1"),
            (.everybody, "10.0.0.1", "0x1.2.3.4", "10.0.0.1"),
            (.everybody, "10.0.0.1", "1.2.3", "10.0.0.1"),
            (.everybody, "10.0.0.1", "fe80::1%eth0", "10.0.0.1"),
            (.everybody, "10.0.0.1", "1.2.3.4:x", "10.0.0.1"),
            (.everybody, "10.0.0.1", "[::1", "10.0.0.1"),
            (.everybody, "10.0.0.1", "::1]", "10.0.0.1"),
            (.everybody, "10.0.0.1", "[::1]x", "10.0.0.1"),
            (.everybody, "10.0.0.1", "1.2.3.4 5.6.7.8", "10.0.0.1"),
            (.everybody, "10.0.0.1", String(repeating: "1", count: 4000), "10.0.0.1"),
        ] as [(Setting, String, String, String)])
    func `the caller is the first in the chain that is not trusted`(
        setting: Setting, peer: String, chain: String, client: String
    ) throws {
        let headers = chain.isEmpty ? [:] : ["X-Forwarded-For": chain]
        #expect(try setting.trust.client(of: Self.head(peer, headers)) == client)
    }

    @Test func `several headers are one chain`() {
        var head = HTTPHeaders()
        for value in ["6.6.6.6", "1.2.3.4", "10.0.0.2"] { head.add("x-forwarded-for", value) }
        let request = RequestHead(method: .get, target: "/", headers: head, peer: "10.0.0.1")
        #expect(ProxyTrust.hops(2).client(of: request) == "1.2.3.4")
    }

    @Test(arguments: [
        "localhost", "10.0.0.0/33", "10.0.0.0/0", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.0/8/8",
        "10.0.0.0/255.0.255.0", "10.0.0.0/0.0.0.0", "::1/129", "::1/255.0.0.0", "", "a, b",
        "loopback linklocal", "10.0.0.256", "true", "1", "::ffff:10.0.0.0/90",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: ProxyTrust.Fault.self) { try ProxyTrust(addresses: ["loopback", text]) }
    }

    @Test(
        arguments: [
            ("10.0.0.1", [:], "inner:7007", nil),
            ("10.0.0.1", ["X-Forwarded-Host": "portal.example"], "portal.example", nil),
            ("10.0.0.1", ["X-Forwarded-Host": "a.example:8443 , b.example"], "a.example:8443", nil),
            ("10.0.0.1", ["X-Forwarded-Host": "[::1]:80"], "[::1]:80", nil),
            ("10.0.0.1", ["X-Forwarded-Host": "a/b"], "inner:7007", nil),
            ("10.0.0.1", ["X-Forwarded-Host": "a@b"], "inner:7007", nil),
            ("10.0.0.1", ["X-Forwarded-Host": ""], "inner:7007", nil),
            ("10.0.0.1", ["X-Forwarded-Host": ", b.example"], "inner:7007", nil),
            ("10.0.0.1", ["X-Forwarded-Proto": "https"], "inner:7007", "https"),
            ("10.0.0.1", ["X-Forwarded-Proto": "HTTP, https"], "inner:7007", "http"),
            ("10.0.0.1", ["X-Forwarded-Proto": "javascript"], "inner:7007", nil),
            (
                "1.2.3.4", ["X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"],
                "inner:7007", nil
            ),
        ] as [(String, [String: String], String, String?)])
    func `host and scheme are the nearest proxy's word, if it is trusted`(
        peer: String, headers: [String: String], host: String, scheme: String?
    ) throws {
        let head = Self.head(peer, headers.merging(["Host": "inner:7007"]) { $1 })
        let trust = try ProxyTrust(addresses: ["10.0.0.0/8"])
        #expect(trust.host(of: head) == host)
        #expect(trust.scheme(of: head) == scheme)
        #expect(ProxyTrust.nobody.host(of: head) == "inner:7007")
        #expect(ProxyTrust.nobody.scheme(of: head) == nil)
    }

    @Test(arguments: [
        ("https://portal.example", "portal.example", "https", true),
        ("https://portal.example", "portal.example", nil, true),
        ("http://portal.example", "portal.example", "https", false),
        ("https://evil.example", "portal.example", "https", false),
        ("https://inner", "portal.example", "https", false),
    ])
    func `a page of the host that the proxy was asked for is our own`(
        origin: String, host: String, scheme: String?, isAdmitted: Bool
    ) throws {
        var headers = ["Origin": origin, "Host": "inner", "X-Forwarded-Host": host]
        headers["X-Forwarded-Proto"] = scheme
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        func admits(_ peer: String) throws -> Bool {
            CrossSiteGuard(ownOrigins: [], trust: try ProxyTrust(addresses: ["loopback"])).admits(
                RequestHead(method: .post, target: "/", headers: fields, peer: peer))
        }
        #expect(try admits("127.0.0.1") == isAdmitted)
        #expect(try admits("1.2.3.4") == (origin == "https://inner"))
    }
}
