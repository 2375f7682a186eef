import Testing

/// Every rule finds what was planted for it, and leaves alone what only looks like it.
@Suite struct RuleTests {
    static let map = PackageMap(
        manifest: """
            func part(_ name: String) {}
            let targets = [
                part("Values"), library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
                part("Descriptors", "CYAML", "Values"), part("Store", "Values"), part("Portal"),
                part("Browse", "Values", "Docs"), part("Docs", "Browse"), part("Server", "Docs"),
                [.executableTarget(name: "callboard", dependencies: ["Server"])],
                part("CallboardTestSupport"), tests("Values"),
            ]
            """)

    @Test func `the manifest's order and names are understood`() {
        #expect(
            Self.map.targets.map(\.name) == [
                "Values", "CYAML", "Descriptors", "Store", "Portal", "Browse", "Docs", "Server",
                "callboard", "CallboardTestSupport",
            ])
        #expect(Self.map["Descriptors"]?.dependencies == ["CYAML", "Values"])
        #expect(["Browse", "Docs"].allSatisfy(Self.map.isFeature))
        #expect(!["Portal", "Server", "Store"].contains(where: Self.map.isFeature))
    }

    /// A rule, what it is given, and the lines that it must find.
    static let planted: [(rule: String, path: String, text: String, lines: [Int])] = [
        ("imports", "Sources/Values/A.swift", "import Glibc\nimport Store", [2]),
        ("imports", "Sources/Store/A.swift", "package import Values", []),
        ("imports", "Sources/Store/A.swift", "// import Browse\nlet x = \"import Browse\"", []),
        ("imports", "Sources/Docs/A.swift", "@testable import struct Browse.Page", [1]),
        ("imports", "Sources/Store/A.swift", "import Foundation", [1]),
        ("imports", "Sources/Store/A.swift", "import CYAML", [1]),
        ("imports", "Sources/Nowhere/A.swift", "import Values", [1]),
        ("imports", "Tests/ValuesTests/A.swift", "import Store", []),
        ("calls", "Sources/Store/A.swift", "a()\nprint(1)\nx.print(2)\nfunc print(_ x: Int)", [2]),
        ("calls", "Sources/callboard/A.swift", "print(1)", []),
        ("calls", "Sources/Store/A.swift", "let a = try! b()\n// try! c()", [1]),
        ("calls", "Sources/Store/A.swift", "let a = \"fatalError\\(fatalError())\"", [1]),
        ("calls", "Sources/Store/A.swift", "#\"\\(Date())\"#\nlet a = Date()", [2]),
        ("calls", "Sources/Store/A.swift", "/* Date() /* */ Date() */ UpdateDate()", []),
        ("calls", "Sources/Store/A.swift", "\"\"\"\nDate()\n\"\"\"\nThread.sleep(1)", [4]),
        ("unchecked", "Sources/A/A.swift", "/// A box.\nclass A: @unchecked Sendable {", [2]),
        (
            "unchecked", "Sources/A/A.swift",
            "/// A.\n/// Unchecked: it is locked.\n@unchecked Sendable", []
        ),
        (
            "unchecked", "Sources/A/A.swift",
            "class A: @unchecked Sendable {  // One thread has it.", []
        ),
        ("unchecked", "Sources/A/A.swift", "nonisolated(unsafe) let a = 1", [1]),
        (
            "unchecked", "Sources/A/A.swift",
            "// Unchecked: never written.\nnonisolated(unsafe) let a = 1\nnonisolated(unsafe) let b = 2",
            []
        ),
        (
            "explained", "Sources/A/A.swift",
            "package struct A {\n    /// B.\n    package var b: Int", [1]
        ),
        ("explained", "Sources/A/A.swift", "/// A.\n@inlinable\npackage func a() {", []),
        ("explained", "Sources/A/A.swift", "@inlinable package static func a() {", [1]),
        (
            "explained", "Sources/A/A.swift",
            "/// X and y.\npackage let x: Int\npackage let y: Int", []
        ),
        ("explained", "Sources/A/A.swift", "/// X.\npackage let x: Int\n\npackage let y: Int", [4]),
        ("explained", "Sources/A/A.swift", "/// X.\npackage let x: Int\npackage func y() {", [3]),
        (
            "explained", "Sources/A/A.swift", "package import B\npackage var description: String {",
            []
        ),
        (
            "explained", "Sources/A/A.swift",
            "/// A.\npackage struct A {\n    package let x: Int\n    package let y: Int\n}", []
        ),
        (
            "explained", "Sources/A/A.swift",
            "struct A {\n    package let x: Int\n\n    package let y: Int { 1 }\n}", [2, 4]
        ),
        (
            "explained", "Sources/A/A.swift",
            "package init(\n    x: Int\n) {\n    self.x = x\n}\npackage init() { start() }", [6]
        ),
        ("length", "Sources/A/A.swift", String(repeating: "\n", count: 499), []),
        ("length", "Sources/A/A.swift", String(repeating: "\n", count: 500), [0]),
        ("promises", "docs/a.md", "a\n// TO" + "DO: later\nmasTO" + "DON", [2]),
        ("workplaces", "docs/a.md", "see /ho" + "me/ann/x and https://a.b/ho" + "me/", [1]),
        (
            "links", "docs/a.md",
            "# A b\n[a](b.md) [b](../c.md) [c](#a-b)\n[d](https://e) `[e](f)`", [2]
        ),
        ("links", "docs/a.md", "# A\n[a](#b)\n```\n[a](c.md)\n```\n![p](../../x.png)", [2, 6]),
    ]

    @Test(arguments: planted)
    func `a rule finds what was planted`(
        rule: String, path: String, text: String, lines: [Int]
    ) throws {
        let found =
            switch rule {
            case "imports": ImportRules.check(path, text, Self.map)
            case "calls": CodeRules.checkCalls(path, text)
            case "unchecked": CodeRules.checkUnchecked(path, text)
            case "explained": ExplanationRule.check(path, text)
            case "length": TextRules.checkLength(path, text)
            case "promises": TextRules.checkPromises(path, text)
            case "workplaces": TextRules.checkWorkplaces(path, text)
            default: LinkRules.check(path, text) { $0 == "c.md" ? "" : nil }
            }
        #expect(found.map(\.line) == lines, "\(found)")
    }

    @Test func `a C library with two importers is found`() {
        let files = [
            ("Sources/Descriptors/A.swift", "import CYAML"),
            ("Sources/Store/A.swift", "import CYAML"),
            ("Sources/Store/B.swift", "import Values"),
            ("Tests/StoreTests/C.swift", "import CYAML"),
        ]
        let found = ImportRules.checkOneImporter(files.map { (path: $0, text: $1) }, Self.map)
        #expect(
            found.map(\.path) == ["Sources/Descriptors/A.swift", "Sources/Store/A.swift"])
    }
}
