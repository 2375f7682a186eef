package import Markup

/// What the page of an entity shows.
package struct EntityModel: Sendable {
    /// The part of the page that a tab stands for.
    package enum Content: Sendable {
        /// What it is.
        case overview(Overview)
        /// Everything it is related to.
        case relations([RelationList])
        /// Its descriptor as it was read.
        case source(text: String, path: String, href: Href?, marks: [Int: Tone])
        /// What happened to it.
        case history([Timeline.Event], pager: Pager?)
        /// What is wrong with it.
        case diagnostics([DiagnosticCard])
    }

    /// A link that its owners gave it.
    package struct Link: Sendable {
        let title: String
        let href: Href
        let icon: Icon

        /// A link with the icon that it asks for.
        package init(_ title: String, _ href: Href, icon: Icon = .link) {
            self.title = title
            self.href = href
            self.icon = icon
        }
    }

    /// A member of a group.
    package struct Member: Sendable {
        let who: Who
        let detail: String?

        /// The detail is a mail address or a role.
        package init(_ who: Who, detail: String? = nil) {
            self.who = who
            self.detail = detail
        }
    }

    /// The first tab.
    package struct Overview: Sendable {
        /// Its description; text, line ends kept.
        package var description: String?
        /// Where to write one, offered if there is none.
        package var describe: Href?
        /// Facts that the head does not have: contact, source, last change, labels.
        package var facts: [Fact]
        /// Its tags.
        package var tags: [Badge]
        /// Its links.
        package var links: [Link]
        /// What needs attention.
        package var attention: [DiagnosticCard]
        /// Its relations as lists, the ones that matter most first.
        package var relations: [RelationList]
        /// The members, of a group.
        package var members: [Member]
        /// How many there are of what it owns, of a group or a person.
        package var ownership: [Bars.Row]

        /// Nothing yet.
        package init() {
            facts = []
            tags = []
            links = []
            attention = []
            relations = []
            members = []
            ownership = []
        }
    }

    /// Its title, or its name where it has none.
    package var title: String
    /// The icon of its kind.
    package var icon: Icon
    /// Catalog, kind.
    package var crumbs: [Crumb]
    /// "component · service".
    package var kindAndType: String
    /// Its owner.
    package var owner: Who?
    /// Whether its kind has owners, so that having none is said.
    package var needsOwner: Bool
    /// Its lifecycle.
    package var lifecycle: State?
    /// The system or domain it is part of.
    package var partOf: EntityLink?
    /// Its reference, as it is written in descriptors.
    package var ref: String
    /// Buttons at the right; at most one is primary.
    package var actions: [Button]
    /// The less frequent ones.
    package var menu: [Menu.Item]
    /// Said above everything: it is an orphan, its source is away.
    package var notices: [Notice]
    /// The tabs, one of which is current.
    package var tabs: [Tabs.Tab]
    /// The current tab's content.
    package var content: Content

    /// An entity of which only the name is known.
    package init(title: String, icon: Icon, kindAndType: String, ref: String, content: Content) {
        self.title = title
        self.icon = icon
        self.kindAndType = kindAndType
        self.ref = ref
        self.content = content
        crumbs = []
        actions = []
        menu = []
        needsOwner = true
        notices = []
        tabs = []
    }
}
