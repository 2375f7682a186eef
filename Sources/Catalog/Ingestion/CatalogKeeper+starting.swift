import Postings
import Store
import Telemetry

/// How the index came to be at start, for the log.
package struct StartReport: Sendable {
    package var entities: Int
    package var revision: Int64
    /// Why the image was not used; nil where it was.
    package var rebuilt: String?
}

extension CatalogKeeper {
    /// Makes the snapshot: from the image and what changed since, or from all contents.
    package func start() async throws -> StartReport {
        keepMemorySmall()
        try await loadDictionaries()
        try await loadRegistry()
        var report = StartReport(entities: 0, revision: 0)
        let revision = try await database.read { try CatalogQueries.revision($0) }
        let path = options.imagePath
        let image = try await database.read { reader in
            try CatalogImage.open(at: path, reader)
        }
        switch image {
        case .success(let image):
            self.image = image.segment
            state.publish(
                Snapshot.empty.adding(image.segment, removed: [], revision: image.revision))
        case .failure(let fault):
            report.rebuilt = fault.words
            try await rebuild(revision)
        }
        try await catchUp()
        report.entities = state.snapshot.count
        report.revision = state.snapshot.revision
        return report
    }

    // MARK: A database that was set back

    /// Whether the database does not have the change any more that the snapshot is of.
    ///
    /// It was restored from a backup, or a standby took over that had not got the last commits.
    func isSetBack(_ base: Snapshot) async throws -> Bool {
        guard let lastChange else { return false }
        let revision = base.revision
        return try await database.read { try CatalogQueries.change($0, revision) } != lastChange
    }

    /// Takes the catalog as the database has it now for all there is.
    func startAnew() async throws {
        let (revision, change, dictionaries) = try await database.read { reader in
            let revision = try CatalogQueries.revision(reader)
            return (
                revision, try CatalogQueries.change(reader, revision),
                try CatalogQueries.dictionaries(reader)
            )
        }
        log.warning(
            "The database was set back to an earlier state; the catalog goes on from there",
            ["revision": .int(Int(revision)), "before": .int(Int(state.snapshot.revision))])
        bodies.forgetAll()
        try bodies.codec.restart(with: dictionaries)
        try await loadRegistry()
        image = nil
        try await rebuild(revision)
        lastChange = change
        setBacks += 1
    }

    private func rebuild(_ revision: Int64) async throws {
        var parts: [(first: Int64, segment: Segment)] = []
        try await withThrowingTaskGroup(of: (Int64, Segment?).self) { group in
            var last: Int64 = -1
            var waiting = 0
            while true {
                let after = last
                let versions = try await database.read(.bulk) {
                    try CatalogQueries.currentVersions($0, after: after, count: Self.rebuiltAtOnce)
                }
                guard let end = versions.last else { break }
                last = end.number
                group.addTask { (after, try self.segment(of: versions)) }
                waiting += 1
                // One is built while the next is read, and one more where there is a core for it.
                while waiting >= 3, let (first, segment) = try await group.next() {
                    waiting -= 1
                    if let segment { parts.append((first, segment)) }
                }
            }
            for try await (first, segment) in group {
                if let segment { parts.append((first, segment)) }
            }
        }
        parts.sort { $0.first < $1.first }
        // Versions of later revisions that were read along are read once more by `catchUp`.
        state.publish(
            Snapshot(
                revision: revision,
                parts: parts.map {
                    Snapshot.Part(
                        segment: $0.segment,
                        living: Bitmap(size: $0.segment.count, filled: true))
                }))
    }

    /// Entities that are indexed together when the index is built anew.
    private static let rebuiltAtOnce = 8000

    private nonisolated func segment(of versions: [StoredVersion]) throws -> Segment? {
        var builder = SegmentBuilder()
        for version in versions { try add(version, to: &builder) }
        return builder.finish()
    }
}
