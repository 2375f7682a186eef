import Glibc
import Testing

@testable import Files

@Suite struct `A glob pattern` {
    struct Row: CustomTestStringConvertible, Sendable {
        let pattern: String
        let options: GlobPattern.Options
        let matching: [String]
        let others: [String]
        var testDescription: String { pattern }

        init(
            _ pattern: String, _ options: GlobPattern.Options, matches matching: [String],
            not others: [String]
        ) {
            self.pattern = pattern
            self.options = options
            self.matching = matching
            self.others = others
        }
    }

    static let rows: [Row] = [
        Row(
            "a.yaml", [], matches: ["a.yaml"], not: ["A.yaml", "a_yaml", "b/a.yaml", "a.yaml2", ""]),
        Row(
            "*.yaml", [], matches: ["a.yaml", "a.b.yaml"],
            not: [".a.yaml", ".yaml", "b/a.yaml", "yaml"]),
        Row("*.yaml", .dotFiles, matches: ["a.yaml", ".a.yaml", ".yaml"], not: ["b/.yaml"]),
        Row("*", [], matches: ["a"], not: ["", ".a", "a/b"]),
        Row("*", .dotFiles, matches: ["a", ".a", "..."], not: [".", "..", ""]),
        Row(".*", [], matches: [".a"], not: ["a"]),
        Row("?.txt", [], matches: ["a.txt", "ü.txt"], not: [".txt", "ab.txt", "/.txt"]),
        Row("a*b*c", [], matches: ["abc", "aXbYc", "abbcc", "abcbc"], not: ["acb", "abcd"]),
        Row("**", [], matches: ["a", "a/b", "a/b/c"], not: [".a", "a/.b"]),
        Row("**", .dotFiles, matches: [".a", "a/.b/c"], not: ["a/../b", "./a"]),
        Row(
            "**/a.yaml", [], matches: ["a.yaml", "b/a.yaml", "b/c/a.yaml"],
            not: ["ba.yaml", ".b/a.yaml"]),
        Row("a/**", [], matches: ["a/b", "a/b/c", "a/"], not: ["a", "b/a"]),
        Row("a/**/b", [], matches: ["a/b", "a/x/b", "a/x/y/b"], not: ["ab", "a/x", "a/.x/b"]),
        Row("**/b/**/c", [], matches: ["b/c", "a/b/x/c", "b/b/c/c"], not: ["b", "c/b"]),
        Row("a**b", [], matches: ["ab", "axb"], not: ["a/b", "a/x/b"]),
        Row("a/b", [], matches: ["a/b", "a//b", "a/b/"], not: ["a/b/c", "/a/b"]),
        Row("a/b/", [], matches: ["a/b/"], not: ["a/b"]),
        Row("[abc].txt", [], matches: ["a.txt"], not: ["d.txt", "ab.txt"]),
        Row("[!a-c]x", [], matches: ["dx"], not: ["ax", ".x", "x"]),
        Row("[^a]", [], matches: ["b"], not: ["a"]),
        Row("[]x]", [], matches: ["]", "x"], not: ["["]),
        Row("[a-]", [], matches: ["a", "-"], not: ["b"]),
        Row("[[:digit:]_]", [], matches: ["7", "_"], not: ["a"]),
        Row("[ab", [], matches: ["[ab"], not: ["a"]),
        Row("{a,b}.{x,y}", [], matches: ["a.x", "b.y"], not: ["a.z", "{a,b}.x"]),
        Row("{a,b/{c,d}}/e", [], matches: ["a/e", "b/c/e", "b/d/e"], not: ["b/e"]),
        Row("v{1..3}", [], matches: ["v1", "v3"], not: ["v4", "v0", "v{1..3}"]),
        Row("{c..a}", [], matches: ["a", "b", "c"], not: ["d"]),
        Row("a{b}c{}", [], matches: ["a{b}c{}"], not: ["abc"]),
        Row("${a,b}", [], matches: ["${a,b}"], not: ["$a"]),
        Row("{a,b", [], matches: ["{a,b"], not: ["a"]),
        Row("x{,y}", [], matches: ["x", "xy"], not: ["xyy"]),
        Row("\\*.md", [], matches: ["*.md"], not: ["a.md"]),
        Row("\\{a,b\\}", [], matches: ["{a,b}"], not: ["a"]),
        Row("READ*", .caseInsensitive, matches: ["readme", "ReadMe"], not: ["red"]),
        Row("[a-c]É", .caseInsensitive, matches: ["Bé"], not: ["dé"]),
        Row("", [], matches: [""], not: ["a", "/a"]),
        Row("!a", [], matches: ["!a"], not: ["b"]),
        Row(
            "https://github.com/acme/*/blob/**/catalog-info.yaml", [.caseInsensitive, .dotFiles],
            matches: [
                "https://github.com/acme/shop/blob/main/catalog-info.yaml",
                "HTTPS://GitHub.com/Acme/.shop/blob/main/.x/y/catalog-info.yaml",
            ],
            not: [
                "https://github.com/acme/shop/tree/main/catalog-info.yaml",
                "https://github.com.evil.org/acme/shop/blob/main/catalog-info.yaml",
            ]),
    ]

