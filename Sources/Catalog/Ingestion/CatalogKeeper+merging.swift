import Postings
import Store
import Telemetry

extension CatalogKeeper {
    /// From how many entities on a merge of all segments goes to the image at once.
    private static let imageSize = 10_000

    /// Merges small segments, outside of the gate; what is committed meanwhile is kept.
    ///
    /// Does nothing while another merge is under way.
    func compact(fully: Bool = false) async {
        await merging.runIfFree {
            while true {
                let original = state.snapshot
                let due = fully && original.parts.count > 1 ? 0 : original.firstToMerge()
                guard let first = due else { return }
                let isWhole = first == 0 && original.count >= Self.imageSize
                guard await merge(original, from: first, intoImage: isWhole), !fully else { return }
            }
        }
    }

    /// Merges all segments into the image, so that the next start maps it.
    ///
    /// An image that lacks few changes stays: the next start reads those from the database.
    package func saveImage() async {
        guard options.imagePath != nil else { return }
        await merging.run {
            let snapshot = state.snapshot
            let isCurrent = snapshot.parts.first.map { base in
                let changed =
                    snapshot.count - base.livingCount + base.segment.count
                    - base.livingCount
                return base.segment === image && changed * 16 <= snapshot.count
            }
            if isCurrent == false { _ = await merge(snapshot, from: 0, intoImage: true) }
        }
        // A log that was not copied back waits for the next commit; nothing is lost by it.
        try? await database.trim()
        releaseFreeMemory()
    }

    /// - Returns: whether it was merged and published.
    private func merge(_ original: Snapshot, from first: Int, intoImage: Bool) async -> Bool {
        guard let merged = await merged(original, from: first, intoImage: intoImage) else {
            return false
        }
        if merged.isImage { image = merged.segment }
        await gate.run {
            let replaced = state.snapshot.replacing(
                from: first, of: original, with: merged.segment)
            if let replaced { state.publish(replaced) }
        }
        return true
    }

    /// Off the actor: it takes a second for 100,000 entities.
    private nonisolated func merged(
        _ original: Snapshot, from first: Int, intoImage: Bool
    ) async -> (segment: Segment, isImage: Bool)? {
        if intoImage, let segment = await image(of: original) { return (segment, true) }
        return original.merged(from: first).map { ($0, false) }
    }

    private nonisolated func image(of original: Snapshot) async -> Segment? {
        guard let path = options.imagePath else { return nil }
        do {
            let revision = original.revision
            let label = try await database.read { try CatalogImage.label($0, revision) }
            guard let label else { return nil }
            return try SegmentImage.merge(
                original.parts.map { ($0.segment, $0.living) }, revision: revision, label: label,
                to: path)
        } catch {
            log.warning(
                "The image of the index could not be written; the next start takes longer",
                [
                    "reason": .string((error as? ImageFault)?.words ?? String(describing: error))
                ])
            return nil
        }
    }
}
