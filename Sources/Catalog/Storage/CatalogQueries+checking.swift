import Store

/// An entity with the version that it points to, as far as that is there.
struct CheckedRow: Sendable {
    let number: Int64
    let uid: [UInt8]
    let ref: String
    let slot: Int64
    let item: UInt32
    let removed: Int64?
    /// The entity that the version belongs to; nil where there is no version.
    let owner: Int64?
    let hash: [UInt8]?
    let content: [UInt8]?
}

/// What `callboard check` asks.
extension CatalogQueries {
    /// Some entities after a number, removed ones too.
    static func checkedRows(
        _ reader: Reader, after number: Int64, count: Int
    ) throws -> [CheckedRow] {
        try reader.all(
            """
            SELECT e.number, e.uid, e.ref, e.slot, e.item, e.removed, v.entity, v.hash, v.content
            FROM entity e LEFT JOIN version v ON v.slot = e.slot
            WHERE e.number > ? ORDER BY e.number LIMIT ?
            """,
            [.integer(number), .integer(Int64(count))]
        ) { row in
            CheckedRow(
                number: try row.int64(0), uid: try row.blob(1), ref: try row.text(2),
                slot: try row.int64(3), item: UInt32(truncatingIfNeeded: try row.int64(4)),
                removed: try row.optionalInt64(5), owner: try row.optionalInt64(6),
                hash: try row.optionalBlob(7), content: try row.optionalBlob(8))
        }
    }

    static func versionCount(_ reader: Reader) throws -> Int {
        Int(try reader.one("SELECT count(*) FROM version") { try $0.int64(0) })
    }

    /// The versions that no entity has.
    static func ownerlessVersions(_ reader: Reader) throws -> [Int64] {
        try reader.all(
            """
            SELECT v.slot FROM version v
            WHERE NOT EXISTS (SELECT 1 FROM entity e WHERE e.number = v.entity) ORDER BY v.slot
            """
        ) { try $0.int64(0) }
    }

    /// Sources of which entities wait to be removed and nothing else is said.
    static func headlessRemovals(_ reader: Reader) throws -> [Int64] {
        try reader.all(
            """
            SELECT DISTINCT source FROM pending_removal_entity
            WHERE source NOT IN (SELECT source FROM pending_removal) ORDER BY source
            """
        ) { try $0.int64(0) }
    }

    /// The versions whose predecessor is not there.
    static func brokenChains(_ reader: Reader) throws -> [Int64] {
        try reader.all(
            """
            SELECT v.slot FROM version v WHERE v.previous IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM version p WHERE p.slot = v.previous) ORDER BY v.slot
            """
        ) { try $0.int64(0) }
    }

    /// The last change, the newest slot, and how many changes there are.
    static func lastChange(
        _ reader: Reader
    ) throws -> (revision: Int64, slot: Int64, first: Int64, count: Int64) {
        let slot = try reader.one("SELECT COALESCE(max(slot), 0) FROM version") { try $0.int64(0) }
        return try reader.one(
            "SELECT COALESCE(max(revision), 0), COALESCE(min(revision), 0), count(*) FROM change"
        ) { (try $0.int64(0), slot, try $0.int64(1), try $0.int64(2)) }
    }

    /// The items that reach or problems name, and where.
    static func namedItems(_ reader: Reader) throws -> [(table: String, item: UInt32)] {
        var found: [(table: String, item: UInt32)] = []
        for table in ["reach", "problem"] {
            try reader.query("SELECT DISTINCT item FROM \(table) ORDER BY item") { row in
                found.append((table, UInt32(truncatingIfNeeded: try row.int64(0))))
            }
        }
        return found
    }
}
