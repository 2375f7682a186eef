import Testing

/// The table of limits, held against the code.
@Suite struct LimitTests {
    /// A row's constant and what the table says of it.
    private struct Row {
        let value: Int
        /// `Type.name`, or `Type.Inner.name`.
        let constant: String
    }

    @Test func `the documented limits are those of the code`() throws {
        let tree = try SourceTree()
        let rows = try Self.rows(of: try #require(tree.read("docs/operating/limits.md")))
        #expect(rows.count > 40)
        let sources = tree.texts(under: "Sources/", ".swift")
        for row in rows {
            let names = row.constant.split(separator: ".").map(String.init)
            let owner = try #require(names.dropLast().last)
            let found = sources.filter { $0.text.contains(" \(owner)") }
                .compactMap { Self.value(of: names[names.count - 1], in: $0.text) }
            #expect(
                found.contains(row.value), "\(row.constant): \(row.value), in the code \(found)")
        }
    }

    /// The rows of all tables; a cell may name several values and as many constants.
    private static func rows(of text: String) throws -> [Row] {
        try text.lines.filter { $0.hasPrefix("| ") && $0.contains("`") }.flatMap { line in
            let cells = line.split(separator: "|").map { String($0) }
            guard cells.count >= 3, let last = cells.last(where: { $0.contains("`") }) else {
                return [Row]()
            }
            let constants = last.split(separator: "`").map(String.init).filter { $0.contains(".") }
            let values = cells[1].split(separator: " ").compactMap { word in
                Int(word.filter { $0 != "," })
            }
            try #require(constants.count == values.count, "\(line)")
            return zip(values, constants).map { Row(value: $0, constant: $1) }
        }
    }

    /// The number that a name is declared with: `= 64 * 1024`, `= .seconds(5)`, `: Int = 256` of a
    /// parameter, or `most: 16`.
    private static func value(of name: String, in text: String) -> Int? {
        let starts = ["\(name): Int = ", "\(name) = ", "\(name): Duration = "]
        for line in text.lines {
            guard let start = starts.lazy.compactMap({ line.firstRange(of: $0) }).first else {
                continue
            }
            var rest = line[start.upperBound...]
            if let most = rest.firstRange(of: "most: ") { rest = rest[most.upperBound...] }
            let end = rest.firstIndex { $0 == "," } ?? rest.endIndex
            let numbers = rest[..<end].replacing("_", with: "")
                .split { !$0.isNumber }.compactMap { Int($0) }
            if !numbers.isEmpty { return numbers.reduce(1, *) }
        }
        return nil
    }
}
