package import CatalogModel
import Store
import Telemetry
package import Values

/// What was removed within the last seven days and can be restored.
package struct RemovedThings: Sendable {
    /// A location that was removed and not registered again.
    package struct Location: Sendable {
        /// What restoring it asks for.
        package let id: String
        package let location: LocationRef
        package let change: ChangeRecord
    }

    /// An entity that was removed, and of whose name nothing is there again.
    package struct Entity: Sendable {
        /// What restoring it asks for.
        package let uid: String
        package let ref: String
        /// Where it was read from, as the text of a location reference; nil where that is not known.
        package let location: String?
        package let change: ChangeRecord
        let number: Int64
    }

    /// The last first.
    package let locations: [Location]
    package let entities: [Entity]
    /// How many entities there are in all; nil for those who may not see all of them.
    package let totalEntities: Int?
    /// Where the entities go on; nil at their end.
    package let next: String?
}

extension RemovedThings {
    /// For those who may not see locations.
    package var withoutLocations: RemovedThings {
        RemovedThings(locations: [], entities: entities, totalEntities: totalEntities, next: next)
    }

    /// As the API and the command line give it.
    package func write(to json: inout JSONWriter) {
        json.raw(#"{"locations":["#)
        for (index, location) in locations.enumerated() {
            json.raw(index == 0 ? #"{"id":"# : #",{"id":"#)
            json.string(location.id)
            json.raw(#","type":"#)
            json.string(location.location.type)
            json.raw(#","target":"#)
            json.string(location.location.target)
            Self.write(location.change, to: &json)
        }
        json.raw(#"],"entities":["#)
        for (index, entity) in entities.enumerated() {
            json.raw(index == 0 ? #"{"uid":"# : #",{"uid":"#)
            json.string(entity.uid)
            json.raw(#","entityRef":"#)
            json.string(entity.ref)
            if let location = entity.location {
                json.raw(#","location":"#)
                json.string(location)
            }
            Self.write(entity.change, to: &json)
        }
        json.raw("]")
        if let totalEntities {
            json.raw(#","totalEntities":"#)
            json.integer(totalEntities)
        }
        json.raw(#","pageInfo":{"#)
        if let next {
            json.raw(#""nextCursor":"#)
            json.string(next)
        }
        json.raw("}}")
    }

    private static func write(_ change: ChangeRecord, to json: inout JSONWriter) {
        json.raw(#","removedAt":"#)
        json.string(Instant(milliseconds: change.at).iso8601)
        json.raw(#","removedBy":"#)
        json.string(change.author)
        json.raw(#","restorableUntil":"#)
        json.string(
            Instant(milliseconds: change.at &+ CatalogQueries.restoredWithin).iso8601)
        json.raw("}")
    }
}

extension CatalogReader {
    /// A page of what was removed within the last seven days.
    ///
    /// Entities are shown to whom their last content would be.
    ///
    /// - Parameters:
    ///   - cursor: where the page before ended; nil for the first, which has all the locations.
    ///   - limit: how many entities.
    /// - Returns: nil where the cursor is none.
    package func removed(after cursor: String?, limit: Int) async throws -> RemovedThings? {
        guard let place = Self.place(cursor) else { return nil }
        let seesAll = visibility.predicate == nil
        // Under a condition a page may have fewer.
        let (locations, rows, total) = try await bodies.database.read { reader in
            let since = try CatalogQueries.weekAgo(reader)
            return (
                cursor == nil ? try CatalogQueries.removedSources(reader, since: since) : [],
                try CatalogQueries.removedEntities(
                    reader, since: since, before: place, count: limit),
                seesAll ? try CatalogQueries.removedCount(reader, since: since) : nil
            )
        }
        let visible = try rows.filter { try mayRead($0) }
        return RemovedThings(
            locations: locations.map {
                RemovedThings.Location(
                    id: $0.source.uid, location: $0.source.location, change: $0.change)
            },
            entities: visible.map { row in
                RemovedThings.Entity(
                    uid: uuidText(row.uid), ref: row.ref, location: row.location,
                    change: row.change, number: row.number)
            }, totalEntities: total,
            next: rows.count < limit
                ? nil : rows.last.map { "\($0.change.revision)-\($0.number)" })
    }

    /// Whether an entity was removed within the last seven days, and its last content may be seen.
    package func mayRestore(uid: [UInt8]) async throws -> Bool {
        let row = try await bodies.database.read { reader in
            try CatalogQueries.removedEntity(
                reader, uid: uid, since: CatalogQueries.weekAgo(reader))
        }
        return try row.map { try mayRead($0) } ?? false
    }

    private func mayRead(_ row: RemovedRow) throws -> Bool {
        guard let predicate = visibility.predicate else { return true }
        guard let content = try? JSON.parse(bodies.codec.decompress(row.content)) else {
            return false
        }
        return predicate.matches(
            EntityFacts(content: content, relations: declaredRelations(of: content)))
    }

    private static func place(_ cursor: String?) -> (revision: Int64, number: Int64)? {
        guard let cursor else { return (.max, .max) }
        let parts = cursor.split(separator: "-").map { Int64($0) }
        guard parts.count == 2, let revision = parts[0], let number = parts[1] else { return nil }
        return (revision, number)
    }
}
