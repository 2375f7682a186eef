/// What a colour may mean.
package enum Tone: String, Sendable, CaseIterable {
    /// As it should be.
    case ok
    /// Someone should look.
    case warn
    /// Something is broken or refused.
    case bad
    /// Worth knowing.
    case info

    /// The icon that goes with it.
    package var icon: Icon {
        switch self {
        case .ok: .ok
        case .warn: .warning
        case .bad: .error
        case .info: .info
        }
    }

    /// The word for it where only a symbol is seen.
    package var word: String {
        switch self {
        case .ok: "All right"
        case .warn: "Warning"
        case .bad: "Error"
        case .info: "Note"
        }
    }
}

/// A state: word, icon and colour together.
package struct State: Part {
    let word: String
    let tone: Tone?
    let icon: Icon?

    /// Without a tone it is a plain word.
    package init(_ word: String, _ tone: Tone? = nil, icon: Icon? = nil) {
        self.word = word
        self.tone = tone
        self.icon = icon ?? tone?.icon
    }

    /// The icon and the word.
    package var html: HTML {
        "<span class=\"state\(tone.map { " state-" + $0.rawValue } ?? "")\">\(icon)\(word)</span>"
    }
}

/// The sign of a problem where there is no room for its word, which is read out and on hover.
package struct ProblemMark: Part {
    let tone: Tone

    /// The sign of the worst of several.
    package init(_ tone: Tone) {
        self.tone = tone
    }

    /// The icon, named.
    package var html: HTML {
        """
        <span class="state state-\(tone.rawValue)" title="\(tone.word)">\(tone.icon)\
        <span class="hidden-text">\(tone.word)</span></span>
        """
    }
}

/// A short word in a capsule, such as a tag.
package struct Badge: Part {
    let text: String
    let href: Href?

    /// With an address it is a link.
    package init(_ text: String, href: Href? = nil) {
        self.text = text
        self.href = href
    }

    /// The capsule.
    package var html: HTML {
        if let href { return "<a class=\"badge\" href=\"\(href)\">\(text)</a>" }
        return "<span class=\"badge\">\(text)</span>"
    }
}

/// A message in the flow of a page that says one thing.
package struct Notice: Part {
    let tone: Tone
    let text: HTML
    let action: HTML?

    /// The text is a sentence or two; the action is a button at its end.
    package init(_ tone: Tone, _ text: HTML, action: HTML? = nil) {
        self.tone = tone
        self.text = text
        self.action = action
    }

    /// Errors are announced at once by assistive technology.
    package var html: HTML {
        let role: HTML? = tone == .bad ? " role=\"alert\"" : nil
        return """
            <div class="notice notice-\(tone.rawValue)"\(role)>\
            \(tone.icon)<div><span class="hidden-text">\(tone.word): </span>\(text)</div>\
            \(action)</div>
            """
    }
}

/// What stands where nothing is: what would be here, why it is not, the next action.
package struct EmptyState: Part {
    let what: String
    let why: HTML
    let actions: [HTML]

    /// `what` is a short sentence, `why` one or two, the actions buttons.
    package init(_ what: String, why: HTML = "", actions: [HTML] = []) {
        self.what = what
        self.why = why
        self.actions = actions
    }

    /// A paragraph, never a picture of an empty box.
    package var html: HTML {
        let buttons: HTML = "<div class=\"form-actions\">\(actions)</div>"
        return """
            <div class="empty"><p><strong>\(what)</strong></p>\
            \(why.isEmpty ? nil : "<p>\(why)</p>")\(actions.isEmpty ? nil : buttons)</div>
            """
    }
}
