package import CatalogModel
import Postings
import Store
package import Values

/// Answers questions about the catalog for one visibility.
///
/// Takes one snapshot when it is made and uses it for everything; contents are read by slot, so
/// that they belong to it whatever is written meanwhile.
package struct CatalogReader: Sendable {
    package let snapshot: Snapshot
    package let visibility: Visibility
    let bodies: BodyStore

    package init(_ snapshot: Snapshot, bodies: BodyStore, visibility: Visibility) {
        self.snapshot = snapshot
        self.bodies = bodies
        self.visibility = visibility
    }

    /// A reader of the same snapshot for another visibility.
    package func seeing(_ visibility: Visibility) -> CatalogReader {
        CatalogReader(snapshot, bodies: bodies, visibility: visibility)
    }

    // MARK: Finding

    /// The entity of a reference, if it is there and may be seen.
    package func entity(_ ref: String) -> IndexedEntity? {
        snapshot.entity(folded(ref)).flatMap { isVisible($0) ? $0 : nil }
    }

    /// The entity of a reference that has to be in its canonical form, if it may be seen.
    package func entity(canonical ref: String) -> IndexedEntity? {
        snapshot.entity(ref).flatMap { isVisible($0) ? $0 : nil }
    }

    /// The entity with this uid, if it is there and may be seen.
    package func entity(uid: String) -> IndexedEntity? {
        uuidBytes(folded(uid)).flatMap { snapshot.entity(uid: $0) }
            .flatMap { isVisible($0) ? $0 : nil }
    }

    /// Whether the entity is among those that the visibility leaves.
    package func isVisible(_ entity: IndexedEntity) -> Bool {
        guard visibility.predicate != nil else { return true }
        return snapshot.select(.constant(true), visibility).contains(entity)
    }

    /// The visible entities that a predicate holds for; nil for all.
    package func select(_ predicate: Predicate?) -> Selection {
        snapshot.select(predicate ?? .constant(true), visibility)
    }

    /// Whether an entity is in a selection of this reader's snapshot.
    package func isIn(_ selection: Selection, _ entity: IndexedEntity) -> Bool {
        selection.contains(entity)
    }

    // MARK: Writing entities

    /// One entity as JSON, at once, where its content is in memory or a short read away.
    ///
    /// - Returns: nil where the database has to be waited for.
    package func jsonNow(_ entity: IndexedEntity, fields: FieldProjection? = nil) throws -> [UInt8]?
    {
        if let known = snapshot.composed.bytes(of: entity) { return projected(known, fields) }
        guard let content = try bodies.contentNow(snapshot.slot(of: entity)) else { return nil }
        let bytes = EntityJSON(snapshot).bytes(entity, content: content)
        snapshot.composed.insert(entity, bytes)
        return projected(bytes, fields)
    }

    /// Entities as JSON, in their order.
    package func json(_ entities: [IndexedEntity], fields: FieldProjection? = nil) async throws
        -> [[UInt8]]
    {
        let contents = try await bodies.contents(entities.map { snapshot.slot(of: $0) })
        let writer = EntityJSON(snapshot)
        return zip(entities, contents).map {
            projected(writer.bytes($0, content: $1), fields)
        }
    }

    /// Entities as the elements of a JSON array: with commas between them, without brackets.
    ///
    /// - Parameter remembers: whether contents that were read stay in memory; not for long lists,
    ///   which would push out what is asked for again and again.
    package func jsonElements(
        _ entities: [IndexedEntity], fields: FieldProjection? = nil, remembers: Bool
    ) async throws -> [UInt8] {
        let contents = try await bodies.contents(
            entities.map { snapshot.slot(of: $0) }, remembers: remembers)
        let entityJSON = EntityJSON(snapshot)
        var writer = JSONWriter(capacity: contents.reduce(0) { $0 + $1.count + 512 })
        for (index, entity) in entities.enumerated() {
            if index > 0 { writer.raw(",") }
            if let fields {
                let bytes = entityJSON.bytes(entity, content: contents[index])
                writer.raw(projected(bytes, fields))
            } else {
                entityJSON.write(entity, content: contents[index], to: &writer)
            }
        }
        return writer.bytes
    }

    /// The own contents of entities.
    package func contents(_ entities: [IndexedEntity]) async throws -> [JSON] {
        try await bodies.contents(entities.map { snapshot.slot(of: $0) }).map {
            (try? JSON.parse($0)) ?? .null
        }
    }

    private func projected(_ bytes: [UInt8], _ fields: FieldProjection?) -> [UInt8] {
        guard let fields, let json = try? JSON.parse(bytes) else { return bytes }
        return fields.apply(to: json).bytes
    }
}
