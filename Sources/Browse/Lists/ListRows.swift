import Catalog
import CatalogModel
import Markup
import Values

/// Turns entities into rows of lists: their contents, the names of what they belong to, and their
/// times are each read once for the whole page.
struct ListRows: Sendable {
    private let visit: Visit

    init(_ visit: Visit) {
        self.visit = visit
    }

    /// The rows of entities, in their order.
    func rows(_ entities: [IndexedEntity]) async throws -> [CatalogRow] {
        let reader = visit.reader
        let contents = try await reader.contents(entities)
        let relations = entities.map { reader.snapshot.relations(of: $0) }
        let named = relations.flatMap { $0.filter { [.ownedBy, .partOf].contains($0.type) } }
        let labels = try await EntityLabels.load(named.map(\.target), visit)
        let changes = try await reader.changes(of: entities)
        return entities.indices.map { index in
            let entity = entities[index]
            var row = row(
                reader.snapshot.ref(of: entity), contents[index], relations[index], labels)
            row.updated = changes[reader.revision(of: entity)].map { Int($0.at / 1000) }
            return row
        }
    }

    private func row(
        _ ref: String, _ content: JSON, _ relations: [EntityRelation], _ labels: EntityLabels
    ) -> CatalogRow {
        let parsed = (try? EntityRef.parse(ref)) ?? EntityRef(kind: "", name: ref)
        let title = visit.services.names.title(of: content)
        let name = content.at("metadata", "name")?.string ?? parsed.name
        let isDefault = parsed.namespace == EntityRef.defaultNamespace
        let short = isDefault ? name : "\(parsed.namespace)/\(name)"
        var row = CatalogRow(
            .kind(parsed.kind), title, ref: title == short ? nil : short,
            href: visit.links.entity(
                namespace: parsed.namespace, kind: parsed.kind, name: parsed.name))
        row.kind = Words.kind(parsed.kind)
        row.owner = relations.first { $0.type == .ownedBy }.map { labels.who($0.target) }
        row.system = relations.first { $0.type == .partOf }.map { labels.link($0.target) }
        row.type = content.at("spec", "type")?.string
        row.lifecycle = content.at("spec", "lifecycle")?.string
        row.tags = content.at("metadata", "tags")?.texts ?? []
        row.description = description(parsed.kind, content)
        row.problem = visit.board.worst(of: ref)
        if parsed.kind == "group" { row.count = relations.count { $0.type == .hasMember } }
        return row
    }

    /// One line that says most: of a person the mail address, of a location where it points.
    private func description(_ kind: String, _ content: JSON) -> String? {
        switch kind {
        case "user": return content.at("spec", "profile", "email")?.string
        case "location":
            let targets =
                [content.at("spec", "target")?.string].compactMap { $0 }
                + (content.at("spec", "targets")?.texts ?? [])
            return Words.list(targets.map(visit.services.names.name))
        default:
            return content.at("metadata", "description")?.string.map { text in
                text.split(whereSeparator: \.isNewline).joined(separator: " ")
            }
        }
    }
}
