package import Markup

/// What is wrong in the catalog, as one person may see it.
package struct ProblemsModel: Sendable {
    /// What waits for a decision, above everything else.
    package var notices: [HTML]
    /// Mine, all.
    package var scopes: [Tabs.Tab]
    /// Severity, what kind of problem, owner, source.
    package var facets: [Facet]
    /// The chosen values.
    package var chips: [ListBar.Chip]
    /// The list without any chosen value.
    package var clear: Href
    /// How many match.
    package var shown: Int
    /// How many there are.
    package var total: Int
    /// How many there are in the whole catalog, where these are only a person's own.
    package var catalogTotal: Int
    /// The worst first.
    package var diagnostics: [DiagnosticCard]
    /// Where the list goes on.
    package var pager: Pager?
    /// How many entities are in order, said when nothing is wrong.
    package var healthyCount: Int

    /// A catalog in which nothing is wrong.
    package init(clear: Href, healthyCount: Int) {
        self.clear = clear
        self.healthyCount = healthyCount
        notices = []
        scopes = []
        facets = []
        chips = []
        shown = 0
        total = 0
        catalogTotal = 0
        diagnostics = []
        pager = nil
    }
}
