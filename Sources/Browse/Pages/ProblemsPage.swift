package import Markup

/// What is wrong in the catalog, with the place, the reason and the remedy of each.
package struct ProblemsPage: Sendable {
    let model: ProblemsModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: ProblemsModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        let list = ListBar(
            chips: model.chips, clear: model.clear, shown: model.shown, total: model.total,
            noun: "problems",
            leading: model.scopes.isEmpty
                ? nil : Tabs("Whose", model.scopes, style: .segments).html)
        let body: HTML = """
            <div class="browse">\(Facets(model.facets))
            <div class="browse-list">\(list)
            \(model.diagnostics.isEmpty ? noMatch : DiagnosticList(model.diagnostics).html)
            \(model.pager)</div></div>
            """
        return shell.page(
            title: "Problems", current: "problems",
            """
            \(PageHead("Problems"))
            \(model.notices)
            \(model.total == 0 && model.catalogTotal == 0 ? allWell : body)
            """)
    }

    private var allWell: HTML {
        EmptyState(
            "Nothing is wrong.",
            why: """
                All \(model.healthyCount.counted("entity was", "entities were")) read in full, and \
                everything they name exists. What cannot be read or does not fit will be listed \
                here with its place in the file.
                """
        ).html
    }

    private var noMatch: HTML {
        if model.total == 0 {
            return EmptyState(
                "Nothing is wrong with what you own.",
                why: "There are \(model.catalogTotal.counted("problem", "problems")) elsewhere."
            ).html
        }
        return EmptyState(
            "No problem matches.",
            why: "There are \(model.total.counted("other", "others")).",
            actions: [Button("Clear the filters", .open(model.clear), icon: .close).html]
        ).html
    }
}
