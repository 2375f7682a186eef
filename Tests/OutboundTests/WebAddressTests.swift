import Testing

@testable import Outbound

@Suite struct `A web address` {
    /// Text, base or "", expected or nil; each answer is that of `new URL(text, base)`.
    static let resolutions: [(String, String, String?)] = [
        ("https://example.com", "", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A?B#C", "", "https://example.com/A?B#C"),
        ("http://example.com:80/", "", "http://example.com/"),
        ("http://example.com:8080", "", "http://example.com:8080/"),
        ("http://example.com:", "", "http://example.com/"),
        ("http://example.com:080", "", "http://example.com/"),
        ("http://example.com:65536/", "", nil),
        ("http://example.com:99999999999999999999/", "", nil),
        ("http://example.com:8a/", "", nil),
        ("  https://example.com/a b  ", "", "https://example.com/a%20b"),
        ("ht\ntps://exa\tmple.com/\r\nx", "", "https://example.com/x"),
        ("https:example.com", "", "https://example.com/"),
        ("https:////example.com//a", "", "https://example.com//a"),
        ("https:\\\\example.com\\a\\..\\b", "", "https://example.com/b"),
        ("https://example.com/a/./b/../c/%2e%2E/d", "", "https://example.com/a/d"),
        ("https://example.com/../../a", "", "https://example.com/a"),
        ("https://example.com/a/..", "", "https://example.com/"),
        ("https://example.com/a/.", "", "https://example.com/a/"),
        ("https://example.com/..a/b..", "", "https://example.com/..a/b.."),
        (
            "https://example.com/ä/\"<>`{}|^", "",
            "https://example.com/%C3%A4/%22%3C%3E%60%7B%7D|%5E"
        ),
        ("https://example.com/%zz%41", "", "https://example.com/%zz%41"),
        ("https://example.com/?a=ü '\"#b c", "", "https://example.com/?a=%C3%BC%20%27%22#b%20c"),
        ("https://example.com?x#", "", "https://example.com/?x#"),
        ("https://ada:se%cret@example.com/", "", "https://ada:se%cret@example.com/"),
        ("https://a@b:c@example.com/", "", "https://a%40b:c@example.com/"),
        ("https://:@example.com/", "", "https://example.com/"),
        ("https://evil.com\\@example.com/", "", "https://evil.com/@example.com/"),
        ("https://exa%6Dple.com/", "", "https://example.com/"),
        ("https://exa mple.com/", "", nil),
        ("https://exa%20mple.com/", "", nil),
        ("https://a%00b/", "", nil),
        ("https://a<b/", "", nil),
        ("https://", "", nil),
        ("https://?x", "", nil),
        ("https:///", "", nil),
        ("https://@/x", "", nil),
        ("https://:80/", "", nil),
        // Other spellings of loopback and of metadata addresses become the one that rules know.
        ("http://127.1/", "", "http://127.0.0.1/"),
        ("http://2130706433/", "", "http://127.0.0.1/"),
        ("http://0x7f.0.0.1/", "", "http://127.0.0.1/"),
        ("http://0177.0.0.01/", "", "http://127.0.0.1/"),
        ("http://0xA9FEA9FE/latest", "", "http://169.254.169.254/latest"),
        ("http://127.0.0.1./", "", "http://127.0.0.1/"),
        ("http://0/", "", "http://0.0.0.0/"),
        ("http://256.0.0.1/", "", nil),
        ("http://1.2.3.4.5/", "", nil),
        ("http://1.2.3.09/", "", nil),
        ("http://4294967296/", "", nil),
        ("http://0xfffffffffffffffffff/", "", nil),
        ("http://a.b.c.d/", "", "http://a.b.c.d/"),
        ("http://[::1]:8080/", "", "http://[::1]:8080/"),
        ("http://[0:0:0:0:0:0:0:1]/", "", "http://[::1]/"),
        ("http://[::ffff:127.0.0.1]/", "", "http://[::ffff:7f00:1]/"),
        ("http://[1:0:0:2:0:0:0:3]/", "", "http://[1:0:0:2::3]/"),
        ("http://[FE80::A]/", "", "http://[fe80::a]/"),
        ("http://[fe80::1%25eth0]/", "", nil),
        ("http://[::1/", "", nil),
        ("http://[1:2]/", "", nil),
        ("http://[1:2:3:4:5:6:7:8:9]/", "", nil),
        ("http://[1::2::3]/", "", nil),
        ("http://[::1.2.3]/", "", nil),
        ("http://[::01.2.3.4]/", "", nil),
        ("http://[::12345]/", "", nil),
        // Not as browsers do: letters that only look like others are refused, not turned.
        ("https://exämple.com/", "", nil),
        ("https://\u{FF11}27.0.0.1/", "", nil),
        ("https://127\u{3002}0.0.1/", "", nil),
        ("https://xn--exmple-cua.com/", "", "https://xn--exmple-cua.com/"),
        ("", "", nil),
        ("a/b", "", nil),
        ("/a", "", nil),
        ("//example.com", "", nil),
        ("1http://a", "", nil),
        ("C:\\x", "", "c:\\x"),
        ("mailto:a@b.c", "", "mailto:a@b.c"),
        ("urn:x y?q", "", "urn:x y?q"),
        ("javascript:alert(1)", "", "javascript:alert(1)"),
        ("file:///etc/passwd", "", "file:///etc/passwd"),
        ("file:./a", "", "file:///a"),
        ("file://localhost/a", "", "file:///a"),
        ("foo://Host/a/../b", "", "foo://Host/b"),
        ("foo://host", "", "foo://host"),
        ("foo:/..//x", "", "foo:/.//x"),
    ]

    private static let file = "https://u:p@h.org:8443/o/r/blob/main/dir/file.yaml?x=1#f"
    private static let folder = "https://u:p@h.org:8443/o/r/blob/main/dir"

    static let relatives: [(String, String, String?)] = [
        ("", file, "\(folder)/file.yaml?x=1"),
        ("#g", file, "\(folder)/file.yaml?x=1#g"),
        ("?y", file, "\(folder)/file.yaml?y"),
        ("b.yaml", file, "\(folder)/b.yaml"),
        ("./b.yaml?q#h", file, "\(folder)/b.yaml?q#h"),
        ("./", file, "\(folder)/"),
        (".", file, "\(folder)/"),
        ("..", file, "https://u:p@h.org:8443/o/r/blob/main/"),
        ("../b.yaml", file, "https://u:p@h.org:8443/o/r/blob/main/b.yaml"),
        ("../../../../../../b", file, "https://u:p@h.org:8443/b"),
        ("%2e%2e/b", file, "https://u:p@h.org:8443/o/r/blob/main/b"),
        ("/b.yaml", file, "https://u:p@h.org:8443/b.yaml"),
        ("\\b.yaml", file, "https://u:p@h.org:8443/b.yaml"),
        ("//other/b", file, "https://other/b"),
        ("\\\\other/b", file, "https://other/b"),
        ("///other/b", file, "https://other/b"),
        ("https:b.yaml", file, "\(folder)/b.yaml"),
        ("https:/b.yaml", file, "https://u:p@h.org:8443/b.yaml"),
        ("http:b.yaml", file, "http://b.yaml/"),
        ("//", file, nil),
        ("a:b", file, "a:b"),
        ("a b/ü.yaml", file, "\(folder)/a%20b/%C3%BC.yaml"),
        ("x//y", file, "\(folder)/x//y"),
        ("c", "http://h", "http://h/c"),
        ("b", "foo://host/a/c", "foo://host/a/b"),
        ("b", "mailto:a@b", nil),
        ("#x", "mailto:a@b", "mailto:a@b#x"),
        ("b", "file:///a/c", "file:///a/b"),
    ]

    @Test(arguments: resolutions + relatives)
    func `is read and resolved as browsers do`(text: String, base: String, expected: String?) {
        let base = base.isEmpty ? nil : WebAddress(base)
        let address = WebAddress(text, relativeTo: base)
        #expect(address?.text == expected)
        // What is canonical stays as it is.
        if let expected { #expect(WebAddress(expected)?.text == expected) }
    }

    @Test func `shows its parts`() throws {
        let address = try #require(WebAddress("HTTP://A:b@Host.org:8080/x/y%20z/?q=1#f"))
        #expect(address.scheme == "http" && address.userInformation == "A:b")
        #expect(address.host == "host.org" && address.port == 8080)
        #expect(address.hostAndPort == "host.org:8080" && address.origin == "http://host.org:8080")
        #expect(address.path == "/x/y%20z/" && address.pathSegments == ["x", "y%20z", ""])
        #expect(address.query == "q=1" && address.fragment == "f" && address.effectivePort == 8080)
        #expect(WebAddress("https://h")?.effectivePort == 443)
        #expect(WebAddress("mailto:x")?.effectivePort == nil)
        #expect(
            address.withPath("a/../b?c#d e").withQuery("x y'").withFragment(nil).text
                == "http://A:b@host.org:8080/b%3Fc%23d%20e?x%20y%27")
        #expect(WebAddress("https://h/?a")?.withQuery("").text == "https://h/")
    }

    @Test func `a query is read and written as forms do`() {
        var items = QueryItems("path=%2Fa+b&x&version=GBmain&path=2&=e&%zz=%FF")
        #expect(items["path"] == "/a b" && items["x"] == "" && items["y"] == nil)
        items["path"] = "/c d/ü~*"
        items["new"] = "&="
        items["x"] = nil
        #expect(
            items.text
                == "path=%2Fc+d%2F%C3%BC%7E*&version=GBmain&=e&%25zz=%EF%BF%BD&new=%26%3D")
        #expect(QueryItems(nil).text.isEmpty && QueryItems("").items.isEmpty)
        #expect(QueryItems("a=1&\u{301}b=2")["a"] == "1")
    }

    @Test func `no input makes it trap, and each resolves to a fixed point`() {
        var random = Seeded(state: 7)
        let parts = [
            "http", "https", ":", "/", "//", "\\", "?", "#", "@", "[", "]", "::", "1", ".", "..",
            "0x", "%", "%2e", "%25", "a", "\u{0}", "ü", "\u{301}", "🦆", " ", "\t", "9999999999",
        ]
        let base = WebAddress("https://h/a/b?c")
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...8, using: &random)
            let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            for base in [nil, base] {
                guard let address = WebAddress(text, relativeTo: base) else { continue }
                #expect(WebAddress(address.text)?.text == address.text, "\(text)")
            }
        }
    }
}

/// Random numbers that are the same in each run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
