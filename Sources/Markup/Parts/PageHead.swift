/// One step of the way to a page.
package struct Crumb: Sendable {
    let label: String
    let href: Href

    /// A page above this one.
    package init(_ label: String, _ href: Href) {
        self.label = label
        self.href = href
    }
}

/// The head of a page: the way to it, its title, one line of facts, its actions.
package struct PageHead: Part {
    let title: String
    let icon: Icon?
    let count: Int?
    let crumbs: [Crumb]
    let facts: [HTML]
    let actions: [HTML]

    /// The title is the page's `h1`.
    ///
    /// At most one of the actions is primary; the rest are in a menu.
    package init(
        _ title: String, icon: Icon? = nil, count: Int? = nil, crumbs: [Crumb] = [],
        facts: [HTML] = [], actions: [HTML] = []
    ) {
        self.title = title
        self.icon = icon
        self.count = count
        self.crumbs = crumbs
        self.facts = facts
        self.actions = actions
    }

    /// Titles of more than 60 characters are set smaller, so that the head stays low.
    package var html: HTML {
        let way: HTML = """
            <nav class="way" aria-label="Breadcrumb"><ol class="crumbs">\
            \(crumbs.map { "<li><a href=\"\($0.href)\">\($0.label)</a>\(Icon.chevronRight)</li>" })\
            </ol></nav>
            """
        let number: HTML? = count.map { " <span class=\"count\">\($0.grouped)</span>" }
        let list: HTML = "<ul class=\"head-facts\">\(facts.map { "<li>\($0)</li>" })</ul>"
        return """
            <div class="head\(title.count > 60 ? " head-long" : "")">\
            \(crumbs.isEmpty ? nil : way)\
            <div class="head-main"><div class="head-title">\(icon)\
            <h1><bdi>\(title)</bdi>\(number)</h1></div>\
            \(facts.isEmpty ? nil : list)</div>\
            \(actions.isEmpty ? nil : "<div class=\"head-actions\">\(actions)</div>")</div>
            """
    }
}

/// Links to the views of one thing, one of which is current.
package struct Tabs: Part {
    /// One view.
    package struct Tab: Sendable {
        let label: String
        let href: Href
        let count: Int?
        let isCurrent: Bool
        let isBad: Bool
        let icon: Icon?

        /// `isBad` colours the count: what it counts is wrong.
        package init(
            _ label: String, _ href: Href, count: Int? = nil, isCurrent: Bool = false,
            isBad: Bool = false, icon: Icon? = nil
        ) {
            self.label = label
            self.href = href
            self.count = count
            self.isCurrent = isCurrent
            self.isBad = isBad
            self.icon = icon
        }

        var html: HTML {
            let number: HTML? = count.map {
                "<span class=\"count\(isBad ? " count-bad" : "")\">\($0.grouped)</span>"
            }
            return """
                <a href="\(href)"\(attribute: "aria-current", isCurrent ? "page" : nil)>\
                \(icon)\(label)\(number)</a>
                """
        }
    }

    /// How they look.
    package enum Style: Sendable {
        /// Below a page's head.
        case line
        /// Above a list.
        case segments
    }

    let label: String
    let tabs: [Tab]
    let style: Style

    /// The label names the group for assistive technology.
    package init(_ label: String, _ tabs: [Tab], style: Style = .line) {
        self.label = label
        self.tabs = tabs
        self.style = style
    }

    /// A navigation landmark with links.
    package var html: HTML {
        """
        <nav class="\(style == .line ? "tabs" : "segments")" aria-label="\(label)" data-arrows>\
        \(tabs.map(\.html))</nav>
        """
    }
}

/// A section of a page under a heading of the second level.
package struct Section: Part {
    let title: String
    let count: Int?
    let more: (label: String, href: Href)?
    let content: HTML

    /// `more` leads to the whole of what the section shows a part of.
    package init(
        _ title: String, count: Int? = nil, more: (label: String, href: Href)? = nil,
        _ content: HTML
    ) {
        self.title = title
        self.count = count
        self.more = more
        self.content = content
    }

    /// The heading and the content.
    package var html: HTML {
        let number: HTML? = count.map { "<span class=\"count\">\($0.grouped)</span>" }
        let link: HTML? = more.map {
            "<a class=\"section-more\" href=\"\($0.href)\">\($0.label)</a>"
        }
        return """
            <section class="section"><div class="section-head"><h2>\(title)</h2>\(number)\(link)\
            </div>\(content)</section>
            """
    }
}
