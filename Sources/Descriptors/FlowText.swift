import Values

/// Writes nodes of a tape that is being filled as YAML in flow style, for maps and lists that
/// stand as keys: `[1, 2]: x` has the key `[ 1, 2 ]`.
struct FlowText {
    private let nodes: [TapeNode]
    private let text: [UInt8]
    private let limit: Int
    private var output: [UInt8] = []

    init(_ nodes: [TapeNode], _ text: [UInt8], _ limit: Int) {
        self.nodes = nodes
        self.text = text
        self.limit = limit
    }

    /// The text of a container; nil where it is longer than the limit.
    consuming func of(_ index: Int) -> [UInt8]? {
        write(index)
        return output.count <= limit ? output : nil
    }

    /// The text of any node as a key: strings without quotes, null as nothing.
    consuming func key(_ index: Int) -> [UInt8]? {
        let node = nodes[index]
        switch node.kind {
        case .null: return []
        case .string: return Array(text[Int(node.low)..<Int(node.low) + Int(node.high)])
        default: return of(index)
        }
    }

    private mutating func write(_ index: Int) {
        guard output.count <= limit else { return }
        let node = nodes[index]
        switch node.kind {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool: output.append(contentsOf: (node.low == 0 ? "false" : "true").utf8)
        case .integer: output.append(contentsOf: String(Int64(bitPattern: node.bits)).utf8)
        case .number:
            output.append(contentsOf: javaScriptText(of: Double(bitPattern: node.bits)).utf8)
        case .string: string(node)
        case .array: container(index, UInt8(ascii: "["), UInt8(ascii: "]"))
        case .object: container(index, UInt8(ascii: "{"), UInt8(ascii: "}"))
        }
    }

    private mutating func container(_ index: Int, _ open: UInt8, _ close: UInt8) {
        let isObject = nodes[index].kind == .object
        output.append(open)
        var inner = index + 1
        var isFirst = true
        while inner < Int(nodes[index].next), output.count <= limit {
            output.append(contentsOf: (isFirst ? " " : ", ").utf8)
            isFirst = false
            write(inner)
            if isObject {
                inner += 1
                if nodes[inner].kind != .null {
                    output.append(contentsOf: ": ".utf8)
                    write(inner)
                }
            }
            inner = Int(nodes[inner].next)
        }
        if !isFirst { output.append(UInt8(ascii: " ")) }
        output.append(close)
    }

    private mutating func string(_ node: TapeNode) {
        let bytes = text[Int(node.low)..<Int(node.low) + Int(node.high)]
        guard bytes.count <= limit else {
            // Long enough to be refused by the caller.
            output.append(contentsOf: bytes.prefix(limit + 1))
            return
        }
        let needsQuotes = bytes.withUnsafeBufferPointer { name in
            coreScalar(name) != .string || name.first == 0x20 || name.last == 0x20
                || name.contains { !isPlain($0) }
        }
        guard needsQuotes else {
            output.append(contentsOf: bytes)
            return
        }
        var writer = JSONWriter()
        bytes.withUnsafeBufferPointer { writer.string($0) }
        output.append(contentsOf: writer.bytes)
    }
}

/// Whether a byte may stand anywhere in a plain scalar of a flow collection.
private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "$"), 0x80...:
        return true
    default: return false
    }
}
