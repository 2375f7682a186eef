import Access
import Catalog
import CatalogModel
import Markup
import Routing
import Values

/// What stands above the tabs of an entity's page.
struct EntityHead: Sendable {
    private let entity: ShownEntity

    init(_ entity: ShownEntity) {
        self.entity = entity
    }

    /// The page without its content.
    func model(_ tab: EntityRoutes.Tab) async throws -> EntityModel {
        let visit = entity.visit
        let owner = entity.targets(.ownedBy).first
        let whole = entity.targets(.partOf).first
        let labels = try await EntityLabels.load(
            [owner, whole].compactMap { $0 }, visit)
        let type = entity.content.at("spec", "type")?.string
        let kind = Words.kind(entity.ref.kind)
        var model = EntityModel(
            title: entity.title, icon: .kind(entity.kind),
            kindAndType: type.map { "\(kind) · \($0)" } ?? kind, ref: entity.ref.canonical,
            content: .diagnostics([]))
        model.crumbs = Self.crumbs(visit, entity.ref)
        model.owner = owner.map(labels.who)
        model.needsOwner = !["group", "user", "location"].contains(entity.kind)
        model.lifecycle = lifecycle
        model.partOf = whole.map { labels.link($0) }
        model.actions = try await actions(tab)
        model.menu = menu(tab)
        model.notices =
            [visit.outcome(diagnostics: entity.href(.diagnostics))].compactMap { $0 } + notices
        model.tabs = EntityRoutes.Tab.allCases.map { other in
            Tabs.Tab(
                other.title, entity.href(other), count: count(other), isCurrent: other == tab,
                isBad: other == .diagnostics
                    && entity.problems.contains { $0.diagnostic.severity == .error })
        }
        return model
    }

    static func crumbs(_ visit: Visit, _ ref: EntityRef) -> [Crumb] {
        var list = ListState()
        list.kind = folded(ref.kind)
        return [
            Crumb("Catalog", visit.links.to("catalog")),
            Crumb(Words.plural(ref.kind), visit.links.to(["catalog"], query: list.query)),
        ]
    }

    private var lifecycle: State? {
        guard let stage = entity.content.at("spec", "lifecycle")?.string else { return nil }
        return stage == "deprecated"
            ? State(stage, .warn, icon: .lifecycle) : State(stage, icon: .lifecycle)
    }

    private func count(_ tab: EntityRoutes.Tab) -> Int? {
        switch tab {
        case .relations: entity.relations.count
        case .diagnostics: entity.problems.isEmpty ? nil : entity.problems.count
        default: nil
        }
    }

    private func actions(_ tab: EntityRoutes.Tab) async throws -> [Button] {
        var actions: [Button] = []
        if case .user = entity.visit.request.principal {
            let isStarred = try await entity.visit.stars().contains(entity.ref.canonical)
            let fields = [
                QueryItem("star", isStarred ? "off" : "on"), QueryItem("tab", tab.rawValue),
            ]
            actions.append(
                Button(
                    "Star", .post(entity.href(.star), fields: fields),
                    icon: isStarred ? .starred : .star, shortcut: "s", isPressed: isStarred))
        }
        if let edit = entity.editAddress {
            actions.append(Button("Edit", .open(edit), icon: .edit, shortcut: "e"))
        }
        return actions
    }

    private func menu(_ tab: EntityRoutes.Tab) -> [Menu.Item] {
        let visit = entity.visit
        let sources = visit.services.keeper.sources(of: entity.indexed, in: visit.reader.snapshot)
        var items: [Menu.Item] = []
        if !sources.isEmpty, visit.may(CatalogPermissions.refresh, entity.indexed) {
            let fields = [QueryItem("tab", tab.rawValue)]
            items.append(
                .init(
                    "Read it again now", icon: .refresh,
                    .post(entity.href(.refresh), fields: fields)))
        }
        if let file = entity.fileAddress {
            items.append(.init("View the source", icon: .code, .open(file)))
        }
        let links = entity.visit.links
        let ref = entity.ref
        items.append(
            .init(
                "As JSON", icon: .code,
                .open(
                    links.to(
                        "api", "catalog", "entities", "by-name", folded(ref.kind),
                        folded(ref.namespace), folded(ref.name)))))
        if entity.isOrphan {
            if visit.may(CatalogPermissions.delete, entity.indexed) {
                items.append(
                    .init("Delete…", icon: .remove, .open(entity.href(.delete)), isDanger: true))
            }
        } else if !sources.isEmpty, visit.may(CatalogPermissions.deleteLocations) {
            items.append(
                .init(
                    "Unregister…", icon: .remove, .open(entity.href(.unregister)),
                    isDanger: true))
        }
        return items
    }

    private var notices: [Notice] {
        var notices: [Notice] = []
        let status = entity.content.at("status", "items")?.elements.map { $0 } ?? []
        if !status.isEmpty {
            notices.append(
                Notice(
                    .bad,
                    """
                    <p>What its file says now was refused, so this is the last version that was \
                    right. <a href="\(entity.href(.diagnostics))">What is wrong</a></p>
                    """))
        }
        if entity.isOrphan {
            let mayDelete = entity.visit.may(CatalogPermissions.delete, entity.indexed)
            notices.append(
                Notice(
                    .warn, "<p>Nothing declares it any more: it is an orphan.</p>",
                    action: mayDelete
                        ? Button("Delete…", .open(entity.href(.delete)), isSmall: true).html
                        : nil))
        }
        return notices
    }
}
