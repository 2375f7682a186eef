import CatalogModel
import Store
import Values

/// Some versions of an entity, the newest first.
package struct EntityHistory: Sendable {
    package let versions: [EntityVersion]
    /// How many there are newer than these.
    package let skipped: Int
    /// How many there are in all; counting ends at 2,000.
    package let total: Int
    /// The own content of the version before the oldest of these, for the difference; nil where
    /// there is none.
    package let contentBefore: [UInt8]?
}

extension CatalogReader {
    /// The versions of an entity that is there, or was.
    ///
    /// Whoever may see an entity may see how it came to be; of one that is gone its last content
    /// decides.
    ///
    /// - Parameters:
    ///   - ref: in any case.
    ///   - slot: only what is older than this version; nil for the newest.
    /// - Returns: nil where nothing of that name ever was, or may not be seen.
    package func history(
        of ref: String, before slot: Int64? = nil, limit: Int
    ) async throws -> EntityHistory? {
        let ref = folded(ref)
        let living = snapshot.entity(ref)
        if let living, !isVisible(living) { return nil }
        let found = try await bodies.database.read { reader in
            let slots = try CatalogQueries.versionSlots(reader, ref: ref)
            let skipped = slot.map { slot in slots.prefix { $0 >= slot }.count } ?? 0
            let wanted = Array(slots.dropFirst(skipped).prefix(max(0, limit) + 1))
            return (slots, skipped, try CatalogQueries.versions(reader, slots: wanted))
        }
        let (slots, skipped, stored) = found
        guard !slots.isEmpty else { return nil }
        let versions = try stored.map(version)
        if living == nil, try await !mayReadRemoved(slots) { return nil }
        return EntityHistory(
            versions: Array(versions.prefix(limit)), skipped: skipped, total: slots.count,
            contentBefore: versions.count > limit ? versions.last?.content : nil)
    }

    private func version(_ stored: StoredHistory) throws -> EntityVersion {
        EntityVersion(
            slot: stored.slot, revision: Slot.revision(of: stored.slot), cause: stored.cause,
            author: stored.author, at: stored.at, location: stored.location,
            content: try stored.content.map { try bodies.codec.decompress($0) })
    }

    /// Whether the last content of something that is gone may be seen.
    private func mayReadRemoved(_ slots: [Int64]) async throws -> Bool {
        guard let predicate = visibility.predicate else { return true }
        let last = try await bodies.database.read { reader in
            try CatalogQueries.versions(reader, slots: Array(slots.prefix(2))).compactMap(\.content)
        }
        guard let frame = last.first,
            let content = try? JSON.parse(bodies.codec.decompress(frame))
        else { return false }
        let relations = declaredRelations(of: content)
        return predicate.matches(EntityFacts(content: content, relations: relations))
    }
}

extension CatalogQueries {
    /// The versions of everything that ever had a reference, the newest first; 2,000 at most.
    static func versionSlots(_ reader: Reader, ref: String) throws -> [Int64] {
        try reader.all(
            """
            WITH RECURSIVE chain (slot, previous) AS (
                SELECT v.slot, v.previous FROM (
                    SELECT slot FROM entity WHERE ref = ? AND removed IS NULL
                    UNION ALL
                    SELECT slot FROM entity WHERE ref = ? AND removed IS NOT NULL
                ) e JOIN version v ON v.slot = e.slot
                UNION ALL
                SELECT v.slot, v.previous FROM chain c JOIN version v ON v.slot = c.previous
            )
            SELECT slot FROM chain ORDER BY slot DESC LIMIT 2000
            """,
            [.text(ref), .text(ref)]
        ) { try $0.int64(0) }
    }

    /// Versions with who wrote them, in the order of the slots.
    static func versions(_ reader: Reader, slots: [Int64]) throws -> [StoredHistory] {
        try slots.compactMap { slot in
            try reader.first(
                """
                SELECT v.previous, v.cause, v.content, c.author, c.at, i.location
                FROM version v LEFT JOIN change c ON c.revision = ?
                LEFT JOIN item i ON i.number = v.item WHERE v.slot = ?
                """,
                [.integer(Slot.revision(of: slot)), .integer(slot)]
            ) { row in
                StoredHistory(
                    slot: slot, previous: try row.optionalInt64(0),
                    cause: Cause(rawValue: try row.int64(1)) ?? .edited,
                    content: try row.optionalBlob(2), author: try row.optionalText(3) ?? "",
                    at: try row.optionalInt64(4) ?? 0, location: try row.optionalText(5))
            }
        }
    }
}
