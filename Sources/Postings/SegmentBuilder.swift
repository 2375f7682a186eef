import Values

/// Makes a segment of documents that come in any order.
///
/// `beginDocument`, then each pair with `add`, `addValueless` or `addEdge`; at the end `finish`.
/// Of two documents of one name the later wins. Not safe from several threads.
package struct SegmentBuilder {
    private struct Key {
        var name: Range<Int>
        var isEdge = false
    }
    private struct Value {
        var key: UInt32
        var folded: Range<Int>
        var original: Range<Int>
    }

    private var text: [UInt8] = []
    private var keys: [Key] = []
    private var values: [Value] = []
    /// Open-addressing tables of indexes + 1 into `keys` and `values`; sizes are powers of two.
    private var keySlots = [UInt32](repeating: 0, count: 256)
    private var valueSlots = [UInt32](repeating: 0, count: 1024)
    private var names: [Range<Int>] = []
    private var slots: [Int64] = []
    private var stamps: [UInt8] = []
    private var pairStarts: [Int] = []
    /// Value index, or key index with the top bit for "has the key, no value".
    private var pairs: [UInt32] = []
    private static let valueless: UInt32 = 1 << 31

    package init() {}

    /// How many documents were begun.
    package var count: Int { names.count }
    /// About how much memory it holds, in bytes.
    package var byteCount: Int {
        text.count + values.count * 40 + pairs.count * 4 + valueSlots.count * 4 + slots.count * 64
    }

    /// Begins a document.
    ///
    /// - Parameters:
    ///   - name: folded; what orders documents and finds them.
    ///   - stamp: up to ``Segment/stampSize`` bytes; what is missing is zero.
    package mutating func beginDocument(name: String, slot: Int64, stamp: [UInt8]) {
        let start = text.count
        text.append(contentsOf: name.utf8)
        names.append(start..<text.count)
        slots.append(slot)
        let kept = stamp.prefix(Segment.stampSize)
        stamps.append(contentsOf: kept)
        stamps.append(contentsOf: repeatElement(0, count: Segment.stampSize - kept.count))
        pairStarts.append(pairs.count)
    }

    /// Adds a pair of the document that was begun last.
    package mutating func add(
        key: UnsafeBufferPointer<UInt8>, folded: UnsafeBufferPointer<UInt8>,
        original: UnsafeBufferPointer<UInt8>
    ) {
        pairs.append(valueIndex(keyIndex(key, isEdge: false), folded, original))
    }

    /// Notes that the document has the key, with nothing that could be compared.
    package mutating func addValueless(key: UnsafeBufferPointer<UInt8>) {
        pairs.append(keyIndex(key, isEdge: false) | Self.valueless)
    }

    /// Adds a pair whose value is the folded name of another document.
    package mutating func addEdge(
        key: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>
    ) {
        pairs.append(valueIndex(keyIndex(key, isEdge: true), target, target))
    }

    // MARK: Interning

    private func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ seed: UInt32 = 0) -> Int {
        Int(truncatingIfNeeded: hashBytes(UnsafeRawBufferPointer(bytes), seed: UInt64(seed) &+ 17))
    }

    private func isText(_ range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard range.count == bytes.count else { return false }
        return text.withUnsafeBufferPointer {
            compareBytes(.init(rebasing: $0[range]), bytes) == 0
        }
    }

    private mutating func keyIndex(_ name: UnsafeBufferPointer<UInt8>, isEdge: Bool) -> UInt32 {
        let mask = keySlots.count - 1
        var place = hash(name) & mask
        while keySlots[place] != 0 {
            let index = keySlots[place] - 1
            if isText(keys[Int(index)].name, name) { return index }
            place = (place + 1) & mask
        }
        let start = text.count
        text.append(contentsOf: name)
        keys.append(Key(name: start..<text.count, isEdge: isEdge))
        keySlots[place] = UInt32(truncatingIfNeeded: keys.count)
        if keys.count * 2 > keySlots.count { growKeys() }
        return UInt32(truncatingIfNeeded: keys.count - 1)
    }

    private mutating func growKeys() {
        var grown = [UInt32](repeating: 0, count: keySlots.count * 4)
        let mask = grown.count - 1
        text.withUnsafeBufferPointer { text in
            for (index, key) in keys.enumerated() {
                var place = hash(.init(rebasing: text[key.name])) & mask
                while grown[place] != 0 { place = (place + 1) & mask }
                grown[place] = UInt32(truncatingIfNeeded: index + 1)
            }
        }
        keySlots = grown
    }

    private mutating func valueIndex(
        _ key: UInt32, _ folded: UnsafeBufferPointer<UInt8>,
        _ original: UnsafeBufferPointer<UInt8>
    ) -> UInt32 {
        let mask = valueSlots.count - 1
        var place = hash(original, key) & mask
        while valueSlots[place] != 0 {
            let index = valueSlots[place] - 1
            let value = values[Int(index)]
            if value.key == key, isText(value.original, original) { return index }
            place = (place + 1) & mask
        }
        let start = text.count
        text.append(contentsOf: original)
        let end = text.count
        var value = Value(key: key, folded: start..<end, original: start..<end)
        if compareBytes(folded, original) != 0 {
            text.append(contentsOf: folded)
            value.folded = end..<text.count
        }
        values.append(value)
        valueSlots[place] = UInt32(truncatingIfNeeded: values.count)
        if values.count * 3 > valueSlots.count * 2 { growValues() }
        return UInt32(truncatingIfNeeded: values.count - 1)
    }

    private mutating func growValues() {
        var grown = [UInt32](repeating: 0, count: valueSlots.count * 2)
        let mask = grown.count - 1
        text.withUnsafeBufferPointer { text in
            for (index, value) in values.enumerated() {
                var place = hash(.init(rebasing: text[value.original]), value.key) & mask
                while grown[place] != 0 { place = (place + 1) & mask }
                grown[place] = UInt32(truncatingIfNeeded: index + 1)
            }
        }
        valueSlots = grown
    }

    // MARK: Finishing

    /// The documents in the order of names, of each name the one begun last.
    private func orderedDocuments() -> [Int] {
        text.withUnsafeBufferPointer { text in
            func name(_ document: Int) -> UnsafeBufferPointer<UInt8> {
                .init(rebasing: text[names[document]])
            }
            let sorted = names.indices.sorted {
                let order = compareBytes(name($0), name($1))
                return order != 0 ? order < 0 : $0 < $1
            }
            return sorted.indices.compactMap { place in
                let isLast =
                    place + 1 == sorted.count
                    || compareBytes(name(sorted[place]), name(sorted[place + 1])) != 0
                return isLast ? sorted[place] : nil
            }
        }
    }

    private func pairs(of document: Int) -> ArraySlice<UInt32> {
        let end = document + 1 < pairStarts.count ? pairStarts[document + 1] : pairs.count
        return pairs[pairStarts[document]..<end]
    }

    /// The segment of all that was added; nil where memory ran out.
    package consuming func finish() -> Segment? {
        let order = orderedDocuments()
        var layout = SegmentLayout(documents: order.count)
        layout.addDocuments(
            slots: order.map { slots[$0] },
            stamps: order.flatMap {
                stamps[$0 * Segment.stampSize..<($0 + 1) * Segment.stampSize]
            },
            nameStarts: starts(order.map { names[$0].count }),
            nameText: order.flatMap { text[names[$0]] })

        let keyOrder = text.withUnsafeBufferPointer { text in
            keys.indices.sorted {
                compareBytes(
                    .init(rebasing: text[keys[$0].name]), .init(rebasing: text[keys[$1].name])) < 0
            }
        }
        let lists = distribute(order)
        let valuesByKey = sortedValues(lists.valueCounts)
        var columnOfKey = [UInt64](repeating: 0, count: keys.count)
        var rankOfValue = [UInt32](repeating: 0, count: values.count)
        for (column, key) in keyOrder.enumerated() {
            columnOfKey[key] = UInt64(column)
            var content = SegmentLayout.ColumnContent()
            content.name = Array(text[keys[key].name])
            content.isEdge = keys[key].isEdge
            text.withUnsafeBufferPointer { text in
                for (rank, value) in valuesByKey[key].enumerated() {
                    rankOfValue[value] = UInt32(truncatingIfNeeded: rank)
                    content.addValue(
                        folded: .init(rebasing: text[values[value].folded]),
                        original: .init(rebasing: text[values[value].original]))
                    content.posts.append(
                        contentsOf: lists.posts[lists.starts[value]..<lists.ends[value]])
                    content.endValue()
                }
            }
            content.valueless = lists.valueless[key] ?? []
            layout.addColumn(content)
        }
        addEdges(to: &layout, order, columnOfKey, rankOfValue)
        return layout.finish()
    }

    private struct Lists {
        var valueCounts: [Int]
        var starts: [Int]
        var ends: [Int]
        var posts: [UInt32]
        var valueless: [Int: [UInt32]]
    }

    /// Sorts the pairs by value, documents ascending: a counting sort, for the documents are
    /// walked in their order.
    private func distribute(_ order: [Int]) -> Lists {
        var counts = [Int](repeating: 0, count: values.count)
        for document in order {
            for pair in pairs(of: document) where pair < Self.valueless { counts[Int(pair)] += 1 }
        }
        var starts = [Int](repeating: 0, count: values.count)
        var total = 0
        for value in counts.indices {
            starts[value] = total
            total += counts[value]
        }
        var ends = starts
        var posts = [UInt32](repeating: 0, count: total)
        var valueless: [Int: [UInt32]] = [:]
        for (number, document) in order.enumerated() {
            let number = UInt32(truncatingIfNeeded: number)
            for pair in pairs(of: document) {
                if pair < Self.valueless {
                    let value = Int(pair)
                    // A pair that the document has twice counts once.
                    if ends[value] > starts[value], posts[ends[value] - 1] == number { continue }
                    posts[ends[value]] = number
                    ends[value] += 1
                } else {
                    let key = Int(pair & ~Self.valueless)
                    if valueless[key]?.last != number { valueless[key, default: []].append(number) }
                }
            }
        }
        return Lists(
            valueCounts: counts, starts: starts, ends: ends, posts: posts, valueless: valueless)
    }

    /// The values of each key that some kept document has, in order.
    private func sortedValues(_ counts: [Int]) -> [[Int]] {
        var byKey = [[Int]](repeating: [], count: keys.count)
        for (index, value) in values.enumerated() where counts[index] > 0 {
            byKey[Int(value.key)].append(index)
        }
        text.withUnsafeBufferPointer { text in
            for key in byKey.indices {
                byKey[key].sort {
                    let order = compareBytes(
                        .init(rebasing: text[values[$0].folded]),
                        .init(rebasing: text[values[$1].folded]))
                    guard order == 0 else { return order < 0 }
                    return compareBytes(
                        .init(rebasing: text[values[$0].original]),
                        .init(rebasing: text[values[$1].original])) < 0
                }
            }
        }
        return byKey
    }

    private func addEdges(
        to layout: inout SegmentLayout, _ order: [Int], _ columnOfKey: [UInt64],
        _ rankOfValue: [UInt32]
    ) {
        var edges: [UInt64] = []
        var starts: [UInt32] = [0]
        for document in order {
            let first = edges.count
            for pair in pairs(of: document) where pair < Self.valueless {
                let key = Int(values[Int(pair)].key)
                guard keys[key].isEdge else { continue }
                edges.append(columnOfKey[key] << 32 | UInt64(rankOfValue[Int(pair)]))
            }
            edges[first...].sort()
            starts.append(UInt32(truncatingIfNeeded: edges.count))
        }
        layout.addEdges(starts: starts, edges: edges)
    }

    private func starts(_ lengths: [Int]) -> [UInt32] {
        var starts: [UInt32] = [0]
        starts.reserveCapacity(lengths.count + 1)
        var total = 0
        for length in lengths {
            total += length
            starts.append(UInt32(truncatingIfNeeded: total))
        }
        return starts
    }
}
