package import Store

/// The own contents of entities by slot: from memory where they are there, else from the database.
package final class BodyStore: Sendable {
    let database: Database
    let codec: BodyCodec
    private let cache: BodyCache

    /// - Parameter cacheBytes: how much compressed content is held in memory.
    package init(database: Database, codec: BodyCodec, cacheBytes: Int = 32 << 20) {
        self.database = database
        self.codec = codec
        cache = BodyCache(byteLimit: cacheBytes)
    }

    /// Forgets all contents: their slots may stand for others now.
    func forgetAll() {
        cache.removeAll()
    }

    /// Remembers a content that was just written.
    func insert(_ slot: Int64, compressed: [UInt8]) {
        cache.insert(slot, compressed)
    }

    /// The content of a slot at once, if that needs no waiting: from memory, or by a short read of
    /// SQLite.
    ///
    /// Not for the concurrency pool.
    ///
    /// - Returns: nil where the database has to be waited for.
    /// - Throws: ``StoreError``; ``MissingBody`` where the slot is not there.
    package func contentNow(_ slot: Int64) throws -> [UInt8]? {
        if let known = cache.content(slot) { return try codec.decompress(known) }
        let found = try database.readNow { reader -> [UInt8]? in
            var bytes: [UInt8]?
            try CatalogQueries.contents(reader, slots: [slot]) { bytes = Array($1) }
            return bytes
        }
        guard let found else { return nil }
        guard let compressed = found else { throw MissingBody(slot: slot) }
        cache.insert(slot, compressed)
        return try codec.decompress(compressed)
    }

    /// The contents of slots, in the order of the slots.
    ///
    /// - Parameter remembers: whether what was read stays in memory; not for reading all there is,
    ///   which would push out what is asked for again and again.
    /// - Throws: ``StoreError``; ``MissingBody`` where a slot is not there.
    package func contents(_ slots: [Int64], remembers: Bool = true) async throws -> [[UInt8]] {
        var compressed = slots.map { cache.content($0) }
        let missing = zip(slots, compressed).filter { $0.1 == nil }.map(\.0)
        if !missing.isEmpty {
            let read = try await database.read { reader in
                var found: [Int64: [UInt8]] = [:]
                try CatalogQueries.contents(reader, slots: missing) { found[$0] = Array($1) }
                return found
            }
            for (index, slot) in slots.enumerated() where compressed[index] == nil {
                guard let bytes = read[slot] else { throw MissingBody(slot: slot) }
                compressed[index] = bytes
                if remembers { cache.insert(slot, bytes) }
            }
        }
        return try compressed.map { try codec.decompress($0 ?? []) }
    }

    /// Where the references of items stand; those that have none are left out.
    func referencePlaces(of items: Set<UInt32>) async throws -> [UInt32: ReferencePlaces] {
        guard !items.isEmpty else { return [:] }
        let stored = try await database.read { try CatalogQueries.referencePlaces($0, of: items) }
        return try stored.compactMapValues { ReferencePlaces(try codec.decompress($0)) }
    }
}

/// The index names a version that the database does not have: `callboard check` would say so too.
package struct MissingBody: Error, Sendable {
    package let slot: Int64
}
