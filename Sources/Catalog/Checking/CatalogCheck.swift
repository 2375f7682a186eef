import CatalogModel
import Crypto
import Postings
package import Store
package import Values

/// Computes anew all that is derived and holds it against what is stored.
///
/// Reads one consistent state of the database; writes nothing, but for the image where asked.
package struct CatalogCheck: Sendable {
    private let database: Database
    private let imagePath: String?

    /// - Parameter imagePath: where the image of the index is; nil for none.
    package init(database: Database, imagePath: String?) {
        self.database = database
        self.imagePath = imagePath
    }

    /// - Parameters:
    ///   - repairs: whether the image is written anew where it differs.
    ///   - progress: called now and then with how many entities were looked at.
    /// - Throws: `StoreError`; ``ImageFault`` where the new image cannot be written.
    package func run(
        repairs: Bool, progress: @escaping @Sendable (_ entities: Int) -> Void = { _ in }
    ) async throws -> CheckReport {
        let imagePath = imagePath
        return try await database.read(.bulk) { reader in
            var pass = CheckPass(reader: reader)
            try pass.checkEntities(progress)
            try pass.checkTables()
            if let imagePath {
                try pass.checkImage(at: imagePath)
                if repairs, pass.report.imageDiffers { try pass.writeImage(at: imagePath) }
            }
            return pass.report
        }
    }
}

/// What a check found.
package struct CheckReport: Sendable {
    /// How the image of the index fared.
    package enum Image: Sendable, Equatable {
        /// The configuration has no place for one.
        case none
        /// It is not used, and why: the portal builds its index anew at its next start.
        case unused(String)
        /// It includes the changes up to this one.
        case compared(revision: Int64)
    }

    /// How much was compared; of entities those that are there now.
    package internal(set) var entities = 0
    /// Entities that are gone and whose history is kept.
    package internal(set) var removed = 0
    package internal(set) var versions = 0
    package internal(set) var files = 0
    package internal(set) var sources = 0
    package internal(set) var revision: Int64 = 0
    package internal(set) var image = Image.none
    /// Whether the image says something else than the contents.
    package internal(set) var imageDiffers = false
    /// Whether the image was written anew.
    package internal(set) var isRepaired = false
    /// What does not fit, the first of each kind.
    package internal(set) var findings: [Diagnostic] = []
    /// How often each kind was found, by its code.
    package internal(set) var counts: [String: Int] = [:]

    /// Whether all is as it should be, once repaired what was to be.
    package var isClean: Bool {
        findings.allSatisfy { isRepaired && $0.code.hasPrefix("check.index-") }
    }

    /// How many of each kind are told one by one.
    package static let told = 10

    mutating func add(_ finding: Diagnostic) {
        counts[finding.code, default: 0] += 1
        if counts[finding.code, default: 0] <= Self.told { findings.append(finding) }
    }
}

/// The index does not fit into memory beside the one that it is compared with.
private struct OutOfMemory: Error, CustomStringConvertible {
    var description: String { "There is not enough memory to build the index a second time." }
}

/// The work of one check, inside of one reading.
private struct CheckPass {
    let reader: Reader
    var report = CheckReport()
    /// The index of the contents; nil where there is no entity.
    private var built: Segment?
    private let codec = BodyCodec()
    private var items: Set<UInt32> = []
    private var living: Set<String> = []

    init(reader: Reader) {
        self.reader = reader
    }

    // MARK: Entities and versions

    mutating func checkEntities(_ progress: (Int) -> Void) throws {
        for (number, bytes) in try CatalogQueries.dictionaries(reader) {
            try codec.addDictionary(number: number, bytes)
        }
        let stored = try CatalogQueries.items(reader)
        items = Set(stored.map(\.number))
        // Beside the files there is an item for each source, which declares its Location.
        report.files = stored.count { !$0.location.hasPrefix("source ") }
        var builder = SegmentBuilder()
        var last: Int64 = -1
        while true {
            let rows = try CatalogQueries.checkedRows(reader, after: last, count: 2000)
            guard let end = rows.last else { break }
            for row in rows {
                if let content = check(row) { add(row, content, to: &builder) }
            }
            last = end.number
            progress(report.entities)
        }
        guard builder.count > 0 else { return }
        built = builder.finish()
        if built == nil { throw OutOfMemory() }
    }

