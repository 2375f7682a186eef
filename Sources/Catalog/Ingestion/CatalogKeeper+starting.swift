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
    /// Changes whenever the same content would be indexed otherwise: an older image is then no use.
    static let indexLabel: UInt64 = 1

    /// Makes the snapshot: from the image and what changed since, or from all contents.
    package func start() async throws -> StartReport {
        try await loadDictionaries()
        try await loadRegistry()
        var report = StartReport(entities: 0, revision: 0)
        let revision = try await database.read { try CatalogQueries.revision($0) }
        do throws(ImageFault) {
            guard let path = options.imagePath else { throw .missing }
            let image = try SegmentImage.open(at: path, label: Self.indexLabel)
            guard image.revision <= revision else { throw .otherFormat }
            self.image = image.segment
            state.publish(
                Snapshot.empty.adding(image.segment, removed: [], revision: image.revision))
        } catch {
            report.rebuilt = Self.word(for: error)
            try await rebuild(revision)
        }
        try await catchUp()
        report.entities = state.snapshot.count
        report.revision = state.snapshot.revision
        return report
    }

    static func word(for fault: ImageFault) -> String {
        switch fault {
        case .missing: "there is no image"
        case .otherFormat: "the image is of another version or database"
        case .damaged: "the image is damaged"
        case .unreadable(let why): why
        }
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
