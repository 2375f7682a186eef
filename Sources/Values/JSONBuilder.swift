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
    package private(set) var isFull = false

    /// - Parameter keepsPlaces: whether every node remembers where it stood in its source.
    package init(keepsPlaces: Bool = false) {
        self.keepsPlaces = keepsPlaces
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

    package mutating func null(at place: TextPosition = .unknown) {
        append(TapeNode(kind: .null, next: after), place)
    }

    package mutating func bool(_ value: Bool, at place: TextPosition = .unknown) {
        append(TapeNode(kind: .bool, next: after, low: value ? 1 : 0), place)
    }

    package mutating func integer(_ value: Int64, at place: TextPosition = .unknown) {
        appendBits(.integer, UInt64(bitPattern: value), place)
    }

    package mutating func number(_ value: Double, at place: TextPosition = .unknown) {
        appendBits(.number, value.bitPattern, place)
    }

    private mutating func appendBits(_ kind: JSONKind, _ bits: UInt64, _ place: TextPosition) {
        let low = UInt32(truncatingIfNeeded: bits)
        let high = UInt32(truncatingIfNeeded: bits >> 32)
        append(TapeNode(kind: kind, next: after, low: low, high: high), place)
    }

    package mutating func string(_ value: String, at place: TextPosition = .unknown) {
        var value = value
        value.withUTF8 { string($0, at: place) }
    }

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

    package mutating func key(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: TextPosition = .unknown
    ) {
        string(bytes, at: place)
    }

    package mutating func beginArray(at place: TextPosition = .unknown) {
        open.append(nodes.count)
        append(TapeNode(kind: .array, next: 0), place)
    }

    package mutating func beginObject(at place: TextPosition = .unknown) {
        open.append(nodes.count)
        append(TapeNode(kind: .object, next: 0), place)
    }

    /// Closes the container that was begun last.
    package mutating func end() {
        guard let start = open.popLast(), start < nodes.count else { return }
        if nodes[start].kind == .object { dropReplacedMembers(of: start) }
        var count: UInt32 = 0
        var index = start + 1
        while index < nodes.count {
            if nodes[start].kind == .object { index += 1 }
            guard index < nodes.count else { break }
            count &+= 1
            index = Int(nodes[index].next)
        }
        nodes[start].low = count
        nodes[start].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    /// Writes a member with a value of another tape.
    package mutating func member(_ name: String, _ value: JSON) {
        key(name)
        copy(value)
    }

    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a copy of a value, places included.
    package mutating func copy(_ value: JSON) {
        let source = value.tape
        let shift = nodes.count &- value.index
        for index in value.index..<Int(source.nodes[value.index].next) {
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

    private mutating func dropReplacedMembers(of start: Int) {
        let keys = keys(of: start)
        guard keys.count > 1 else { return }
        var last: [ArraySlice<UInt8>: Int] = [:]
        if keys.count <= 12 {
            let twice = keys.indices.contains { i in
                keys[..<i].contains {
                    nodes[$0].high == nodes[keys[i]].high
                        && keyText($0).elementsEqual(keyText(keys[i]))
                }
            }
            guard twice else { return }
        }
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
