package import CatalogModel
import Postings
import Values

extension RelationType {
    /// The key under which what an entity declares is indexed.
    var key: String { "relations.\(folded(name))" }

    /// The type whose key this is.
    init?(key: String) {
        guard key.hasPrefix("relations."),
            let type = RelationType.named(String(key.dropFirst("relations.".count)))
        else { return nil }
        self = type
    }
}

extension Snapshot {
    /// All relations of an entity, what others say of it included: sorted by type, then target,
    /// both by bytes, and distinct.
    package func relations(of entity: IndexedEntity) -> [EntityRelation] {
        var found: [EntityRelation] = []
        let segment = parts[entity.part].segment
        for edge in segment.edges(of: entity.document) {
            let column = segment.column(at: edge.column)
            guard let type = RelationType(key: String(decoding: column.name, as: UTF8.self)) else {
                continue
            }
            let target = String(decoding: column.folded(edge.value), as: UTF8.self)
            found.append(EntityRelation(type: type, target: target))
        }
        forEachSource(of: name(of: entity)) { type, source in
            found.append(
                EntityRelation(
                    type: type.reversed, target: String(decoding: source, as: UTF8.self)))
        }
        found.sort()
        var distinct: [EntityRelation] = []
        for relation in found where relation != distinct.last { distinct.append(relation) }
        return distinct
    }

    /// Hands out every living entity that declares an edge to a target, with the edge's type.
    func forEachSource(
        of target: UnsafeBufferPointer<UInt8>,
        _ body: (RelationType, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        for part in parts {
            for type in RelationType.builtIn {
                guard let column = part.segment.column(type.key) else { continue }
                for value in column.values(equal: target) {
                    column.postings(value).forEach { document in
                        if part.living.contains(document) {
                            body(type, part.segment.name(of: document))
                        }
                        return true
                    }
                }
            }
        }
    }

    /// Hands out the targets of the edges of one type that an entity declares.
    func forEachTarget(
        of entity: IndexedEntity, _ type: RelationType, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let segment = parts[entity.part].segment
        guard let wanted = segment.column(type.key) else { return }
        for edge in segment.edges(of: entity.document) where edge.column == wanted.index {
            body(wanted.folded(edge.value))
        }
    }

    /// Adds the documents of a part to which some living entity declares an edge of a type.
    ///
    /// - Parameter includes: which sources count, by their names.
    func insertTargets(
        ofSourcesDeclaring type: RelationType, into found: inout Bitmap, _ part: Int,
        where includes: (UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        for source in parts {
            guard let column = source.segment.column(type.key) else { continue }
            for value in 0..<column.count {
                let hasLivingSource = !column.postings(value).forEach { document in
                    !(source.living.contains(document)
                        && includes(source.segment.name(of: document)))
                }
                guard hasLivingSource,
                    let document = parts[part].segment.document(named: column.folded(value))
                else { continue }
                found.insert(document)
            }
        }
    }
}

extension Snapshot {
    /// The relations that an entity's own content declares, sorted.
    func declaredRelations(of entity: IndexedEntity) -> [EntityRelation] {
        let segment = parts[entity.part].segment
        return segment.edges(of: entity.document).compactMap { edge in
            let column = segment.column(at: edge.column)
            return RelationType(key: String(decoding: column.name, as: UTF8.self)).map {
                EntityRelation(
                    type: $0, target: String(decoding: column.folded(edge.value), as: UTF8.self))
            }
        }.sorted()
    }
}
