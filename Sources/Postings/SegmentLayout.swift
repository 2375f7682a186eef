/// Writes the sections of a segment in their order; builder and merger both end here.
///
/// Documents first; then each key in the order of names: `beginColumn`, its values in order, each
/// closed by who has it, and `endColumn`; then the edges and `finish`.
struct SegmentLayout {
    private var writer: SegmentWriter
    private var header: [UInt64]
    private var keys: [UInt64] = []
    private let documents: Int
    private var column = ColumnContent()

    /// - Parameters:
    ///   - documents: how many there are.
    ///   - writer: where the bytes go; empty.
    init(documents: Int, writer: SegmentWriter = SegmentWriter()) {
        self.documents = documents
        self.writer = writer
        header = [UInt64](repeating: 0, count: Segment.headerWords)
        self.writer.append(header)
        header[0] = Segment.magic
        header[1] = Segment.format
        header[2] = UInt64(documents)
        column.having = DocumentSet(size: documents)
    }

    mutating func addDocuments(
        slots: [Int64], stamps: [UInt8], nameStarts: [UInt32], nameText: [UInt8]
    ) {
        header[4] = writer.append(slots)
        header[5] = writer.append(stamps)
        header[6] = writer.append(nameStarts)
        header[7] = writer.append(nameText)
    }

    // MARK: Columns

    /// What the column that is being written holds, by value in the order (folded, original); its
    /// memory is used again for the next.
    private struct ColumnContent {
        var record = [UInt64](repeating: 0, count: Segment.keyWords)
        var foldedStarts: [UInt32] = []
        var foldedText: [UInt8] = []
        /// Filled only where some value differs from its folded form.
        var originalStarts: [UInt32] = []
        var originalText: [UInt8] = []
        var differs = false
        /// Where each value's documents start in `posts`, and their end.
        var postStarts: [UInt32] = []
        var posts: [UInt32] = []
        /// Frequent values: each one's number, count, and place of its words.
        var dense: [UInt64] = []
        /// Who has the key.
        var having = DocumentSet(size: 0)
    }

    private mutating func set(_ word: Column.Word, _ value: UInt64) {
        column.record[word.rawValue] = value
    }

    mutating func beginColumn(name: UnsafeBufferPointer<UInt8>, isEdge: Bool) {
        column.record = [UInt64](repeating: 0, count: Segment.keyWords)
        column.foldedStarts.removeAll(keepingCapacity: true)
        column.foldedText.removeAll(keepingCapacity: true)
        column.originalStarts.removeAll(keepingCapacity: true)
        column.originalText.removeAll(keepingCapacity: true)
        column.differs = false
        column.postStarts.removeAll(keepingCapacity: true)
        column.posts.removeAll(keepingCapacity: true)
        column.dense.removeAll(keepingCapacity: true)
        column.having.removeAll()
        column.foldedStarts.append(0)
        column.postStarts.append(0)
        set(.nameOffset, writer.append(name))
        set(.nameLength, UInt64(name.count))
        set(.isEdge, isEdge ? 1 : 0)
    }

    /// How many values the column has so far.
    var valueCount: Int { column.foldedStarts.count - 1 }

    /// Adds a value that comes after those before; `endValue` says who has it.
    mutating func addValue(
        folded: UnsafeBufferPointer<UInt8>, original: UnsafeBufferPointer<UInt8>
    ) {
        if !column.differs, compareBytes(folded, original) != 0 {
            column.differs = true
            column.originalStarts = column.foldedStarts
            column.originalText = column.foldedText
        }
        column.foldedText.append(contentsOf: folded)
        column.foldedStarts.append(UInt32(truncatingIfNeeded: column.foldedText.count))
        guard column.differs else { return }
        column.originalText.append(contentsOf: original)
        column.originalStarts.append(UInt32(truncatingIfNeeded: column.originalText.count))
    }

    /// A list of n numbers takes 4n bytes, a bitmap documents/8: equal at one in 32.
    func isFrequent(_ count: Int) -> Bool { count > max(8, documents / 32) }

    /// - Parameter list: ascending.
    mutating func endValue(_ list: UnsafeBufferPointer<UInt32>) {
        guard !isFrequent(list.count) else {
            var bits = Bitmap(size: documents)
            bits.insert(contentsOf: list)
            return endValue(bits, count: list.count)
        }
        column.having.insert(contentsOf: list)
        column.posts.append(contentsOf: list)
        column.postStarts.append(UInt32(truncatingIfNeeded: column.posts.count))
    }

    /// - Parameter count: how many are in the set.
    mutating func endValue(_ set: Bitmap, count: Int) {
        guard isFrequent(count) else {
            set.forEach { column.posts.append(UInt32(truncatingIfNeeded: $0)) }
            column.having.formUnion(set)
            column.postStarts.append(UInt32(truncatingIfNeeded: column.posts.count))
            return
        }
        column.dense.append(UInt64(valueCount - 1))
        column.dense.append(UInt64(count))
        column.dense.append(writer.append(set.words))
        column.having.formUnion(set)
        column.postStarts.append(UInt32(truncatingIfNeeded: column.posts.count))
    }

    /// Ends the column.
    ///
    /// - Parameter having: further documents with the key, without a value that can be compared.
    mutating func endColumn(having others: DocumentSet? = nil) {
        if let others { column.having.formUnion(others) }
        set(.valueCount, UInt64(valueCount))
        set(.foldedStarts, writer.append(column.foldedStarts))
        set(.foldedText, writer.append(column.foldedText))
        if column.differs {
            set(.originalStarts, writer.append(column.originalStarts))
            set(.originalText, writer.append(column.originalText))
        }
        set(.postStarts, writer.append(column.postStarts))
        set(.posts, writer.append(column.posts))
        set(.postCount, UInt64(column.posts.count))
        set(.denseCount, UInt64(column.dense.count / 3))
        set(.dense, writer.append(column.dense))
        addHaving()
        keys += column.record
    }

    private mutating func addHaving() {
        if let list = column.having.ascending(), !isFrequent(list.count) {
            set(.havingCount, UInt64(list.count))
            set(.having, writer.append(list))
            return
        }
        let having = column.having.asBitmap
        let count = having.count
        set(.havingCount, UInt64(count))
        guard isFrequent(count) else {
            set(.having, writer.append(having.numbers))
            return
        }
        set(.isHavingDense, 1)
        set(.having, writer.append(having.words))
    }

    mutating func addEdges(starts: [UInt32], edges: [UInt64]) {
        header[9] = writer.append(starts)
        header[10] = writer.append(edges)
    }

    /// All that was laid out.
    consuming func finish() -> SegmentWriter {
        header[3] = UInt64(keys.count / Segment.keyWords)
        header[8] = writer.append(keys)
        writer.replace(at: 0, header)
        return writer
    }
}
