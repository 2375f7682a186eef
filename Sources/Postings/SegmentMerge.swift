/// Makes one segment of several, without what has died.
///
/// Names are distinct among the living, so each document keeps its place in the order and every
/// posting list stays sorted under the new numbers.
///
/// - Parameter parts: segments and which of their documents live.
/// - Returns: nil where memory ran out.
package func mergeSegments(_ parts: [(segment: Segment, living: Bitmap)]) -> Segment? {
    Segment(memory: layOut(parts, in: SegmentWriter()).finish())
}

/// Lays out the merged segment.
func layOut(
    _ parts: [(segment: Segment, living: Bitmap)], in writer: SegmentWriter
) -> SegmentWriter {
    var merger = SegmentMerger(parts, writer)
    merger.merge()
    return merger.layout.finish()
}

private struct SegmentMerger {
    private let parts: [(segment: Segment, living: Bitmap)]
    /// For each part, the new number of each document; `UInt32.max` for the dead.
    private var numbers: [[UInt32]]
    private let order: [(part: Int, document: Int)]
    private(set) var layout: SegmentLayout
    /// For each part and column, the column that it became and each value's rank in it; empty
    /// where no document can have an edge of it.
    private var edgeMaps: [[(column: Int, ranks: [UInt32])]]

    init(_ parts: [(segment: Segment, living: Bitmap)], _ writer: SegmentWriter) {
        self.parts = parts
        order = Self.order(parts)
        numbers = parts.map { [UInt32](repeating: .max, count: $0.segment.count) }
        for (number, (part, document)) in order.enumerated() {
            numbers[part][document] = UInt32(truncatingIfNeeded: number)
        }
        layout = SegmentLayout(documents: order.count, writer: writer)
        edgeMaps = parts.map { .init(repeating: (0, []), count: $0.segment.keyCount) }
    }

    mutating func merge() {
        addDocuments()
        for (index, sources) in columns().enumerated() {
            let isEdge = sources.contains { $0.column.isEdge }
            layout.beginColumn(name: sources[0].column.name, isEdge: isEdge)
            let having = mergeValues(sources, index, isEdge: isEdge)
            layout.endColumn(having: having)
        }
        addEdges()
    }

    /// The living documents of all parts by their names.
    private static func order(
        _ parts: [(segment: Segment, living: Bitmap)]
    ) -> [(part: Int, document: Int)] {
        var names: [OrderedText] = []
        for (part, source) in parts.enumerated() {
            names.reserveCapacity(names.count + source.segment.count)
            for document in 0..<source.segment.count where source.living.contains(document) {
                names.append(
                    OrderedText(
                        source.segment.name(of: document), source: UInt32(part), index: document))
            }
        }
        sort(&names) { $0.source < $1.source }
        return names.map { (Int($0.source), Int($0.index)) }
    }

    private mutating func addDocuments() {
        var slots: [Int64] = []
        var stamps: [UInt8] = []
        var nameStarts: [UInt32] = [0]
        var nameText: [UInt8] = []
        slots.reserveCapacity(order.count)
        stamps.reserveCapacity(order.count * Segment.stampSize)
        nameStarts.reserveCapacity(order.count + 1)
        for (part, document) in order {
            let segment = parts[part].segment
            slots.append(segment.slot(of: document))
            stamps.append(contentsOf: segment.stamp(of: document))
            nameText.append(contentsOf: segment.name(of: document))
            nameStarts.append(UInt32(truncatingIfNeeded: nameText.count))
        }
        layout.addDocuments(
            slots: slots, stamps: stamps, nameStarts: nameStarts, nameText: nameText)
    }

    private typealias Source = (part: Int, column: Column)

    /// The columns of all parts, those of one name together, in the order of names.
    private func columns() -> [[Source]] {
        var names: [OrderedText] = []
        for (part, source) in parts.enumerated() {
            for key in 0..<source.segment.keyCount {
                names.append(
                    OrderedText(
                        source.segment.column(at: key).name, source: UInt32(part), index: key))
            }
        }
        sort(&names) { $0.source < $1.source }
        var grouped: [[Source]] = []
        for (place, name) in names.enumerated() {
            let part = Int(name.source)
            let source = (part, parts[part].segment.column(at: Int(name.index)))
            if place > 0, compareBytes(names[place - 1].text, name.text) == 0 {
                grouped[grouped.count - 1].append(source)
            } else {
                grouped.append([source])
            }
        }
        return grouped
    }

    // MARK: Values

    /// Merges the sorted values of columns of one name; values that no living document has are
    /// left out.
    ///
    /// - Returns: who has the key.
    private mutating func mergeValues(
        _ sources: [Source], _ column: Int, isEdge: Bool
    ) -> DocumentSet {
        let readers = sources.map { ColumnReader($0.column, numbers[$0.part]) }
        var values: [OrderedText] = []
        values.reserveCapacity(sources.reduce(0) { $0 + $1.column.count })
        for (source, reader) in readers.enumerated() {
            for value in 0..<reader.count {
                values.append(
                    OrderedText(reader.folded(value), source: UInt32(source), index: value))
            }
        }
        if readers.count > 1 {
            sort(&values) { left, right in
                let order = compareBytes(
                    readers[Int(left.source)].original(Int(left.index)),
                    readers[Int(right.source)].original(Int(right.index)))
                return order == 0 ? left.source < right.source : order < 0
            }
        }
        var ranks = isEdge ? readers.map { [UInt32](repeating: 0, count: $0.count) } : []
        var gathered: [UInt32] = []
        var start = 0
        while start < values.count {
            var end = start + 1
            while end < values.count, isSame(values[start], values[end], readers) { end += 1 }
            if isEdge {
                for value in values[start..<end] {
                    ranks[Int(value.source)][Int(value.index)] =
                        UInt32(truncatingIfNeeded: layout.valueCount)
                }
            }
            add(values[start..<end], readers, &gathered)
            start = end
        }
        if isEdge {
            for (source, ranks) in zip(sources, ranks) {
                edgeMaps[source.part][source.column.index] = (column, ranks)
            }
        }
        var having = DocumentSet(size: order.count)
        for (source, reader) in zip(sources, readers) {
            reader.gather(source.column.having, into: &having)
        }
        return having
    }

