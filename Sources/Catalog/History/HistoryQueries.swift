import Store

/// What is asked and changed of versions that are past.
enum HistoryQueries {
    /// The entities that have more than one version.
    static func entitiesWithPast(_ reader: Reader) throws -> [Int64] {
        try reader.all(
            "SELECT entity FROM version GROUP BY entity HAVING count(*) > 1 ORDER BY entity"
        ) { try $0.int64(0) }
    }

    /// An entity's versions, the current one first.
    static func chain(_ reader: Reader, of entity: Int64) throws -> [HistoryRule.Version] {
        try reader.all(
            """
            WITH RECURSIVE chain (slot, previous) AS (
                SELECT v.slot, v.previous FROM entity e JOIN version v ON v.slot = e.slot
                WHERE e.number = ?
                UNION ALL
                SELECT v.slot, v.previous FROM chain c JOIN version v ON v.slot = c.previous
            )
            SELECT k.slot, c.at FROM chain k
            LEFT JOIN change c ON c.revision = k.slot / \(Slot.versionsPerRevision)
            ORDER BY k.slot DESC
            """,
            [.integer(entity)]
        ) { HistoryRule.Version(slot: try $0.int64(0), at: try $0.optionalInt64(1) ?? 0) }
    }

    /// Takes versions out of a chain and closes the gaps.
    ///
    /// - Parameter chain: the current version, which is not among those removed, first.
    static func remove(
        _ writer: Writer, _ slots: Set<Int64>, from chain: [HistoryRule.Version]
    ) throws {
        guard !slots.isEmpty else { return }
        for slot in slots.sorted() {
            try writer.execute("DELETE FROM version WHERE slot = ?", [.integer(slot)])
        }
        let kept = chain.filter { !slots.contains($0.slot) }
        for (index, version) in kept.enumerated() {
            let older = index + 1 < kept.count ? kept[index + 1].slot : nil
            try writer.execute(
                "UPDATE version SET previous = ? WHERE slot = ? AND previous IS DISTINCT FROM ?",
                [
                    older.map { .integer($0) } ?? .null, .integer(version.slot),
                    older.map { .integer($0) } ?? .null,
                ])
        }
    }

    // MARK: Erasing

    /// A version with what it belongs to.
    struct Row {
        let slot: Int64
        let entity: Int64
        let ref: String
        let isCurrent: Bool
        let content: [UInt8]
    }

    /// Some versions with content, after a slot.
    static func rows(_ reader: Reader, after slot: Int64, count: Int) throws -> [Row] {
        try reader.all(
            """
            SELECT v.slot, v.entity, e.ref, e.slot, e.removed, v.content
            FROM version v JOIN entity e ON e.number = v.entity
            WHERE v.slot > ? AND v.content IS NOT NULL ORDER BY v.slot LIMIT ?
            """,
            [.integer(slot), .integer(Int64(count))]
        ) { row in
            let slot = try row.int64(0)
            return Row(
                slot: slot, entity: try row.int64(1), ref: try row.text(2),
                isCurrent: try row.int64(3) == slot && row.isNull(4), content: try row.blob(5))
        }
    }

    /// Everything that ever had a reference; the living one, if there is one, among them.
    static func entities(
        _ reader: Reader, ref: String
    ) throws -> [(number: Int64, isRemoved: Bool)] {
        try reader.all(
            "SELECT number, removed FROM entity WHERE ref = ? ORDER BY number", [.text(ref)]
        ) { (try $0.int64(0), !$0.isNull(1)) }
    }

    /// Forgets an entity that is gone, with its history.
    static func forget(_ writer: Writer, entity: Int64) throws {
        try writer.execute("DELETE FROM version WHERE entity = ?", [.integer(entity)])
        try writer.execute("DELETE FROM entity WHERE number = ?", [.integer(entity)])
    }

    static func rewrite(
        _ writer: Writer, _ slot: Int64, hash: [UInt8], content: [UInt8]
    ) throws {
        try writer.execute(
            "UPDATE version SET hash = ?, content = ? WHERE slot = ?",
            [.blob(hash), .blob(content), .integer(slot)])
    }

    static func authorships(_ reader: Reader, of author: String) throws -> Int {
        Int(
            try reader.one("SELECT count(*) FROM change WHERE author = ?", [.text(author)]) {
                try $0.int64(0)
            })
    }

    static func disown(_ writer: Writer, _ author: String) throws {
        try writer.execute(
            "UPDATE change SET author = 'erased' WHERE author = ?", [.text(author)])
    }

    /// Notes that something was erased, not what or of whom.
    static func note(_ writer: Writer, revision: Int64, _ counts: String) throws {
        try writer.execute(
            "INSERT INTO erasure (at, revision, counts) VALUES ({now}, ?, ?)",
            [.integer(revision), .text(counts)])
    }

    /// The revision at the last erasure; 0 where there was none.
    static func lastErasure(_ reader: Reader) throws -> Int64 {
        try reader.one("SELECT COALESCE(max(revision), 0) FROM erasure") { try $0.int64(0) }
    }
}
