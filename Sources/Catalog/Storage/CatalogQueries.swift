import CatalogModel
import Store
import Values

/// One version of an entity, for its history.
package struct EntityVersion: Sendable {
    package let slot: Int64
    package let revision: Int64
    package let cause: Cause
    /// Who or what wrote it.
    package let author: String
    /// Milliseconds since 1970.
    package let at: Int64
    /// Where it was read from; nil where the item is gone.
    package let location: String?
    /// The own content as JSON; nil for a removal.
    package let content: [UInt8]?
}

/// A current version as it is loaded to build the index.
struct StoredVersion: Sendable {
    let ref: String
    let uid: [UInt8]
    let number: Int64
    let slot: Int64
    let item: UInt32
    let hash: [UInt8]
    let content: [UInt8]
}

/// All questions of the catalog to the database.
enum CatalogQueries {
    static func revision(_ reader: Reader) throws -> Int64 {
        try reader.one("SELECT n FROM revision") { try $0.int64(0) }
    }

    /// What tells a change from every other of the same number; nil where there is none.
    static func change(_ reader: Reader, _ revision: Int64) throws -> String? {
        try reader.first(
            "SELECT at, author, cause, put, removed FROM change WHERE revision = ?",
            [.integer(revision)]
        ) { row in
            changeText(
                at: try row.int64(0), author: try row.text(1), cause: try row.text(2),
                put: try row.int64(3), removed: try row.int64(4))
        }
    }

    static func changeText(
        at: Int64, author: String, cause: String, put: Int64, removed: Int64
    ) -> String {
        "\(at) \(author) \(cause) \(put) \(removed)"
    }

    static func dictionaries(_ reader: Reader) throws -> [(number: Int64, bytes: [UInt8])] {
        try reader.all("SELECT number, bytes FROM dictionary ORDER BY number") {
            (try $0.int64(0), try $0.blob(1))
        }
    }

    static func items(_ reader: Reader) throws -> [Item] {
        try reader.all(
            """
            SELECT number, location, origin, hash, etag, state, read_at FROM item
            WHERE removed IS NULL
            """, [], item)
    }

    static func item(_ row: borrowing Row) throws -> Item {
        Item(
            number: UInt32(truncatingIfNeeded: try row.int64(0)), location: try row.text(1),
            origin: try row.text(2), hash: try row.optionalBlob(3),
            etag: try row.optionalText(4),
            state: Item.State(rawValue: try row.text(5)) ?? .failed,
            readAt: try row.int64(6))
    }

    /// The last numbers of items and of sources, of those that are gone too.
    static func lastNumbers(_ reader: Reader) throws -> (item: UInt32, source: Int64) {
        try reader.one(
            """
            SELECT COALESCE((SELECT max(number) FROM item), 0),
                COALESCE((SELECT max(number) FROM source), 0)
            """
        ) { (UInt32(truncatingIfNeeded: try $0.int64(0)), try $0.int64(1)) }
    }

    static func sources(_ reader: Reader) throws -> [Source] {
        try reader.all(
            """
            SELECT number, uid, type, target, origin, presence FROM source
            WHERE removed IS NULL ORDER BY number
            """, [], source)
    }

    static func source(_ row: borrowing Row) throws -> Source {
        Source(
            number: try row.int64(0), uid: try row.text(1),
            location: LocationRef(type: try row.text(2), target: try row.text(3)),
            origin: Source.Origin(rawValue: try row.text(4)) ?? .registered,
            isOptional: try row.text(5) == "optional")
    }

    /// Each Location entity's items, in the order in which it lists them.
    static func reach(_ reader: Reader) throws -> [String: [UInt32]] {
        var reach: [String: [UInt32]] = [:]
        try reader.query("SELECT parent, item FROM reach ORDER BY number") { row in
            reach[try row.text(0), default: []].append(
                UInt32(truncatingIfNeeded: try row.int64(1)))
        }
        return reach
    }

    /// What waits to be removed, by the numbers of sources.
    static func pendingRemovals(_ reader: Reader) throws -> [Int64: PendingRemoval] {
        var found: [Int64: PendingRemoval] = [:]
        try reader.query(
            "SELECT source, since, readings, total, approved_by FROM pending_removal"
        ) { row in
            let source = try row.int64(0)
            found[source] = PendingRemoval(
                source: source, since: try row.int64(1), readings: Int(try row.int64(2)),
                total: Int(try row.int64(3)), approvedBy: try row.optionalText(4), refs: [:])
        }
        guard !found.isEmpty else { return found }
        try reader.query("SELECT source, ref, undeclared FROM pending_removal_entity") { row in
            found[try row.int64(0)]?.refs[try row.text(1)] = try row.int64(2) != 0
        }
        return found
    }

