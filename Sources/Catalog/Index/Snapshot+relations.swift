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

/// A type of relation as the index knows it.
struct IndexedRelationType: Sendable {
    let type: RelationType
    /// The folded key of its column.
    let key: [UInt8]
    /// The place of the reversed type in ``all``.
    let reversed: Int

    /// Every type, in the byte order of names: the order of answers.
    static let all: [IndexedRelationType] = {
        let types = RelationType.builtIn.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        return types.map { type in
            IndexedRelationType(
                type: type, key: Array(type.key.utf8),
                reversed: types.firstIndex(of: type.reversed) ?? 0)
        }
    }()

    /// For each type, the number of its column in a segment; -1 where there is none.
    static func columns(in segment: Segment) -> [Int] {
        all.map { type in
            type.key.withUnsafeBufferPointer { segment.column($0)?.index } ?? -1
        }
    }
}

/// One end of a relation; the memory of the target lives as long as the snapshot.
struct RelationEnd {
    /// The place of the type in ``IndexedRelationType/all``.
    let type: Int
    let target: UnsafeBufferPointer<UInt8>
}

extension Snapshot {
    /// All relations of an entity, what others say of it included: sorted by type, then target,
    /// both by bytes, and distinct.
    package func relations(of entity: IndexedEntity) -> [EntityRelation] {
        relationEnds(of: entity).map(Self.relation)
    }

    private static func relation(_ end: RelationEnd) -> EntityRelation {
        EntityRelation(
            type: IndexedRelationType.all[end.type].type,
            target: String(decoding: end.target, as: UTF8.self))
    }

    /// The same without text of their own, for what writes them at once.
    func relationEnds(of entity: IndexedEntity) -> [RelationEnd] {
        var found = declaredEnds(of: entity)
        let name = name(of: entity)
        for part in parts {
            for (type, index) in part.relationColumns.enumerated() where index >= 0 {
                let reversed = IndexedRelationType.all[type].reversed
                let column = part.segment.column(at: index)
                for value in column.values(equal: name) {
                    column.postings(value).forEach { document in
                        if part.living.contains(document) {
                            let source = part.segment.name(of: document)
                            found.append(RelationEnd(type: reversed, target: source))
                        }
                        return true
                    }
                }
            }
        }
        guard found.count > 1 else { return found }
        found.sort { left, right in
            left.type == right.type
                ? byteOrder(left.target, right.target) < 0 : left.type < right.type
        }
        var distinct = [found[0]]
        distinct.reserveCapacity(found.count)
        for end in found.dropFirst() {
            let last = distinct[distinct.count - 1]
            if end.type != last.type || byteOrder(end.target, last.target) != 0 {
                distinct.append(end)
            }
        }
        return distinct
    }

    private func declaredEnds(of entity: IndexedEntity) -> [RelationEnd] {
        let part = parts[entity.part]
        return part.segment.edges(of: entity.document).compactMap { edge in
            part.relationColumns.firstIndex(of: edge.column).map { type in
                RelationEnd(
                    type: type, target: part.segment.column(at: edge.column).folded(edge.value))
            }
        }
    }

    /// Hands out the targets of the edges of one type that an entity declares.
    func forEachTarget(
        of entity: IndexedEntity, _ type: RelationType, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let segment = parts[entity.part].segment
        guard let wanted = segment.column(type.key) else { return }
        for value in segment.edges(of: entity.document, column: wanted.index) {
            body(wanted.folded(value))
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
        declaredEnds(of: entity).map(Self.relation).sorted()
    }
}
