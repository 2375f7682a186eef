import CatalogModel
import Store
import Values

/// When and by whom a revision was written.
package struct ChangeRecord: Sendable, Equatable {
    package let revision: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    /// Who or what wrote it.
    package let author: String
}

/// What one revision changed.
package struct CatalogChange: Sendable {
    /// One entity that came, changed or went.
    package struct Subject: Sendable {
        /// Canonical.
        package let ref: String
        package let cause: Cause
        /// The own contents before and after, as JSON; nil where there is none.
        package let before: [UInt8]?
        package let after: [UInt8]?
    }

    /// When and by whom it was made.
    package let record: ChangeRecord
    /// The beginning of what may be seen of it.
    package let subjects: [Subject]
    /// How many entities it changed, seen or not.
    package let count: Int
}

extension CatalogReader {
    /// When the current version of each entity was written; by revision.
    package func changes(of entities: [IndexedEntity]) async throws -> [Int64: ChangeRecord] {
        let revisions = Set(entities.map { revision(of: $0) }).sorted()
        guard !revisions.isEmpty else { return [:] }
        return try await bodies.database.read { reader in
            try CatalogQueries.changeRecords(reader, revisions)
        }
    }

    /// The revision that an entity's current version was written in.
    package func revision(of entity: IndexedEntity) -> Int64 {
        Slot.revision(of: snapshot.slot(of: entity))
    }

    /// What changed last, the newest first.
    ///
    /// - Parameters:
    ///   - limit: how many revisions.
    ///   - each: how many entities of each.
    package func recentChanges(limit: Int, each: Int) async throws -> [CatalogChange] {
        let seesAll = visibility.predicate == nil
        let visible = select(nil)
        let mayRead: @Sendable (String) -> Bool = { ref in
            if seesAll { return true }
            return snapshot.entity(ref).map { isIn(visible, $0) } ?? false
        }
        let stored = try await bodies.database.read { reader in
            var found: [StoredChange] = []
            // Revisions of which nothing may be seen do not count, up to a bound.
            for change in try CatalogQueries.lastChanges(reader, limit: limit &* 4) {
                guard found.count < limit else { break }
                let subjects = try CatalogQueries.subjects(reader, change.record.revision)
                    .filter { mayRead($0.ref) }.prefix(each)
                guard !subjects.isEmpty else { continue }
                found.append(
                    StoredChange(
                        record: change.record, count: change.count, subjects: Array(subjects)))
            }
            let slots = found.flatMap(\.subjects).flatMap { [$0.slot, $0.previous] }
            var contents: [Int64: [UInt8]] = [:]
            try CatalogQueries.presentContents(reader, slots.compactMap { $0 }) {
                contents[$0] = $1
            }
            return (found, contents)
        }
        let (changes, contents) = stored
        return try changes.map { change in
            CatalogChange(
                record: change.record,
                subjects: try change.subjects.map { subject in
                    CatalogChange.Subject(
                        ref: subject.ref, cause: subject.cause,
                        before: try subject.previous.flatMap { contents[$0] }.map {
                            try bodies.codec.decompress($0)
                        },
                        after: try contents[subject.slot].map { try bodies.codec.decompress($0) })
                }, count: change.count)
        }
    }
}

private struct StoredChange: Sendable {
    let record: ChangeRecord
    let count: Int
    let subjects: [StoredSubject]
}

struct StoredSubject: Sendable {
    let ref: String
    let cause: Cause
    let slot: Int64
    let previous: Int64?
}

extension CatalogQueries {
    static func changeRecords(_ reader: Reader, _ revisions: [Int64]) throws
        -> [Int64: ChangeRecord]
    {
        var records: [Int64: ChangeRecord] = [:]
        var rest = revisions[...]
        while !rest.isEmpty {
            let size = rest.count >= 16 ? 16 : 1
            let marks = Array(repeating: "?", count: size).joined(separator: ",")
            try reader.query(
                "SELECT revision, at, author FROM change WHERE revision IN (\(marks))",
                rest.prefix(size).map { .integer($0) }
            ) { row in
                let record = ChangeRecord(
                    revision: try row.int64(0), at: try row.int64(1), author: try row.text(2))
                records[record.revision] = record
            }
            rest = rest.dropFirst(size)
        }
        return records
    }

    /// The last revisions that changed entities.
    static func lastChanges(_ reader: Reader, limit: Int) throws
        -> [(record: ChangeRecord, count: Int)]
    {
        try reader.all(
            """
            SELECT revision, at, author, put + removed FROM change
            WHERE put + removed > 0 ORDER BY revision DESC LIMIT ?
            """,
            [.integer(Int64(limit))]
        ) { row in
            (
                ChangeRecord(
                    revision: try row.int64(0), at: try row.int64(1), author: try row.text(2)),
                Int(try row.int64(3))
            )
        }
    }

    /// The first entities that a revision changed.
    static func subjects(_ reader: Reader, _ revision: Int64) throws -> [StoredSubject] {
        try reader.all(
            """
            SELECT e.ref, v.cause, v.slot, v.previous
            FROM version v JOIN entity e ON e.number = v.entity
            WHERE v.slot >= ? AND v.slot < ? ORDER BY v.slot LIMIT 100
            """,
            [
                .integer(Slot.first(of: revision)), .integer(Slot.first(of: revision &+ 1)),
            ]
        ) { row in
            StoredSubject(
                ref: try row.text(0), cause: Cause(rawValue: try row.int64(1)) ?? .edited,
                slot: try row.int64(2), previous: try row.optionalInt64(3))
        }
    }

    /// The contents of those slots that have one, compressed.
    static func presentContents(
        _ reader: Reader, _ slots: [Int64], _ body: (Int64, [UInt8]) -> Void
    ) throws {
        for slot in slots {
            let content = try reader.first(
                "SELECT content FROM version WHERE slot = ?", [.integer(slot)]
            ) { try $0.optionalBlob(0) }
            if let bytes = content ?? nil { body(slot, bytes) }
        }
    }
}
