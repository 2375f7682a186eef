/// Makes one segment of several, without what has died.
///
/// Names are distinct among the living, so each document keeps its place in the order and every
/// posting list stays sorted under the new numbers.
///
/// - Parameter parts: segments and which of their documents live.
/// - Returns: nil where memory ran out.
package func mergeSegments(_ parts: [(segment: Segment, living: Bitmap)]) -> Segment? {
    var merger = SegmentMerger(parts)
    return merger.merge()
}

private struct SegmentMerger {
    private let parts: [(segment: Segment, living: Bitmap)]
    /// For each part, the new number of each document; `UInt32.max` for the dead.
    private var numbers: [[UInt32]] = []
    private var order: [(part: Int, document: Int)] = []

    init(_ parts: [(segment: Segment, living: Bitmap)]) {
        self.parts = parts
    }

    mutating func merge() -> Segment? {
        numberDocuments()
        var layout = SegmentLayout(documents: order.count)
        addDocuments(to: &layout)
        // For each part: the new column and the new rank of each old value, for the edges.
        var edgeMaps = parts.map { _ in [Int: (column: Int, ranks: [UInt32])]() }
        for (index, sources) in columns().enumerated() {
            var content = SegmentLayout.ColumnContent()
            content.name = Array(sources[0].column.name)
            content.isEdge = sources[0].column.isEdge
            let ranks = mergeValues(sources, into: &content)
            if content.isEdge {
                for (source, ranks) in zip(sources, ranks) {
                    edgeMaps[source.part][source.column.index] = (index, ranks)
                }
            }
            layout.addColumn(content)
        }
        addEdges(to: &layout, edgeMaps)
        return layout.finish()
    }

    private mutating func numberDocuments() {
        numbers = parts.map { [UInt32](repeating: .max, count: $0.segment.count) }
        var cursors = parts.map { _ in 0 }
        while true {
            var best: Int?
            for part in parts.indices {
                let (segment, living) = parts[part]
                while cursors[part] < segment.count, !living.contains(cursors[part]) {
                    cursors[part] += 1
                }
                guard cursors[part] < segment.count else { continue }
                if let other = best,
                    compareBytes(
                        parts[other].segment.name(of: cursors[other]),
                        segment.name(of: cursors[part])) <= 0
                {
                    continue
                }
                best = part
            }
            guard let part = best else { return }
            numbers[part][cursors[part]] = UInt32(truncatingIfNeeded: order.count)
            order.append((part, cursors[part]))
            cursors[part] += 1
        }
    }

    private func addDocuments(to layout: inout SegmentLayout) {
        var slots: [Int64] = []
        var stamps: [UInt8] = []
        var nameStarts: [UInt32] = [0]
        var nameText: [UInt8] = []
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
        var all: [Source] = []
        for (part, source) in parts.enumerated() {
            for key in 0..<source.segment.keyCount {
                all.append((part, source.segment.column(at: key)))
            }
        }
        all.sort {
            let order = compareBytes($0.column.name, $1.column.name)
            return order != 0 ? order < 0 : $0.part < $1.part
        }
        var grouped: [[Source]] = []
        for source in all {
            if let last = grouped.last?.first,
                compareBytes(last.column.name, source.column.name) == 0
            {
                grouped[grouped.count - 1].append(source)
            } else {
                grouped.append([source])
            }
        }
        return grouped
    }

    /// Merges the sorted values of columns of one name.
    ///
    /// - Returns: for each source, the rank that each of its values got; values that no living
    ///   document has are left out and keep a rank that means nothing.
    private func mergeValues(
        _ sources: [Source], into content: inout SegmentLayout.ColumnContent
    ) -> [[UInt32]] {
        var ranks = sources.map { [UInt32](repeating: 0, count: $0.column.count) }
        var cursors = sources.map { _ in 0 }
        var gathered: [UInt32] = []
        while true {
            var first: Int?
            for index in sources.indices where cursors[index] < sources[index].column.count {
                guard let other = first else {
                    first = index
                    continue
                }
                let order = compareValues(
                    sources[index].column, cursors[index], sources[other].column, cursors[other])
                if order < 0 { first = index }
            }
            guard let lead = first else { break }
            let leadValue = cursors[lead]
            gathered.removeAll(keepingCapacity: true)
            var lists = 0
            for index in sources.indices where cursors[index] < sources[index].column.count {
                let value = cursors[index]
                guard
                    index == lead
                        || compareValues(
                            sources[index].column, value, sources[lead].column, leadValue) == 0
                else { continue }
                lists += 1
                gather(sources[index].column.postings(value), sources[index].part, &gathered)
                ranks[index][value] = UInt32(truncatingIfNeeded: content.count)
                cursors[index] += 1
            }
            guard !gathered.isEmpty else { continue }
            if lists > 1 { gathered.sort() }
            content.addValue(
                folded: sources[lead].column.folded(leadValue),
                original: sources[lead].column.original(leadValue))
            content.posts.append(contentsOf: gathered)
            content.endValue()
        }
        // Those that have a value come again here: a set has no use for the difference.
        for source in sources { gather(source.column.having, source.part, &content.valueless) }
        return ranks
    }

    private func gather(_ list: PostingList, _ part: Int, _ gathered: inout [UInt32]) {
        let numbers = numbers[part]
        list.forEach { document in
            let number = numbers[document]
            if number != .max { gathered.append(number) }
            return true
        }
    }

    private func compareValues(_ left: Column, _ i: Int, _ right: Column, _ j: Int) -> Int {
        let order = compareBytes(left.folded(i), right.folded(j))
        guard order == 0, left.hasOriginals || right.hasOriginals else { return order }
        return compareBytes(left.original(i), right.original(j))
    }

    private func addEdges(
        to layout: inout SegmentLayout,
        _ maps: [[Int: (column: Int, ranks: [UInt32])]]
    ) {
        var edges: [UInt64] = []
        var starts: [UInt32] = [0]
        for (part, document) in order {
            let first = edges.count
            for edge in parts[part].segment.edges(of: document) {
                guard let map = maps[part][edge.column] else { continue }
                edges.append(UInt64(map.column) << 32 | UInt64(map.ranks[edge.value]))
            }
            edges[first...].sort()
            starts.append(UInt32(truncatingIfNeeded: edges.count))
        }
        layout.addEdges(starts: starts, edges: edges)
    }
}
