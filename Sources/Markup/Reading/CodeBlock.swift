/// Code with numbers before its lines.
///
/// Copying takes the code and not the numbers.
package struct CodeBlock: Part {
    let text: String
    let language: CodeLanguage
    let id: String
    let title: String
    let href: Href?
    let marks: [Int: Tone]
    let linePrefix: String?

    /// `id` is the element's id; `title` names the code, usually its path, and `href` its source.
    ///
    /// `marks` colours lines by number, from 1. With a `linePrefix` such as `L` every line has an
    /// id and `#L12` leads to it; use it once a page.
    package init(
        _ text: String, language: CodeLanguage, id: String, title: String, href: Href? = nil,
        marks: [Int: Tone] = [:], linePrefix: String? = nil
    ) {
        self.text = text
        self.language = language
        self.id = id
        self.title = title
        self.href = href
        self.marks = marks
        self.linePrefix = linePrefix
    }

    /// A head with the title, then the lines in a region that scrolls sideways by keyboard too.
    package var html: HTML {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        var highlighter = Highlighter(language)
        var body = HTML()
        body.reserve(text.utf8.count &* 2 &+ lines.count &* 64)
        for (index, line) in lines.enumerated() {
            let number = index &+ 1
            let mark = marks[number].map { " line-" + $0.rawValue } ?? ""
            let id = linePrefix.map { $0 + String(number) }
            body += """
                <span class="line\(mark)"\(attribute: "id", id) data-n="\(number)">\
                \(highlighter.line(line))</span>
                """
        }
        let name: HTML =
            href.map { "<a class=\"mono\" href=\"\($0)\">\(title)</a>" }
            ?? "<span class=\"mono\">\(title)</span>"
        return """
            <div class="code"><div class="code-head">\(name)<span class="code-end">\
            <span class="number">\(lines.count.counted("line", "lines"))</span>\
            \(CopyButton("#" + id, what: title))</span></div>\
            <pre id="\(id)" tabindex="0" role="group" aria-label="\(title)"><code>\(body)\
            </code></pre>\
            </div>
            """
    }
}

/// A few lines of a source around a place, with a caret below it.
package struct Excerpt: Sendable {
    let firstLine: Int
    let lines: [String]
    let line: Int
    let column: Int?
    let language: CodeLanguage

    /// `lines` begin with the one numbered `firstLine`; `line` and `column` count from 1, the
    /// column in Unicode scalars.
    package init(
        firstLine: Int, lines: [String], line: Int, column: Int?, language: CodeLanguage = .yaml
    ) {
        self.firstLine = firstLine
        self.lines = lines
        self.line = line
        self.column = column
        self.language = language
    }

    func html(tone: Tone, label: String) -> HTML {
        var highlighter = Highlighter(language)
        let mark = tone == .bad ? "bad" : "warn"
        var body = HTML()
        for (index, text) in lines.enumerated() {
            let number = firstLine &+ index
            let isPlace = number == line
            body += """
                <span class="line\(isPlace ? " line-" + mark : "")" data-n="\(number)">\
                \(highlighter.line(text[...]))</span>
                """
            if isPlace, let column, column > 0 {
                // The text before the place, unseen: the caret stands below it whatever the width
                // of its characters is.
                let before = String(text.unicodeScalars.prefix(column &- 1))
                body += """
                    <span class="line line-\(mark) line-caret-\(mark)" \
                    aria-hidden="true" data-n="">\
                    <span class="unseen">\(before)</span><span class="caret">^</span></span>
                    """
            }
        }
        return """
            <div class="code"><pre tabindex="0" role="group" aria-label="\(label)"><code>\(body)\
            </code></pre></div>
            """
    }
}
