import Postings
import Store
import Telemetry
import Values

/// How the index came to be at start, for the log.
package struct StartReport: Sendable {
    package var entities: Int
    package var revision: Int64
    /// Why the image was not used; nil where it was.
    package var rebuilt: String?
}

extension CatalogKeeper {
    /// Changes whenever the same content would be indexed otherwise: an older image is then no use.
    private static let indexLabel: UInt64 = 1

    /// Makes the snapshot: from the image and what changed since, or from all contents.
    package func start() async throws -> StartReport {
        try await loadDictionaries()
        try await loadRegistry()
        var report = StartReport(entities: 0, revision: 0)
        let revision = try await database.read { try CatalogQueries.revision($0) }
        switch try await image() {
        case .success(let image):
            state.publish(
                Snapshot.empty.adding(image.segment, removed: [], revision: image.revision))
        case .failure(let fault):
            report.rebuilt = Self.word(for: fault)
            try await rebuild(revision)
        }
        try await catchUp()
        report.entities = state.snapshot.count
        report.revision = state.snapshot.revision
        return report
    }

    /// The image, where it is of this database as it was at some revision.
    private func image() async throws
        -> Result<(segment: Segment, revision: Int64), ImageFault>
    {
        guard let path = options.imagePath,
            let revision = SegmentImage.revision(at: path)
        else { return .failure(.missing) }
        guard let label = try await imageLabel(revision) else { return .failure(.otherFormat) }
        do throws(ImageFault) {
            return .success(try SegmentImage.open(at: path, label: label))
        } catch {
            return .failure(error)
        }
    }

    /// The label of an image of a revision; nil where the database has no such change.
    ///
    /// The change itself is part of it: another database, or one that was restored and went on
    /// from an earlier state, has other changes under the same numbers.
    static func imageLabel(_ reader: Reader, _ revision: Int64) throws -> UInt64? {
        guard let change = try CatalogQueries.change(reader, revision) else { return nil }
        let label = Array("\(indexLabel) \(revision) \(change)".utf8)
        return label.withUnsafeBytes { hashBytes($0) }
    }

    private func imageLabel(_ revision: Int64) async throws -> UInt64? {
        try await database.read { try Self.imageLabel($0, revision) }
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

    /// Merges all segments and writes the image, so that the next start maps it.
    package func saveImage() async {
        guard let path = options.imagePath else { return }
        await compact(fully: true)
        let snapshot = state.snapshot
        guard snapshot.parts.count == 1, let part = snapshot.parts.first,
            part.livingCount == part.segment.count
        else { return }
        do {
            guard let label = try await imageLabel(snapshot.revision) else { return }
            try SegmentImage.write(
                part.segment, revision: snapshot.revision, label: label, to: path)
        } catch {
            log.warning(
                "The image of the index could not be written; the next start takes longer",
                [
                    "reason": .string(
                        (error as? ImageFault).map(Self.word) ?? String(describing: error))
                ])
        }
    }
}
