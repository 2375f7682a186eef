import Catalog
import CatalogModel
import Markup
import Values

/// Everything that an entity is related to, as lists.
struct EntityRelations: Sendable {
    private let entity: ShownEntity

    /// Entities of one list on the relations tab; the catalog has all of them.
    private static let limit = 200

    init(_ entity: ShownEntity) {
        self.entity = entity
    }

    /// One list: relations of a type, those to parts by their kind.
    private struct Group {
        let title: String
        let type: RelationType
        let kind: String?
        let targets: [String]
    }

    /// The tab.
    func content() async throws -> EntityModel.Content {
        .relations(try await lists(of: Words.relations.map(\.type), each: Self.limit))
    }

    /// Lists of some types, in the order of their weight.
    ///
    /// - Parameter each: how many entities of each list are named.
    func lists(of types: [RelationType], each limit: Int, leavingOut title: String? = nil)
        async throws -> [RelationList]
    {
        let groups = groups(types)
        let visit = entity.visit
        let labels = try await EntityLabels.load(
            groups.flatMap { $0.targets.prefix(limit) }, visit)
        return groups.map { group in
            let links = group.targets.prefix(limit).map { target in
                labels.link(target, aside: labels.type(target) ?? kindOf(target, in: group))
            }
            return RelationList(
                group.title,
                links.sorted { left, right in
                    (left.href == nil ? 0 : 1, folded(left.title))
                        < (right.href == nil ? 0 : 1, folded(right.title))
                }, total: group.targets.count, all: all(of: group, limit))
        }
    }

    private func kindOf(_ target: String, in group: Group) -> String? {
        guard group.kind == nil, [.dependsOn, .dependencyOf, .ownerOf].contains(group.type) else {
            return nil
        }
        return (try? EntityRef.parse(target)).map { Words.kind($0.kind) }
    }

    private func groups(_ types: [RelationType]) -> [Group] {
        var groups: [Group] = []
        for (type, title) in Words.relations where types.contains(type) {
            let targets = entity.targets(type)
            guard !targets.isEmpty else { continue }
            guard type == .hasPart || type == .ownerOf else {
                groups.append(Group(title: title, type: type, kind: nil, targets: targets))
                continue
            }
            let kinds = Dictionary(grouping: targets) { target in
                (try? EntityRef.parse(target))?.kind ?? ""
            }
            let order = Words.kindOrder.filter { kinds[$0] != nil }
            for kind in order + kinds.keys.filter({ !order.contains($0) }).sorted() {
                groups.append(
                    Group(
                        title: "\(title) \(Words.pluralInText(kind))", type: type, kind: kind,
                        targets: kinds[kind] ?? []))
            }
        }
        return groups
    }

    /// The whole list: on the relations tab, or, where that is too long too, in the catalog.
    private func all(of group: Group, _ limit: Int) -> Href? {
        guard group.targets.count > limit else { return nil }
        guard limit >= Self.limit else { return entity.href(.relations) }
        var state = ListState()
        state.kind = group.kind ?? "all"
        state.filters = ["relations.\(folded(group.type.inverse))=\(entity.ref.canonical)"]
        return entity.visit.links.to(["catalog"], query: state.query)
    }
}
