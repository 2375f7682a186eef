import CatalogModel
import Store
import Telemetry
import Values

/// Why something cannot be restored.
package enum RestoreFault: Error, Sendable, Equatable {
    /// Nothing of that id was removed within the last seven days.
    case unknown
    /// Something of the same name is there.
    case isThere(String)
    /// It was restored or removed by somebody else at the same time.
    case changed(String)
}

extension CatalogKeeper {
    /// Entities that are restored in one transaction.
    private static let restoredAtOnce = 2000

    /// Registers a location again that was removed within the last seven days, with all that went
    /// with it: as it was, under its uids, the history going on.
    ///
    /// Have it read afterwards: what it has lost meanwhile goes then, or waits. What somebody else
    /// declares by now stays theirs. After a crash in between the rest comes by reading, anew.
    ///
    /// - Parameter id: the location's, which it keeps if that is free.
    /// - Throws: ``RestoreFault``.
    package func restoreLocation(id: String, author: String) async throws -> Source {
        let found = try await database.read { reader in
            try CatalogQueries.removedSources(reader, since: CatalogQueries.weekAgo(reader))
                .first { $0.source.uid == id }
        }
        guard let found else { throw RestoreFault.unknown }
        let removed = found.removed
        let items = try await database.read { try CatalogQueries.items($0, removedIn: removed) }
        let location = found.source.location
        // A location that took its place has the id now.
        let isTaken = registry.sources.contains { $0.uid == id }
        let uid = isTaken ? ids.uuid() : id
        try await transact(author: author, cause: "restore") { _, batch in
            guard !self.registry.sources.contains(where: { $0.location == location }) else {
                return
            }
            var source = found.source
            source.number = self.registry.newSourceNumber
            (source.uid, source.origin) = (uid, .registered)
            batch.addedSources = [source]
            batch.items = items.filter { self.registry.item(at: $0.location) == nil }
        }
        guard let source = registry.sources.first(where: { $0.location == location }),
            source.uid == uid
        else { throw RestoreFault.isThere(location.text) }
        var changes: [EntityChange] = []
        for item in items where registry.item(item.number)?.location == item.location {
            let rows = try await database.read(.bulk) {
                try CatalogQueries.removedEntities($0, of: item.number, since: removed)
            }
            changes += try rows.map { try restoring($0) }
            if changes.count >= Self.restoredAtOnce {
                try await restore(changes, author: author)
                changes = []
            }
        }
        try await restore(changes, author: author)
        await compact()
        return source
    }

    /// Brings back an entity that was removed within the last seven days, as it was, under its uid,
    /// marked as an orphan: no file declares it.
    ///
    /// It stays until it is deleted, or until a file declares it.
    ///
    /// - Returns: its reference.
    /// - Throws: ``RestoreFault``.
    package func restoreEntity(uid: [UInt8], author: String) async throws -> String {
        let found = try await database.read { reader in
            try CatalogQueries.removedEntity(
                reader, uid: uid, since: CatalogQueries.weekAgo(reader))
        }
        guard let found else { throw RestoreFault.unknown }
        var change = try restoring(found)
        guard let content = change.content else { throw RestoreFault.unknown }
        change.content = EntityMark.change(EntityMark.orphaned(content.json), content.relations)
        let marked = change
        let report = try await transact(author: author, cause: "restore") { planner, batch in
            var change = marked
            guard planner.snapshot.entity(change.ref) == nil else { return }
            change.item = self.restoredItem(&batch).number
            planner.restore(change)
        }
        guard report.put > 0 else { throw RestoreFault.isThere(found.ref) }
        return found.ref
    }

    private func restore(_ changes: [EntityChange], author: String) async throws {
        try await transact(author: author, cause: "restore") { planner, _ in
            for change in changes where self.registry.item(change.item) != nil {
                planner.restore(change)
            }
        }
    }

    /// The item of all that was restored by itself.
    private nonisolated func restoredItem(_ batch: inout CatalogBatch) -> Item {
        if let known = registry.item(at: Item.restored) { return known }
        let item = Item(
            number: registry.newNumber(in: batch), location: Item.restored, origin: "", hash: nil,
            etag: nil, state: .read, readAt: clock.now.milliseconds)
        batch.items.append(item)
        return item
    }

    private func restoring(_ entity: RemovedRow) throws -> EntityChange {
        let bytes = try bodies.codec.decompress(entity.content)
        guard let json = try? JSON.parse(bytes) else { throw MissingBody(slot: entity.slot) }
        return EntityChange(
            ref: entity.ref, content: EntityMark.change(json, declaredRelations(of: json)),
            known: (entity.number, entity.slot), uid: entity.uid, item: entity.item,
            cause: .restored)
    }
}
