package import Markup

/// What the list of the catalog shows.
package struct CatalogModel: Sendable {
    /// A column and how to sort by it.
    package struct Column: Sendable {
        /// What a column holds.
        package enum Content: String, Sendable, CaseIterable {
            case name, kind, owner, system, type, lifecycle, tags, description, updated, count
        }

        /// What it holds.
        package let content: Content
        /// Its heading.
        package let title: String
        /// The same list in the order that a click should bring; nothing if it cannot be sorted so.
        package let sort: Href?
        /// The order it is in, if it is sorted by this column.
        package let order: Table.Order?

        /// A column.
        package init(
            _ content: Content, _ title: String, sort: Href? = nil, order: Table.Order? = nil
        ) {
            self.content = content
            self.title = title
            self.sort = sort
            self.order = order
        }
    }

    /// A field that narrows the list by a text.
    package struct Find: Sendable {
        let action: Href
        let fields: [QueryItem]
        let name: String
        let value: String
        let label: String

        /// `fields` are what else the list's address says; `name` is the text's own.
        package init(
            action: Href, fields: [QueryItem], name: String, value: String, label: String
        ) {
            self.action = action
            self.fields = fields
            self.name = name
            self.value = value
            self.label = label
        }
    }

    /// "Components", or "Catalog" if several kinds are shown.
    package var title: String
    /// Buttons at the right of the title; at most one is primary.
    package var actions: [Button]
    /// All, owned, starred.
    package var scopes: [Tabs.Tab]
    /// Narrows the list by a text.
    package var find: Find?
    /// Kind first, then what narrows it.
    package var facets: [Facet]
    /// The chosen values.
    package var chips: [ListBar.Chip]
    /// The list without any chosen value.
    package var clear: Href
    /// How many match.
    package var shown: Int
    /// How many there are without the chosen values.
    package var total: Int
    /// What is counted, in the plural and in lower case: "components".
    package var noun: String
    /// The columns, the name first.
    package var columns: [Column]
    /// This page of the list.
    package var rows: [CatalogRow]
    /// Said above the list: what came of the action before.
    package var notices: [Notice]
    /// Said where nothing is listed and nothing was chosen; nil for the usual words.
    package var empty: EmptyState?
    /// Where the list goes on.
    package var pager: Pager?
    /// The whole list in other formats: a label such as "CSV" and its address.
    package var exports: [(label: String, href: Href)]
    /// Seconds since 1970, for relative times.
    package var now: Int

    /// An empty list of a kind.
    package init(title: String, noun: String, clear: Href, columns: [Column], now: Int) {
        self.title = title
        self.noun = noun
        self.clear = clear
        self.columns = columns
        self.now = now
        actions = []
        notices = []
        scopes = []
        facets = []
        chips = []
        shown = 0
        total = 0
        rows = []
        pager = nil
        exports = []
    }
}

/// One thing in a list of the catalog.
package struct CatalogRow: Sendable {
    /// The icon of its kind.
    package var icon: Icon
    /// Its title, or its name where it has none.
    package var title: String
    /// Its name or reference, where the title does not say it.
    package var ref: String?
    /// Its page.
    package var href: Href
    /// Its kind, for lists of several kinds.
    package var kind: String?
    /// Its owner.
    package var owner: Who?
    /// The system it is part of.
    package var system: EntityLink?
    /// Its type.
    package var type: String?
    /// Its lifecycle.
    package var lifecycle: String?
    /// Its tags.
    package var tags: [String]
    /// Its description, in one line.
    package var description: String?
    /// When it last changed, in seconds since 1970.
    package var updated: Int?
    /// A number that its kind has, such as that of members.
    package var count: Int?
    /// The worst of its problems.
    package var problem: Tone?

    /// A thing of which only the name is known.
    package init(_ icon: Icon, _ title: String, ref: String? = nil, href: Href) {
        self.icon = icon
        self.title = title
        self.ref = ref
        self.href = href
        tags = []
    }
}
