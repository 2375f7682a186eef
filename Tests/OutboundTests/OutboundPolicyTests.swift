import Testing

@testable import Outbound

@Suite struct `The outbound policy` {
    /// Host of the rule, paths, address, what may be reached.
    static let rules: [(String, [String]?, String, OutboundPolicy.Reach?)] = [
        ("example.com", nil, "https://example.com/a", .any),
        ("example.com", nil, "http://EXAMPLE.com:80/a", .any),
        ("Example.COM", nil, "https://example.com/", .any),
        ("example.com", nil, "https://example.com:8443/", nil),
        ("example.com", nil, "https://a.example.com/", nil),
        ("example.com", nil, "https://example.com.evil.org/", nil),
        ("example.com", nil, "https://notexample.com/", nil),
        ("example.com:8443", nil, "https://example.com:8443/", .any),
        ("example.com:8443", nil, "https://example.com/", nil),
        ("example.com:443", nil, "https://example.com/", .any),
        ("example.com:443", nil, "http://example.com/", nil),
        ("example.com:8000-8100", nil, "http://example.com:8100/", .any),
        ("example.com:8000-8100", nil, "http://example.com:8101/", nil),
        ("*.example.com", nil, "https://a.example.com/", .publicOnly),
        ("*.example.com", nil, "https://a.b.example.com/", .publicOnly),
        ("*.example.com", nil, "https://example.com/", nil),
        ("*.example.com", nil, "https://badexample.com/", nil),
        ("*.example.com:9000", nil, "https://a.example.com:9000/", .publicOnly),
        ("localhost:9911", nil, "http://localhost:9911/x", .any),
        ("localhost:9911", nil, "http://127.0.0.1:9911/x", nil),
        ("127.0.0.1:9911", nil, "http://0x7f.1:9911/x", .any),
        ("[::1]:9911", nil, "http://[0::1]:9911/x", .any),
        ("example.com", ["/a/"], "https://example.com/a/b", .any),
        ("example.com", ["/a/", "/c"], "https://example.com/c", .any),
        ("example.com", ["/a/"], "https://example.com/ab", nil),
        ("example.com", ["/a/"], "https://example.com/a/../b", nil),
        ("example.com", ["/a/"], "https://example.com/a/%2e%2e/b", nil),
        ("example.com", ["/a/"], "https://example.com/a/..%2fb", nil),
        ("example.com", ["/a/"], "https://example.com/a/%252e%252e%252fb", nil),
        ("example.com", ["/a/"], "https://example.com//a/b", nil),
    ]

    @Test(arguments: rules)
    func `allows what a rule names`(
        host: String, paths: [String]?, url: String, reach: OutboundPolicy.Reach?
    ) throws {
        let policy = OutboundPolicy(allowing: [try HostRule(host: host, paths: paths)])
        #expect(policy.reach(of: try #require(WebAddress(url))) == reach)
    }

    @Test(arguments: [
        "", "*", "*.", "a/b", "a:b", "a:0", "a:70000", "a:9-8", "a:1-2-3", "a b", "http://a", "u@a",
        "a.*.b", "*.1.2.3.4", "ä.de", "[::1", "a:", "*.a%2eb",
    ])
    func `refuses a rule whose host is none`(host: String) {
        #expect(throws: HostRule.Fault(host: host)) { _ = try HostRule(host: host) }
    }

    @Test func `the hosts of repositories are allowed, private ones only if configured`() throws {
        let hosts = RepositoryHosts(configured: [
            RepositoryHost(.github, host: "ghe.corp.example"),
            RepositoryHost(.gitlab, host: "localhost:7822", baseURL: "http://localhost:7822"),
        ])
        let policy = OutboundPolicy(allowing: [], and: hosts)
        let table: [(String, OutboundPolicy.Reach?)] = [
            ("https://ghe.corp.example/api/v3/x", .any),
            ("https://codeload.ghe.corp.example/x", .any),
            ("http://localhost:7822/api/v4/x", .any),
            ("http://localhost:7823/", nil),
            ("https://api.github.com/x", .publicOnly),
            ("https://codeload.github.com/x", .publicOnly),
            ("https://raw.githubusercontent.com/x", .publicOnly),
            ("https://bitbucket.org/x", .publicOnly),
            ("https://api.bitbucket.org/x", .publicOnly),
            ("https://example.com/", nil),
        ]
        for (url, reach) in table {
            #expect(policy.reach(of: try #require(WebAddress(url))) == reach, "\(url)")
        }
    }

    @Test(arguments: [
        ("127.0.0.1", false), ("127.255.0.3", false), ("0.0.0.0", false), ("10.1.2.3", false),
        ("172.16.0.1", false), ("172.31.255.255", false), ("172.32.0.1", true),
        ("192.168.1.1", false), ("192.169.1.1", true), ("169.254.169.254", false),
        ("100.64.0.1", false), ("100.100.100.200", false), ("100.128.0.1", true),
        ("198.19.0.1", false), ("192.0.0.1", false), ("224.0.0.1", false),
        ("255.255.255.255", false), ("8.8.8.8", true), ("1.1.1.1", true),
        ("[::]", false), ("[::1]", false), ("[::7f00:1]", false), ("[::ffff:127.0.0.1]", false),
        ("[::ffff:8.8.8.8]", true), ("[64:ff9b::10.0.0.1]", false), ("[64:ff9b::8.8.8.8]", true),
        ("[64:ff9b:1::1]", false), ("[2002:7f00:1::]", false), ("[2002:808:808::]", true),
        ("[2001:0:1::1]", false), ("[fc00::1]", false), ("[fd00:ec2::254]", false),
        ("[fe80::1]", false), ("[febf::1]", false), ("[fec0::1]", false), ("[ff02::1]", false),
        ("[100::1]", false), ("[2606:4700::1111]", true), ("[2a00:1450::1]", true),
    ])
    func `tells public addresses from all others`(host: String, isPublic: Bool) throws {
        let name = try #require(WebAddress("http://\(host)")?.host)
        let address = try #require(NetworkAddress(host: name))
        #expect(address.isPublic == isPublic)
        #expect(NetworkAddress(host: "example.com") == nil)
    }
}