    private func isSame(
        _ left: OrderedText, _ right: OrderedText, _ readers: [ColumnReader]
    ) -> Bool {
        guard left.prefix == right.prefix, compareBytes(left.text, right.text) == 0 else {
            return false
        }
        let (a, b) = (readers[Int(left.source)], readers[Int(right.source)])
        guard a.hasOriginals || b.hasOriginals else { return true }
        return compareBytes(a.original(Int(left.index)), b.original(Int(right.index))) == 0
    }

    /// Adds one value: the same in each of the sources that have it.
    private mutating func add(
        _ members: ArraySlice<OrderedText>, _ readers: [ColumnReader], _ gathered: inout [UInt32]
    ) {
        guard let first = members.first else { return }
        let lists = members.map { readers[Int($0.source)].postings(Int($0.index)) }
        let total = lists.reduce(0) { $0 + $1.count }
        func addText() {
            layout.addValue(
                folded: first.text, original: readers[Int(first.source)].original(Int(first.index)))
        }
        // Lists of several parts interleave: where they are long, a set is quicker than sorting.
        guard total <= max(64, order.count / 64) else {
            var bits = Bitmap(size: order.count)
            for (member, list) in zip(members, lists) {
                readers[Int(member.source)].insert(list, into: &bits)
            }
            let count = bits.count
            guard count > 0 else { return }
            addText()
            return layout.endValue(bits, count: count)
        }
        gathered.removeAll(keepingCapacity: true)
        for (member, list) in zip(members, lists) {
            readers[Int(member.source)].gather(list, &gathered)
        }
        guard !gathered.isEmpty else { return }
        if members.count > 1 { gathered.sort() }
        addText()
        gathered.withUnsafeBufferPointer { layout.endValue($0) }
    }

    // MARK: Edges

    /// New columns and ranks are in the order of the old ones, so each document's edges stay
    /// sorted.
    private mutating func addEdges() {
        var edges: [UInt64] = []
        var starts: [UInt32] = [0]
        starts.reserveCapacity(order.count + 1)
        edges.reserveCapacity(parts.reduce(0) { $0 + $1.segment.edges.count })
        for (part, document) in order {
            let segment = parts[part].segment
            for place in Int(segment.edgeStarts[document])..<Int(segment.edgeStarts[document + 1]) {
                let edge = segment.edges[place]
                let column = Int(edge >> 32)
                let rank = edgeMaps[part][column].ranks[Int(edge & 0xFFFF_FFFF)]
                edges.append(UInt64(edgeMaps[part][column].column) << 32 | UInt64(rank))
            }
            starts.append(UInt32(truncatingIfNeeded: edges.count))
        }
        layout.addEdges(starts: starts, edges: edges)
    }
}

/// The tables of a column, looked up once, and the numbers that its documents get.
private struct ColumnReader {
    let count: Int
    let hasOriginals: Bool
    private let column: Column
    private let numbers: [UInt32]
    private let foldedText: (text: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>)
    private let originalText:
        (
            text: UnsafeBufferPointer<UInt8>, starts: UnsafeBufferPointer<UInt32>
        )
    private let posts: (starts: UnsafeBufferPointer<UInt32>, posts: UnsafeBufferPointer<UInt32>)

    init(_ column: Column, _ numbers: [UInt32]) {
        self.column = column
        self.numbers = numbers
        count = column.count
        hasOriginals = column.hasOriginals
        foldedText = column.foldedText
        originalText = column.originalText
        posts = column.postTables
    }

    func folded(_ value: Int) -> UnsafeBufferPointer<UInt8> {
        slice(foldedText.text, foldedText.starts, value)
    }

    func original(_ value: Int) -> UnsafeBufferPointer<UInt8> {
        slice(originalText.text, originalText.starts, value)
    }

    func postings(_ value: Int) -> PostingList {
        let range = Int(posts.starts[value])..<Int(posts.starts[value + 1])
        return range.isEmpty
            ? column.postings(value) : .sparse(.init(rebasing: posts.posts[range]))
    }

    /// Hands out the new numbers of a list's living documents.
    @inline(__always)
    private func forEachNumber(of list: PostingList, _ body: (UInt32) -> Void) {
        numbers.withUnsafeBufferPointer { numbers in
            switch list {
            case .sparse(let documents):
                for document in documents where numbers[Int(document)] != .max {
                    body(numbers[Int(document)])
                }
            case .dense(let words, _):
                for index in words.indices {
                    var word = words[index]
                    while word != 0 {
                        let number = numbers[index << 6 | word.trailingZeroBitCount]
                        if number != .max { body(number) }
                        word &= word &- 1
                    }
                }
            }
        }
    }

    /// Adds the new numbers of a list's living documents to a set.
    func insert(_ list: PostingList, into set: inout Bitmap) {
        set.words.withUnsafeMutableBufferPointer { words in
            forEachNumber(of: list) { words[Int($0 >> 6)] |= 1 << UInt64($0 & 63) }
        }
    }

    func gather(_ list: PostingList, into set: inout DocumentSet) {
        forEachNumber(of: list) { set.insert($0) }
    }

    func gather(_ list: PostingList, _ gathered: inout [UInt32]) {
        forEachNumber(of: list) { gathered.append($0) }
    }
}
