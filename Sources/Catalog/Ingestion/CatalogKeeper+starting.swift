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

    private func rebuild(_ revision: Int64) async throws {
        var builder = SegmentBuilder()
        var last: Int64 = -1
        while true {
            let after = last
            let versions = try await database.read {
                try CatalogQueries.currentVersions($0, after: after, count: 4000)
            }
            guard let end = versions.last else { break }
            for version in versions { try add(version, to: &builder) }
            last = end.number
        }
        // Versions of later revisions that were read along are read once more by `catchUp`.
        state.publish(
            Snapshot.empty.adding(
                builder.count > 0 ? builder.finish() : nil, removed: [], revision: revision))
    }
}
