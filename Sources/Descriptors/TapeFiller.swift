import Values

/// Why a document that is YAML is refused all the same.
enum NodeFault: Error {
    case tooDeep
    case tooManyNodes
    case tooMuchText
    case combiningMarks
    case nul
    case complexKey
    case duplicateKey(String, first: TextPosition)
    case unknownAlias(String)
    case circularAlias(String)
    case aliasBudget
}

/// Fills tapes from events, one document after the other, by Backstage's rules for keys.
///
/// Its arrays are kept from document to document, so that each costs two copies and no growing.
struct TapeFiller {
    /// A container that is open.
    private struct Frame {
        let start: Int
        let isObject: Bool
        let isFlow: Bool
        /// Whether the container itself is the key of the map that it stands in.
        let isKey: Bool
        let textStart: Int
        let keysStart: Int
        var wantsKey: Bool
        var count: UInt32 = 0
        /// Hash of the key to its node, once the map has many keys.
        var table: [Int: Int]?
    }

    private var nodes: [TapeNode] = []
    private var text: [UInt8] = []
    private var places: [TextPosition] = []
    private var frames: [Frame] = []
    /// The key nodes of all open maps.
    private var keys: [Int] = []
    private var anchors: [String: Int] = [:]
    /// The anchors in the order of their nodes: those of a container that goes are at the end.
    private var anchorOrder: [(name: String, node: Int)] = []
    private let limits: DescriptorLimits
    private var nodesLeft: Int
    private var aliasNodesLeft: Int
    /// Places of `{{ … }}` that was taken for a map.
    private(set) var braces: [TextPosition] = []

    init(limits: DescriptorLimits) {
        self.limits = limits
        nodesLeft = limits.nodes
        aliasNodesLeft = limits.aliasNodes
    }

    /// Forgets the document; what it took of the budgets stays taken.
    mutating func reset() {
        nodes.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        if !anchors.isEmpty { (anchors, anchorOrder) = ([:], []) }
        if !braces.isEmpty { braces = [] }
    }

    /// The document so far as a value; containers that are open are closed where they stand.
    mutating func finish() -> JSON {
        while let frame = frames.last {
            if frame.isKey {
                truncate(to: frame)
                frames.removeLast()
                continue
            }
            if frame.isObject, !frame.wantsKey {
                nodes.append(TapeNode(kind: .null, next: after))
                places.append(.unknown)
                valueDone()
            }
            close()
            valueDone()
        }
        guard !nodes.isEmpty else { return .null }
        let tape = Tape(
            nodes: Array(nodes[...]), text: Array(text[...]), places: Array(places[...]))
        return JSON(tape: tape, index: 0)
    }

    // MARK: Nodes

    private var after: UInt32 { UInt32(truncatingIfNeeded: nodes.count &+ 1) }

    private mutating func append(_ node: TapeNode, _ place: TextPosition) throws(NodeFault) {
        guard nodesLeft > 0 else { throw .tooManyNodes }
        nodesLeft -= 1
        nodes.append(node)
        places.append(place)
    }

    private mutating func appendText(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: TextPosition
    ) throws(NodeFault) {
        guard text.count &+ bytes.count < 1 << 30 else { throw .tooMuchText }
        // The guard saw the bytes of the file, and not what escapes in them stand for.
        guard !stacksMarks(bytes, beyond: limits.combiningMarks) else { throw .combiningMarks }
        guard !hasNUL(bytes) else { throw .nul }
        let offset = UInt32(truncatingIfNeeded: text.count)
        text.append(contentsOf: bytes)
        let length = UInt32(truncatingIfNeeded: bytes.count)
        try append(TapeNode(kind: .string, next: after, low: offset, high: length), place)
    }

    private mutating func appendBits(
        _ kind: JSONKind, _ bits: UInt64, _ place: TextPosition
    ) throws(NodeFault) {
        let low = UInt32(truncatingIfNeeded: bits)
        let high = UInt32(truncatingIfNeeded: bits >> 32)
        try append(TapeNode(kind: kind, next: after, low: low, high: high), place)
    }

    /// Notes that the container on top has got one more value.
    private mutating func valueDone() {
        guard !frames.isEmpty else { return }
        frames[frames.count - 1].count &+= 1
        if frames[frames.count - 1].isObject { frames[frames.count - 1].wantsKey = true }
    }

    /// Takes in a scalar, as a key where one is due.
    mutating func scalar(
        _ bytes: UnsafeBufferPointer<UInt8>, _ meaning: CoreScalar, anchor: String?,
        at place: TextPosition
    ) throws(NodeFault) {
        if let anchor { note(anchor) }
        if frames.last?.wantsKey == true {
            if meaning == .string { return try key(bytes, place) }
            return try key(keyText(of: meaning), place)
        }
        switch meaning {
        case .string: try appendText(bytes, place)
        case .null: try append(TapeNode(kind: .null, next: after), place)
        case .bool(let value):
            try append(TapeNode(kind: .bool, next: after, low: value ? 1 : 0), place)
        case .integer(let value): try appendBits(.integer, UInt64(bitPattern: value), place)
        case .number(let value): try appendBits(.number, value.bitPattern, place)
        }
        valueDone()
    }

