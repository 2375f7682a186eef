/// One place where a rule of the repository is not kept.
struct Breach: Equatable, CustomStringConvertible {
    var path: String
    /// Counted from one; zero where the whole file is meant.
    var line: Int
    /// What is wrong, and what to do instead.
    var what: String

    var description: String { line == 0 ? "\(path): \(what)" : "\(path):\(line): \(what)" }
}

extension StringProtocol {
    /// The text without spaces and tabs at both ends.
    var trimmed: SubSequence {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isSpace($0) }) else { return suffix(0) }
        guard let end = lastIndex(where: { !isSpace($0) }) else { return suffix(0) }
        return self[start...end]
    }

    /// Every line, empty ones too, so that an offset is a line's number less one.
    var lines: [Substring] {
        // By bytes, which is ten times faster than by characters.
        Substring(self).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Substring.init)
    }
}
