import Postings

extension CatalogReader {
    /// Takes out of a selection what is not among some references.
    package func narrow(_ selection: inout Selection, to refs: some Sequence<String>) {
        var kept = Selection(
            bitmaps: selection.bitmaps.indices.map {
                Bitmap(size: snapshot.parts[$0].segment.count)
            })
        for ref in refs {
            guard let entity = snapshot.entity(ref), selection.contains(entity) else { continue }
            kept.bitmaps[entity.part].insert(entity.document)
        }
        selection = kept
    }

    /// What is in both selections.
    package func both(_ left: Selection, _ right: Selection) -> Selection {
        var found = left
        for index in found.bitmaps.indices {
            found.bitmaps[index].formIntersection(right.bitmaps[index])
        }
        return found
    }

    /// The values of a key that some entities have, as they are written; the first 5,000.
    package func values(_ key: String, in selection: Selection) -> [String] {
        snapshot.facet(key, in: selection).prefix(5000).map(\.value)
    }
}
