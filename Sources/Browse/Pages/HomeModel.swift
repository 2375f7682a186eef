package import Markup

/// What the home page shows to one person.
package struct HomeModel: Sendable {
    /// A thing that changed.
    package struct Change: Sendable {
        let subject: EntityLink
        let what: String
        let by: String?
        let at: Int

        /// `what` goes on from the name: "moved to production"; `at` is in seconds since 1970.
        package init(_ subject: EntityLink, _ what: String, by: String?, at: Int) {
            self.subject = subject
            self.what = what
            self.by = by
            self.at = at
        }
    }

    /// The portal's name.
    package var title: String
    /// How many entities there are.
    package var entityCount: Int
    /// How many sources they come from.
    package var sourceCount: Int
    /// The time of the newest change, in seconds since 1970.
    package var updated: Int?
    /// Whether someone is there who could own something.
    package var isPerson: Bool
    /// The person's groups.
    package var groups: [Who]
    /// What they own, the beginning of it.
    package var owned: [CatalogRow]
    /// How many they own.
    package var ownedCount: Int
    /// All they own.
    package var ownedHref: Href
    /// What they marked with a star.
    package var starred: [EntityLink]
    /// How many they marked.
    package var starredCount: Int
    /// All they marked.
    package var starredHref: Href?
    /// What is wrong with what they own, the worst first, the beginning of it.
    package var attention: [DiagnosticCard]
    /// How much is wrong.
    package var attentionCount: Int
    /// All of it.
    package var attentionHref: Href
    /// What changed last in the catalog.
    package var changes: [Change]
    /// How many entities there are of each kind.
    package var kinds: [Bars.Row]
    /// How many components there are of each type.
    package var types: [Bars.Row]
    /// What to do in a catalog that has nothing yet.
    package var firstSteps: [Button]
    /// Seconds since 1970, for relative times.
    package var now: Int

    /// The page of an empty portal.
    package init(title: String, ownedHref: Href, attentionHref: Href, now: Int) {
        self.title = title
        self.ownedHref = ownedHref
        self.attentionHref = attentionHref
        self.now = now
        entityCount = 0
        sourceCount = 0
        isPerson = true
        groups = []
        owned = []
        ownedCount = 0
        starred = []
        starredCount = 0
        attention = []
        attentionCount = 0
        changes = []
        kinds = []
        types = []
        firstSteps = []
    }
}
