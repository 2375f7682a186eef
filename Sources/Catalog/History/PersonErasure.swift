package import CatalogModel
import Compression
package import Store
import Values

/// Removes what is stored of a person: the history of the user, mentions in the history of other
/// entities, the name at changes, and what other parts keep (``PersonalData``).
///
/// What sources say now is not ours to change: it is told, and has to be erased there. The
/// exception to the rule that a version is never updated (decision 11).
package struct PersonErasure: Sendable {
    private let database: Database
    private let others: [PersonalData]

    /// - Parameter others: what is kept of persons beside the catalog.
    package init(database: Database, others: [PersonalData]) {
        self.database = database
        self.others = others
    }

    /// What an erasure touches, or would.
    package struct Report: Sendable, Equatable {
        /// Past versions of the user, which go.
        package var versions = 0
        /// Past versions of other entities that name the person, which are rewritten.
        package var mentions = 0
        /// Changes that bear the person's name.
        package var authorships = 0
        /// Rows that other parts keep, by what they are.
        package var others: [(what: String, count: Int)] = []
        /// What sources say now, and so stays: the references of the entities, in order.
        package var remaining: [String] = []
        /// Whether the dictionary that contents are compressed with has samples of it.
        package var isInDictionary = false

        package init() {}

        /// Whether there was nothing to erase.
        package var isEmpty: Bool {
            versions == 0 && mentions == 0 && authorships == 0
                && others.allSatisfy { $0.count == 0 }
        }

        package static func == (one: Report, other: Report) -> Bool {
            one.versions == other.versions && one.mentions == other.mentions
                && one.authorships == other.authorships && one.remaining == other.remaining
                && one.isInDictionary == other.isInDictionary
                && one.others.map(\.what) == other.others.map(\.what)
                && one.others.map(\.count) == other.others.map(\.count)
        }

        /// Numbers only, for the record that stays.
        var counts: String {
            (["versions=\(versions)", "mentions=\(mentions)", "authorships=\(authorships)"]
                + others.map { "\($0.what)=\($0.count)" }).joined(separator: " ")
        }
    }

    /// What would be touched; writes nothing.
    package func preview(of person: EntityRef) async throws -> Report {
        let others = others
        return try await database.read(.bulk) { reader in
            let pass = try ErasurePass(reader, person)
            return try pass.report(reader, others)
        }
    }

    /// Erases, in one transaction at the end of which nothing of it is there.
    ///
    /// Commits to the catalog wait only for what has to be written, not for the search.
    package func erase(_ person: EntityRef) async throws -> Report {
        let others = others
        let found = try await database.read(.bulk) { try ErasurePass($0, person) }
        let report = try await database.write(.bulk) { writer in
            // No version comes from here to the end; those since the search are looked through.
            let revision = try writer.one("SELECT n FROM revision {locked}") { try $0.int64(0) }
            var pass = found
            try pass.search(writer)
            let report = try pass.report(writer, others)
            try pass.write(writer)
            for part in others { try part.erase(writer, person.canonical) }
            try HistoryQueries.note(writer, revision: revision, report.counts)
            return report
        }
        // What was overwritten is still in the log of the SQLite file.
        try await database.trim()
        return report
    }
}

/// The search for a person in everything that is stored, and what it found.
private struct ErasurePass: Sendable {
    private let person: EntityRef
    private var traces: PersonTraces
    private let codec = BodyCodec()
    /// The last slot that was looked at.
    private var last: Int64 = -1
    private var versions: Set<Int64> = []
    private var mentions: [Int64: (hash: [UInt8], content: [UInt8])] = [:]
    private var remaining: Set<String> = []
    private var isInDictionary = false

    init(_ reader: Reader, _ person: EntityRef) throws {
        self.person = person
        traces = PersonTraces(person)
        let dictionaries = try CatalogQueries.dictionaries(reader)
        for (number, bytes) in dictionaries { try codec.addDictionary(number: number, bytes) }
        // First what the user is called, then who else says so.
        for (entity, _) in try HistoryQueries.entities(reader, ref: person.canonical) {
            let slots = try HistoryQueries.chain(reader, of: entity).map(\.slot)
            for frame in try CatalogQueries.versions(reader, slots: slots).compactMap(\.content) {
                if let content = try? JSON.parse(codec.decompress(frame)) {
                    traces.learn(content)
                }
            }
        }
        isInDictionary = dictionaries.contains { traces.mayOccur(in: $0.bytes) }
        try search(reader)
    }

    /// Looks through all versions after the last that was looked at.
    mutating func search(_ reader: Reader) throws {
        while true {
            let rows = try HistoryQueries.rows(reader, after: last, count: 500)
            guard let end = rows.last else { return }
            for row in rows { try take(row) }
            last = end.slot
        }
    }

    private mutating func take(_ row: HistoryQueries.Row) throws {
        let isOwn = row.ref == person.canonical
        if isOwn {
            if row.isCurrent { remaining.insert(row.ref) } else { versions.insert(row.slot) }
            return
        }
        // What cannot be read is for `callboard check` to tell.
        guard let bytes = try? codec.decompress(row.content), traces.mayOccur(in: bytes),
            let content = try? JSON.parse(bytes), let clean = traces.erased(from: content)
        else { return }
        if row.isCurrent {
            remaining.insert(row.ref)
        } else {
            let bytes = clean.bytes
            mentions[row.slot] = (EntityMark.hash(bytes), try codec.compress(bytes))
        }
    }

    func report(_ reader: Reader, _ others: [PersonalData]) throws -> PersonErasure.Report {
        var report = PersonErasure.Report()
        report.versions = versions.count
        report.mentions = mentions.count
        report.authorships = try HistoryQueries.authorships(reader, of: person.canonical)
        report.others = try others.map {
            ($0.what, try $0.count(reader, person.canonical))
        }
        report.remaining = remaining.sorted()
        report.isInDictionary = isInDictionary
        return report
    }

    func write(_ writer: Writer) throws {
        for (entity, isRemoved) in try HistoryQueries.entities(writer, ref: person.canonical) {
            if isRemoved {
                try HistoryQueries.forget(writer, entity: entity)
            } else {
                let chain = try HistoryQueries.chain(writer, of: entity)
                try HistoryQueries.remove(
                    writer, Set(chain.dropFirst().map(\.slot)), from: chain)
            }
        }
        for (slot, clean) in mentions.sorted(by: { $0.key < $1.key }) {
            try HistoryQueries.rewrite(writer, slot, hash: clean.hash, content: clean.content)
        }
        try HistoryQueries.disown(writer, person.canonical)
    }
}
