/// What holds for every text of the repository.
enum TextRules {
    static let longestFile = 500

    static func checkLength(_ path: String, _ text: String) -> [Breach] {
        let lines = text.lines.count - (text.hasSuffix("\n") ? 1 : 0)
        guard lines >= longestFile else { return [] }
        return [
            Breach(
                path: path, line: 0,
                what: "has \(lines) lines; from \(longestFile) on it is two files: Type+topic.swift"
            )
        ]
    }

    // Written in two pieces, or this file would breach its own rule.
    private static let promises = ["TO" + "DO", "FIX" + "ME"]

    /// What is still to be done stands in an issue, where somebody sees it.
    static func checkPromises(_ path: String, _ text: String) -> [Breach] {
        find(promises, in: path, text) { "\($0): do it now, or file an issue" }
    }

    private static let workplaces = ["/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/"]

    /// A path of somebody's own machine helps nobody else.
    static func checkWorkplaces(_ path: String, _ text: String) -> [Breach] {
        find(workplaces, in: path, text) { "\($0): a path of somebody's machine; make it relative" }
    }

    /// Where one of the words stands and is not the continuation of a longer one.
    private static func find(
        _ words: [String], in path: String, _ text: String, what: (String) -> String
    ) -> [Breach] {
        var breaches: [Breach] = []
        for (index, line) in text.lines.enumerated() {
            for word in words {
                guard let range = line.firstRange(of: word) else { continue }
                let before = line[..<range.lowerBound].last
                if let before, before.isLetter || before.isNumber || "._-})".contains(before) {
                    continue
                }
                breaches.append(Breach(path: path, line: index + 1, what: what(word)))
            }
        }
        return breaches
    }
}
