/// One thing that is wrong, or worth knowing, with the place where it is and what to do about it.
///
/// The same value is printed in the terminal, sent as JSON and shown on pages. `code` is stable
/// for ever (`area.reason`, kebab words): scripts match on it, words may change.
package struct Diagnostic: Error, Sendable, Equatable {
    /// How much it matters: an error means that something was refused or not read.
    package enum Severity: String, Sendable { case error, warning, info }

    /// The stable name, such as `catalog.location-type`, and how much it matters.
    package var code: String
    package var severity: Severity
    /// The file or address it is about, as the reader knows it; nil where there is none.
    package var file: String?
    package var place: TextPosition
    /// Where in the document, as a JSON pointer such as `/metadata/name`; nil for the whole.
    package var pointer: String?
    /// What happened, in one sentence without a full stop.
    package var summary: String
    /// Why that is so: the rule, the value that was found.
    package var reason: String?
    /// What to do next.
    package var remedy: String?
    /// The lines around the place; nil where they were not at hand.
    package var excerpt: SourceExcerpt?

    package init(
        _ code: String, severity: Severity = .error, file: String? = nil,
        at place: TextPosition = .unknown, pointer: String? = nil, _ summary: String,
        reason: String? = nil, remedy: String? = nil, excerpt: SourceExcerpt? = nil
    ) {
        self.code = code
        self.severity = severity
        self.file = file
        self.place = place
        // What is quoted from a document may be as long as the document.
        self.pointer = pointer.map { clipped($0, to: Self.textLimit) }
        self.summary = clipped(summary, to: Self.textLimit)
        self.reason = reason.map { clipped($0, to: Self.textLimit) }
        self.remedy = remedy.map { clipped($0, to: Self.textLimit) }
        self.excerpt = excerpt
    }

    /// The most bytes of each of its texts; what is longer is cut.
    package static let textLimit = 2000

    /// `file:line:column` as far as it is known; empty where nothing is.
    package var location: String {
        let where_ = place.isKnown ? "\(place.line):\(place.column)" : ""
        guard let file else { return where_ }
        return where_.isEmpty ? file : "\(file):\(where_)"
    }
}

extension Diagnostic {
    /// Several lines for a person in a terminal: place, sentence, the line in question with a caret
    /// below the column, why, what to do.
    package func report() -> String {
        var lines = ["\(location.isEmpty ? "" : location + ": ")\(severity.rawValue): \(summary)"]
        if let line = excerpt?.line(place.line) { lines += withCaret(line) }
        if let reason { lines.append("  why: \(reason)") }
        if let remedy { lines.append("  fix: \(remedy)") }
        lines.append("  [\(code)]")
        return lines.map(printable).joined(separator: "\n")
    }

    private func withCaret(_ line: String) -> [String] {
        let number = "\(place.line)"
        let column = min(Int(excerpt?.caret ?? 1) - 1, line.unicodeScalars.count)
        let indent = String(repeating: " ", count: max(0, column))
        let gutter = String(repeating: " ", count: number.count)
        return ["  \(number) | \(line)", "  \(gutter) | \(indent)^"]
    }

    /// With the lines around its place, if it is about this file and has none yet.
    package func shown(in source: SourceLines, of file: String) -> Diagnostic {
        guard excerpt == nil, self.file == file else { return self }
        var shown = self
        shown.excerpt = source.excerpt(at: place)
        return shown
    }

    /// One line in the form that GitHub's workflow log turns into an annotation.
    package var githubCommand: String {
        func data(_ text: String) -> String {
            text.replacing("%", with: "%25").replacing("\r", with: "%0D")
                .replacing("\n", with: "%0A")
        }
        func property(_ text: String) -> String {
            data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
        }
        let level = severity == .info ? "notice" : severity.rawValue
        var properties: [String] = []
        if let file { properties.append("file=\(property(file))") }
        if place.isKnown { properties += ["line=\(place.line)", "col=\(place.column)"] }
        properties.append("title=\(property(code))")
        let text = [summary, reason, remedy].compactMap { $0 }.joined(separator: "\n")
        return "::\(level) \(properties.joined(separator: ","))::\(data(text))"
    }

    /// Writes the diagnostic as a JSON object; what is not known is left out.
    package func write(to writer: inout JSONWriter) {
        writer.raw("{\"code\":")
        writer.string(code)
        writer.raw(",\"severity\":")
        writer.string(severity.rawValue)
        writer.raw(",\"summary\":")
        writer.string(summary)
        if let file {
            writer.raw(",\"file\":")
            writer.string(file)
        }
        if place.isKnown {
            writer.raw(",\"line\":")
            writer.integer(Int(place.line))
            writer.raw(",\"column\":")
            writer.integer(Int(place.column))
        }
        for (name, value) in [("pointer", pointer), ("reason", reason), ("remedy", remedy)] {
            guard let value else { continue }
            writer.raw(",")
            writer.string(name)
            writer.raw(":")
            writer.string(value)
        }
        if let excerpt {
            writer.raw(",\"excerpt\":{\"firstLine\":")
            writer.integer(Int(excerpt.firstLine))
            writer.raw(",\"caret\":")
            writer.integer(Int(excerpt.caret))
            writer.raw(",\"lines\":[")
            for (index, line) in excerpt.lines.enumerated() {
                if index > 0 { writer.raw(",") }
                writer.string(line)
            }
            writer.raw("]}")
        }
        writer.raw("}")
    }

    /// Reads back what ``write(to:)`` wrote; nil for anything else.
    package init?(_ json: JSON) {
        guard let code = json["code"]?.string, let summary = json["summary"]?.string,
            let severity = json["severity"]?.string.flatMap(Severity.init)
        else { return nil }
        let number: (JSON?) -> UInt32 = { UInt32(exactly: $0?.int ?? 0) ?? 0 }
        self.init(
            code, severity: severity, file: json["file"]?.string,
            at: TextPosition(line: number(json["line"]), column: number(json["column"])),
            pointer: json["pointer"]?.string, summary, reason: json["reason"]?.string,
            remedy: json["remedy"]?.string,
            excerpt: json["excerpt"].map { excerpt in
                SourceExcerpt(
                    firstLine: number(excerpt["firstLine"]),
                    lines: excerpt["lines"]?.elements.compactMap(\.string) ?? [],
                    caret: number(excerpt["caret"]))
            })
    }
}

/// Text with control characters made visible, so that content cannot rewrite a terminal's lines.
private func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
        return text
    }
    var out = ""
    for scalar in text.unicodeScalars {
        if scalar == "\t" {
            out.append(" ")
        } else if scalar.value < 0x20 || scalar.value == 0x7F {
            out.append("\u{FFFD}")
        } else {
            out.unicodeScalars.append(scalar)
        }
    }
    return out
}
