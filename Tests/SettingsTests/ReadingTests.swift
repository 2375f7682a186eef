import Settings
import Testing
import Values

@Suite struct `Reading settings` {
    static let yaml = """
        app: {title: Portal, empty: "", off: null}
        n: {int: 7, text: "8", float: 1.5, big: 1e300}
        b: {yes: "Yes", zero: 0, off: "off", odd: maybe}
        d: {iso: PT1H30M, ms: 90 minutes, object: {hours: 1, minutes: "30"}, number: 5400000, bad: soon}
        l: {many: [a, b], one: a, bad: [a, 1]}
        integrations:
          github:
            - {host: github.com, token: "${TOKEN}"}
            - host: ghe.example.com
          gitlab: {}
        proxy: {/a.b/c: {target: "x"}}
        """

    static func load() throws -> PortalSettings {
        let folder = try SettingsFolder(["app-config.yaml": yaml])
        return try folder.load().get()
    }

    @Test func `gives values of the kind that is asked for`() throws {
        let s = try Self.load()
        #expect(try s.string("app.title") == "Portal" && s.string("app.none") == nil)
        #expect(try s.string("app.off.deeper") == nil && s.has("app.off") == false)
        #expect(try s.int("n.int") == 7 && s.int("n.text") == 8 && s.double("n.float") == 1.5)
        #expect(
            try s.bool("b.yes") == true && s.bool("b.zero") == false && s.bool("b.off") == false)
        #expect(try s.strings("l.many") == ["a", "b"] && s.strings("l.none") == [])
        #expect(try s.strings("l.one", allowsOne: true) == ["a"])
        for key in ["iso", "ms", "object"] {
            #expect(try s.duration("d.\(key)") == .seconds(5400))
        }
        #expect(try s.duration("d.number", allowsNumbers: true) == .seconds(5400))
        #expect(s.value("integrations.github.1.host")?.string == "ghe.example.com")
        #expect(s.setting(["proxy", "/a.b/c", "target"])?.json.string == "x")
    }

    @Test func `gives lists and objects in parts that know their path`() throws {
        let s = try Self.load()
        let hosts = try s.elements("integrations.github").map { try $0.string("host") }
        #expect(hosts == ["github.com", "ghe.example.com"])
        let github = s.section("integrations").elements("github")
        #expect(github.map(\.path) == ["integrations.github[0]", "integrations.github[1]"])
        #expect(s.elements("app").isEmpty)
        #expect(s.members("b").map(\.name) == ["yes", "zero", "off", "odd"])
        let missing = #expect(throws: Diagnostic.self) {
            try github[0].required("token", github[0].string("token"))
        }
        #expect(missing?.reason == "the environment variable TOKEN is not set")
        #expect(missing?.location == "app-config.yaml:8:33")
    }

    @Test(arguments: [
        ("app.empty", "text"), ("n.int", "text"), ("n.float", "a whole number"),
        ("n.big", "a whole number"), ("b.odd", "true or false"), ("d.bad", "a duration"),
        ("d.number", "a duration"), ("l.one", "a list of texts"), ("l.bad", "text"),
        ("app.title.x", "an object"),
    ])
    func `tells what was found and what was expected`(path: String, expected: String) throws {
        let s = try Self.load()
        let error = #expect(throws: Diagnostic.self) {
            switch path {
            case "app.empty", "n.int", "app.title.x": _ = try s.string(path)
            case "n.float", "n.big": _ = try s.int(path)
            case "b.odd": _ = try s.bool(path)
            case "d.bad", "d.number": _ = try s.duration(path)
            default: _ = try s.strings(path)
            }
        }
        #expect(error?.code == "config.wrong-value" && error?.place.isKnown == true)
        #expect(error?.summary.contains("must be \(expected)") == true)
        #expect(error?.reason?.hasPrefix("found ") == true)
    }

    @Test(arguments: [
        ("1d", 86_400_000), ("2 weeks", 1_209_600_000), ("1.5h", 5_400_000), ("100", nil),
        ("-1s", nil), ("", nil), ("1 fortnight", nil), ("PT0S", 0), ("P1DT12H", 129_600_000),
        ("PT1.5S", 1_500), ("P", nil), ("PT", nil), ("P1H", nil), ("PT1M1H", nil), ("1e9 y", nil),
        ("5 ms", 5), ("3 Minutes", 180_000), ("9999y", nil), (".5s", 500),
    ])
    func `takes durations as Backstage does`(text: String, milliseconds: Int64?) {
        let duration = try? parseDuration(text)
        #expect(duration == milliseconds.map { .milliseconds($0) })
    }
}