    /// The content of an entity that is there and in order.
    private mutating func check(_ row: CheckedRow) -> JSON? {
        if row.removed == nil {
            report.entities += 1
            living.insert(row.ref)
            if !items.contains(row.item) {
                find(
                    "missing-item",
                    "`\(row.ref)` was declared by item \(row.item), which is not there",
                    fix: Self.refresh)
            }
        } else {
            report.removed += 1
        }
        guard let owner = row.owner else {
            find(
                "missing-version", "`\(row.ref)` points to version \(row.slot), which is not there",
                fix: Self.restore)
            return nil
        }
        guard owner == row.number else {
            find(
                "foreign-version",
                "`\(row.ref)` points to version \(row.slot), which belongs to another entity",
                fix: Self.restore)
            return nil
        }
        guard row.removed == nil else {
            if row.content != nil {
                find(
                    "removed-content", "`\(row.ref)` is removed and its last version has content",
                    fix: Self.restore)
            }
            return nil
        }
        guard let compressed = row.content, let bytes = try? codec.decompress(compressed),
            let content = try? JSON.parse(bytes)
        else {
            find(
                "unreadable-content",
                "The content of `\(row.ref)` (version \(row.slot)) cannot be read",
                fix: Self.restore)
            return nil
        }
        guard EntityMark.hash(bytes) == row.hash else {
            find(
                "wrong-hash",
                "The content of `\(row.ref)` (version \(row.slot)) is not what was stored",
                why: "its hash is another one", fix: Self.restore)
            return nil
        }
        return content
    }

    private func add(_ row: CheckedRow, _ content: JSON, to builder: inout SegmentBuilder) {
        builder.add(
            ref: row.ref, slot: row.slot,
            stamp: EntityStamp(
                uid: row.uid, hash: row.hash ?? [], item: row.item, number: row.number),
            content: content, relations: declaredRelations(of: content))
    }

    // MARK: The other tables

    mutating func checkTables() throws {
        report.versions = try CatalogQueries.versionCount(reader)
        report.sources = try CatalogQueries.sources(reader).count
        for slot in try CatalogQueries.ownerlessVersions(reader) {
            find(
                "ownerless-version", "Version \(slot) belongs to no entity",
                fix: "nothing shows it; restore a backup if the entity is missed")
        }
        for slot in try CatalogQueries.brokenChains(reader) {
            find(
                "broken-history", "The version before version \(slot) is not there",
                fix: "the history ends there; restore a backup if what was before is missed")
        }
        report.revision = try CatalogQueries.revision(reader)
        let last = try CatalogQueries.lastChange(reader)
        if last.revision != report.revision {
            find(
                "revision",
                "The revision is \(report.revision), and the last recorded change is \(last.revision)",
                fix: Self.restore)
        }
        if Slot.revision(of: last.slot) > report.revision {
            find(
                "revision", "Version \(last.slot) is newer than the revision \(report.revision)",
                fix: Self.restore)
        }
        if last.count > 0, last.revision - last.first + 1 != last.count {
            find(
                "revision", "Of the changes \(last.first) to \(last.revision) some are missing",
                why: "\(last.count) are recorded", fix: Self.restore)
        }
        try checkRemovals()
        for (table, item) in try CatalogQueries.namedItems(reader) where !items.contains(item) {
            find(
                "missing-item", "A row of `\(table)` names item \(item), which is not there",
                fix: Self.refresh)
        }
    }

