/// A label and its value.
package struct Fact: Sendable {
    let label: String
    let value: HTML
    let isWide: Bool

    /// A wide one takes both columns.
    package init(_ label: String, _ value: HTML, isWide: Bool = false) {
        self.label = label
        self.value = value
        self.isWide = isWide
    }

    /// A text in the fixed-width face that can be copied: a reference, a path, a command.
    package static func code(_ label: String, _ text: String, href: Href? = nil) -> Fact {
        let word: HTML =
            href.map { "<a class=\"mono\" href=\"\($0)\">\(text)</a>" }
            ?? "<span class=\"mono\">\(text)</span>"
        return Fact(
            label,
            """
            <span class="with-copy">\(word)\(CopyButton(text, what: label.lowercased()))</span>
            """)
    }
}

/// Facts in two columns of label and value, in one where there is little room.
package struct Facts: Part {
    let facts: [Fact]
    let hasOneColumn: Bool

    /// In reading order.
    package init(_ facts: [Fact], hasOneColumn: Bool = false) {
        self.facts = facts
        self.hasOneColumn = hasOneColumn
    }

    /// A description list.
    package var html: HTML {
        let rows: [HTML] = facts.map {
            """
            <div\(attribute: "class", $0.isWide ? "fact-wide" : nil)><dt>\($0.label)</dt>\
            <dd>\($0.value)</dd></div>
            """
        }
        return "<dl class=\"facts\(hasOneColumn ? " facts-one" : "")\">\(rows)</dl>"
    }
}
