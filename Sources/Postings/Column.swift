import CMemory

/// One key of a segment: its values in the order (folded, original) and who has each.
package struct Column: Sendable {
    package let segment: Segment
    private let key: Int

    init(segment: Segment, key: Int) {
        self.segment = segment
        self.key = key
    }

    /// The words of a key's record in the key table.
    enum Word: Int {
        case nameOffset, nameLength, valueCount, isEdge
        case foldedStarts, foldedText, originalStarts, originalText
        case postStarts, posts, postCount
        case denseCount, dense
        case having, havingCount, isHavingDense
    }

    @inline(__always)
    func word(_ word: Word) -> UInt64 {
        segment.keyTable[key * Segment.keyWords + word.rawValue]
    }

    private func table<T: BitwiseCopyable>(_ type: T.Type, _ at: Word, _ count: UInt64)
        -> UnsafeBufferPointer<T>
    {
        segment.memory.table(type, at: word(at), count: count)
    }

    /// The key's number in its segment.
    package var index: Int { key }
    /// The key, folded.
    package var name: UnsafeBufferPointer<UInt8> {
        table(UInt8.self, .nameOffset, word(.nameLength))
    }
    /// How many distinct values there are, by original form.
    package var count: Int { Int(word(.valueCount)) }
    /// Whether its values name other documents.
    package var isEdge: Bool { word(.isEdge) != 0 }
    /// Whether some value has an original form other than its folded one.
    package var hasOriginals: Bool { word(.originalStarts) != 0 }

    private var foldedStarts: UnsafeBufferPointer<UInt32> {
        table(UInt32.self, .foldedStarts, word(.valueCount) + 1)
    }

    /// All folded values as one text, in order, and where each starts.
    var foldedText: (text: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>) {
        let starts = foldedStarts
        return (table(UInt8.self, .foldedText, UInt64(starts.last ?? 0)), starts)
    }

    var originalText: (text: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>) {
        guard hasOriginals else { return foldedText }
        let starts = table(UInt32.self, .originalStarts, word(.valueCount) + 1)
        return (table(UInt8.self, .originalText, UInt64(starts.last ?? 0)), starts)
    }

    /// The folded form of a value.
    package func folded(_ value: Int) -> UnsafeBufferPointer<UInt8> {
        let (text, starts) = foldedText
        return slice(text, starts, value)
    }

    /// The form in which the value was written.
    package func original(_ value: Int) -> UnsafeBufferPointer<UInt8> {
        let (text, starts) = originalText
        return slice(text, starts, value)
    }

    /// All documents of the values that are not frequent, and where those of each start.
    var postTables: (starts: UnsafeBufferPointer<UInt32>, posts: UnsafeBufferPointer<UInt32>) {
        (
            table(UInt32.self, .postStarts, word(.valueCount) + 1),
            table(UInt32.self, .posts, word(.postCount))
        )
    }

    /// Who has a value.
    package func postings(_ value: Int) -> PostingList {
        let (starts, posts) = postTables
        let range = Int(starts[value])..<Int(starts[value + 1])
        guard range.isEmpty else { return .sparse(.init(rebasing: posts[range])) }
        return dense(value) ?? .sparse(.init(start: nil, count: 0))
    }

    private func dense(_ value: Int) -> PostingList? {
        // Each entry: the value, its count, the offset of its words.
        let entries = table(UInt64.self, .dense, word(.denseCount) * 3)
        var low = 0
        var high = entries.count / 3
        while low < high {
            let middle = (low + high) / 2
            let found = Int(entries[middle * 3])
            if found == value {
                let words = segment.memory.table(
                    UInt64.self, at: entries[middle * 3 + 2],
                    count: UInt64((segment.count + 63) / 64))
                return .dense(words, count: Int(entries[middle * 3 + 1]))
            }
            if found < value { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Who has the key at all, with a value or without (null, or too long to be compared).
    package var having: PostingList {
        let count = word(.havingCount)
        guard word(.isHavingDense) != 0 else { return .sparse(table(UInt32.self, .having, count)) }
        return .dense(
            table(UInt64.self, .having, UInt64((segment.count + 63) / 64)), count: Int(count))
    }

    // MARK: Finding values

    /// The values whose folded form is these bytes: several where they differ in case only.
    package func values(equal folded: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let start = lowerBound(folded)
        var end = start
        let (text, starts) = foldedText
        while end + 1 < starts.count, compareBytes(slice(text, starts, end), folded) == 0 {
            end += 1
        }
        return start..<end
    }

    /// The values whose folded form begins with these bytes.
    package func values(prefix: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let start = lowerBound(prefix)
        var low = start
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let value = folded(middle)
            let begins =
                value.count >= prefix.count
                && compareBytes(.init(rebasing: value[0..<prefix.count]), prefix) == 0
            if begins { low = middle + 1 } else { high = middle }
        }
        return start..<low
    }

    /// The first value that is not before these bytes; `count` where all are.
    package func lowerBound(_ folded: UnsafeBufferPointer<UInt8>) -> Int {
        let (text, starts) = foldedText
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(slice(text, starts, middle), folded) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Adds to a set the documents with a value that contains a text.
    ///
    /// The values stand in one run of text, which `memmem` searches at some GB/s; a find that
    /// crosses a border between two values is none.
    ///
    /// - Parameter needle: folded and not empty.
    package func insertDocuments(
        containing needle: UnsafeBufferPointer<UInt8>, into set: inout Bitmap
    ) {
        let (text, starts) = foldedText
        guard let base = text.baseAddress, let sought = needle.baseAddress, !needle.isEmpty else {
            return
        }
        var position = 0
        var value = 0
        while text.count - position >= needle.count,
            let hit = cmemory_find(base + position, text.count - position, sought, needle.count)
        {
            let offset = hit - UnsafeRawPointer(base)
            value = valueIndex(holding: offset, in: starts, from: value)
            let end = Int(starts[value + 1])
            if offset + needle.count <= end {
                set.formUnion(postings(value))
                position = end
            } else {
                position = offset + 1
            }
        }
    }

    private func valueIndex(
        holding offset: Int, in starts: UnsafeBufferPointer<UInt32>, from: Int
    ) -> Int {
        var low = from
        var high = starts.count - 1
        while low + 1 < high {
            let middle = (low + high) / 2
            if Int(starts[middle]) <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// For each document, its first value; `UInt32.max` for none.
    var firstValues: [UInt32] {
        let (starts, posts) = postTables
        var first = [UInt32](repeating: .max, count: segment.count)
        first.withUnsafeMutableBufferPointer { first in
            for value in 0..<count {
                let number = UInt32(truncatingIfNeeded: value)
                for place in Int(starts[value])..<Int(starts[value + 1]) {
                    let document = Int(posts[place])
                    if first[document] > number { first[document] = number }
                }
            }
            let entries = table(UInt64.self, .dense, word(.denseCount) * 3)
            for entry in 0..<entries.count / 3 {
                let value = Int(entries[entry * 3])
                let number = UInt32(truncatingIfNeeded: value)
                dense(value)?.forEach { document in
                    if first[document] > number { first[document] = number }
                    return true
                }
            }
        }
        return first
    }

    /// For each value, how many documents of a set have it.
    package func counts(in set: Bitmap) -> [Int] {
        let (starts, posts) = postTables
        var counts = [Int](repeating: 0, count: count)
        set.words.withUnsafeBufferPointer { words in
            for value in 0..<counts.count {
                var total = 0
                for index in Int(starts[value])..<Int(starts[value + 1]) {
                    let document = posts[index]
                    total += Int(words[Int(document >> 6)] >> UInt64(document & 63) & 1)
                }
                counts[value] = total
            }
        }
        let entries = table(UInt64.self, .dense, word(.denseCount) * 3)
        for entry in 0..<entries.count / 3 {
            let value = Int(entries[entry * 3])
            counts[value] = dense(value)?.count(in: set) ?? 0
        }
        return counts
    }
}

/// Whether a text is in another, by bytes.
package func contains(
    _ text: UnsafeBufferPointer<UInt8>, _ needle: UnsafeBufferPointer<UInt8>
) -> Bool {
    guard let base = text.baseAddress, let sought = needle.baseAddress else {
        return needle.isEmpty
    }
    return cmemory_find(base, text.count, sought, needle.count) != nil
}
