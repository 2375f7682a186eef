import Catalog
import CatalogModel
import Markup
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
        model.actions = actions
        model.menu = menu
        model.notices = notices
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

    private var actions: [Button] {
        guard let edit = entity.editAddress else { return [] }
        return [Button("Edit", .open(edit), icon: .edit, isEdit: true)]
    }

    private var menu: [Menu.Item] {
        var items: [Menu.Item] = []
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
        if entity.annotation("backstage.io/orphan") == "true" {
            notices.append(
                Notice(.warn, "<p>Nothing declares it any more: it is an orphan.</p>"))
        }
        return notices
    }
}
