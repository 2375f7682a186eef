import Values

/// What libyaml refused, in words for the person who wrote the file.
///
/// libyaml tells where it stopped, which is often a line or two behind the slip; the lines around
/// tell what the slip most likely is. The first guess that fits is taken.
struct SyntaxExplanation {
    private(set) var summary: String
    private(set) var reason: String?
    private(set) var remedy: String?
    /// Whether the place to show is where the thing began, not where it failed to end.
    private(set) var isAtContext = false
    /// Where the slip itself is, if that can be told: line and column from 0.
    private(set) var slip: (line: Int, column: Int)?

    private let failure: YAMLFailure
    /// The line of the fault, and the one that has content before it.
    private let line: String
    private let before: String
    private let numberBefore: Int

    init(_ failure: YAMLFailure, in text: UnsafeBufferPointer<UInt8>) {
        self.failure = failure
        line = lineText(failure.line, in: text)
        var number = failure.line - 1
        var before = ""
        while number >= 0, number >= failure.line - 20 {
            before = lineText(number, in: text)
            if !isEmpty(before) { break }
            number -= 1
        }
        self.before = before
        numberBefore = number
        summary = ""
        let guesses = [
            skeleton, tab, unclosed, reserved, alias, tagHandle, escape, braces, compact,
            missingSpace, sequence, missingColon, endOfQuotes, flow, indentation,
        ]
        for guess in guesses {
            guard let words = guess() else { continue }
            (summary, remedy) = words
            break
        }
        if summary.isEmpty {
            summary = "this is not YAML"
            remedy = "look at the indentation, quotes and brackets here and in the line before"
        }
        reason = reasonText
        if summary == missingSpace()?.summary {
            slip = missingSpaceInLine.map { ($0.number, $0.column) }
        }
        isAtContext =
            isQuoteContext && (problem("end of stream") || problem("document indicator"))
    }

    private var reasonText: String {
        let problem = failure.problem
        return failure.context.isEmpty ? problem : "\(problem) \(failure.context)"
    }

    private var isQuoteContext: Bool { failure.context.contains("quoted scalar") }

    private func problem(_ text: String) -> Bool { failure.problem.contains(text) }

    // MARK: Guesses

    private typealias Guess = (summary: String, remedy: String)

    private func skeleton() -> Guess? {
        let marks = ["{%", "{#"]
        guard [line, before].contains(where: { text in marks.contains { text.contains($0) } })
        else { return nil }
        return (
            "this is a template's skeleton that was not rendered",
            "leave skeleton folders out of discovery; the file becomes YAML when a template runs"
        )
    }

    private func tab() -> Guess? {
        guard line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") else { return nil }
        return ("a tab indents this line", "indent with spaces only")
    }

    private func unclosed() -> Guess? {
        guard isQuoteContext else { return nil }
        if problem("end of stream") || problem("document indicator") {
            return (
                "a quote is opened here and never closed",
                "write the closing quote; inside single quotes `'` is written `''`"
            )
        }
        return nil
    }

    private func reserved() -> Guess? {
        guard problem("cannot start any token"),
            let character = line.dropFirst(failure.column).first
        else { return nil }
        if character == "%" {
            return (
                "a value without quotes cannot begin with `%`",
                "quote the value; `{% … %}` is a template that was not rendered"
            )
        }
        if character == "`" {
            return (
                "a value without quotes cannot begin with a backtick",
                "quote the value; a Markdown fence belongs indented beneath a key with `|`"
            )
        }
        guard character == "@" else { return nil }
        return ("a value without quotes cannot begin with `@`", "quote the value: \"@…\"")
    }

    private func alias() -> Guess? {
        guard failure.context.contains("alias") || failure.context.contains("anchor") else {
            return nil
        }
        let sign = failure.context.contains("alias") ? "*" : "&"
        return (
            "a value without quotes that begins with `\(sign)` is no text",
            "quote the value, for example \"\(sign)…\""
        )
    }

    private func tagHandle() -> Guess? {
        guard failure.context.contains("tag") || problem("tag") else { return nil }
        return (
            "a value without quotes that begins with `!` is a tag, and this one is not known",
            "quote the value if `!` is part of its text"
        )
    }

    private func escape() -> Guess? {
        guard isQuoteContext else { return nil }
        if problem("Unicode character escape") {
            return (
                "`\\u` needs four hexadecimal digits that name a character",
                "write the character itself"
            )
        }
        guard problem("escape") || problem("hexdecimal") else { return nil }
        return (
            "a backslash in double quotes begins an escape that does not exist",
            "write `\\\\` for a backslash, or use single quotes"
        )
    }