    @Test(arguments: rows)
    func `matches as minimatch does`(row: Row) throws {
        let pattern = try GlobPattern(row.pattern, options: row.options)
        for text in row.matching { #expect(pattern.matches(text), "\(text)") }
        for text in row.others { #expect(!pattern.matches(text), "\(text)") }
    }

    /// Trying every possibility would take longer than the universe has been there.
    @Test(.timeLimit(.minutes(1))) func `hostile patterns end soon`() throws {
        let stars = try GlobPattern(String(repeating: "*a", count: 2_000))
        #expect(!stars.matches(String(repeating: "a", count: 1_999) + "b"))
        let deep = try GlobPattern(String(repeating: "**/a/", count: 200) + "b")
        #expect(!deep.matches(String(repeating: "a/", count: 300)))
        for text in [
            String(repeating: "{a,b}", count: 40), "{1..1000000000}", "{1..300}",
            "{-9223372036854775808..9223372036854775807}",
            String(repeating: "{a,", count: 50)
                + String(repeating: "}", count: 50),
        ] {
            #expect(throws: GlobPattern.Fault.tooManyAlternatives) { _ = try GlobPattern(text) }
        }
        #expect(throws: GlobPattern.Fault.tooLong) {
            _ = try GlobPattern(String(repeating: "x", count: 5_000))
        }
    }

    /// Short random patterns against a matcher that simply tries everything.
    @Test func `agrees with trying every possibility`() throws {
        var random = Seeded(state: 20_261_121)
        for _ in 0..<20_000 {
            let pattern = random.text(from: ["a", "b", ".", "*", "?", "/", "**"], upTo: 8)
            let text = random.text(from: ["a", "b", ".", "/"], upTo: 8)
            let names = text.split(separator: "/", omittingEmptySubsequences: false)
            // Runs and ends of slashes have rules of their own, tested in the table.
            guard !names.contains(""), !pattern.contains("//"), !pattern.hasSuffix("/"),
                !pattern.hasPrefix("/"), !pattern.isEmpty
            else { continue }
            let parts = pattern.split(separator: "/").map(Array.init)
            let expected = Self.tries(parts[...], names.map(Array.init)[...])
            #expect(
                try GlobPattern(pattern).matches(text) == expected, "\(pattern) against \(text)")
        }
    }

    private static func tries(
        _ parts: ArraySlice<[Character]>, _ names: ArraySlice<[Character]>
    ) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        guard part == ["*", "*"] else {
            guard let name = names.first else { return false }
            let isHidden = name.first == "." && part.first != "."
            return !isHidden && tries(part[...], in: name[...])
                && tries(parts.dropFirst(), names.dropFirst())
        }
        if parts.count > 1, tries(parts.dropFirst(), names) { return true }
        guard let name = names.first, name.first != "." else { return false }
        return tries(parts, names.dropFirst())
            || parts.count == 1 && names.count == 1
    }

    private static func tries(
        _ part: ArraySlice<Character>, in name: ArraySlice<Character>
    ) -> Bool {
        guard let first = part.first else { return name.isEmpty }
        if first == "*" {
            return tries(part.dropFirst(), in: name)
                || !name.isEmpty && tries(part, in: name.dropFirst())
        }
        guard let character = name.first, first == "?" || first == character else { return false }
        return tries(part.dropFirst(), in: name.dropFirst())
    }
}