    /// What waits to be removed is there, and so is its source.
    private mutating func checkRemovals() throws {
        let sources = Set(try CatalogQueries.sources(reader).map(\.number))
        for (source, removal) in try CatalogQueries.pendingRemovals(reader) {
            if !sources.contains(source) {
                find(
                    "pending-removal", "Entities of source \(source) wait, which is not there",
                    fix: Self.restore)
            }
            for ref in removal.refs.keys.sorted() where !living.contains(ref) {
                find(
                    "pending-removal", "`\(ref)` waits to be removed and is not there",
                    fix: "have its location read again")
            }
        }
        for source in try CatalogQueries.headlessRemovals(reader) {
            find(
                "pending-removal", "Entities of source \(source) wait without saying since when",
                fix: Self.restore)
        }
    }

    private static let restore =
        "restore the last backup; if there is none, unregister the "
        + "location and register it again"
    private static let refresh = "read the entity's location again (Refresh on its page)"

    // MARK: The image

    mutating func checkImage(at path: String) throws {
        let image: (segment: Segment, revision: Int64)
        switch try CatalogImage.open(at: path, reader) {
        case .success(let found): image = found
        case .failure(let fault):
            report.image = .unused(fault.words)
            if fault == .damaged {
                report.imageDiffers = true
                find(
                    "index-damaged", "The image of the index is damaged",
                    why: "its checksum is another one", fix: Self.repair)
            }
            return
        }
        report.image = .compared(revision: image.revision)
        // As the portal starts: the image, and what changed since.
        let changed = try CatalogQueries.changes(reader, after: image.revision)
        var builder = SegmentBuilder()
        for version in changed.put {
            guard
                let content = (try? codec.decompress(version.content)).flatMap({
                    try? JSON.parse($0)
                })
            else { continue }
            builder.add(
                ref: version.ref, slot: version.slot,
                stamp: EntityStamp(
                    uid: version.uid, hash: version.hash, item: version.item,
                    number: version.number),
                content: content, relations: declaredRelations(of: content))
        }
        let snapshot = Snapshot.empty
            .adding(image.segment, removed: [], revision: image.revision)
            .adding(
                builder.count > 0 ? builder.finish() : nil, removed: changed.removed,
                revision: report.revision)
        guard let empty = SegmentBuilder().finish(),
            let kept = snapshot.parts.isEmpty ? empty : snapshot.merged(from: 0)
        else { throw OutOfMemory() }
        SegmentComparison(built: built ?? empty, kept: kept).forEachDifference {
            report.imageDiffers = true
            find($0)
        }
    }

    mutating func writeImage(at path: String) throws {
        if let built, let label = try CatalogImage.label(reader, report.revision) {
            try SegmentImage.write(built, revision: report.revision, label: label, to: path)
        } else {
            try SegmentImage.remove(at: path)
        }
        report.isRepaired = true
    }

    private static let repair = "`callboard check --repair` writes it anew"

    private mutating func find(_ difference: IndexDifference) {
        let (code, summary): (String, String) =
            switch difference {
            case .missing(let ref): ("entity", "The image lacks `\(ref)`")
            case .surplus(let ref): ("entity", "The image has `\(ref)`, which is not stored")
            case .slot(let ref): ("slot", "The image has another version of `\(ref)`")
            case .stamp(let ref):
                ("stamp", "The image has another uid, hash or file of `\(ref)`")
            case .edges(let ref): ("edges", "The image has other relations of `\(ref)`")
            case .key(let key): ("key", "Only one of the two knows the key `\(key)`")
            case .values(let key): ("values", "The image has other values of `\(key)`")
            case .postings(let key, let value):
                ("postings", "The image finds other entities by `\(key)=\(value)`")
            }
        find("index-\(code)", summary, fix: Self.repair)
    }

    private mutating func find(
        _ code: String, _ summary: String, why reason: String? = nil, fix remedy: String
    ) {
        report.add(Diagnostic("check.\(code)", summary, reason: reason, remedy: remedy))
    }
}
