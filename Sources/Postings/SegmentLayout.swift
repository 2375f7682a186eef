/// Writes the sections of a segment in their order; builder and merger both end here.
///
/// Documents first, by `begin`; then each key in the order of names, by `addColumn`; then `finish`.
struct SegmentLayout {
    private var writer = SegmentWriter()
    private var header: [UInt64]
    private var keys: [UInt64] = []
    private let documents: Int

    /// - Parameter documents: how many there are.
    init(documents: Int) {
        self.documents = documents
        header = [UInt64](repeating: 0, count: Segment.headerWords)
        writer.append(header)
        header[0] = Segment.magic
        header[1] = Segment.format
        header[2] = UInt64(documents)
    }

    mutating func addDocuments(
        slots: [Int64], stamps: [UInt8], nameStarts: [UInt32], nameText: [UInt8]
    ) {
        header[4] = writer.append(slots)
        header[5] = writer.append(stamps)
        header[6] = writer.append(nameStarts)
        header[7] = writer.append(nameText)
    }

    /// What a column holds, by value in the order (folded, original).
    struct ColumnContent {
        var name: [UInt8] = []
        var isEdge = false
        var foldedStarts: [UInt32] = [0]
        var foldedText: [UInt8] = []
        /// As long as `foldedStarts`; used only where `differs`.
        var originalStarts: [UInt32] = [0]
        var originalText: [UInt8] = []
        var differs = false
        /// Where each value's documents start in `posts`, and their end.
        var postStarts: [UInt32] = [0]
        var posts: [UInt32] = []
        /// The documents with the key and no value, ascending.
        var valueless: [UInt32] = []

        var count: Int { foldedStarts.count - 1 }

        mutating func addValue(
            folded: UnsafeBufferPointer<UInt8>, original: UnsafeBufferPointer<UInt8>
        ) {
            foldedText.append(contentsOf: folded)
            foldedStarts.append(UInt32(truncatingIfNeeded: foldedText.count))
            originalText.append(contentsOf: original)
            originalStarts.append(UInt32(truncatingIfNeeded: originalText.count))
            if !differs, compareBytes(folded, original) != 0 { differs = true }
        }

        mutating func endValue() {
            postStarts.append(UInt32(truncatingIfNeeded: posts.count))
        }
    }

    mutating func addColumn(_ content: ColumnContent) {
        var record = [UInt64](repeating: 0, count: Segment.keyWords)
        func set(_ word: Column.Word, _ value: UInt64) { record[word.rawValue] = value }
        set(.nameOffset, writer.append(content.name))
        set(.nameLength, UInt64(content.name.count))
        set(.valueCount, UInt64(content.count))
        set(.isEdge, content.isEdge ? 1 : 0)
        set(.foldedStarts, writer.append(content.foldedStarts))
        set(.foldedText, writer.append(content.foldedText))
        if content.differs {
            set(.originalStarts, writer.append(content.originalStarts))
            set(.originalText, writer.append(content.originalText))
        }
        let (starts, posts, dense) = splitDense(content)
        set(.postStarts, writer.append(starts))
        set(.posts, writer.append(posts))
        set(.postCount, UInt64(posts.count))
        set(.denseCount, UInt64(dense.count / 3))
        set(.dense, writer.append(dense))
        var having = Bitmap(size: documents)
        for document in content.posts { having.insert(Int(document)) }
        for document in content.valueless { having.insert(Int(document)) }
        let count = having.count
        set(.havingCount, UInt64(count))
        if isFrequent(count) {
            set(.isHavingDense, 1)
            set(.having, writer.append(having.words))
        } else {
            set(.having, writer.append(having.documents.map { UInt32(truncatingIfNeeded: $0) }))
        }
        keys += record
    }

    /// A list of n numbers takes 4n bytes, a bitmap documents/8: equal at one in 32.
    private func isFrequent(_ count: Int) -> Bool { count > max(8, documents / 32) }

    private mutating func splitDense(_ content: ColumnContent)
        -> (starts: [UInt32], posts: [UInt32], dense: [UInt64])
    {
        let starts = content.postStarts
        guard (0..<content.count).contains(where: { isFrequent(Int(starts[$0 + 1] - starts[$0])) })
        else { return (starts, content.posts, []) }
        var kept: [UInt32] = []
        var keptStarts: [UInt32] = [0]
        var dense: [UInt64] = []
        for value in 0..<content.count {
            let list = content.posts[Int(starts[value])..<Int(starts[value + 1])]
            if isFrequent(list.count) {
                var bits = Bitmap(size: documents)
                for document in list { bits.insert(Int(document)) }
                dense += [UInt64(value), UInt64(list.count), writer.append(bits.words)]
            } else {
                kept.append(contentsOf: list)
            }
            keptStarts.append(UInt32(truncatingIfNeeded: kept.count))
        }
        return (keptStarts, kept, dense)
    }

    mutating func addEdges(starts: [UInt32], edges: [UInt64]) {
        header[9] = writer.append(starts)
        header[10] = writer.append(edges)
    }

    /// The finished segment; nil where memory ran out.
    consuming func finish() -> Segment? {
        header[3] = UInt64(keys.count / Segment.keyWords)
        header[8] = writer.append(keys)
        writer.replace(at: 0, header)
        return Segment(memory: writer.finish())
    }
}
