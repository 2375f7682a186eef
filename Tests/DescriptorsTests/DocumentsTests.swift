import Descriptors
import Testing
import Values

private func read(_ text: String) -> Documents { readDocuments(Array(text.utf8), file: "f.yaml") }

@Suite struct `YAML documents` {
    @Test(
        arguments: [
            ("a: 1\nb: [x, {y: null}]\n", #"{"a":1,"b":["x",{"y":null}]}"#),
            ("<<: {a: 1}\nb: yes\nc: 2020-01-01\n", #"{"<<":{"a":1},"b":"yes","c":"2020-01-01"}"#),
            ("a: &x {b: 1}\nc: *x\nd: [*x]\n", #"{"a":{"b":1},"c":{"b":1},"d":[{"b":1}]}"#),
            ("- &a a\n- *a : 1\n", #"["a",{"a":1}]"#),
            ("1: a\n1.50: b\ntrue: c\n~: d\n", #"{"1":"a","1.5":"b","true":"c","":"d"}"#),
            ("? [1, x, \"2\"]\n: a\n", #"{"[ 1, x, \"2\" ]":"a"}"#),
            ("name: {{ x.y }}\n", #"{"name":{"{ x.y }":null}}"#),
            ("a: ${{ x }}\nb: \"{{ y }}\"\n", #"{"a":"${{ x }}","b":"{{ y }}"}"#),
            ("a: !!str 1\nb: !!int \"0x1F\"\nc: !!float 1\n", #"{"a":"1","b":31,"c":"1"}"#),
            ("a: !Ref b\nc: !x [1]\n", #"{"a":"b","c":[1]}"#),
            ("a: |\n  x\n  y", #"{"a":"x\ny\n"}"#), ("a: >-\n  x\n\n  y\n", #"{"a":"x\ny"}"#),
            ("a: \"\\ud83d\\ude00\" # é\n", #"{"a":"😀"}"#),
            (#"{"a":"\uD83D\uDE00\ud83d\ude01","b":["\ud83d\ude00"]}"#, #"{"a":"😀😁","b":["😀"]}"#),
            (
                "b: |\n  \\ud83d\\ude00\na: \"\\ud83d\\ude00\"\n",
                #"{"b":"\\ud83d\\ude00\n","a":"😀"}"#
            ),
            ("a: x\u{2028}y\nb: \"\u{2029}\"\n", "{\"a\":\"x\u{2028}y\",\"b\":\"\u{2029}\"}"),
            ("a: x\n\t\nb:\n  - \ty\n\t# c\n-\tz\n", nil),
            ("\u{FEFF}a: 1\r\nb: 2\r\n", #"{"a":1,"b":2}"#),
            ("a: x\n\t\nb:\n-\ty\n\t# c\n", #"{"a":"x","b":["y"]}"#),
            ("%YAML 1.3\n%FOO\n---\na: 1\n", #"{"a":1}"#), ("", ""), ("# c\n---\n---\n~\n", ""),
            ("a: 1\n---\n- b\n...\nc: 2\n", #"{"a":1} ["b"] {"c":2}"#), ("text\n", #""text""#),
        ] as [(String, String?)])
    func `are read as Backstage reads them`(yaml: String, json: String?) throws {
        let found = read(yaml)
        guard let json else { return #expect(found.broken.count == 1) }
        #expect(found.documents.map(\.root.text).joined(separator: " ") == json)
        #expect(found.isWhole && found.broken.isEmpty)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1, "the key `a` comes twice in the same map"),
        ("{a: 1, 'a': 2}", "duplicate-key", 1, 8, "the key `a` comes twice in the same map"),
        ("a:\n\tb: 1\n", "syntax", 2, 1, "a tab indents this line"),
        ("a: b: c\n", "syntax", 1, 5, "a second `: ` stands in this line"),
        (
            "a: b\n  c: d\n", "syntax", 2, 4,
            "a key stands deeper than the line before, which has its value already"
        ),
        ("a: @x\n", "syntax", 1, 4, "a value without quotes cannot begin with `@`"),
        ("a: `x`\n", "syntax", 1, 4, "a value without quotes cannot begin with a backtick"),
        ("a: %x\n", "syntax", 1, 4, "a value without quotes cannot begin with `%`"),
        ("a: *.txt\n", "syntax", 1, 5, "a value without quotes that begins with `*` is no text"),
        (
            "a: *b\n", "unknown-alias", 1, 4,
            "`*b` names an anchor that does not come before it"
        ),
        (
            "a: &b [*b]\n", "circular-alias", 1, 8,
            "`*b` stands inside the value that it repeats"
        ),
        ("a: 1\nb:2\nc: 3\n", "syntax", 2, 3, "a space is missing after `b:`"),
        (
            "{% if a %}\nb: 1\n{% endif %}\n", "syntax", 1, 2,
            "this is a template's skeleton that was not rendered"
        ),
        ("a: {{ b }}-c\n", "syntax", 1, 11, "a value that begins with `{{` needs quotes"),
        ("a: 'b' c\n", "syntax", 1, 8, "text follows behind a closing quote"),
        ("é: \"b\nc: d\n", "syntax", 1, 4, "a quote is opened here and never closed"),
        (
            "a: \"\\q\"\n", "syntax", 1, 5,
            "a backslash in double quotes begins an escape that does not exist"
        ),
        ("a: - b\n", "syntax", 1, 4, "a list cannot begin behind a key in the same line"),
        (
            "a:\n   b: 1\n  c: 2\n", "syntax", 3, 3,
            "this line is indented by 2 and fits none of the lines before"
        ),
        ("a: [b, c\nd: e\n", "syntax", 2, 2, "`[` is opened and not closed properly"),
        (
            "a: !e!x y\n", "syntax", 1, 4,
            "a value without quotes that begins with `!` is a tag, and this one is not known"
        ),
        (
            "a: 1\n---\n[b] c\n", "syntax", 3, 5,
            "something follows behind the end of the document"
        ),
        ("a: x\u{7}\n", "control-character", 1, 5, "a control character stands in the text"),
        (
            "a: \"\\ud83d\"\n", "syntax", 1, 7,
            "`\\u` needs four hexadecimal digits that name a character"
        ),
    ])
    func `that are wrong are refused with a place and a cause`(
        yaml: String, code: String, line: Int, column: Int, summary: String
    ) {
        let found = read(yaml)
        let error = found.diagnostics.first { $0.severity == .error }
        #expect(error?.code == "yaml.\(code)")
        #expect(error?.place == TextPosition(line: UInt32(line), column: UInt32(column)))
        #expect(error?.summary == summary)
        #expect(found.broken.count == 1 && !found.isWhole)
    }

    @Test(arguments: [
        ("a: !Ref b\n", "unknown-tag"), ("a: {{ b }}\n", "unquoted-braces"),
        ("%YAML 1.1\n---\na: yes\n", "old-version"), ("%X\n---\na: 1\n", "ignored-directive"),
    ])
    func `that are odd are read with a warning`(yaml: String, code: String) {
        let found = read(yaml)
        #expect(found.diagnostics.map(\.code) == ["yaml.\(code)"])
        #expect(found.documents.count == 1 && found.isWhole)
    }

    @Test func `know the place of every node`() throws {
        let text = "# c\na: 1\nbé: {c: [x,\n  y]}\n---\n- &k k\n- *k\n"
        let found = read(text)
        let root = try #require(found.documents.first?.root)
        let list = try #require(root["bé"]?["c"])
        #expect(root.place == TextPosition(line: 2, column: 1))
        #expect(root.members.map(\.key.place.line) == [2, 3])
        #expect(list.place == TextPosition(line: 3, column: 9))
        #expect(
            list.elements.map(\.place) == [
                TextPosition(line: 3, column: 10), TextPosition(line: 4, column: 3),
            ])
        let second = try #require(found.documents.last)
        #expect(second.index == 1 && second.place == TextPosition(line: 5, column: 1))
        #expect(second.root.elements.map(\.place.line) == [6, 6])
    }

    @Test(arguments: [
        ("a: 1\n---\nb: [\n---\nc: 2\n", 2, [4]), ("a: 'x\n---\nb: 1\n---\nc: \"\n", 1, [1, 5]),
        ("%TAG x\n---\nb: 1\n", 1, [1]),
        ("a: 1\n--- \u{1}\n---\nb: 1\r\n---\r\n\u{85}", 2, [2, 6]),
        ("k: 1\nk: 2\n---\na: 1\n", 1, [2]), ("a: 1\n...\n@\n---\nb: 1\n", 2, [3]),
        ("[a] b\n---\nc: 1\n", 1, [1]), ("a: |\n  ---\n  x: [\n---\nb: 1\n", 2, []),
        ("a:\n  b: *c\n---\nd: 1\n", 1, [2]),
    ])
    func `that are broken leave their neighbours alone`(yaml: String, good: Int, lines: [UInt32]) {
        let found = read(yaml)
        #expect(found.documents.count == good)
        #expect(found.broken.count == lines.count)
        #expect(found.diagnostics.map(\.place.line) == lines)
        let indexes = (found.documents + found.broken).map(\.index).sorted()
        #expect(indexes == Array(0..<indexes.count))
    }

    @Test func `that are broken keep what stood before the fault`() throws {
        let found = read("kind: API\nmetadata:\n  name: a\n  tags: [x, {{y: z}: @\n---\nb: 1\n")
        let root = try #require(found.broken.first?.root)
        #expect(root.at("metadata", "name")?.string == "a")
        #expect(root["kind"]?.string == "API")
        #expect(found.broken.first?.diagnostics.count == 1)
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00], "utf16", 1, 1), ([0x00, 0x61], "utf16", 1, 1),
            ([0x61, 0x3A, 0x20, 0xE9, 0x0A], "not-utf8", 1, 4),
            ([0x61, 0x0A, 0x00], "control-character", 2, 1),
        ] as [([UInt8], String, UInt32, UInt32)])
    func `are UTF-8`(bytes: [UInt8], code: String, line: UInt32, column: UInt32) {
        let found = readDocuments(bytes, file: nil)
        #expect(found.diagnostics.map(\.code) == ["yaml.\(code)"])
        #expect(found.diagnostics.first?.place == TextPosition(line: line, column: column))
    }
}
