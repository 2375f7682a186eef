/// How loud a button is.
package enum ButtonStyle: String, Sendable, CaseIterable {
    /// The one thing to do here; one a page at most.
    case primary
    /// The usual one.
    case plain
    /// Without a border, among others.
    case quiet
    /// Takes something away.
    case danger

    var classes: String { self == .plain ? "button" : "button button-\(rawValue)" }
}

/// What a button does.
package enum ButtonEffect: Sendable {
    /// Goes to an address.
    case open(Href)
    /// Posts to an address with hidden fields, such as the token against forged requests.
    case post(Href, fields: [QueryItem])
}

/// A button.
///
/// It says what happens: "Register 3 entities".
package struct Button: Part {
    let label: String
    let icon: Icon?
    let style: ButtonStyle
    let effect: ButtonEffect
    let isSmall: Bool
    let shortcut: Character?
    let isPressed: Bool?
    let isWide: Bool

    /// `isWide` takes the whole width; `shortcut` is the key that presses it.
    ///
    /// `isPressed` is for one that turns something on and off.
    package init(
        _ label: String, _ effect: ButtonEffect, icon: Icon? = nil, style: ButtonStyle = .plain,
        isSmall: Bool = false, shortcut: Character? = nil, isPressed: Bool? = nil,
        isWide: Bool = false
    ) {
        self.label = label
        self.icon = icon
        self.style = style
        self.effect = effect
        self.isSmall = isSmall
        self.shortcut = shortcut
        self.isPressed = isPressed
        self.isWide = isWide
    }

    /// A link, or a form with one button.
    package var html: HTML {
        let classes =
            style.classes + (isSmall ? " button-small" : "") + (isWide ? " button-wide" : "")
        let key = shortcut.map(String.init)
        switch effect {
        case .open(let href):
            let rel: HTML? = href.isExternal ? " rel=\"noreferrer\"" : nil
            return
                """
                <a class="\(classes)" href="\(href)"\(rel)\(attribute: "data-shortcut", key)>\(icon)\
                <span>\(label)</span></a>
                """
        case .post(let href, let fields):
            return """
                <form method="post" action="\(href)">\(HiddenFields(fields))\
                <button class="\(classes)"\(attribute: "data-shortcut", key)\
                \(attribute: "aria-pressed", isPressed.map { $0 ? "true" : "false" })>\
                \(icon)<span>\(label)</span></button></form>
                """
        }
    }
}

/// Values that a form carries without showing them.
package struct HiddenFields: Part {
    let fields: [QueryItem]

    /// In the order in which they are sent.
    package init(_ fields: [QueryItem]) {
        self.fields = fields
    }

    /// One input each.
    package var html: HTML {
        fields.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" }.joined()
    }
}

/// The less frequent actions behind one button.
///
/// Opens without a script.
package struct Menu: Part {
    /// One entry.
    package struct Item: Sendable {
        let label: String
        let icon: Icon
        let effect: ButtonEffect
        let isDanger: Bool

        /// An entry; one that takes something away is set apart by colour and a line.
        package init(_ label: String, icon: Icon, _ effect: ButtonEffect, isDanger: Bool = false) {
            self.label = label
            self.icon = icon
            self.effect = effect
            self.isDanger = isDanger
        }

        var html: HTML {
            let classes = isDanger ? "danger" : nil
            let line: HTML? = isDanger ? "<hr>" : nil
            switch effect {
            case .open(let href):
                return
                    "\(line)<a\(attribute: "class", classes) href=\"\(href)\">\(icon)\(label)</a>"
            case .post(let href, let fields):
                return """
                    \(line)<form method="post" action="\(href)">\(HiddenFields(fields))\
                    <button\(attribute: "class", classes)>\(icon)\(label)</button></form>
                    """
            }
        }
    }

    let label: String
    let items: [Item]

    /// The label names the menu for those who do not see the three dots.
    package init(_ label: String, _ items: [Item]) {
        self.label = label
        self.items = items
    }

    /// Nothing if there are no entries.
    package var html: HTML {
        guard !items.isEmpty else { return "" }
        return """
            <details class="menu"><summary class="button button-icon">\(Icon.more)\
            <span class="hidden-text">\(label)</span></summary>\
            <div class="menu-body">\(items.map(\.html))</div></details>
            """
    }
}

/// Copies a text.
///
/// Shown only where scripts run.
package struct CopyButton: Part {
    let text: String
    let what: String

    /// `text` is what is copied, or `#id` of the element whose text is; `what` names it, as in
    /// "Copy the reference".
    package init(_ text: String, what: String) {
        self.text = text
        self.what = what
    }

    /// Hidden until the script shows it.
    package var html: HTML {
        """
        <button class="copy" type="button" data-copy="\(text)" data-needs-script hidden \
        title="Copy \(what)">\(Icon.copy)<span class="hidden-text">Copy \(what)</span></button>
        """
    }
}
