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
        let key: UInt32
        let start: Int
        let count: UInt32
        /// How long the folded form is that follows the original; `UInt32.max` where they are the
        /// same.
        var foldedCount = UInt32.max

        var original: Range<Int> { start..<start + Int(count) }
        var folded: Range<Int> {
            guard foldedCount != .max else { return original }
            let end = start + Int(count)
            return end..<end + Int(foldedCount)
        }
    }

    private var text: [UInt8] = []
    private var keys: [Key] = []
    private var values: [Value] = []
    /// Open-addressing tables of `keys` and `values`: half of the hash above the index + 1; their
    /// sizes are powers of two.
    private var keySlots = [UInt64](repeating: 0, count: 256)
    private var valueSlots = [UInt64](repeating: 0, count: 1024)
    private var names: [Range<Int>] = []
    private var slots: [Int64] = []
    private var stamps: [UInt8] = []
    private var pairStarts: [Int] = []
    /// Value index, or key index with the top bit for "has the key, no value".
    private var pairs: [UInt32] = []
    private static let valueless: UInt32 = 1 << 31
    private static let upperHalf: UInt64 = 0xFFFF_FFFF_0000_0000

    package init() {}

    /// How many documents were begun.
    package var count: Int { names.count }
    /// About how much memory it holds, in bytes.
    package var byteCount: Int {
        text.count + values.count * 24 + pairs.count * 4 + valueSlots.count * 8 + slots.count * 64
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

    // Static: a method that only reads, called by one that changes, would get a copy of all arrays.

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ seed: UInt32 = 0) -> UInt64 {
        hashBytes(UnsafeRawBufferPointer(bytes), seed: UInt64(seed) &+ 17) & upperHalf
    }

    private static func isText(
        _ range: Range<Int>, of text: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard range.count == bytes.count else { return false }
        return text.withUnsafeBufferPointer {
            compareBytes(.init(rebasing: $0[range]), bytes) == 0
        }
    }

    private static func grown(_ slots: [UInt64]) -> [UInt64] {
        var grown = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = grown.count - 1
        for slot in slots where slot != 0 {
            var place = Int(slot >> 32) & mask
            while grown[place] != 0 { place = (place + 1) & mask }
            grown[place] = slot
        }
        return grown
    }

    private mutating func keyIndex(_ name: UnsafeBufferPointer<UInt8>, isEdge: Bool) -> UInt32 {
        let hash = Self.hash(name)
        let mask = keySlots.count - 1
        var place = Int(hash >> 32) & mask
        while keySlots[place] != 0 {
            let index = Int(keySlots[place] & ~Self.upperHalf) - 1
            if keySlots[place] & Self.upperHalf == hash,
                Self.isText(keys[index].name, of: text, name)
            {
                return UInt32(truncatingIfNeeded: index)
            }
            place = (place + 1) & mask
        }
        let start = text.count
        text.append(contentsOf: name)
        keys.append(Key(name: start..<text.count, isEdge: isEdge))
        keySlots[place] = hash | UInt64(keys.count)
        if keys.count * 2 > keySlots.count { keySlots = Self.grown(keySlots) }
        return UInt32(truncatingIfNeeded: keys.count - 1)
    }

    private mutating func valueIndex(
        _ key: UInt32, _ folded: UnsafeBufferPointer<UInt8>,
        _ original: UnsafeBufferPointer<UInt8>
    ) -> UInt32 {
        let hash = Self.hash(original, key)
        let mask = valueSlots.count - 1
        var place = Int(hash >> 32) & mask
        while valueSlots[place] != 0 {
            let index = Int(valueSlots[place] & ~Self.upperHalf) - 1
            if valueSlots[place] & Self.upperHalf == hash, values[index].key == key,
                Self.isText(values[index].original, of: text, original)
            {
                return UInt32(truncatingIfNeeded: index)
            }
            place = (place + 1) & mask
        }
        var value = Value(
            key: key, start: text.count, count: UInt32(truncatingIfNeeded: original.count))
        text.append(contentsOf: original)
        if compareBytes(folded, original) != 0 {
            text.append(contentsOf: folded)
            value.foldedCount = UInt32(truncatingIfNeeded: folded.count)
        }
        values.append(value)
        valueSlots[place] = hash | UInt64(values.count)
        if values.count * 3 > valueSlots.count * 2 { valueSlots = Self.grown(valueSlots) }
        return UInt32(truncatingIfNeeded: values.count - 1)
    }

    // MARK: Finishing

    /// The documents in the order of names, of each name the one begun last.
    private func orderedDocuments(_ text: UnsafeBufferPointer<UInt8>) -> [Int] {
        var ordered = names.enumerated().map {
            OrderedText(.init(rebasing: text[$1]), index: $0)
        }
        sort(&ordered) { $0.index < $1.index }
        return ordered.indices.compactMap { place in
            let isLast =
                place + 1 == ordered.count
                || compareBytes(ordered[place].text, ordered[place + 1].text) != 0
            return isLast ? Int(ordered[place].index) : nil
        }
    }

    private func pairs(of document: Int) -> Range<Int> {
        let end = document + 1 < pairStarts.count ? pairStarts[document + 1] : pairs.count
        return pairStarts[document]..<end
    }

    /// The segment of all that was added; nil where memory ran out.
    package consuming func finish() -> Segment? {
        // Not used any more; what follows needs the memory.
        keySlots = []
        valueSlots = []
        return Segment(memory: laidOut().finish())
    }

    private func laidOut() -> SegmentWriter {
        text.withUnsafeBufferPointer { text in
            let order = orderedDocuments(text)
            var layout = SegmentLayout(documents: order.count)
            addDocuments(to: &layout, order, text)
            var keyOrder = keys.enumerated().map {
                OrderedText(.init(rebasing: text[$1.name]), index: $0)
            }
            sort(&keyOrder) { $0.index < $1.index }
            let lists = distribute(order)
            let byKey = valuesByKey(lists)
            var columnOfKey = [UInt64](repeating: 0, count: keys.count)
            var rankOfValue = [UInt32](repeating: 0, count: values.count)
            for (column, key) in keyOrder.enumerated() {
                let key = Int(key.index)
                columnOfKey[key] = UInt64(column)
                layout.beginColumn(
                    name: .init(rebasing: text[keys[key].name]), isEdge: keys[key].isEdge)
                for value in sorted(byKey.values[byKey.starts[key]..<byKey.starts[key + 1]], text) {
                    rankOfValue[Int(value.index)] = UInt32(truncatingIfNeeded: layout.valueCount)
                    add(value, lists, text, to: &layout)
                }
                layout.endColumn(having: lists.valueless[key])
            }
            addEdges(to: &layout, order, columnOfKey, rankOfValue)
            return layout.finish()
        }
    }

    private func addDocuments(
        to layout: inout SegmentLayout, _ order: [Int], _ text: UnsafeBufferPointer<UInt8>
    ) {
        var orderedStamps: [UInt8] = []
        var nameStarts: [UInt32] = [0]
        var nameText: [UInt8] = []
        orderedStamps.reserveCapacity(order.count * Segment.stampSize)
        nameStarts.reserveCapacity(order.count + 1)
        for document in order {
            let start = document * Segment.stampSize
            orderedStamps.append(contentsOf: stamps[start..<start + Segment.stampSize])
            nameText.append(contentsOf: UnsafeBufferPointer(rebasing: text[names[document]]))
            nameStarts.append(UInt32(truncatingIfNeeded: nameText.count))
        }
        layout.addDocuments(
            slots: order.map { slots[$0] }, stamps: orderedStamps, nameStarts: nameStarts,
            nameText: nameText)
    }

    private struct Lists {
        /// Where the documents of each value start in `posts`, and where they end.
        var starts: [Int]
        var ends: [Int]
        var posts: [UInt32]
        /// By key: who has it without a value.
        var valueless: [Int: DocumentSet]
    }

    /// Sorts the pairs by value, documents ascending: a counting sort, for the documents are
    /// walked in their order.
    private func distribute(_ order: [Int]) -> Lists {
        var counts = [Int](repeating: 0, count: values.count)
        for document in order {
            for place in pairs(of: document) where pairs[place] < Self.valueless {
                counts[Int(pairs[place])] += 1
            }
        }
        var starts = [Int](repeating: 0, count: values.count)
        var total = 0
        for value in counts.indices {
            starts[value] = total
            total += counts[value]
        }
        var ends = starts
        var posts = [UInt32](repeating: 0, count: total)
        var valueless: [Int: DocumentSet] = [:]
        for (number, document) in order.enumerated() {
            let index = UInt32(truncatingIfNeeded: number)
            for place in pairs(of: document) {
                let pair = pairs[place]
                if pair < Self.valueless {
                    let value = Int(pair)
                    // A pair that the document has twice counts once.
                    if ends[value] > starts[value], posts[ends[value] - 1] == index { continue }
                    posts[ends[value]] = index
                    ends[value] += 1
                } else {
                    let key = Int(pair & ~Self.valueless)
                    valueless[key, default: DocumentSet(size: order.count)].insert(index)
                }
            }
        }
        return Lists(starts: starts, ends: ends, posts: posts, valueless: valueless)
    }

    /// The values that some kept document has, those of each key together.
    private func valuesByKey(_ lists: Lists) -> (values: [UInt32], starts: [Int]) {
        var starts = [Int](repeating: 0, count: keys.count + 1)
        for (index, value) in values.enumerated() where lists.ends[index] > lists.starts[index] {
            starts[Int(value.key) + 1] += 1
        }
        for key in keys.indices { starts[key + 1] += starts[key] }
        var found = [UInt32](repeating: 0, count: starts.last ?? 0)
        var ends = starts
        for (index, value) in values.enumerated() where lists.ends[index] > lists.starts[index] {
            found[ends[Int(value.key)]] = UInt32(truncatingIfNeeded: index)
            ends[Int(value.key)] += 1
        }
        return (found, starts)
    }

    /// Values in the order (folded, original).
    private func sorted(
        _ indices: ArraySlice<UInt32>, _ text: UnsafeBufferPointer<UInt8>
    ) -> [OrderedText] {
        var ordered = indices.map {
            OrderedText(.init(rebasing: text[values[Int($0)].folded]), index: Int($0))
        }
        sort(&ordered) {
            compareBytes(
                .init(rebasing: text[values[Int($0.index)].original]),
                .init(rebasing: text[values[Int($1.index)].original])) < 0
        }
        return ordered
    }

    private func add(
        _ value: OrderedText, _ lists: Lists, _ text: UnsafeBufferPointer<UInt8>,
        to layout: inout SegmentLayout
    ) {
        let index = Int(value.index)
        layout.addValue(
            folded: value.text, original: .init(rebasing: text[values[index].original]))
        lists.posts.withUnsafeBufferPointer {
            layout.endValue(.init(rebasing: $0[lists.starts[index]..<lists.ends[index]]))
        }
    }

    private func addEdges(
        to layout: inout SegmentLayout, _ order: [Int], _ columnOfKey: [UInt64],
        _ rankOfValue: [UInt32]
    ) {
        var edges: [UInt64] = []
        var starts: [UInt32] = [0]
        starts.reserveCapacity(order.count + 1)
        for document in order {
            let first = edges.count
            for place in pairs(of: document) where pairs[place] < Self.valueless {
                let pair = Int(pairs[place])
                let key = Int(values[pair].key)
                guard keys[key].isEdge else { continue }
                edges.append(columnOfKey[key] << 32 | UInt64(rankOfValue[pair]))
            }
            if edges.count - first > 1 { edges[first...].sort() }
            starts.append(UInt32(truncatingIfNeeded: edges.count))
        }
        layout.addEdges(starts: starts, edges: edges)
    }
}