/// Random numbers that are the same in each run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }

    mutating func text(from parts: [String], upTo length: Int) -> String {
        (0..<Int.random(in: 0...length, using: &self))
            .map { _ in parts.randomElement(using: &self) ?? "" }.joined()
    }
}

@Suite struct `Searching beneath a root` {
    static let tree = [
        "catalog-info.yaml", "b.yaml", ".hidden.yaml", "services/cart/catalog-info.yaml",
        "services/shop/catalog-info.yaml", "services/shop/docs/index.md", ".git/config.yaml",
        "empty/", "services/readme.md", "folder.yaml/inner.yaml",
    ]

    static let searches: [(String, GlobPattern.Options, [String])] = [
        ("*.yaml", [], ["b.yaml", "catalog-info.yaml"]),
        ("./*.yaml", [], ["b.yaml", "catalog-info.yaml"]),
        (".*.yaml", [], [".hidden.yaml"]),
        (
            "services/*/catalog-info.yaml", [],
            ["services/cart/catalog-info.yaml", "services/shop/catalog-info.yaml"]
        ),
        (
            "**/*.yaml", [],
            [
                "b.yaml", "catalog-info.yaml", "folder.yaml/inner.yaml",
                "services/cart/catalog-info.yaml", "services/shop/catalog-info.yaml",
            ]
        ),
        (
            "**/*.md", .dotFiles,
            ["services/readme.md", "services/shop/docs/index.md"]
        ),
        (".git/**", [], [".git/config.yaml"]),
        ("{b,c}*.yaml", [], ["b.yaml", "catalog-info.yaml"]),
        ("services/cart/catalog-info.yaml", [], ["services/cart/catalog-info.yaml"]),
        ("nothing/*", [], []),
        ("empty/**", [], []),
    ]

    @Test(arguments: searches)
    func `finds files in order`(
        pattern: String, options: GlobPattern.Options, expected: [String]
    ) throws {
        let folder = try TestFolder()
        folder.tree(Self.tree)
        let found = try FileRoot(folder.path).files(
            matching: GlobPattern(pattern, options: options))
        #expect(found.files == expected)
        #expect(found.refused.isEmpty)
    }

    @Test func `links are followed by name, never in circles and never out`() throws {
        let outer = try TestFolder()
        outer.tree(["root/real/a.yaml", "outside/secret.yaml"])
        outer.link("root/real/circle", to: "..")
        outer.link("root/alias", to: "real")
        outer.link("root/alias.yaml", to: "real/a.yaml")
        outer.link("root/out", to: "../outside")
        outer.link("root/out.yaml", to: "../outside/secret.yaml")
        let root = try FileRoot("\(outer.path)/root")
        let all = try root.files(matching: GlobPattern("**/*.yaml"))
        #expect(all.files == ["alias.yaml", "real/a.yaml"])
        #expect(all.refused.map(\.path).contains("out.yaml"))
        let named = try root.files(matching: GlobPattern("*/*.yaml"))
        #expect(named.files == ["alias/a.yaml", "real/a.yaml"])
        #expect(named.refused.map(\.path) == ["out", "out.yaml"])
        let strict = try FileRoot("\(outer.path)/root", links: .refused)
        #expect(try strict.files(matching: GlobPattern("**/*.yaml")).files == ["real/a.yaml"])
    }

    @Test func `limits end the search with an error`() throws {
        let folder = try TestFolder()
        folder.tree(["a/b/c/d/e.yaml", "1.yaml", "2.yaml", "3.yaml"])
        let root = try FileRoot(folder.path)
        for limits in [GlobLimits(files: 2), GlobLimits(depth: 2), GlobLimits(entries: 3)] {
            let error = #expect(throws: FileError.self) {
                _ = try root.files(matching: GlobPattern("**/*.yaml"), limits: limits)
            }
            guard case .tooMany = error?.reason else { Issue.record("\(limits)"); continue }
        }
        for pattern in ["../*.yaml", "/etc/*", "a/../../*"] {
            let error = #expect(throws: FileError.self) {
                _ = try root.files(matching: GlobPattern(pattern))
            }
            #expect(error?.reason == .outsideRoot)
        }
    }
}
