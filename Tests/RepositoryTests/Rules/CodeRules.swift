/// What code may not call, and what it may not leave unsaid.
enum CodeRules {
    /// A call, where it is allowed (prefixes of paths), and what to do instead.
    static let banned: [(call: String, allowed: [String], instead: String)] = [
        (
            "print(",
            ["Sources/callboard/", "Sources/Server/Commands/", "Sources/EmbedAssetsTool/"],
            "write a log line; only commands print"
        ),
        ("try!", [], "handle the error"),
        ("as!", [], "use as? and handle nil"),
        ("fatalError", [], "throw: input must not end the process"),
        ("preconditionFailure", [], "throw: input must not end the process"),
        ("Date()", [], "take the clock that was handed in"),
        ("URLSession", [], "use Outbound, which guards addresses"),
        ("URLComponents", [], "use WebAddress: setters trap on some input"),
        ("Thread.sleep", [], "use Task.sleep, or a condition"),
        ("DispatchSemaphore", [], "do not block the shared threads"),
    ]

    static func checkCalls(_ path: String, _ text: String) -> [Breach] {
        var breaches: [Breach] = []
        for (index, line) in SwiftCode(text).code.enumerated() {
            for rule in banned where !rule.allowed.contains(where: path.hasPrefix) {
                guard contains(line, rule.call) else { continue }
                breaches.append(
                    Breach(path: path, line: index + 1, what: "\(rule.call): \(rule.instead)"))
            }
        }
        return breaches
    }

    /// Whether the call stands there as a word of its own, not as the end of another or a member.
    private static func contains(_ line: Substring, _ call: String) -> Bool {
        var rest = line
        while let range = rest.firstRange(of: call) {
            let before = line[..<range.lowerBound].last
            let isDeclared = line[..<range.lowerBound].hasSuffix("func ")
            let isPartOfWord = before.map { $0.isLetter || $0.isNumber || "_.`".contains($0) }
            if isPartOfWord != true, !isDeclared { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// What the compiler does not check says why it is right.
    ///
    /// In a comment at the end of the line, or above it in a comment of which a line begins with
    /// "Unchecked". Lines that follow each other share it.
    static func checkUnchecked(_ path: String, _ text: String) -> [Breach] {
        let source = SwiftCode(text)
        func isUnchecked(_ index: Int) -> Bool {
            source.code[index].contains("@unchecked Sendable")
                || source.code[index].contains("nonisolated(unsafe)")
        }
        return source.code.indices.compactMap { index in
            guard isUnchecked(index) else { return nil }
            let code = source.code[index]
            if code.trimmed.count < source.lines[index].trimmed.count,
                source.lines[index].contains("//")
            {
                return nil
            }
            var above = index - 1
            while above >= 0, isUnchecked(above) || source.code[above].trimmed.hasPrefix("@") {
                above -= 1
            }
            while source.isComment(above) {
                let words = source.lines[above].trimmed.drop { $0 == "/" }.trimmed
                if words.hasPrefix("Unchecked") { return nil }
                above -= 1
            }
            return Breach(
                path: path, line: index + 1,
                what: "say why this is safe: `// Unchecked: …` above, or at the end of the line")
        }
    }
}