    /// The small tables, which are held in memory.
    typealias Tables = (
        items: [Item], sources: [Source], reach: [String: [UInt32]], problems: [Problem],
        removals: [Int64: PendingRemoval], last: (item: UInt32, source: Int64)
    )

    static func tables(_ reader: Reader) throws -> Tables {
        (
            try items(reader), try sources(reader), try reach(reader),
            try problems(reader, ref: nil), try pendingRemovals(reader), try lastNumbers(reader)
        )
    }

    /// How many current entities there are; the next `count` of them after a number.
    static func currentVersions(
        _ reader: Reader, after number: Int64, count: Int
    ) throws -> [StoredVersion] {
        try reader.all(
            """
            SELECT e.ref, e.uid, e.number, e.slot, e.item, v.hash, v.content
            FROM entity e JOIN version v ON v.slot = e.slot
            WHERE e.number > ? AND e.removed IS NULL ORDER BY e.number LIMIT ?
            """,
            [.integer(number), .integer(Int64(count))], storedVersion)
    }

    private static func storedVersion(_ row: borrowing Row) throws -> StoredVersion {
        StoredVersion(
            ref: try row.text(0), uid: try row.blob(1), number: try row.int64(2),
            slot: try row.int64(3), item: UInt32(truncatingIfNeeded: try row.int64(4)),
            hash: try row.blob(5), content: try row.blob(6))
    }

    /// What changed after a revision: entities as they are now, and the references of those gone.
    static func changes(
        _ reader: Reader, after revision: Int64
    ) throws -> (put: [StoredVersion], removed: [String]) {
        var put: [StoredVersion] = []
        var removed: [String] = []
        // An entity that changed several times is joined once, to its current version.
        try reader.query(
            """
            SELECT e.ref, e.uid, e.number, e.slot, e.item, v.hash, v.content, e.removed
            FROM version v JOIN entity e ON e.number = v.entity AND e.slot = v.slot
            WHERE v.slot >= ?
            """,
            [.integer(Slot.first(of: revision + 1))]
        ) { row in
            if row.isNull(7) { put.append(try storedVersion(row)) }
        }
        try reader.query(
            "SELECT ref FROM entity WHERE removed > ?", [.integer(revision)]
        ) { removed.append(try $0.text(0)) }
        let living = Set(put.map(\.ref))
        return (put, removed.filter { !living.contains($0) })
    }

    /// The contents of slots, in the order in which the database finds them.
    static func contents(
        _ reader: Reader, slots: [Int64], _ body: (Int64, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = slots[...]
        while !rest.isEmpty {
            // A few fixed sizes keep the number of prepared statements small.
            let size = rest.count >= 64 ? 64 : rest.count >= 8 ? 8 : 1
            let marks = Array(repeating: "?", count: size).joined(separator: ",")
            try reader.query(
                "SELECT slot, content FROM version WHERE slot IN (\(marks))",
                rest.prefix(size).map { .integer($0) }
            ) { row in
                let slot = try row.int64(0)
                try row.withBlob(1) { try body(slot, $0) }
            }
            rest = rest.dropFirst(size)
        }
    }

    static func problems(_ reader: Reader, ref: String?) throws -> [Problem] {
        let condition = ref == nil ? "" : "WHERE ref = ?"
        return try reader.all(
            "SELECT item, ref, diagnostic, content, since FROM problem \(condition) ORDER BY number",
            ref.map { [.text($0)] } ?? []
        ) { row in
            let diagnostic = (try? JSON.parse(try row.text(2))).flatMap(Diagnostic.init)
            return Problem(
                item: UInt32(truncatingIfNeeded: try row.int64(0)), ref: try row.optionalText(1),
                diagnostic: diagnostic
                    ?? Diagnostic("catalog.unreadable-problem", "this problem's record is damaged"),
                candidate: try row.optionalBlob(3), since: try row.int64(4))
        }
    }
}

/// A version of an entity as it is stored, with who wrote it.
struct StoredHistory: Sendable {
    let slot: Int64
    let previous: Int64?
    let cause: Cause
    let content: [UInt8]?
    let author: String
    let at: Int64
    let location: String?
}
