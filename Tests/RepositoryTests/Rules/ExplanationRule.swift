/// Every `package` declaration is explained, since it is what other targets see.
///
/// Exempt is only what a comment would repeat:
/// - stored properties of one line that follow, without an empty line between, the opening line of
///   a type or a property, where that is explained: its comment speaks for the group;
/// - an initialiser that does nothing but set the properties of its parameters' names;
/// - what a protocol of the standard library asks for, such as `description`.
enum ExplanationRule {
    static func check(_ path: String, _ text: String) -> [Breach] {
        let source = SwiftCode(text)
        // The last line of a group that a comment speaks for.
        var endOfGroup = -2
        return source.code.indices.compactMap { index in
            guard let declaration = Declaration(source.code[index]) else { return nil }
            var above = index - 1
            while above >= 0, isAttribute(source.code[above]) { above -= 1 }
            if isComment(source, above) {
                if declaration.isType || declaration.isStored { endOfGroup = index }
                return nil
            }
            if declaration.isStored, above == endOfGroup {
                endOfGroup = index
                return nil
            }
            guard declaration.isPackage, !declaration.isWellKnown else { return nil }
            if declaration.text.hasPrefix("init("), setsPropertiesOnly(source.code, from: index) {
                return nil
            }
            return Breach(
                path: path, line: index + 1,
                what: "`\(declaration.text.prefix(40))` is seen by other targets and has no doc "
                    + "comment")
        }
    }

    private static func isComment(_ source: SwiftCode, _ index: Int) -> Bool {
        guard index >= 0 else { return false }
        let line = source.lines[index].trimmed
        return line.hasPrefix("///") || line.hasSuffix("*/")
    }

    private static func isAttribute(_ line: Substring) -> Bool {
        line.trimmed.hasPrefix("@") && Declaration(line) == nil && !line.contains("{")
    }

    /// Whether the body of the initialiser consists of `self.x = …` alone.
    private static func setsPropertiesOnly(_ code: [Substring], from index: Int) -> Bool {
        var body = code[index...].joined(separator: "\n")[...]
        guard let open = body.firstIndex(of: "{") else { return false }
        body = body[body.index(after: open)...]
        var depth = 1
        let end = body.firstIndex { character in
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            return depth == 0
        }
        guard let end else { return false }
        return body[..<end].lines.allSatisfy { line in
            line.trimmed.isEmpty || line.trimmed.hasPrefix("self.") && line.contains(" = ")
        }
    }
}

/// The declaration that a line begins, as far as its first line tells.
private struct Declaration {
    var isPackage = false
    /// From the keyword on.
    var text: Substring
    private let keyword: Substring

    var isType: Bool {
        ["struct", "enum", "class", "actor", "protocol", "extension"].contains(keyword)
            && text.last == "{"
    }

    /// A property without a body.
    var isStored: Bool { ["let", "var"].contains(keyword) && !text.contains("{") }

    var isWellKnown: Bool {
        [
            "var description", "var debugDescription", "func ==", "func <", "func hash(into",
            "func encode(to", "init(from decoder", "func makeIterator", "func next()",
        ].contains { text.hasPrefix($0) }
    }

    private static let keywords: Set<Substring> = [
        "let", "var", "func", "init", "struct", "enum", "class", "actor", "protocol", "subscript",
        "typealias", "extension",
    ]
    private static let modifiers: Set<Substring> = [
        "package", "static", "final", "mutating", "nonmutating", "nonisolated", "indirect",
        "override", "required", "convenience", "lazy", "weak", "consuming", "borrowing", "prefix",
        "postfix", "infix", "dynamic", "nonisolated(unsafe)", "private(set)", "fileprivate(set)",
        "internal(set)", "package(set)",
    ]

    init?(_ line: Substring) {
        var rest = line.trimmed
        while !rest.isEmpty {
            let word = rest.prefix { $0 != " " }
            let name = word.prefix { $0.isLetter }
            if Self.keywords.contains(name) {
                keyword = name
                text = rest
                return
            }
            guard word.hasPrefix("@") || Self.modifiers.contains(word) else { return nil }
            if word == "package" { isPackage = true }
            rest = rest.dropFirst(word.count).trimmed
        }
        return nil
    }
}
