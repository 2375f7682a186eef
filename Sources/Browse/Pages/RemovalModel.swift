package import Markup

/// What goes if something is taken out of the catalog, before it is.
package struct RemovalModel: Sendable {
    /// The way to the entity from which it was asked for, which is its last step.
    package var crumbs: [Crumb]
    /// "Unregister acme/cart".
    package var title: String
    /// What it means, in a sentence or two; why it cannot be done here.
    package var explanation: HTML
    /// What has to be known before: that the list is another one than a moment ago.
    package var notices: [Notice]
    /// What goes, the beginning of it.
    package var entities: [EntityLink]
    /// How many go.
    package var total: Int
    /// How many of them the person may not see.
    package var hidden: Int
    /// Names that are then taken by another file that claims them too.
    package var successors: [(name: String, file: String)]
    /// Does it; nil where it cannot be done here.
    package var confirm: Button?
    /// Back to where one came from.
    package var cancel: Href

    /// Nothing that could be done.
    package init(_ title: String, crumbs: [Crumb], explanation: HTML, cancel: Href) {
        self.title = title
        self.crumbs = crumbs
        self.explanation = explanation
        self.cancel = cancel
        notices = []
        entities = []
        total = 0
        hidden = 0
        successors = []
    }
}

/// Asks before something is taken out of the catalog, and says exactly what.
package struct RemovalPage: Sendable {
    let model: RemovalModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: RemovalModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        let list = Section(
            "What goes", count: model.total,
            "\(RelationListBody(model.entities))\(rest)")
        let actions: HTML = """
            <div class="form-actions">\(model.confirm)\
            \(Button(model.confirm == nil ? "Back" : "Keep it", .open(model.cancel)))</div>
            """
        return shell.page(
            title: model.title, current: "catalog",
            """
            \(PageHead(model.title, crumbs: model.crumbs))
            \(model.notices.map(\.html))
            <div class="stack narrow"><p class="prose">\(model.explanation)</p>
            \(model.total == 0 ? nil : list)
            \(model.successors.isEmpty ? nil : successors)
            \(actions)</div>
            """)
    }

    private var rest: HTML? {
        var words: [String] = []
        let more = model.total - model.entities.count - model.hidden
        if more > 0 { words.append("\(more.grouped) more") }
        if model.hidden > 0 {
            words.append("\(model.hidden.counted("entity", "entities")) that you may not see")
        }
        return words.isEmpty
            ? nil : "<p class=\"empty-line\">And \(words.joined(separator: ", and "))</p>"
    }

    private var successors: HTML {
        let items: [HTML] = model.successors.map { name, file in
            """
            <li><span class="mono clip">\(name)</span><span class="aside mono clip">\(file)</span></li>
            """
        }
        return Section(
            "What takes a name that gets free", count: model.successors.count,
            "<ul class=\"list\">\(items)</ul>"
        ).html
    }
}
