import Settings
import Testing
import Values

@Suite struct `Loading the configuration` {
    static let environment = [
        "A": "one", "EMPTY": "", "PORT": "7007", "BLANKS": "  x \n", "B": "${A}",
        "FILE": "note.txt",
    ]

    @Test(arguments: [
        ("k: ${A}-${PORT}", #"{"k":"one-7007"}"#), ("k: ${NONE}\nl: 1", #"{"l":1}"#),
        ("k: x${A}${NONE}", "{}"), ("k: ${NONE:-two}", #"{"k":"two"}"#),
        ("k: ${EMPTY:-two}", #"{"k":"two"}"#), ("k: '${EMPTY}'", #"{"k":""}"#),
        ("k: ${NONE:-}", "{}"), ("k: ${A:-two}", #"{"k":"one"}"#),
        ("k: ${NONE:-http://a:1}", #"{"k":"http://a:1"}"#), ("k: ${ A }", #"{"k":"one"}"#),
        ("k: $${A}", #"{"k":"${A}"}"#), ("k: a$${A}${A}$", #"{"k":"a${A}one$"}"#),
        ("k: $A", #"{"k":"$A"}"#), ("k: '${A'", #"{"k":"${A"}"#),
        ("k: '${a{b}'", #"{"k":"${a{b}"}"#),
        ("k: ${BLANKS}", #"{"k":"x"}"#), ("k: ${B}", #"{"k":"${A}"}"#),
        ("k: [\"${NONE}\", \"${A}\"]", #"{"k":["one"]}"#), ("k: {$env: A}", #"{"k":"one"}"#),
        ("k: {$env: NONE}", "{}"), ("k: {$file: note.txt}", #"{"k":"a\n b"}"#),
        ("k: {$file: './${FILE}'}", #"{"k":"a\n b"}"#),
        ("k: {$include: part.yaml}", #"{"k":{"a":{"b":[1,"one"]},"t":"one"}}"#),
        ("k: {$include: part.yaml#a.b}", #"{"k":[1,"one"]}"#),
        ("k: {$include: part.yaml#t}", #"{"k":"one"}"#), ("k: {$include: part.yaml#z}", "{}"),
        ("k: {$include: data.json}", #"{"k":{"x":[true,null]}}"#),
        ("k:\n  - $include: sub/outer.yml", #"{"k":[{"inner":{"deep":"a\n b"}}]}"#),
        ("k: {$other: 1}", #"{"k":{"$other":1}}"#), ("", "{}"), ("# nothing\n", "{}"),
    ])
    func `fills in what Backstage fills in`(yaml: String, json: String) throws {
        let folder = try SettingsFolder([
            "app-config.yaml": yaml, "note.txt": "a\n b\n\n",
            "part.yaml": "a: {b: [1, \"${A}\"]}\nt: ${A}\n", "data.json": #"{"x": [true, null]}"#,
            "sub/outer.yml": "inner: {$include: inner.yaml}\n",
            "sub/inner.yaml": "deep: {$file: ../note.txt}\n",
        ])
        let settings = try folder.load([], Self.environment).get()
        #expect(settings.root?.json.text == json)
    }

    @Test(arguments: [
        ("k: {$env: A, b: 1}", "lonely-directive", 1, 11),
        ("k:\n  $file: 1", "bad-directive", 2, 10),
        ("k: {$file: gone.txt}", "missing-file", 1, 12),
        ("k: {$file: .}", "unreadable-file", 1, 12),
        ("k: {$include: a.txt}", "bad-include", 1, 15),
        ("k: {$include: app-config.yaml}", "circular-include", 1, 15),
        ("k: {$file: '${NONE}'}", "unset-directive", 1, 12), ("- a", "not-an-object", 1, 1),
        ("k: {$include: b.yaml#a.b}", "bad-fragment", 1, 15),
        ("a: 1\n---\nb: 1", "several-documents", 2, 1),
    ])
    func `refuses what Backstage refuses, with the place`(
        yaml: String, code: String, line: UInt32, column: UInt32
    ) throws {
        let folder = try SettingsFolder(["app-config.yaml": yaml, "b.yaml": "a: [1]"])
        guard case .failure(let failure) = folder.load() else {
            Issue.record("it was accepted")
            return
        }
        #expect(failure.diagnostics.first?.code == "config.\(code)")
        #expect(failure.diagnostics.first?.file == "app-config.yaml")
        #expect(failure.diagnostics.first?.place == TextPosition(line: line, column: column))
    }

    @Test func `tells the place in an included file`() throws {
        let folder = try SettingsFolder([
            "conf/app-config.yaml": "a: {$include: more/b.yaml}",
            "conf/more/b.yaml": "c: {$include: ../c.yaml}\n", "conf/c.yaml": "d: [\n",
        ])
        guard case .failure(let failure) = folder.load(["conf/app-config.yaml"]) else {
            Issue.record("it was accepted")
            return
        }
        #expect(failure.diagnostics.map(\.file) == ["conf/c.yaml"])
        #expect(failure.diagnostics.map(\.code) == ["yaml.syntax"])
    }

    @Test func `merges files and variables by their weight`() throws {
        let folder = try SettingsFolder([
            "app-config.yaml": "a: {b: 1, c: [1, 2], n: {x: 1}}\nd: keep\n",
            "app-config.dev.yaml": "a: {b: 2}\ne: dev\n",
            "app-config.local.yaml": "a:\n  c: [3]\n  n: null\n",
            "app-config.dev.local.yaml": "a: {n: {y: 2}}\n",
        ])
        let variables = [
            "BACKSTAGE_ENV": "dev", "APP_CONFIG_a_b": "5", "APP_CONFIG_f_g": "{\"h\":true}",
            "APP_CONFIG_i": "plain ${text}", "APP_CONFIG_j": "",
        ]
        let settings = try folder.load([], variables).get()
        #expect(
            settings.root?.json.text
                == #"{"a":{"b":5,"c":[3],"n":{"y":2}},"d":"keep","e":"dev","f":{"g":{"h":true}},"i":"plain ${text}"}"#
        )
        #expect(settings.origin(of: "a.c[0]")?.text == "app-config.local.yaml:2:7")
        #expect(settings.origin(of: "d")?.text == "app-config.yaml:2:4")
        #expect(settings.origin(of: "a.b")?.text == "environment variable APP_CONFIG_a_b")
        #expect(settings.files.map { String($0.dropFirst(folder.path.count + 1)) }.count == 4)

        let named = try folder.load(["app-config.dev.yaml", "\(folder.path)/app-config.yaml"]).get()
        #expect(named.root?.json.text.hasPrefix(#"{"a":{"b":1,"c""#) == true)
    }

    @Test(arguments: [
        ["APP_CONFIG_a__b": "1"], ["APP_CONFIG_": "1"], ["APP_CONFIG_a_1": "1"],
        ["APP_CONFIG_a": "null"], ["APP_CONFIG_a": "1", "APP_CONFIG_a_b": "2"],
    ])
    func `refuses variables that name no key`(variables: [String: String]) throws {
        let folder = try SettingsFolder([:])
        guard case .failure(let failure) = folder.load([], variables) else {
            Issue.record("it was accepted")
            return
        }
        #expect(failure.diagnostics.map(\.code) == ["config.bad-variable"])
    }

    @Test func `needs the files that are named`() throws {
        let folder = try SettingsFolder(["app-config.yaml": "a: 1"])
        for name in ["other.yaml", "https://example.com/a.yaml", "."] {
            guard case .failure(let failure) = folder.load(["app-config.yaml", name]) else {
                Issue.record("\(name) was accepted")
                continue
            }
            #expect(failure.diagnostics.map(\.file) == [name])
        }
    }
}
