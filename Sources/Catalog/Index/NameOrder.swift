import Postings

/// The entities of a selection in the order of their names, some at a time.
///
/// Holds a place in each part and no list: an answer with everything costs no memory while it is
/// sent.
package struct NameOrder: Sendable {
    private let snapshot: Snapshot
    private let selection: Selection
    /// The next document of each part; nil at its end.
    private var next: [Int?]

    /// Stands before the first of them.
    package init(_ selection: Selection, of snapshot: Snapshot) {
        self.snapshot = snapshot
        self.selection = selection
        next = selection.bitmaps.map { $0.first(from: 0) }
    }

    /// Whether there is nothing more.
    package var isAtEnd: Bool { next.allSatisfy { $0 == nil } }

    /// The next entities, `count` at most; none at the end.
    package mutating func take(_ count: Int) -> [IndexedEntity] {
        var found: [IndexedEntity] = []
        while found.count < count, let part = partOfFirst, let document = next[part] {
            found.append(IndexedEntity(part: part, document: document))
            next[part] = selection.bitmaps[part].first(from: document + 1)
        }
        return found
    }

    private var partOfFirst: Int? {
        var first: Int?
        for part in next.indices {
            guard let document = next[part] else { continue }
            guard let other = first, let least = next[other] else {
                first = part
                continue
            }
            let name = snapshot.parts[part].segment.name(of: document)
            let order = byteOrder(name, snapshot.parts[other].segment.name(of: least))
            if order < 0 { first = part }
        }
        return first
    }
}
