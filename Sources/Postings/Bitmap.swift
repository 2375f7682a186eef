/// A set of a segment's documents: one bit each.
///
/// All sets of one segment have the same size; an operation on two takes the shorter for granted
/// and never reads past it.
package struct Bitmap: Sendable {
    @usableFromInline var words: [UInt64]
    /// How many documents the segment has.
    package let size: Int

    /// The empty set, or the set of all.
    package init(size: Int, filled: Bool = false) {
        self.size = size
        words = Array(repeating: filled ? ~0 : 0, count: (size + 63) / 64)
        if filled, size % 64 != 0, !words.isEmpty {
            words[words.count - 1] = (1 << UInt64(size % 64)) - 1
        }
    }

    /// Whether a document is in the set; false past the end.
    @inlinable
    package func contains(_ document: Int) -> Bool {
        let word = document >> 6
        return word < words.count && words[word] >> UInt64(document & 63) & 1 != 0
    }

    /// Adds a document; one past the end is passed over.
    package mutating func insert(_ document: Int) {
        guard document < size else { return }
        words[document >> 6] |= 1 << UInt64(document & 63)
    }

    /// Adds documents, each below ``size``.
    mutating func insert(contentsOf documents: UnsafeBufferPointer<UInt32>) {
        let size = size
        words.withUnsafeMutableBufferPointer { words in
            for document in documents where Int(document) < size {
                words[Int(document >> 6)] |= 1 << UInt64(document & 63)
            }
        }
    }

    /// Takes a document out; one past the end is passed over.
    package mutating func remove(_ document: Int) {
        guard document < size else { return }
        words[document >> 6] &= ~(1 << UInt64(document & 63))
    }

    /// How many documents are in the set.
    package var count: Int {
        var total = 0
        for word in words { total += word.nonzeroBitCount }
        return total
    }

    /// Whether no document is in the set; quicker than counting.
    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Keeps what is in the other too.
    package mutating func formIntersection(_ other: Bitmap) {
        other.words.withUnsafeBufferPointer { other in
            words.withUnsafeMutableBufferPointer { words in
                for index in 0..<min(words.count, other.count) { words[index] &= other[index] }
            }
        }
    }

    /// Adds what is in the other.
    package mutating func formUnion(_ other: Bitmap) {
        other.words.withUnsafeBufferPointer { other in
            words.withUnsafeMutableBufferPointer { words in
                for index in 0..<min(words.count, other.count) { words[index] |= other[index] }
            }
        }
    }

    /// Takes out what is in the other.
    package mutating func subtract(_ other: Bitmap) {
        other.words.withUnsafeBufferPointer { other in
            words.withUnsafeMutableBufferPointer { words in
                for index in 0..<min(words.count, other.count) { words[index] &= ~other[index] }
            }
        }
    }

    /// Adds the documents of a posting list.
    package mutating func formUnion(_ list: PostingList) {
        switch list {
        case .sparse(let documents): insert(contentsOf: documents)
        case .dense(let other, _):
            words.withUnsafeMutableBufferPointer { words in
                for index in 0..<min(words.count, other.count) { words[index] |= other[index] }
            }
        }
    }

    /// The first document at or after a place; nil where there is none.
    package func first(from place: Int) -> Int? {
        var index = place >> 6
        guard place >= 0, index < words.count else { return nil }
        var word = words[index] & ~0 << UInt64(place & 63)
        while word == 0 {
            index += 1
            guard index < words.count else { return nil }
            word = words[index]
        }
        return index << 6 | word.trailingZeroBitCount
    }

    /// The documents in ascending order.
    package var documents: [Int] {
        var found: [Int] = []
        found.reserveCapacity(count)
        forEach { found.append($0) }
        return found
    }

    /// The same, as they are stored.
    var numbers: [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(count)
        forEach { found.append(UInt32(truncatingIfNeeded: $0)) }
        return found
    }

    /// Hands out the documents in ascending order.
    @inlinable
    package func forEach(_ body: (Int) -> Void) {
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                body(index << 6 | word.trailingZeroBitCount)
                word &= word &- 1
            }
        }
    }
}

/// The documents that have one value, ascending.
package enum PostingList {
    case sparse(UnsafeBufferPointer<UInt32>)
    /// A bit a document, and how many are set: smaller than a list where more than one in 32 has
    /// the value, and quicker to combine.
    case dense(UnsafeBufferPointer<UInt64>, count: Int)

    /// How many documents have the value; known without looking at them.
    package var count: Int {
        switch self {
        case .sparse(let documents): documents.count
        case .dense(_, let count): count
        }
    }

    /// How many of the documents are in a set.
    package func count(in set: Bitmap) -> Int {
        set.words.withUnsafeBufferPointer { words in
            var total = 0
            switch self {
            case .sparse(let documents):
                for document in documents {
                    let index = Int(document >> 6)
                    guard index < words.count else { break }
                    total += Int(words[index] >> UInt64(document & 63) & 1)
                }
            case .dense(let other, _):
                for index in 0..<min(words.count, other.count) {
                    total += (words[index] & other[index]).nonzeroBitCount
                }
            }
            return total
        }
    }

    /// Hands out the documents in ascending order until the body says to stop.
    ///
    /// - Returns: whether all were handed out.
    @discardableResult
    package func forEach(_ body: (Int) -> Bool) -> Bool {
        switch self {
        case .sparse(let documents):
            for document in documents where !body(Int(document)) { return false }
        case .dense(let words, _):
            for index in words.indices {
                var word = words[index]
                while word != 0 {
                    if !body(index << 6 | word.trailingZeroBitCount) { return false }
                    word &= word &- 1
                }
            }
        }
        return true
    }
}
