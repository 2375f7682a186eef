package import Values

/// How long a key or value may be to be indexed, in UTF-16 units.
///
/// What is longer has no use in a comparison. A longer key is left out; a longer value counts as present, but equals nothing.
private let searchLengthLimit = 200

/// Hands out every pair of key and value that a filter can name, by the rules of Backstage's
/// search table.
///
/// - Scalars give their path and their text; null gives the path alone.
/// - Elements of a list stand at the list's path, and each string also gives `path.element` =
///   `true`.
/// - `attachments`, `relations` and `status` at the root, and uid and etag, are left out.
/// - Each relation gives `relations.<type>` and its target.
///
/// - Parameter body: gets the folded key, the folded value and the value as it is written; nil
///   values for a key that has nothing that could be compared. The memory is lent.
package func forEachSearchPair(
    content: JSON, relations: [EntityRelation],
    _ body: (
        _ key: UnsafeBufferPointer<UInt8>, _ folded: UnsafeBufferPointer<UInt8>?,
        _ original: UnsafeBufferPointer<UInt8>?
    ) -> Void
) {
    var walker = SearchWalker()
    content.withNodes { nodes, text, root in
        guard nodes[root].kind == .object else { return }
        let tape = SearchWalker.Nodes(nodes: nodes, text: text)
        var key = root + 1
        while key < Int(nodes[root].next) {
            if !isPassedOver(tape.bytes(key)) { walker.descend(key, in: tape, body) }
            key = Int(nodes[key + 1].next)
        }
    }
    for relation in relations {
        walker.emit("relations.\(relation.type.name)", relation.target, body)
    }
}

private struct SearchWalker {
    typealias Body = (
        UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?
    ) -> Void

    private var path: [UInt8] = []
    private var value: [UInt8] = []

    /// A document as nodes, so that a walk counts no references.
    struct Nodes {
        let nodes: UnsafeBufferPointer<TapeNode>
        let text: UnsafeBufferPointer<UInt8>

        func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
            let start = Int(nodes[index].low)
            return .init(rebasing: text[start..<start + Int(nodes[index].high)])
        }
    }

    mutating func descend(_ key: Int, in tape: Nodes, _ body: Body) {
        let length = path.count
        if length > 0 { path.append(UInt8(ascii: ".")) }
        appendFolded(tape.bytes(key), to: &path)
        if !Self.isHandledElsewhere(path) { visit(key + 1, in: tape, body) }
        path.removeSubrange(length...)
    }

    private static func isHandledElsewhere(_ path: [UInt8]) -> Bool {
        path.count == 12 && path.elementsEqual("metadata.uid".utf8)
            || path.count == 13 && path.elementsEqual("metadata.etag".utf8)
    }

    private mutating func visit(_ index: Int, in tape: Nodes, _ body: Body) {
        let node = tape.nodes[index]
        let end = Int(node.next)
        var inner = index + 1
        switch node.kind {
        case .object:
            while inner < end {
                descend(inner, in: tape, body)
                inner = Int(tape.nodes[inner + 1].next)
            }
        case .array:
            while inner < end {
                visit(inner, in: tape, body)
                if tape.nodes[inner].kind == .string { flag(tape.bytes(inner), body) }
                inner = Int(tape.nodes[inner].next)
            }
        case .string: emit(tape.bytes(index), body)
        case .null: emitKey(body)
        case .bool: emit(node.low != 0 ? "true" : "false", body)
        case .integer: emit(javaScriptText(of: Double(Int64(bitPattern: node.bits))), body)
        case .number:
            // What is no finite number is stored as null.
            let number = Double(bitPattern: node.bits)
            if number.isFinite {
                emit(javaScriptText(of: number), body)
            } else {
                emitKey(body)
            }
        }
    }

    /// `path.element` = `true`, so that an element of a list can be asked for as a key.
    private mutating func flag(_ element: UnsafeBufferPointer<UInt8>, _ body: Body) {
        let length = path.count
        path.append(UInt8(ascii: "."))
        appendFolded(element, to: &path)
        emit("true", body)
        path.removeSubrange(length...)
    }

    private mutating func emit(_ text: String, _ body: Body) {
        var text = text
        text.withUTF8 { emit($0, body) }
    }

    mutating func emit(_ key: String, _ text: String, _ body: Body) {
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: folded(key).utf8)
        emit(text, body)
        path.removeAll(keepingCapacity: true)
    }

    private mutating func emit(_ original: UnsafeBufferPointer<UInt8>, _ body: Body) {
        // A unit takes at most three bytes, and folding never makes fewer units: what is longer
        // need not be folded to be found too long.
        guard original.count <= searchLengthLimit * 3 else { return emitKey(body) }
        value.removeAll(keepingCapacity: true)
        appendFolded(original, to: &value)
        guard !value.withUnsafeBufferPointer(Self.isLong) else { return emitKey(body) }
        path.withUnsafeBufferPointer { path in
            guard !Self.isLong(path) else { return }
            value.withUnsafeBufferPointer { body(path, $0, original) }
        }
    }

    private func emitKey(_ body: Body) {
        path.withUnsafeBufferPointer { if !Self.isLong($0) { body($0, nil, nil) } }
    }

    /// No text has more UTF-16 units than bytes, so that nearly none has to be counted.
    private static func isLong(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count > searchLengthLimit else { return false }
        return String(decoding: bytes, as: UTF8.self).utf16.count > searchLengthLimit
    }
}

/// Calls `body` with every key of an entity as it is written, with the value it stands for.
///
/// Of elements that differ only in case the first alone makes a key.
func forEachRawKey(of content: JSON, _ body: (String, JSON) -> Void) {
    var elements: Set<String> = []
    func visit(_ path: String, _ value: JSON) {
        switch value.kind {
        case .object:
            for (key, inner) in value.members {
                visit("\(path).\(key.string ?? "")", inner)
            }
        case .array:
            for element in value.elements {
                visit(path, element)
                guard let text = element.string else { continue }
                let key = "\(path).\(text)"
                if elements.insert(folded(key)).inserted { body(key, element) }
            }
        default: body(path, value)
        }
    }
    for (key, value) in content.members where key.withUTF8(isPassedOver) != true {
        visit(key.string ?? "", value)
    }
}

/// What of the root is never searched by its own path.
private func isPassedOver(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
    switch key.count {
    case 6: key.elementsEqual("status".utf8)
    case 9: key.elementsEqual("relations".utf8)
    case 11: key.elementsEqual("attachments".utf8)
    default: false
    }
}