    /// Opens an array or an object.
    mutating func begin(
        object: Bool, flow: Bool, anchor: String?, at place: TextPosition
    ) throws(NodeFault) {
        guard frames.count < limits.depth else { throw .tooDeep }
        if let anchor { note(anchor) }
        let start = nodes.count
        try append(TapeNode(kind: object ? .object : .array, next: 0), place)
        frames.append(
            Frame(
                start: start, isObject: object, isFlow: flow,
                isKey: frames.last?.wantsKey == true, textStart: text.count,
                keysStart: keys.count, wantsKey: object))
    }

    /// Closes the container that was opened last.
    mutating func end() throws(NodeFault) {
        guard let frame = frames.last else { return }
        close()
        guard frame.isKey else { return valueDone() }
        if frame.isFlow, frame.isObject, frame.count == 1, nodes.last?.kind == .null {
            braces.append(places[frame.start])
        }
        guard let rendered = FlowText(nodes, text, limits.complexKeyBytes).of(frame.start) else {
            throw .complexKey
        }
        let place = places[frame.start]
        truncate(to: frame)
        try key(rendered, place)
    }

    private mutating func close() {
        guard let frame = frames.popLast() else { return }
        nodes[frame.start].low = frame.count
        nodes[frame.start].next = UInt32(truncatingIfNeeded: nodes.count)
        keys.removeSubrange(frame.keysStart...)
    }

    private mutating func truncate(to frame: Frame) {
        nodes.removeSubrange(frame.start...)
        places.removeSubrange(frame.start...)
        text.removeSubrange(frame.textStart...)
        keys.removeSubrange(frame.keysStart...)
        while let last = anchorOrder.last, last.node >= frame.start {
            anchors[last.name] = nil
            anchorOrder.removeLast()
        }
    }

    // MARK: Aliases

    private mutating func note(_ anchor: String) {
        anchors[anchor] = nodes.count
        anchorOrder.append((anchor, nodes.count))
    }

    /// Repeats what an anchor names.
    mutating func alias(_ name: String, at place: TextPosition) throws(NodeFault) {
        guard let index = anchors[name], index < nodes.count else { throw .unknownAlias(name) }
        let node = nodes[index]
        guard node.next != 0 else { throw .circularAlias(name) }
        if frames.last?.wantsKey == true {
            guard let rendered = FlowText(nodes, text, limits.complexKeyBytes).key(index) else {
                throw .complexKey
            }
            return try key(rendered, place)
        }
        let count = Int(node.next) - index
        aliasNodesLeft -= count
        guard aliasNodesLeft >= 0 else { throw .aliasBudget }
        // All or nothing: half a copy would leave a tape that cannot be read.
        guard nodesLeft >= count else { throw .tooManyNodes }
        let shift = UInt32(truncatingIfNeeded: nodes.count - index)
        for index in index..<Int(node.next) {
            var copy = nodes[index]
            copy.next &+= shift
            try append(copy, places[index])
        }
        valueDone()
    }

    // MARK: Keys

    private mutating func key(_ name: [UInt8], _ place: TextPosition) throws(NodeFault) {
        let result: Result<Void, NodeFault> = name.withUnsafeBufferPointer { bytes in
            do throws(NodeFault) {
                return .success(try key(bytes, place))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private mutating func key(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: TextPosition
    ) throws(NodeFault) {
        let top = frames.count - 1
        if let twin = earlierKey(bytes, in: top) {
            throw .duplicateKey(String(decoding: bytes, as: UTF8.self), first: places[twin])
        }
        keys.append(nodes.count)
        try appendText(bytes, place)
        frames[top].wantsKey = false
    }

    private func isKey(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = nodes[index]
        guard Int(node.high) == bytes.count else { return false }
        let start = Int(node.low)
        for offset in 0..<bytes.count where text[start + offset] != bytes[offset] { return false }
        return true
    }

    /// The node of the same key in the map, if it has one.
    ///
    /// Also notes the new key, which comes next on the tape.
    private mutating func earlierKey(
        _ bytes: UnsafeBufferPointer<UInt8>, in top: Int
    ) -> Int? {
        let start = frames[top].keysStart
        // Most maps are small: comparing lengths is cheaper than hashing. Large ones get a table,
        // since 200,000 keys would be compared 2 × 10¹⁰ times.
        guard keys.count - start >= 24 else {
            for index in start..<keys.count where isKey(keys[index], bytes) { return keys[index] }
            return nil
        }
        if frames[top].table == nil {
            var table: [Int: Int] = [:]
            for index in keys[start...] {
                let node = nodes[index]
                text.withUnsafeBufferPointer {
                    let name = $0[Int(node.low)..<Int(node.low) + Int(node.high)]
                    table[keyHash(UnsafeBufferPointer(rebasing: name))] = index
                }
            }
            frames[top].table = table
        }
        let hash = keyHash(bytes)
        // The hash is keyed and has 64 bits, so two different keys do not share one.
        if let twin = frames[top].table?[hash], isKey(twin, bytes) { return twin }
        frames[top].table?[hash] = nodes.count
        return nil
    }
}

/// A scalar that is no text as the key of an object, as JavaScript's `String` has it.
private func keyText(of meaning: CoreScalar) -> [UInt8] {
    switch meaning {
    case .null, .string: []
    case .bool(let value): Array((value ? "true" : "false").utf8)
    case .integer(let value): Array(String(value).utf8)
    case .number(let value): Array(javaScriptText(of: value).utf8)
    }
}

private func keyHash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    return hasher.finalize()
}
