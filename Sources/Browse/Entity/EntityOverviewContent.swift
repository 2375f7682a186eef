import Catalog
import CatalogModel
import Markup
import Values

/// The first tab of an entity's page.
struct EntityOverviewContent: Sendable {
    private let entity: ShownEntity
    private var content: JSON { entity.content }
    private var visit: Visit { entity.visit }

    /// Entities of a list on the overview: what is on two screens at most.
    private static let listLimit = 12
    private static let memberLimit = 60

    init(_ entity: ShownEntity) {
        self.entity = entity
    }

    func content() async throws -> EntityModel.Content {
        var overview = EntityModel.Overview()
        overview.description = content.at("metadata", "description")?.string
        overview.describe = entity.editAddress
        overview.links = links
        overview.facts = try await facts()
        overview.tags = (content.at("metadata", "tags")?.texts ?? []).map { tag in
            var list = ListState()
            list.kind = entity.kind
            list.chosen[.tag] = [folded(tag)]
            return Badge(tag, href: visit.links.to(["catalog"], query: list.query))
        }
        overview.attention = try await entity.cards(isOpen: false, limit: 3)
        overview.relations = try await EntityRelations(entity).lists(
            of: relationTypes, each: Self.listLimit)
        if entity.kind == "group" { overview.members = try await members() }
        if entity.kind == "group" || entity.kind == "user" { overview.ownership = ownership }
        return .overview(overview)
    }

    /// What is not said elsewhere on the page.
    private var relationTypes: [RelationType] {
        let isGroup = entity.kind == "group"
        return Words.relations.map(\.type).filter { type in
            switch type {
            case .ownedBy, .ownerOf: false
            case .hasMember: !isGroup
            case .childOf: !isGroup
            case .partOf: entity.targets(.partOf).count > 1
            default: true
            }
        }
    }

    // MARK: Facts

    private func facts() async throws -> [Fact] {
        let parents = entity.kind == "group" ? entity.targets(.childOf) : []
        let changed = try await visit.reader.changes(of: [entity.indexed]).first?.value
        let author = changed.map { folded($0.author) }
        let labels = try await EntityLabels.load(
            parents + [author].compactMap { $0 }, visit)
        var facts: [Fact] = []
        if let mail = content.at("spec", "profile", "email")?.string {
            facts.append(Fact("Mail", "<a href=\"\(Href.external("mailto:" + mail))\">\(mail)</a>"))
        }
        if !parents.isEmpty {
            facts.append(Fact("Parent", parents.map { labels.link($0).inline }.joined()))
        }
        facts.append(contentsOf: targets)
        if let slug = entity.annotation("github.com/project-slug") {
            let address = Href.external("https://github.com/\(slug)")
            facts.append(
                Fact("Repository", "<a href=\"\(address)\" rel=\"noreferrer\">\(slug)</a>"))
        }
        facts.append(.code("Source", entity.fileName, href: entity.fileAddress))
        if let changed, let author {
            let time = TimeText(Int(changed.at / 1000), now: visit.now)
            let by: HTML = labels.has(author) ? " by \(labels.who(author))" : ""
            facts.append(Fact("Changed", "<span class=\"fact-line\">\(time)\(by)</span>"))
        }
        facts.append(contentsOf: [labelsFact].compactMap { $0 })
        return facts
    }

    /// Where a Location leads, each as it is written.
    private var targets: [Fact] {
        guard entity.kind == "location" else { return [] }
        let all =
            [content.at("spec", "target")?.string].compactMap { $0 }
            + (content.at("spec", "targets")?.texts ?? [])
        guard !all.isEmpty else { return [] }
        let items: [HTML] = all.prefix(100).map {
            "<li class=\"mono\">\(visit.services.names.name($0))</li>"
        }
        return [Fact("Leads to", "<ul class=\"plain-list\">\(items)</ul>", isWide: true)]
    }

    private var labelsFact: Fact? {
        let labels = content.at("metadata", "labels")?.members ?? JSON.null.members
        let words: [HTML] = labels.map { key, value in
            "<span class=\"mono\">\(key.string ?? "")=\(value.string ?? value.text)</span>"
        }
        return words.isEmpty ? nil : Fact("Labels", words.joined(separator: ", "))
    }

    private var links: [EntityModel.Link] {
        (content.at("metadata", "links")?.elements.map { $0 } ?? []).compactMap { link in
            guard let address = link["url"]?.string else { return nil }
            let title = link["title"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            return EntityModel.Link(
                title ?? address, .external(address), icon: Self.icon(link["icon"]?.string))
        }
    }

    /// The icon for a name that Backstage knows, or that people use.
    private static func icon(_ name: String?) -> Icon {
        switch name.map({ folded($0) }) {
        case "dashboard", "chart", "grafana", "monitoring": .gauge
        case "docs", "book", "techdocs", "help", "article": .docs
        case "chat", "slack", "teams", "forum": .chat
        case "email", "mail": .mail
        case "phone": .phone
        case "github", "gitlab", "git", "code", "repository": .branch
        case "web", "website", "language", "globe": .globe
        case "alert", "warning", "pagerduty": .bell
        case "catalog": .catalog
        case "group": .group
        case "user": .user
        default: .link
        }
    }

    // MARK: Groups and people

    private func members() async throws -> [EntityModel.Member] {
        let refs = Array(entity.targets(.hasMember).prefix(Self.memberLimit))
        let known = refs.compactMap { ref in visit.reader.entity(ref).map { (ref, $0) } }
        let contents = try await visit.reader.contents(known.map(\.1))
        var details: [String: String] = [:]
        for ((ref, _), content) in zip(known, contents) {
            details[ref] = content.at("spec", "profile", "email")?.string
        }
        let labels = try await EntityLabels.load(refs, visit)
        return refs.map { ref in
            let isKnown = labels.has(ref)
            return EntityModel.Member(
                labels.who(ref), detail: isKnown ? details[ref] : "not in the catalog")
        }
    }

    /// How many entities of each kind the group or person owns; a person's groups count too.
    private var ownership: [Bars.Row] {
        let groups = entity.kind == "user" ? entity.targets(.memberOf) : []
        let owners = [entity.ref.canonical] + groups
        let owned = visit.reader.select(.relation("ownedby", owners))
        var counts: [String: Int] = [:]
        for found in visit.reader.snapshot.facet("kind", in: owned) {
            counts[folded(found.value), default: 0] += found.count
        }
        let others = counts.keys.filter { !Words.kindOrder.contains($0) }.sorted()
        return (Words.kindOrder + others).compactMap { kind in
            guard let count = counts[kind] else { return nil }
            var list = ListState()
            list.kind = kind
            list.chosen[.owner] = owners
            return Bars.Row(
                Words.plural(kind), icon: .kind(kind), count: count,
                href: visit.links.to(["catalog"], query: list.query))
        }
    }
}
