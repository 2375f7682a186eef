/// What happened to something, newest first.
package struct Timeline: Part {
    /// One thing that happened.
    package struct Event: Sendable {
        let icon: Icon
        let sentence: HTML
        let end: [HTML]
        let note: String?
        let diff: LineDiff?
        let isOpen: Bool

        /// The sentence says who did what; `end` are the time, the revision and the source; the
        /// note is a person's own words, such as a commit's message.
        package init(
            _ icon: Icon, _ sentence: HTML, end: [HTML], note: String? = nil, diff: LineDiff? = nil,
            isOpen: Bool = false
        ) {
            self.icon = icon
            self.sentence = sentence
            self.end = end
            self.note = note
            self.diff = diff
            self.isOpen = isOpen
        }

        fileprivate var html: HTML {
            let words: HTML? = note.map { "<p class=\"event-note\">\($0)</p>" }
            let change: HTML? = diff.map { diff in
                let block = DiffBlock(diff, title: "What changed")
                return """
                    <details\(attribute: "open", if: isOpen)><summary>\(Icon.chevronRight)\
                    What changed \(block.delta)</summary>\(block)</details>
                    """
            }
            return """
                <li>\(icon)<div class="event"><span>\(sentence)</span>\
                <span class="event-end">\(end.map { "<span>\($0)</span>" })</span></div>\
                \(words)\(change)</li>
                """
        }
    }

    let events: [Event]

    /// Newest first.
    package init(_ events: [Event]) {
        self.events = events
    }

    /// An ordered list.
    package var html: HTML {
        "<ol class=\"timeline\">\(events.map(\.html))</ol>"
    }
}
