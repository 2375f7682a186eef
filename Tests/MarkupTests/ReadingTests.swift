import Testing

@testable import Markup

struct ReadingTests {
    static let lines: [(CodeLanguage, [String], String)] = [
        (.yaml, ["kind: Component # x"], "[k:kind][p::] Component [c:# x]"),
        (.yaml, ["  - name: \"a # b: c\""], "  [p:-] [k:name][p::] [s:\"a # b: c\"]"),
        (.yaml, ["- - true"], "[p:-] [p:-] [v:true]"),
        (.yaml, ["url: https://example.org/#a"], "[k:url][p::] https://example.org/#a"),
        (.yaml, ["\"quoted key\": 'v'"], "[k:\"quoted key\"][p::] [s:'v']"),
        (
            .yaml, ["a: |", "  b: <c>", "d: 1"],
            "[k:a][p::] [v:|]\n  [s:b: &lt;c&gt;]\n[k:d][p::] [v:1]"
        ),
        (.yaml, ["---", "", "   ", "# only"], "[p:---]\n\n   \n[c:# only]"),
        (.yaml, ["a: \"never closed"], "[k:a][p::] [s:\"never closed]"),
        (.yaml, ["日本: 語", "- ", ":", "a:b"], "[k:日本][p::] 語\n[p:-] \n:\na:b"),
        (
            .json, [#"{"a": "b\"c", "n": [-1.5e3, null]}"#],
            #"[p:{][k:"a"][p::] [s:"b\"c"][p:,] [k:"n"][p::] [p:[][v:-1.5e3][p:,] [v:null][p:]][p:}]"#
        ),
        (.json, [#""never closed \"#], #"[s:"never closed \]"#),
        (.plain, ["kind: <b>"], "kind: &lt;b&gt;"),
    ]

    @Test(arguments: lines)
    func `code is coloured, and whatever it is nothing is lost`(
        language: CodeLanguage, lines: [String], expected: String
    ) {
        var highlighter = Highlighter(language)
        var text = lines.map { highlighter.line($0[...]).text }.joined(separator: "\n")
        let short =
            [("</span>", "]"), ("&quot;", "\""), ("&#39;", "'")]
            + ["k", "s", "v", "c", "p"].map { ("<span class=\"\($0)\">", "[\($0):") }
        for (long, mark) in short {
            text = text.split(separator: long, omittingEmptySubsequences: false)
                .joined(separator: mark)
        }
        #expect(text == expected)
    }

    static let texts: [(String, String, String)] = [
        ("a\nb\nc\n", "a\nb\nc\n", ""),
        ("", "a\n", "@1|+a"),
        ("a\n", "", "@1|-a"),
        ("a\nb\nc", "a\nx\nc", "@1| a|-b|+x| c"),
        ("a\nb\nc\nd\ne\nf", "b\nc\nd\ne\nf\ng", "@1|-a| b|@5| f|+g"),
        ("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc", "@1|-a|-b| c|+b| a| b|-b| a|+c"),
    ]

    @Test(arguments: texts)
    func `a difference shows what came and what went`(old: String, new: String, expected: String) {
        let diff = LineDiff(from: old, to: new, context: 1)
        #expect(Self.show(diff) == expected)
    }

    static func show(_ diff: LineDiff) -> String {
        diff.hunks.flatMap { hunk in
            ["@\(hunk.firstLine)"]
                + hunk.lines.map {
                    ($0.change == .same ? " " : $0.change == .added ? "+" : "-") + $0.text
                }
        }.joined(separator: "|")
    }

    @Test(arguments: 0..<60)
    func `a difference applied to the older text gives the newer`(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        let next: (Int) -> Int = { bound in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        // From 50 on the texts share nothing and are beyond the limit of the search.
        let size = seed < 50 ? 30 : 900
        let letters = seed < 50 ? 4 : 1_000_000
        let old = (0..<next(size) + 1).map { _ in String(next(letters)) }
        let new = (0..<next(size) + 1).map { _ in String(next(letters)) }
        let script = LineDiff.script(old, new)
        #expect(script.filter { $0.change != .added }.map(\.text) == old)
        #expect(script.filter { $0.change != .removed }.map(\.text) == new)
    }

    static let times: [(Int, String, String)] = [
        (0, "just now", "2026-11-24T16:09:00Z"), (42, "42 s ago", "2026-11-24T16:08:18Z"),
        (7_400, "2 h ago", "2026-11-24T14:05:40Z"), (-7_400, "in 2 h", "2026-11-24T18:12:20Z"),
        (90_000, "1 day ago", "2026-11-23T15:09:00Z"),
        (5 * 86_400, "5 days ago", "2026-11-19T16:09:00Z"),
        (1_795_536_540, "1 Jan 1970", "1970-01-01T00:00:00Z"),
        (1_795_536_541, "31 Dec 1969", "1969-12-31T23:59:59Z"),
        (1_795_536_540 - 951_782_400, "29 Feb 2000", "2000-02-29T00:00:00Z"),
        (Int.min, "31 Dec 9999", "9999-12-31T23:59:59Z"),
        (.max, "1 Jan 1", "0001-01-01T00:00:00Z"),
    ]

    @Test(arguments: times)
    func `a time is said relative to now and stands there in full`(
        ago: Int, relative: String, iso: String
    ) {
        let now = 1_795_536_540
        let (seconds, overflow) = now.subtractingReportingOverflow(ago)
        let time = TimeText(overflow ? (ago < 0 ? .max : .min) : seconds, now: now)
        #expect(time.relative == relative)
        #expect(time.html.text.contains("datetime=\"\(iso)\""))
    }

    @Test func `numbers have separators, names have initials`() {
        #expect(
            [0, 999, 1_000, 12_380, 1_234_567, -1_234].map(\.grouped).joined(separator: " ")
                == "0 999 1,000 12,380 1,234,567 -1,234")
        #expect(1.counted("entity", "entities") == "1 entity")
        let names = ["Alice Ágústsdóttir", "team-a", "田中 太郎", "", "🦊", "contractors/team-a"]
        #expect(names.map { Disc(name: $0).initials } == ["AÁ", "ta", "田太", "", "", "ct"])
        #expect(Icon.allCases.allSatisfy { $0.drawing.hasPrefix("M") })
        #expect(
            Set(Icon.allCases.map(\.drawing)).count == Icon.allCases.count - 1,
            "star is drawn twice")
    }
}
