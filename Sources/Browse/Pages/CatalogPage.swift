package import Markup

/// The list of the catalog: facets, chosen values, table.
package struct CatalogPage: Sendable {
    let model: CatalogModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: CatalogModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        let exports = Menu(
            "Export and more",
            model.exports.map { .init("Export as \($0.label)", icon: .download, .open($0.href)) })
        let head = PageHead(
            model.title, actions: model.actions.map(\.html) + [exports.html])
        let bar = ListBar(
            chips: model.chips, clear: model.clear, shown: model.shown, total: model.total,
            noun: model.noun,
            leading: leading)
        return shell.page(
            title: model.title, current: "catalog", list: model.rows.isEmpty ? nil : "rows",
            """
            \(head)
            \(model.notices.map(\.html))
            <div class="browse">\(Facets(model.facets))
            <div class="browse-list">\(bar)
            \(model.rows.isEmpty ? nothing : table)
            \(model.pager)</div></div>
            """)
    }

    private var leading: HTML? {
        let tabs: HTML? =
            model.scopes.isEmpty ? nil : Tabs("Whose", model.scopes, style: .segments).html
        let find: HTML? = model.find.map { find in
            """
            <form class="find" action="\(find.action)">\(HiddenFields(find.fields))\(Icon.search)\
            <input type="search" name="\(find.name)" value="\(find.value)" \
            placeholder="\(find.label)" aria-label="\(find.label)" autocomplete="off"></form>
            """
        }
        return tabs == nil && find == nil ? nil : "\(tabs)\(find)"
    }

    private var table: HTML {
        let columns = model.columns.map { column in
            Table.Column(
                column.title, width: column.content.width, isNumber: column.content == .count,
                priority: column.content.priority, sort: column.sort, order: column.order)
        }
        let rows = model.rows.map { row in model.columns.map { cell($0.content, row) } }
        return Table(model.title, columns: columns, rows: rows, id: "rows").html
    }

    private func cell(_ content: CatalogModel.Column.Content, _ row: CatalogRow) -> HTML {
        switch content {
        case .name:
            let mark = row.problem.map(ProblemMark.init)
            return NameCell(row.icon, row.title, ref: row.ref, href: row.href, mark: mark).html
        case .kind: return "\(row.kind ?? "")"
        case .owner: return "\(row.owner)"
        case .system: return "\(row.system?.inline)"
        case .type: return "\(row.type ?? "")"
        case .lifecycle: return "\(row.lifecycle ?? "")"
        case .tags:
            let badges = row.tags.prefix(3).map { Badge($0).html }
            let rest = row.tags.count - badges.count
            let more: HTML? = rest > 0 ? "<span class=\"quiet\">+\(rest)</span>" : nil
            return row.tags.isEmpty ? "" : "<span class=\"badges\">\(badges)\(more)</span>"
        case .description: return "\(row.description ?? "")"
        case .updated: return "\(row.updated.map { TimeText($0, now: model.now) })"
        case .count: return "\(row.count?.grouped ?? "")"
        }
    }

    private var nothing: HTML {
        if model.chips.isEmpty {
            if let empty = model.empty { return empty.html }
            return EmptyState(
                "There are no \(model.noun) yet.",
                why: "They appear here as soon as a source that names them is registered.",
                actions: model.actions.map(\.html)
            ).html
        }
        let values = model.chips.map { "\($0.name.lowercased()) \($0.value)" }
            .joined(separator: " and ")
        return EmptyState(
            "No \(model.noun) match.",
            why: "Of \(model.total.grouped) \(model.noun) none has \(values).",
            actions: [Button("Clear the filters", .open(model.clear), icon: .close).html]
        ).html
    }
}

extension CatalogModel.Column.Content {
    var width: Table.Width {
        switch self {
        case .name, .description: .rest
        case .kind, .type, .lifecycle, .updated: .small
        case .owner, .system: .large
        case .tags: .large
        case .count: .tiny
        }
    }

    var priority: Table.Priority {
        switch self {
        case .name, .owner, .kind, .type, .count, .lifecycle: .always
        case .system: .medium
        case .updated, .description: .medium
        case .tags: .low
        }
    }
}
