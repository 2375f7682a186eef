package import Markup

/// The first page: what is yours, what needs you, what changed.
package struct HomePage: Sendable {
    let model: HomeModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: HomeModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        shell.page(
            title: "Home", current: "home",
            """
            \(head)
            \(model.entityCount == 0 ? nothing : content)
            """)
    }

    private var head: PageHead {
        var facts: [HTML] = []
        if model.entityCount > 0 {
            facts.append("\(model.entityCount.counted("entity", "entities"))")
            facts.append("\(model.sourceCount.counted("source", "sources"))")
        }
        if let updated = model.updated {
            facts.append("<span>last change \(TimeText(updated, now: model.now))</span>")
        }
        return PageHead(model.title, facts: facts)
    }

    private var nothing: HTML {
        EmptyState(
            "The catalog is empty.",
            why: """
                It fills itself from <code>catalog-info.yaml</code> files. Register the address of \
                one, or of a folder that has several; what it says is here a moment later.
                """,
            actions: model.firstSteps.map(\.html)
        ).html
    }

    private var content: HTML {
        """
        <div class="split"><div class="stack">\(model.attention.isEmpty ? nil : attention)
        \(model.isPerson ? owned : nil)
        \(model.changes.isEmpty ? nil : changes)</div>
        <div class="stack">\(model.starred.isEmpty ? nil : starred)
        \(model.groups.isEmpty ? nil : groups)
        \(model.kinds.isEmpty ? nil : Section("In the catalog", Bars(model.kinds).html))
        \(model.types.isEmpty ? nil : Section("Components by type", Bars(model.types).html))</div></div>
        """
    }

    private var attention: Section {
        Section(
            "Needs attention", count: model.attentionCount,
            more: model.attentionCount > model.attention.count
                ? ("All \(model.attentionCount.grouped)", model.attentionHref) : nil,
            DiagnosticList(model.attention).html)
    }

    private var owned: Section {
        guard !model.owned.isEmpty else {
            return Section(
                "Yours",
                EmptyState(
                    "Nothing is yours yet.",
                    why: """
                        What your groups own is listed here. A thing has the owner that \
                        <code>spec.owner</code> of its descriptor names.
                        """
                ).html)
        }
        let columns: [Table.Column] = [
            .init("Name"), .init("Owner", width: .large, priority: .medium),
            .init("Type", width: .small), .init("Lifecycle", width: .small),
            .init("Changed", width: .small, priority: .medium),
        ]
        let rows: [[HTML]] = model.owned.map { row in
            [
                NameCell(
                    row.icon, row.title, ref: row.ref, href: row.href,
                    mark: row.problem.map(ProblemMark.init)
                ).html,
                "\(row.owner)", "\(row.type ?? "")", "\(row.lifecycle ?? "")",
                "\(row.updated.map { TimeText($0, now: model.now) })",
            ]
        }
        let table = Table("What you own", columns: columns, rows: rows)
        return Section(
            "Yours", count: model.ownedCount,
            more: model.ownedCount > model.owned.count
                ? ("All \(model.ownedCount.grouped)", model.ownedHref) : nil,
            "<div class=\"container\">\(table)</div>")
    }

    private var changes: Section {
        let items: [HTML] = model.changes.map { change in
            let name: HTML =
                change.subject.href.map {
                    "<a href=\"\($0)\"><bdi>\(change.subject.title)</bdi></a>"
                }
                ?? "<b><bdi>\(change.subject.title)</bdi></b>"
            let by: HTML? = change.by.map { " <span class=\"quiet\">by \($0)</span>" }
            return """
                <li>\(change.subject.icon)<p>\(name) \(change.what)\(by)</p>\
                \(TimeText(change.at, now: model.now))</li>
                """
        }
        return Section("Recently changed", "<ul class=\"changes\">\(items)</ul>")
    }

    private var starred: Section {
        let rest = model.starredCount > model.starred.count ? model.starredHref : nil
        return Section(
            "Starred", more: rest.map { ("All \(model.starredCount.grouped)", $0) },
            RelationListBody(model.starred).html)
    }

    private var groups: Section {
        let items: [HTML] = model.groups.map { "<li>\($0)</li>" }
        return Section("Your groups", "<ul class=\"list\">\(items)</ul>")
    }
}
