import Testing
import Values

@Suite struct `JSON values` {
    @Test(arguments: [
        (#"{"b":1,"a":[true,null,"x\n\u00e9\ud83c\udfad"]}"#, #"{"b":1,"a":[true,null,"x\né🎭"]}"#),
        (
            "[1,1.5,-0,1e21,1e-7,123456789012345680000,0.000001]",
            "[1,1.5,0,1e+21,1e-7,123456789012345680000,0.000001]"
        ),
        (#"{"a":1,"b":2,"a":{"c":[3]}}"#, #"{"b":2,"a":{"c":[3]}}"#),
        ("  \"\\u0001\\u001f/\\/\"  ", "\"\\u0001\\u001f//\""),
        ("9007199254740993", "9007199254740992"), ("1e400", "null"), ("{}", "{}"),
        (#"{"a":{"a":{"a":[]}}}"#, #"{"a":{"a":{"a":[]}}}"#),
    ])
    func `come out as JavaScript would write them`(input: String, output: String) throws {
        #expect(try JSON.parse(input).text == output)
    }

    @Test(arguments: [
        ("", 1, 1), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("01", 1, 1), ("[1 2]", 1, 4),
        ("\"a\nb\"", 1, 3), ("\"\\ud800\"", 1, 8), ("nul", 1, 1), ("1 2", 1, 3), ("-", 1, 2),
        ("\u{FEFF}1", 1, 1), ("{\n \"é\": tru}", 2, 7), ("[\"abc", 1, 2), ("{a:1}", 1, 2),
        (String(repeating: "[", count: 300), 1, 257), ("1.e5", 1, 3), ("\"\\x\"", 1, 2),
    ])
    func `that are wrong are refused with their place`(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON.parse(text) }
        #expect(error?.place == TextPosition(line: UInt32(line), column: UInt32(column)))
    }

    @Test func `survive every cut and every changed byte of a text`() {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",true,false,null,{"é":{}}],"b":""}"#.utf8)
        var accepted = 0
        for cut in 0...text.count {
            accepted += (try? JSON.parse(Array(text[..<cut]))) == nil ? 0 : 1
        }
        for index in text.indices {
            for byte in [0, 0x22, 0x5C, 0x7B, 0x80, 0xFF] as [UInt8] {
                var broken = text
                broken[index] = byte
                accepted += (try? JSON.parse(broken)) == nil ? 0 : 1
            }
        }
        #expect(accepted > 1 && accepted < text.count * 6)
    }

    @Test func `remember where they stood`() throws {
        let json = try JSON.parse(Array("{\n  \"a\": [1,\n 22]}".utf8), keepsPlaces: true)
        let element = try #require(json["a"]?.elements.dropFirst(1).first { _ in true })
        #expect(element.place == TextPosition(line: 3, column: 2))
        #expect(json["a"]?.place == TextPosition(line: 2, column: 8))
    }

    @Test func `give nil, not a trap, for what they are not`() throws {
        let json = try JSON.parse(#"{"s":"x","n":1.5,"big":1e300,"a":[1]}"#)
        #expect(json["s"]?.int == nil && json["n"]?.string == nil && json["n"]?.int == nil)
        #expect(json["big"]?.int == nil && json["a"]?["x"] == nil && json["none"] == nil)
        #expect(json["a"]?.members.contains { _ in true } == false)
        #expect(json.at("a", "b", "c") == nil)
    }

    @Test func `are copied from tape to tape whole`() throws {
        let json = try JSON.parse(#"{"a":[{"b":["c",{"d":2}]},null],"e":"f"}"#)
        var builder = JSONBuilder()
        builder.beginArray()
        builder.string("before")
        builder.copy(json)
        builder.copy(json["a"] ?? .null)
        builder.end()
        let copy = builder.finish()
        #expect(copy.text == #"["before",\#(json.text),\#(json["a"]?.text ?? "")]"#)
        #expect(copy.elements.dropFirst(1).first { _ in true } == json)
    }
}

@Suite struct `Text` {
    @Test(
        arguments: [
            ([0x61, 0xC3, 0xA9], nil), ([0xC3], 0), ([0x61, 0xC0, 0x80], 1),
            ([0xED, 0xA0, 0x80], 0),
            ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF0, 0x9F, 0x8E, 0xAD], nil),
            ([0xE2, 0x28, 0xA1], 0),
            (Array(repeating: 0x61, count: 40) + [0xFF], 40), ([0xF0, 0x9F, 0x8E], 0),
        ] as [([UInt8], Int?)])
    func `that is not UTF-8 is found`(bytes: [UInt8], expected: Int?) {
        #expect(bytes.withUnsafeBufferPointer { firstInvalidUTF8($0) } == expected)
    }

    @Test(arguments: [("Straße", "straße"), ("ÀB", "àb"), ("abc-1", "abc-1"), ("MiXeD", "mixed")])
    func `folds by one rule in both forms`(text: String, expected: String) {
        var bytes: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { appendFolded($0, to: &bytes) }
        #expect(folded(text) == expected)
        #expect(bytes == Array(expected.utf8))
    }
}

@Suite struct `A diagnostic` {
    static let sample = Diagnostic(
        "catalog.bad-name", file: "a/b.yaml", at: TextPosition(line: 2, column: 4),
        pointer: "/metadata/name", "the name is not legal", reason: "found `a b`",
        remedy: "write `a-b`")

    @Test func `reads well in a terminal`() {
        let source = SourceLines(Array("x:\n   a b\u{1B}[31m\n".utf8))
        #expect(
            Self.sample.shown(in: source, of: "a/b.yaml").report() == """
                a/b.yaml:2:4: error: the name is not legal
                  2 |    a b\u{241B}[31m
                    |    ^
                  why: found `a b`
                  fix: write `a-b`
                  [catalog.bad-name]
                """)
    }

    @Test func `travels as JSON and comes back the same`() throws {
        let source = SourceLines(Array("x:\n   a b\n\n".utf8))
        for diagnostic in [Self.sample, Self.sample.shown(in: source, of: "a/b.yaml")] {
            var writer = JSONWriter()
            diagnostic.write(to: &writer)
            #expect(try Diagnostic(JSON.parse(writer.bytes)) == diagnostic)
        }
    }

    @Test func `becomes an annotation in a workflow log`() {
        #expect(
            Self.sample.githubCommand
                == "::error file=a/b.yaml,line=2,col=4,title=catalog.bad-name::the name is not legal%0Afound `a b`%0Awrite `a-b`"
        )
    }
}

