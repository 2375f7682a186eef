import Descriptors
import Testing
import Values

@testable import Browse

@Suite struct `YAML of an entity` {
    @Test(
        arguments: [
            (
                #"{"a":1,"b":[],"c":{},"d":null,"e":true,"f":1.5}"#,
                "a: 1\nb: []\nc: {}\nd: null\ne: true\nf: 1.5\n"
            ),
            (#"{"a":["x",{"b":"y","c":"z"},["p"]]}"#, "a:\n  - x\n  - b: 'y'\n    c: z\n  - - p\n"),
            (
                #"{"a":"one\ntwo\n","b":"one\n\ntwo","c":"x\n\n"}"#,
                "a: |\n  one\n  two\nb: |-\n  one\n\n  two\nc: |+\n  x\n\n"
            ),
            (
                #"{"a":" x","b":"x: y","c":"x #y","d":"no","e":"1.20","f":"x:","g":"@x"}"#,
                "a: ' x'\nb: 'x: y'\nc: 'x #y'\nd: 'no'\ne: '1.20'\nf: 'x:'\ng: '@x'\n"
            ),
            (
                #"{"a":"it's","b":"- 'q'","c":"\u0007\"\\","d":""}"#,
                "a: it's\nb: '- ''q'''\nc: \"\\u0007\\\"\\\\\"\nd: ''\n"
            ),
            (
                #"{"a/b":"./x","1":"12:30","2020-01-01":"v1.2.3","x: y":"é 🦊"}"#,
                "a/b: ./x\n'1': '12:30'\n'2020-01-01': v1.2.3\n'x: y': é 🦊\n"
            ),
        ])
    func `is written as people write it`(json: String, yaml: String) throws {
        #expect(YAMLText(try JSON.parse(json)).text == yaml)
    }

    static let texts = [
        "", " ", "\n", "\n\n", "a\n", " a\nb", "\ta\nb", "\n a", "a\n\n\nb\n\n", "a \n b ",
        "a\r\nb", "-", "- a",
        "?", ": a", "a:b", "a: b", "a:", "#", "a #b", "a#b", "[a]", "{a}", "a, b", "&a", "*a", "!a",
        "|", ">", "%a", "@a", "`a`", "'", "''", "\"", "\\", "\\n", "null", "~", "Null", "true",
        "No",
        "1", "-1", "+1", "0x1F", "0o17", "1e3", ".5", "1_000", "1:30", "2020-01-01", ".inf", "<<",
        "=", "---", "...", "a\u{1}b", "a\u{7F}b", "a\u{85}b", "a\u{2028}b", "\u{FEFF}a", "🦊\n🦊",
        "a\tb", "\t", "a\n\tb", "key: |\n  x", "--- a\n--- b", "é", "0.1.2", "12factor", "1 2",
    ]

    @Test func `reads back as what it was`() throws {
        var builder = JSONBuilder()
        builder.beginObject()
        for (index, text) in Self.texts.enumerated() {
            builder.member("v\(index)", text)
            builder.key(text + "!")
            builder.beginArray()
            builder.string(text)
            builder.beginObject()
            builder.member("a", text)
            builder.member("b", text)
            builder.end()
            builder.end()
        }
        builder.end()
        let value = builder.finish()
        let text = YAMLText(value).text
        let read = readDocuments(Array(text.utf8), file: "f.yaml")
        #expect(read.documents.count == 1 && read.broken.isEmpty)
        let root = try #require(read.documents.first?.root)
        for (key, member) in value.members {
            let name = key.string ?? ""
            #expect(root[name] == member, "\(name.debugDescription)")
        }
    }

    @Test func `knows the line of each value`() throws {
        let json = """
            {"metadata":{"name":"a","description":"x\\ny"},"spec":{"owner":"t","dependsOn":["x",\
            "y"],"a/b":1},"kind":"Component"}
            """
        let yaml = YAMLText(entity: try JSON.parse(json))
        let rows = yaml.text.split(separator: "\n", omittingEmptySubsequences: false)
        for (pointer, start) in [
            ("/kind", "kind:"), ("/metadata/description", "description:"),
            ("/spec/owner", "owner:"),
            ("/spec/dependsOn/1", "- 'y'"), ("/spec/a~1b", "a/b:"),
        ] {
            let line = try #require(yaml.lines[pointer])
            #expect(rows[line - 1].drop { $0 == " " }.hasPrefix(start), "\(pointer)")
        }
    }
}
