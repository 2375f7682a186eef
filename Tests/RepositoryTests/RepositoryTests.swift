import Testing

/// The rules, kept by the repository as it is.
@Suite struct RepositoryTests {
    static let rules = [
        "imports", "one importer", "calls", "unchecked", "explained", "length", "promises",
        "workplaces", "links",
    ]

    private static let tree = Result { try SourceTree() }

    @Test(arguments: rules)
    func `the repository keeps its rules`(rule: String) throws {
        let tree = try Self.tree.get()
        let map = PackageMap(manifest: try #require(tree.read("Package.swift")))
        let sources = tree.texts(under: "Sources/", ".swift")
        try #require(map.targets.count > 20 && sources.count > 100)
        let swift = tree.texts(".swift")
        let all = tree.files.compactMap { file in file.text.map { (path: file.path, text: $0) } }

        let breaches: [Breach] =
            switch rule {
            case "imports": sources.flatMap { ImportRules.check($0, $1, map) }
            case "one importer": ImportRules.checkOneImporter(sources, map)
            case "calls": sources.flatMap { CodeRules.checkCalls($0, $1) }
            case "unchecked": swift.flatMap { CodeRules.checkUnchecked($0, $1) }
            case "explained": sources.flatMap { ExplanationRule.check($0, $1) }
            case "length": swift.flatMap { TextRules.checkLength($0, $1) }
            case "promises": all.flatMap { TextRules.checkPromises($0, $1) }
            case "workplaces": all.flatMap { TextRules.checkWorkplaces($0, $1) }
            default:
                // The demo's documentation sites have links that only their builder resolves.
                tree.texts(".md").filter {
                    !$0.path.hasPrefix("Resources/") || $0.path.hasSuffix("README.md")
                }.flatMap {
                    LinkRules.check($0.path, $0.text, read: tree.read)
                }
            }
        for breach in breaches { Issue.record("\(breach)") }
    }
}
