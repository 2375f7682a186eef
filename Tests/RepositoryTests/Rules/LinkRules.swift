/// Links of the documentation lead somewhere.
enum LinkRules {
    /// The links of a Markdown text that lead to no file, or to no heading of one.
    ///
    /// - Parameter read: the text of a file of the repository, or nil where there is none; the
    ///   empty text for a folder and for what is no text.
    static func check(
        _ path: String, _ text: String, read: (String) -> String?
    ) -> [Breach] {
        links(text).compactMap { link in
            let parts = link.target.split(
                separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let file = parts[0].isEmpty ? path : resolved(String(parts[0]), from: path)
            guard let file, let found = file == path ? text : read(file) else {
                return Breach(
                    path: path, line: link.line, what: "the link to \(link.target) leads nowhere")
            }
            guard parts.count > 1, file.hasSuffix(".md") else { return nil }
            if anchors(found).contains(String(parts[1])) { return nil }
            return Breach(
                path: path, line: link.line,
                what: "\(parts[0].isEmpty ? "this page" : file) has no heading #\(parts[1])")
        }
    }

    /// The targets of `[text](target)` and `![text](target)`, less those on the web.
    static func links(_ text: String) -> [(line: Int, target: String)] {
        var found: [(Int, String)] = []
        for (index, line) in prose(text) {
            var rest = line[...]
            while let open = rest.firstRange(of: "](") {
                rest = rest[open.upperBound...]
                let target = rest.prefix { $0 != ")" && $0 != " " }
                guard !target.isEmpty, !target.contains(":"), !target.hasPrefix("/") else {
                    continue
                }
                found.append((index + 1, String(target)))
            }
        }
        return found
    }

    /// Where a relative path leads from the folder of a file; nil where it leaves the repository.
    static func resolved(_ target: String, from path: String) -> String? {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                if parts.isEmpty { return nil }
                parts.removeLast()
            } else {
                parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    /// The names that hosts of repositories give to the headings of a page.
    static func anchors(_ text: String) -> Set<String> {
        var anchors: Set<String> = []
        var seen: [String: Int] = [:]
        for (_, line) in prose(text) where line.hasPrefix("#") {
            let words = line.drop { $0 == "#" }.trimmed.lowercased()
            let kept = words.filter {
                $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " "
            }
            let anchor = String(kept.map { $0 == " " ? "-" : $0 })
            let times = seen[anchor, default: 0]
            seen[anchor] = times + 1
            anchors.insert(times == 0 ? anchor : "\(anchor)-\(times)")
        }
        return anchors
    }

    /// The lines outside fences, without what stands between backticks.
    private static func prose(_ text: String) -> [(index: Int, line: String)] {
        var isFenced = false
        return text.lines.enumerated().compactMap { index, line in
            if line.trimmed.hasPrefix("```") {
                isFenced.toggle()
                return nil
            }
            if isFenced { return nil }
            if line.hasPrefix("#") { return (index, line.filter { $0 != "`" }) }
            let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
            return (index, pieces.enumerated().map { $0 % 2 == 0 ? $1 : "" }.joined())
        }
    }
}
