/// Writes a tape from its first node to its last.
///
/// Each `begin…` needs its `end()`; inside an object call `key` before every value. A key that
/// comes twice replaces the value before it, as `JSON.parse` has it. Text over 1 GiB or more than
/// 2³¹ nodes make `isFull` true and what follows is left out: a reader checks it at the end.
package struct JSONBuilder {
    private var nodes: [TapeNode] = []
    private var text: [UInt8] = []
    private var places: [TextPosition] = []
    private var open: [Int] = []
    private let keepsPlaces: Bool
    /// Whether something was left out because the tape has no more room.
    package private(set) var isFull = false

    /// - Parameters:
    ///   - keepsPlaces: whether every node remembers where it stood in its source.
    ///   - model: a document of about the size that this one will have.
    package init(keepsPlaces: Bool = false, sizedLike model: JSON? = nil) {
        self.keepsPlaces = keepsPlaces
        guard let model else { return }
        nodes.reserveCapacity(model.tape.nodes.count + 16)
        text.reserveCapacity(model.tape.text.count + 256)
        if keepsPlaces { places.reserveCapacity(model.tape.nodes.count + 16) }
    }

    /// How many nodes there are so far.
    package var nodeCount: Int { nodes.count }
    /// How many containers are open.
    package var depth: Int { open.count }

    private mutating func append(_ node: TapeNode, _ place: TextPosition) {
        guard nodes.count < 1 << 31 else {
            isFull = true
            return
        }
        nodes.append(node)
        if keepsPlaces { places.append(place) }
    }

    private var after: UInt32 { UInt32(truncatingIfNeeded: nodes.count &+ 1) }

    /// Writes `null`.
    package mutating func null(at place: TextPosition = .unknown) {
        append(TapeNode(kind: .null, next: after), place)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool, at place: TextPosition = .unknown) {
        append(TapeNode(kind: .bool, next: after, low: value ? 1 : 0), place)
    }

    /// Writes a number that keeps all its 64 bits.
    package mutating func integer(_ value: Int64, at place: TextPosition = .unknown) {
        appendBits(.integer, UInt64(bitPattern: value), place)
    }

    /// Writes a number as a double, also where it is whole.
    package mutating func number(_ value: Double, at place: TextPosition = .unknown) {
        appendBits(.number, value.bitPattern, place)
    }

    private mutating func appendBits(_ kind: JSONKind, _ bits: UInt64, _ place: TextPosition) {
        let low = UInt32(truncatingIfNeeded: bits)
        let high = UInt32(truncatingIfNeeded: bits >> 32)
        append(TapeNode(kind: kind, next: after, low: low, high: high), place)
    }

    /// Writes text; `null` where there is no more room for it.
    package mutating func string(_ value: String, at place: TextPosition = .unknown) {
        var value = value
        value.withUTF8 { string($0, at: place) }
    }

    /// Writes text given as UTF-8, which is not checked.
    package mutating func string(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: TextPosition = .unknown
    ) {
        guard text.count &+ bytes.count < 1 << 30 else {
            isFull = true
            return null(at: place)
        }
        let offset = UInt32(truncatingIfNeeded: text.count)
        text.append(contentsOf: bytes)
        let length = UInt32(truncatingIfNeeded: bytes.count)
        append(TapeNode(kind: .string, next: after, low: offset, high: length), place)
    }

    /// Writes the key of the member that follows.
    package mutating func key(_ name: String, at place: TextPosition = .unknown) {
        string(name, at: place)
    }

    /// Writes the key of the member that follows, given as UTF-8.
    package mutating func key(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: TextPosition = .unknown
    ) {
        string(bytes, at: place)
    }

    /// Begins an array: what follows are its elements, until its `end()`.
    package mutating func beginArray(at place: TextPosition = .unknown) {
        open.append(nodes.count)
        append(TapeNode(kind: .array, next: 0), place)
    }

    /// Begins an object: what follows are keys and values in turn, until its `end()`.
    package mutating func beginObject(at place: TextPosition = .unknown) {
        open.append(nodes.count)
        append(TapeNode(kind: .object, next: 0), place)
    }

    /// Closes the container that was begun last.
    package mutating func end() {
        guard let start = open.popLast(), start < nodes.count else { return }
        let isObject = nodes[start].kind == .object
        if isObject { dropReplacedMembers(of: start) }
        let count = nodes.withUnsafeBufferPointer { nodes in
            var count: UInt32 = 0
            var index = start + 1
            while index < nodes.count {
                if isObject { index += 1 }
                guard index < nodes.count else { break }
                count &+= 1
                index = Int(nodes[index].next)
            }
            return count
        }
        nodes[start].low = count
        nodes[start].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    /// Writes a member with a value of another tape.
    package mutating func member(_ name: String, _ value: JSON) {
        key(name)
        copy(value)
    }

    /// Writes a member with a text.
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a copy of a value, places included.
    package mutating func copy(_ value: JSON) {
        let source = value.tape
        let range = value.index..<Int(source.nodes[value.index].next)
        guard let extent = Self.textExtent(source, range), nodes.count &+ range.count < 1 << 31,
            text.count &+ extent.count < 1 << 30
        else { return copyEach(source, range) }
        let textShift = UInt32(truncatingIfNeeded: text.count &- extent.lowerBound)
        let shift = UInt32(truncatingIfNeeded: nodes.count &- value.index)
        let first = nodes.count
        let end = UInt32(truncatingIfNeeded: text.count)
        source.text.withUnsafeBufferPointer {
            text.append(contentsOf: UnsafeBufferPointer(rebasing: $0[extent]))
        }
        source.nodes.withUnsafeBufferPointer {
            nodes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range]))
        }
        nodes.withUnsafeMutableBufferPointer { nodes in
            for index in first..<nodes.count {
                nodes[index].next &+= shift
                guard nodes[index].kind == .string else { continue }
                nodes[index].low = nodes[index].high == 0 ? end : nodes[index].low &+ textShift
            }
        }
        guard keepsPlaces else { return }
        if range.upperBound <= source.places.count {
            source.places.withUnsafeBufferPointer {
                places.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range]))
            }
        } else {
            places.append(contentsOf: repeatElement(.unknown, count: range.count))
        }
    }

    /// Writes a copy of a value that was read from another text: all of it gets one place.
    package mutating func copy(_ value: JSON, at place: TextPosition) {
        let first = places.count
        copy(value)
        for index in places.indices.dropFirst(first) { places[index] = place }
    }

    /// The run of text that the strings of some nodes stand in; nil where most of it is others'.
    private static func textExtent(_ source: Tape, _ range: Range<Int>) -> Range<Int>? {
        source.nodes.withUnsafeBufferPointer { nodes in
            var (low, high, total) = (Int.max, 0, 0)
            for index in range where nodes[index].kind == .string && nodes[index].high > 0 {
                low = min(low, Int(nodes[index].low))
                high = max(high, Int(nodes[index].low) + Int(nodes[index].high))
                total += Int(nodes[index].high)
            }
            guard total > 0 else { return 0..<0 }
            return high - low <= total ? low..<high : nil
        }
    }

    private mutating func copyEach(_ source: Tape, _ range: Range<Int>) {
        let shift = nodes.count &- range.lowerBound
        for index in range {
            let place = index < source.places.count ? source.places[index] : .unknown
            let node = source.nodes[index]
            if node.kind == .string {
                JSON(tape: source, index: index).withUTF8 { string($0, at: place) }
            } else {
                var copy = node
                copy.next = UInt32(truncatingIfNeeded: Int(node.next) &+ shift)
                append(copy, place)
            }
        }
    }

    /// The finished document; a builder that got no value gives `null`.
    package consuming func finish() -> JSON {
        while !open.isEmpty { end() }
        guard !nodes.isEmpty else { return .null }
        return JSON(tape: Tape(nodes: nodes, text: text, places: places), index: 0)
    }

    // MARK: Keys that come twice

    private func keyText(_ index: Int) -> ArraySlice<UInt8> {
        let node = nodes[index]
        return text[Int(node.low)..<Int(node.low) + Int(node.high)]
    }

    /// The indexes of the keys of the object that begins at `start`.
    private func keys(of start: Int) -> [Int] {
        var found: [Int] = []
        var index = start + 1
        while index + 1 < nodes.count {
            found.append(index)
            index = Int(nodes[index + 1].next)
        }
        return found
    }

    /// Whether the object that is open has a key of these bytes already, not counting its last key.
    package func openObjectHasKey(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = open.last else { return false }
        return keys(of: start).contains { keyText($0).elementsEqual(bytes) }
    }

    /// Whether a small object has two keys of the same bytes; true for one that is not small.
    private static func mayHaveTwins(_ start: Int, _ nodes: [TapeNode], _ text: [UInt8]) -> Bool {
        nodes.withUnsafeBufferPointer { nodes in
            text.withUnsafeBufferPointer { text in
                var members = 0
                var key = start + 1
                while key + 1 < nodes.count {
                    members += 1
                    guard members <= 24 else { return true }
                    let from = Int(nodes[key].low)
                    let bytes = UnsafeBufferPointer(
                        rebasing: text[from..<from + Int(nodes[key].high)])
                    var earlier = start + 1
                    while earlier < key {
                        if isText(nodes[earlier], in: text, bytes) { return true }
                        earlier = Int(nodes[earlier + 1].next)
                    }
                    key = Int(nodes[key + 1].next)
                }
                return false
            }
        }
    }

    private mutating func dropReplacedMembers(of start: Int) {
        guard Self.mayHaveTwins(start, nodes, text) else { return }
        let keys = keys(of: start)
        var last: [ArraySlice<UInt8>: Int] = [:]
        for key in keys { last[keyText(key)] = key }
        guard last.count < keys.count else { return }
        var rebuilt = JSONBuilder(keepsPlaces: keepsPlaces)
        rebuilt.beginObject()
        let source = Tape(nodes: nodes, text: text, places: places)
        for key in keys where last[keyText(key)] == key {
            rebuilt.copy(JSON(tape: source, index: key))
            rebuilt.copy(JSON(tape: source, index: key + 1))
        }
        nodes.removeSubrange((start + 1)...)
        if keepsPlaces { places.removeSubrange((start + 1)...) }
        let kept = rebuilt.finish()
        for member in kept.members {
            copy(member.key)
            copy(member.value)
        }
    }
}
