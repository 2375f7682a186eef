import Values

/// Prints diagnostics for people, with the line and a caret, in colours where there may be some.
struct DiagnosticPrinter {
    let hasColor: Bool

    func text(_ diagnostic: Diagnostic) -> String {
        let report = diagnostic.report()
        guard hasColor else { return report }
        var lines = report.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let word = "\(diagnostic.severity.rawValue):"
        let color = Self.color(of: diagnostic.severity)
        if let range = lines[0].firstRange(of: word) {
            lines[0].replaceSubrange(range, with: "\u{1B}[1;\(color)m\(word)\u{1B}[0m")
        }
        for index in lines.indices.dropFirst() {
            if lines[index].hasSuffix("^"), lines[index].hasPrefix("  ") {
                lines[index] = "\u{1B}[\(color)m\(lines[index])\u{1B}[0m"
            }
            if index == lines.endIndex - 1 { lines[index] = "\u{1B}[2m\(lines[index])\u{1B}[0m" }
        }
        return lines.joined(separator: "\n")
    }

    private static func color(of severity: Diagnostic.Severity) -> Int {
        switch severity {
        case .error: 31
        case .warning: 33
        case .info: 36
        }
    }
}

/// A number with its noun: `1 file`, `12 files`, `3 entities`.
func counted(_ count: Int, _ noun: String) -> String {
    guard count != 1 else { return "1 \(noun)" }
    return noun.hasSuffix("y") ? "\(count) \(noun.dropLast())ies" : "\(count) \(noun)s"
}
