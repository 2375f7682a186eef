import CatalogModel
package import Postings
import Values

/// The whole catalog at one revision, immutable: what every query is answered from.
///
/// One large segment and a few small ones, each with the set of its documents that still live. A
/// request takes one snapshot at its start and keeps it: entities, counts and bodies (read by
/// slot) then belong together, whatever is written meanwhile.
package final class Snapshot: Sendable {
    /// A segment and which of its documents have not been replaced or removed since.
    package struct Part: Sendable {
        package let segment: Segment
        package let living: Bitmap
        package let livingCount: Int
        /// As ``IndexedRelationType/columns(in:)`` gives them.
        let relationColumns: [Int]

        /// Counts the living once, since the set is asked for it often and never changes.
        package init(segment: Segment, living: Bitmap) {
            self.segment = segment
            self.living = living
            livingCount = living.count
            relationColumns = IndexedRelationType.columns(in: segment)
        }

        private init(_ part: Part, living: Bitmap) {
            segment = part.segment
            self.living = living
            livingCount = living.count
            relationColumns = part.relationColumns
        }

        /// The same segment with other living documents.
        func with(living: Bitmap) -> Part { Part(self, living: living) }

        /// The column of a key that a question names; those of the index's own are nobody's to ask.
        func column(_ key: String) -> Column? {
            key.utf8.first == 0 ? nil : segment.column(key)
        }
    }

    /// The last change that is included.
    package let revision: Int64
    /// The oldest segment first.
    package let parts: [Part]
    let answers = AnswerCache()
    let composed = ComposedEntities()

    package init(revision: Int64, parts: [Part]) {
        self.revision = revision
        self.parts = parts
    }

    /// The catalog before anything was read.
    package static let empty = Snapshot(revision: 0, parts: [])

    /// How many entities there are.
    package var count: Int { parts.reduce(0) { $0 + $1.livingCount } }

    /// The entity of a reference.
    ///
    /// - Parameter ref: canonical, as ``EntityRef/canonical`` gives it.
    package func entity(_ ref: String) -> IndexedEntity? {
        var ref = ref
        return ref.withUTF8 { entity($0) }
    }

    func entity(_ ref: UnsafeBufferPointer<UInt8>) -> IndexedEntity? {
        for part in parts.indices.reversed() {
            guard let document = parts[part].segment.document(named: ref),
                parts[part].living.contains(document)
            else { continue }
            return IndexedEntity(part: part, document: document)
        }
        return nil
    }

    /// The entity with this uid.
    package func entity(uid: [UInt8]) -> IndexedEntity? {
        let key = Predicate.equals("metadata.uid", [uuidText(uid)])
        for (part, found) in select(key, .everything(because: "lookup")).bitmaps.enumerated() {
            if let document = found.documents.first {
                return IndexedEntity(part: part, document: document)
            }
        }
        return nil
    }

    /// The canonical reference, such as `component:default/cart`.
    package func ref(of entity: IndexedEntity) -> String {
        String(decoding: name(of: entity), as: UTF8.self)
    }

    func name(of entity: IndexedEntity) -> UnsafeBufferPointer<UInt8> {
        parts[entity.part].segment.name(of: entity.document)
    }

    /// Where the current version of the entity's content is; see ``Slot``.
    package func slot(of entity: IndexedEntity) -> Int64 {
        parts[entity.part].segment.slot(of: entity.document)
    }

    /// What the index keeps of an entity beside its values: identity, hash, item.
    package func stamp(of entity: IndexedEntity) -> EntityStamp {
        EntityStamp(parts[entity.part].segment.stamp(of: entity.document))
    }

    /// The snapshot after a change.
    ///
    /// - Parameters:
    ///   - segment: the entities that are new or changed.
    ///   - removed: canonical references of entities that are gone.
    package func adding(_ segment: Segment?, removed: [String], revision: Int64) -> Snapshot {
        var newer: [Part] = []
        for part in parts {
            var living = part.living
            for ref in removed {
                var ref = ref
                if let document = ref.withUTF8({ part.segment.document(named: $0) }) {
                    living.remove(document)
                }
            }
            if let segment {
                for number in 0..<segment.count {
                    if let old = part.segment.document(named: segment.name(of: number)) {
                        living.remove(old)
                    }
                }
            }
            newer.append(part.with(living: living))
        }
        if let segment, segment.count > 0 {
            newer.append(
                Part(segment: segment, living: Bitmap(size: segment.count, filled: true)))
        }
        return Snapshot(revision: revision, parts: newer.filter { $0.livingCount > 0 })
    }

    /// Which parts are due to be merged: this one and all after it; nil for none.
    ///
    /// The longest run of four or more at the end whose oldest is at most four times as large as
    /// all after it together. So a large part is not moved for the sake of a few small ones, and
    /// each but the last three is more than four times as large as all after it: there are few.
    /// When a quarter of everything is dead all is merged.
    package func firstToMerge() -> Int? {
        let total = parts.reduce(0) { $0 + $1.segment.count }
        let dead = total - count
        if dead > 64, dead * 4 > total { return 0 }
        var first: Int?
        var after = 0
        for part in parts.indices.reversed() {
            let size = parts[part].segment.count
            if parts.count - part >= 4, size <= 4 * after { first = part }
            after += size
        }
        return first
    }

    /// The segment of the living documents of some parts; nil where memory ran out.
    func merged(from first: Int) -> Segment? {
        mergeSegments(parts[first...].map { ($0.segment, $0.living) })
    }

    /// This snapshot, or a later one, with parts replaced by what they were merged into.
    ///
    /// - Parameters:
    ///   - merged: what `original.merged(from: first)` gave.
    ///   - original: the snapshot that was merged; its parts still stand here at the same places.
    /// - Returns: nil where they do not, for then the merge is worth nothing.
    func replacing(from first: Int, of original: Snapshot, with merged: Segment) -> Snapshot? {
        let end = original.parts.count
        guard end <= parts.count,
            zip(parts, original.parts).allSatisfy({ $0.segment === $1.segment })
        else { return nil }
        var living = Bitmap(size: merged.count, filled: true)
        for part in first..<end {
            var gone = original.parts[part].living
            gone.subtract(parts[part].living)
            gone.forEach { document in
                if let number = merged.document(named: parts[part].segment.name(of: document)) {
                    living.remove(number)
                }
            }
        }
        let part = Part(segment: merged, living: living)
        return Snapshot(
            revision: revision,
            parts: Array(parts[..<first]) + (part.livingCount > 0 ? [part] : [])
                + Array(parts[end...]))
    }
}

/// One entity of a snapshot; means nothing in another.
///
/// Eight bytes: a list of all of them is kept for as long as its answer is being sent.
package struct IndexedEntity: Sendable, Equatable {
    private let place: UInt64

    var part: Int { Int(place >> 32) }
    var document: Int { Int(place & 0xFFFF_FFFF) }

    init(part: Int, document: Int) {
        place =
            UInt64(truncatingIfNeeded: part) << 32 | UInt64(UInt32(truncatingIfNeeded: document))
    }
}

/// A set of a snapshot's entities.
package struct Selection: Sendable {
    /// For each part, which of its living documents.
    var bitmaps: [Bitmap]

    /// How many entities there are.
    package var count: Int { bitmaps.reduce(0) { $0 + $1.count } }

    func contains(_ entity: IndexedEntity) -> Bool {
        bitmaps[entity.part].contains(entity.document)
    }

    /// All of them, in no order that means anything.
    package var entities: [IndexedEntity] {
        bitmaps.enumerated().flatMap { part, set in
            set.documents.map { IndexedEntity(part: part, document: $0) }
        }
    }
}
