import Testing

@testable import Markup

struct HTMLTests {
    static let text: [(String, String)] = [
        ("plain, ünïcode and 日本語", "plain, ünïcode and 日本語"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onmouseover=\"x", "&quot; onmouseover=&quot;x"),
        ("' onfocus='x", "&#39; onfocus=&#39;x"),
        ("a & b &amp; c", "a &amp; b &amp;amp; c"),
        ("</title><!--", "&lt;/title&gt;&lt;!--"),
        ("nul\u{0} escape\u{1B} delete\u{7F}", "nul\u{FFFD} escape\u{FFFD} delete\u{FFFD}"),
        ("tab\tline\r\n", "tab\tline\r\n"),
        ("", ""),
        ("<", "&lt;"),
    ]

    @Test(arguments: text)
    func `text is escaped in every form in which it can be interpolated`(
        hostile: String, safe: String
    ) {
        #expect(("\(hostile)" as HTML).text == safe)
        #expect(("\(hostile[...])" as HTML).text == safe)
        #expect(HTML(text: hostile).text == safe)
        #expect(("<a\(attribute: "title", hostile)>" as HTML).text == "<a title=\"\(safe)\">")
    }

    static let addresses: [(String, String)] = [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://EXAMPLE.ORG", "HTTP://EXAMPLE.ORG"),
        ("mailto:team@example.org", "mailto:team@example.org"),
        ("/catalog/default/component/a:b", "/catalog/default/component/a:b"),
        ("docs/readme.md", "docs/readme.md"),
        ("?tab=a:b", "?tab=a:b"),
        ("#L12", "#L12"),
        ("", ""),
        ("javascript:alert(1)", "#"),
        ("JaVaScRiPt:alert(1)", "#"),
        (" javascript:alert(1)", "#"),
        ("java\nscript:alert(1)", "#"),
        ("\u{1}javascript:alert(1)", "#"),
        ("https://example.org/\u{0}", "#"),
        ("data:text/html,<script>", "#"),
        ("vbscript:x", "#"),
        ("blob:https://example.org/1", "#"),
        ("//evil.example/x", "#"),
        ("/\\evil.example", "#"),
        ("\\\\evil.example", "#"),
        ("&#106;avascript:x", "&#106;avascript:x"),
    ]

    @Test(arguments: addresses)
    func `only addresses that are harmless to follow are written`(given: String, written: String) {
        #expect(Href.external(given).text == written)
        let expected = HTML(text: written)
        #expect("\(url: given)" as HTML == expected)
    }

    static let json: [(String, String)] = [
        (#"{"a":"</script><!--"}"#, #"{"a":"\u003c/script\u003e\u003c!--"}"#),
        (#"{"a":"&"}"#, #"{"a":"\u0026"}"#),
        ("\"\u{2028}\u{2029}\u{2030}\"", "\"\\u2028\\u2029\u{2030}\""),
        ("\u{E2}\u{80}", "\u{E2}\u{80}"),
    ]

    @Test(arguments: json)
    func `JSON cannot leave its script element`(given: String, written: String) {
        #expect(("\(json: given)" as HTML).text == written)
    }

    @Test func `a slip with plain literals is shown as text, not run`() {
        let name = "<x>"
        let isNew = name.utf8.count == 3
        #expect(("\(isNew ? "<b>" : "")" as HTML).text == "&lt;b&gt;")
        #expect(("\(isNew ? "<b>\(name)</b>" : nil)" as HTML).text == "<b>&lt;x&gt;</b>")
        #expect(("\([name].map { "<li>\($0)" })" as HTML).text == "<li>&lt;x&gt;")
    }

    @Test func `attributes are left out when there is nothing to say`() {
        let missing: String? = nil
        let html: HTML =
            "<i\(attribute: "title", missing)\(attribute: "hidden", if: false)\(attribute: "open", if: true)>"
        #expect(html.text == "<i open>")
        #expect((["a", "<hr>", "c"] as [HTML]).joined(separator: ", ").text == "a, <hr>, c")
    }

    static let places: [(String, [String], [QueryItem], String)] = [
        ("", [], [], "/"),
        ("/", ["catalog"], [], "/catalog"),
        ("callboard/", [], [], "/callboard/"),
        ("/a/b/", ["catalog", "default", "api", "x y"], [], "/a/b/catalog/default/api/x%20y"),
        ("", ["../..", "a?b#c"], [], "/..%2F../a%3Fb%23c"),
        ("", ["c"], [.init("q", "a&b=c d"), .init("é", "\"")], "/c?q=a%26b%3Dc%20d&%C3%A9=%22"),
    ]

    @Test(arguments: places)
    func `addresses of pages are encoded and stand under the base path`(
        base: String, segments: [String], query: [QueryItem], address: String
    ) {
        #expect(Links(basePath: base).to(segments, query: query).text == address)
    }
}