    private func braces() -> Guess? {
        guard let start = line.firstRange(of: "{{")?.lowerBound else { return nil }
        let head = line[..<start]
        guard head.last != "$", !head.contains("\""), !head.contains("'") else { return nil }
        return (
            "a value that begins with `{{` needs quotes",
            "quote the whole value: `key: \"{{ … }}\"`; or render the template first"
        )
    }

    private func compact() -> Guess? {
        guard problem("mapping values are not allowed") else { return nil }
        let body = trimmed(line)
        if isKeyed(before), indent(line) > indent(before), !trimmed(before).hasSuffix(":") {
            return (
                "a key stands deeper than the line before, which has its value already",
                "indent both lines alike, or end the line before with `:`"
            )
        }
        if body.count(of: ": ") > 1 || body.hasSuffix(":") && body.count(of: ": ") > 0 {
            return (
                "a second `: ` stands in this line",
                "if two keys ran together, put each on a line of its own; if `: ` is part of"
                    + " the text, quote the value"
            )
        }
        return (
            "a key cannot stand here", "compare the indentation with the lines around"
        )
    }

    private func missingSpace() -> Guess? {
        guard let (key, rest, _, _) = missingSpaceInLine else { return nil }
        let value = rest.count > 80 ? "\(rest.prefix(80))…" : rest
        return ("a space is missing after `\(key):`", "write `\(key): \(value)`")
    }

    /// The key and the value that stand together in the line or in the one before, and the place
    /// of the value.
    private var missingSpaceInLine: (key: String, rest: String, number: Int, column: Int)? {
        guard problem("could not find expected ':'") || problem("did not find expected key") else {
            return nil
        }
        for (text, number) in [(line, failure.line), (before, numberBefore)] {
            let body = trimmed(text)
            let key = body.prefix { $0.isLetter || $0.isNumber || "-_./".contains($0) }
            let rest = body.dropFirst(key.count)
            if !key.isEmpty, rest.first == ":", let next = rest.dropFirst().first, next != " " {
                let value = rest.dropFirst()
                let column = text.unicodeScalars.count - value.unicodeScalars.count
                return (String(key.prefix(40)), String(value), number, column)
            }
        }
        return nil
    }

    private func sequence() -> Guess? {
        guard problem("block sequence entries are not allowed") else { return nil }
        return (
            "a list cannot begin behind a key in the same line",
            "begin the list in the next line, each entry with `- `"
        )
    }

    private func missingColon() -> Guess? {
        guard problem("could not find expected ':'") else { return nil }
        return (
            "the line before is no `key: value`",
            "write `key: value`, or indent the line deeper if it continues the text above"
        )
    }

    private func endOfQuotes() -> Guess? {
        guard problem("did not find expected") else { return nil }
        let head = line.prefix(failure.column).reversed().drop { $0 == " " }
        guard let quote = head.first, quote == "\"" || quote == "'", head.count > 1 else {
            return nil
        }
        return (
            "text follows behind a closing quote",
            quote == "'"
                ? "write `''` for a quote inside single quotes, or use double quotes outside"
                : "quote the whole value; inside double quotes `\"` is written `\\\"`"
        )
    }

    private func flow() -> Guess? {
        guard failure.context.contains("flow"), !failure.context.contains("flow node") else {
            return nil
        }
        let isMap = failure.context.contains("mapping")
        return (
            "`\(isMap ? "{" : "[")` is opened and not closed properly",
            "close it, put a comma between entries, and quote text that holds brackets"
        )
    }

    private func indentation() -> Guess? {
        guard problem("did not find expected") else { return nil }
        if problem("<document start>") {
            return (
                "something follows behind the end of the document",
                "remove it, or begin a new document with a line `---`"
            )
        }
        if indent(line) != indent(before), !isEmpty(before) {
            return (
                "this line is indented by \(indent(line)) and fits none of the lines before",
                "keys of the same map begin in the same column"
            )
        }
        return ("this line does not fit the lines before", "compare the indentation")
    }

    // MARK: Lines

    private func indent(_ text: String) -> Int { text.prefix { $0 == " " }.count }

    private func trimmed(_ text: String) -> String {
        String(text.drop { $0 == " " || $0 == "\t" || $0 == "-" })
    }

    private func isKeyed(_ text: String) -> Bool {
        text.contains(": ") || text.hasSuffix(":")
    }
}

private func isEmpty(_ line: String) -> Bool {
    let first = line.first { $0 != " " && $0 != "\t" }
    return first == nil || first == "#"
}

extension String {
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
