/// What is wrong with something: a sentence, the place, why, what to do, and the lines themselves.
package struct DiagnosticCard: Part {
    /// A place in a source.
    package struct Place: Sendable {
        let text: String
        let href: Href?

        /// `text` is `file:line:column`; `href` opens the file there.
        package init(_ text: String, href: Href?) {
            self.text = text
            self.href = href
        }
    }

    let tone: Tone
    let code: String
    let sentence: String
    let place: Place?
    /// What it is about; left out on that thing's own page.
    package var subject: EntityLink?
    let reason: String?
    let remedy: String?
    let actions: [HTML]
    let excerpt: Excerpt?
    let age: TimeText?
    /// Whether all of it is shown at once.
    package var isOpen: Bool

    /// The sentence, the reason and the remedy may have code between backticks.
    ///
    /// `code` is the stable name such as `catalog.unknown-owner`; `subject` what it is about, left
    /// out on that thing's own page; `actions` are buttons that do the remedy where we can.
    package init(
        _ tone: Tone, code: String, sentence: String, place: Place?, subject: EntityLink? = nil,
        reason: String? = nil, remedy: String? = nil, actions: [HTML] = [], excerpt: Excerpt? = nil,
        age: TimeText? = nil, isOpen: Bool = false
    ) {
        self.tone = tone
        self.code = code
        self.sentence = sentence
        self.place = place
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.actions = actions
        self.excerpt = excerpt
        self.age = age
        self.isOpen = isOpen
    }

    /// One line that opens to the whole.
    package var html: HTML {
        let about: HTML? = subject.map {
            "<span>\($0.icon) <bdi>\($0.title)</bdi></span>"
        }
        let file: HTML? = place.map { "<span class=\"mono\">\($0.text)</span>" }
        return """
            <details class="diagnostic"\(attribute: "open", if: isOpen)>\
            <summary><span class="state state-\(tone.rawValue)">\(tone.icon)\
            <span class="hidden-text">\(tone.word): </span></span>\
            <span class="sentence">\(HTML(prose: sentence))</span>\
            <span class="age">\(age)</span>\(Icon.chevronRight)\
            <span class="where">\(about)\(file)</span></summary>
            <div class="diagnostic-body">\(explanation)\
            \(excerpt?.html(tone: tone, label: place?.text ?? "Excerpt"))\
            <div class="diagnostic-actions">\(links)\(actions)<code class="code-id">\(code)</code>\
            </div></div></details>
            """
    }

    private var explanation: HTML {
        let why: HTML? = reason.map { "<dt>Why</dt><dd class=\"prose\">\(HTML(prose: $0))</dd>" }
        let what: HTML? = remedy.map {
            "<dt>What to do</dt><dd class=\"prose\">\(HTML(prose: $0))</dd>"
        }
        return reason == nil && remedy == nil ? "" : "<dl>\(why)\(what)</dl>"
    }

    private var links: HTML {
        let file = place?.href.map {
            Button("Open the file", .open($0), icon: .external, isSmall: true)
        }
        let page = subject?.href.map {
            Button("Open the entity", .open($0), icon: subject?.icon, isSmall: true)
        }
        return "\(file)\(page)"
    }
}

/// Diagnostics one below the other.
package struct DiagnosticList: Part {
    let cards: [DiagnosticCard]

    /// In the order of their weight.
    package init(_ cards: [DiagnosticCard]) {
        self.cards = cards
    }

    /// A list.
    package var html: HTML {
        "<ul class=\"diagnostics\">\(cards.map { "<li>\($0)</li>" })</ul>"
    }
}
