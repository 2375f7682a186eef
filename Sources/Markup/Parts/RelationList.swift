/// A thing of the catalog as a list names it.
package struct EntityLink: Sendable {
    /// The icon of its kind.
    package let icon: Icon
    /// Its title, or its name where it has none.
    package let title: String
    /// Its page; `nil` if it is named somewhere and is not in the catalog.
    package let href: Href?
    /// A quiet word at the end of the line: its type, its owner, a role.
    package let aside: String?

    /// A thing that a list names.
    package init(_ icon: Icon, _ title: String, href: Href?, aside: String? = nil) {
        self.icon = icon
        self.title = title
        self.href = href
        self.aside = aside
    }

    /// The icon and the name, for lines of text and cells.
    package var inline: HTML {
        href.map { "<span class=\"who\">\(icon)<a href=\"\($0)\"><bdi>\(title)</bdi></a></span>" }
            ?? "<span class=\"who\">\(icon)<span><bdi>\(title)</bdi></span></span>"
    }

    fileprivate var item: HTML {
        let end: HTML? = aside.map { "<span class=\"aside\">\($0)</span>" }
        guard let href else {
            return """
                <li>\(icon)<span class="clip missing"><bdi>\(title)</bdi></span>\
                <span class="aside">\(State("not in the catalog", .warn))</span></li>
                """
        }
        return "<li>\(icon)<a href=\"\(href)\"><bdi>\(title)</bdi></a>\(end)</li>"
    }
}

/// What stands in one relation to something: a heading with a count and a compact list.
package struct RelationList: Part {
    let title: String
    let items: [EntityLink]
    let total: Int
    let visible: Int
    let all: Href?

    /// `items` may be the beginning of `total`; `all` then leads to the whole list.
    ///
    /// Of the items `visible` are shown at once, the others on request.
    package init(
        _ title: String, _ items: [EntityLink], total: Int? = nil, visible: Int = 8,
        all: Href? = nil
    ) {
        self.title = title
        self.items = items
        self.total = max(total ?? 0, items.count)
        // A fold that hides a single line costs more than it saves.
        self.visible = items.count == visible &+ 1 ? items.count : visible
        self.all = all
    }

    /// The list under a heading of the third level.
    package var html: HTML {
        let rest = items.dropFirst(visible)
        let fold: HTML = """
            <details class="list-more"><summary><span class="when-closed">Show \
            \(rest.count.grouped) more</span><span class="when-open">Show fewer</span></summary>\
            <ul class="list">\(rest.map(\.item))</ul></details>
            """
        let link: HTML? =
            total > items.count
            ? all.map { "<a class=\"all\" href=\"\($0)\">All \(total.grouped)</a>" } : nil
        return """
            <div class="relation"><h3>\(title) <span class="count">\(total.grouped)</span></h3>\
            <ul class="list">\(items.prefix(visible).map(\.item))</ul>\
            \(rest.isEmpty ? nil : fold)\(link)</div>
            """
    }
}

/// Things of the catalog one below the other, without a heading of their own.
package struct RelationListBody: Part {
    let items: [EntityLink]

    /// In reading order.
    package init(_ items: [EntityLink]) {
        self.items = items
    }

    /// A list.
    package var html: HTML {
        "<ul class=\"list\">\(items.map(\.item))</ul>"
    }
}

/// Relations beside each other, in as many columns as there is room for.
package struct Relations: Part {
    let lists: [RelationList]

    /// In reading order.
    package init(_ lists: [RelationList]) {
        self.lists = lists
    }

    /// A grid of lists.
    package var html: HTML {
        "<div class=\"relations\">\(lists.map(\.html))</div>"
    }
}
