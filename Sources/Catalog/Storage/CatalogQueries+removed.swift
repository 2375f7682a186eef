import CatalogModel
import Store

/// An entity that is gone, with its last content.
struct RemovedRow: Sendable {
    let number: Int64
    let uid: [UInt8]
    let ref: String
    /// The version that says that it is gone.
    let slot: Int64
    let item: UInt32
    /// The revision in which it went, when that was, and who did it.
    let change: ChangeRecord
    /// Where it was read from.
    let location: String?
    /// Compressed.
    let content: [UInt8]
}

/// A location that is gone.
struct RemovedSource: Sendable {
    let source: Source
    /// The first revision of the transaction that removed it and all that went with it.
    let removed: Int64
    let change: ChangeRecord
}

/// What was removed, and can be restored.
extension CatalogQueries {
    /// How long what was removed can be restored, in milliseconds: seven days.
    static let restoredWithin: Int64 = 7 * 86_400_000

    /// The first revision of the last seven days, by the database's clock; one that never was where
    /// nothing happened since.
    static func weekAgo(_ reader: Reader) throws -> Int64 {
        try reader.one(
            "SELECT min(revision) FROM change WHERE at > {now} - ?", [.integer(restoredWithin)]
        ) { try $0.optionalInt64(0) ?? .max }
    }

    /// The locations that went and were not registered again, the last first.
    static func removedSources(_ reader: Reader, since revision: Int64) throws -> [RemovedSource] {
        try reader.all(
            """
            SELECT s.number, s.uid, s.type, s.target, s.origin, s.presence, s.removed, c.at, c.author
            FROM source s JOIN change c ON c.revision = s.removed
            WHERE s.removed >= ? AND s.number = (
                SELECT max(n.number) FROM source n WHERE n.type = s.type AND n.target = s.target)
            ORDER BY s.number DESC
            """, [.integer(revision)]
        ) { row in
            let removed = try row.int64(6)
            return RemovedSource(
                source: try source(row), removed: removed,
                change: ChangeRecord(
                    revision: removed, at: try row.int64(7), author: try row.text(8)))
        }
    }

    /// The items that went in a transaction.
    static func items(_ reader: Reader, removedIn revision: Int64) throws -> [Item] {
        try reader.all(
            """
            SELECT number, location, origin, hash, etag, state, read_at FROM item
            WHERE removed = ? ORDER BY number
            """, [.integer(revision)], item)
    }

    private static let removedColumns = """
        SELECT e.number, e.uid, e.ref, e.slot, e.item, e.removed, c.at, c.author, i.location,
            p.content
        FROM entity e JOIN version v ON v.slot = e.slot JOIN version p ON p.slot = v.previous
        JOIN change c ON c.revision = e.removed LEFT JOIN item i ON i.number = e.item
        """

    /// What is listed: what went, unless something of the name is there again.
    private static let isListed = """
        e.removed >= ? AND NOT EXISTS (
            SELECT 1 FROM entity n WHERE n.ref = e.ref AND n.removed IS NULL)
        """

    private static func removedRow(_ row: borrowing Row) throws -> RemovedRow {
        RemovedRow(
            number: try row.int64(0), uid: try row.blob(1), ref: try row.text(2),
            slot: try row.int64(3), item: UInt32(truncatingIfNeeded: try row.int64(4)),
            change: ChangeRecord(
                revision: try row.int64(5), at: try row.int64(6), author: try row.text(7)),
            location: try row.optionalText(8), content: try row.blob(9))
    }

    /// The entities of an item that went since a revision.
    static func removedEntities(
        _ reader: Reader, of item: UInt32, since revision: Int64
    ) throws -> [RemovedRow] {
        try reader.all(
            "\(removedColumns) WHERE e.item = ? AND e.removed >= ? ORDER BY e.number",
            [.integer(Int64(item)), .integer(revision)], removedRow)
    }

    /// A page of what went, the last first, from a place on.
    static func removedEntities(
        _ reader: Reader, since revision: Int64, before place: (revision: Int64, number: Int64),
        count: Int
    ) throws -> [RemovedRow] {
        try reader.all(
            """
            \(removedColumns)
            WHERE \(isListed) AND (e.removed < ? OR (e.removed = ? AND e.number < ?))
            ORDER BY e.removed DESC, e.number DESC LIMIT ?
            """,
            [
                .integer(revision), .integer(place.revision), .integer(place.revision),
                .integer(place.number), .integer(Int64(count)),
            ], removedRow)
    }

    /// How many are listed.
    static func removedCount(_ reader: Reader, since revision: Int64) throws -> Int {
        try reader.one(
            "SELECT count(*) FROM entity e WHERE \(isListed)", [.integer(revision)]
        ) { Int(try $0.int64(0)) }
    }

    /// The entity of a uid, if it went since then.
    static func removedEntity(
        _ reader: Reader, uid: [UInt8], since revision: Int64
    ) throws -> RemovedRow? {
        try reader.first(
            "\(removedColumns) WHERE e.uid = ? AND e.removed >= ?",
            [.blob(uid), .integer(revision)], removedRow)
    }
}