@Suite struct `Lines of a source` {
    /// A text, a place in it, and what is shown: the lines, a caret below the place's one.
    static let cases: [(text: String, line: UInt32, column: UInt32, shown: String)] = [
        ("a\nb: c\nd", 2, 4, "1 a\n2 b: c\n     ^\n3 d"),
        ("a\r\nb\rc\n", 3, 1, "1 a\n2 b\n3 c\n  ^"),
        ("1\n2\n3\n4\n5\n6\n7", 4, 1, "2 2\n3 3\n4 4\n  ^\n5 5\n6 6"),
        ("\n\nx\n\n\n", 3, 1, "3 x\n  ^"),
        ("kø: 🦊\tx", 1, 7, "1 kø: 🦊\tx\n        ^"),
        ("a\u{0}b\u{202E}c\u{1B}", 1, 3, "1 a␀b\u{FFFD}c␛\n    ^"),
        ("only", 9, 1, "nothing"), ("only", 0, 0, "nothing"),
        (
            String(repeating: "x", count: 300), 1, 5,
            "1 \(String(repeating: "x", count: 200))…\n      ^"
        ),
        (
            String(repeating: "é", count: 500) + "!", 1, 501,
            "1 …\(String(repeating: "é", count: 40))!\n\(String(repeating: " ", count: 43))^"
        ),
    ]

    @Test(arguments: cases)
    func `are shown around a place`(
        text: String, line: UInt32, column: UInt32, shown: String
    ) {
        let place = TextPosition(line: line, column: column)
        let excerpt = SourceLines(Array(text.utf8)).excerpt(at: place)
        var lines: [String] = []
        for (index, text) in (excerpt?.lines ?? []).enumerated() {
            let number = Int(excerpt?.firstLine ?? 0) + index
            lines.append("\(number) \(text)")
            if number == line {
                let caret = Int(excerpt?.caret ?? 0) + 1
                lines.append(String(repeating: " ", count: caret) + "^")
            }
        }
        #expect((excerpt == nil ? "nothing" : lines.joined(separator: "\n")) == shown)
    }

    @Test func `of bytes that are no text, and of ten megabytes in one, are short`() {
        for bytes in [
            Array(repeating: UInt8(0xFF), count: 999), Array(repeating: 0x20, count: 10 << 20),
        ] {
            let place = TextPosition(line: 1, column: 900)
            let line = SourceLines(bytes).excerpt(at: place)?.lines.first ?? ""
            #expect(line.utf8.count < 1_000 && line.hasPrefix("…"))
        }
    }
}
