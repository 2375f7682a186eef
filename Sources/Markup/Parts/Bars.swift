/// Counts with a bar each, of the same scale.
package struct Bars: Part {
    /// One count.
    package struct Row: Sendable {
        let label: String
        let icon: Icon?
        let count: Int
        let href: Href?

        /// With an address the line is a link.
        package init(_ label: String, icon: Icon? = nil, count: Int, href: Href? = nil) {
            self.label = label
            self.icon = icon
            self.count = count
            self.href = href
        }
    }

    let rows: [Row]
    let tone: Tone?

    /// A tone colours the bars; without one they have the accent.
    package init(_ rows: [Row], tone: Tone? = nil) {
        self.rows = rows
        self.tone = tone
    }

    /// The longest bar is full; a count above zero has at least a visible one.
    package var html: HTML {
        let largest = max(1, rows.map(\.count).max() ?? 1)
        let colour = tone.map { " bar-" + $0.rawValue } ?? ""
        let items: [HTML] = rows.map { row in
            let share = Double(max(0, row.count)) / Double(largest) * 100
            let width = row.count > 0 ? max(3, Int(share)) : 0
            let line: HTML = """
                <span class="clip">\(row.icon)\(row.label)</span>\
                <svg class="bar\(colour)" viewBox="0 0 100 6" preserveAspectRatio="none" \
                aria-hidden="true"><rect width="\(width)" height="6"/></svg>\
                <span class="number">\(row.count.grouped)</span>
                """
            return row.href.map { "<li><a href=\"\($0)\">\(line)</a></li>" }
                ?? "<li><span>\(line)</span></li>"
        }
        return "<ul class=\"bars\">\(items)</ul>"
    }
}
