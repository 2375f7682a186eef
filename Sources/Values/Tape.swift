import Glibc

/// What a JSON value is.
@usableFromInline
package enum JSONKind: UInt8, Sendable {
    case null, bool, integer, number, string, array, object
}

/// One value on a tape, 16 bytes.
///
/// `next` is the index of the node after this value and all that is in it, so that a reader can
/// step over it. `low` and `high` hold, by kind: a bool's 0 or 1; the two halves of an integer or
/// of a double's bits; a string's offset and length in the tape's text; a container's count.
@usableFromInline
package struct TapeNode: Sendable {
    @usableFromInline package var kind: JSONKind
    @usableFromInline package var next: UInt32
    @usableFromInline package var low: UInt32
    @usableFromInline package var high: UInt32

    @inlinable
    package init(kind: JSONKind, next: UInt32, low: UInt32 = 0, high: UInt32 = 0) {
        self.kind = kind
        self.next = next
        self.low = low
        self.high = high
    }

    /// The two halves as one number: an integer's or a double's bits.
    @inlinable package var bits: UInt64 { UInt64(high) << 32 | UInt64(low) }
}

/// A whole document as one flat, immutable array of nodes and one buffer of text.
///
/// An array is its node, then its elements; an object is its node, then key, value, key, value …,
/// each key a string node. `places` is empty, or holds the place in the source of every node.
@usableFromInline
package final class Tape: Sendable {
    @usableFromInline package let nodes: [TapeNode]
    @usableFromInline package let text: [UInt8]
    package let places: [TextPosition]

    package init(nodes: [TapeNode], text: [UInt8], places: [TextPosition]) {
        self.nodes = nodes
        self.text = text
        self.places = places
    }
}

/// A JSON value: a view of one node of a tape.
///
/// Copies cost a reference count. Every accessor gives nil, and none traps, where the value is of
/// another kind.
@usableFromInline
package struct JSON: Sendable {
    @usableFromInline let tape: Tape
    @usableFromInline let index: Int

    @inlinable
    package init(tape: Tape, index: Int) {
        self.tape = tape
        self.index = index
    }

    @inlinable var node: TapeNode { tape.nodes[index] }

    /// What this value is.
    @inlinable package var kind: JSONKind { node.kind }
    /// Whether this is `null`.
    @inlinable package var isNull: Bool { node.kind == .null }

    /// The place of this value in the text it was read from.
    package var place: TextPosition {
        index < tape.places.count ? tape.places[index] : .unknown
    }

    /// How many elements or members there are; 0 for what is no container.
    @inlinable package var count: Int {
        let node = node
        return node.kind == .array || node.kind == .object ? Int(node.low) : 0
    }

    /// The truth value; nil for anything else, also for 0, 1 and texts.
    @inlinable package var bool: Bool? {
        let node = node
        return node.kind == .bool ? node.low != 0 : nil
    }

    /// The integer, also of a double that is a whole number within ±2⁵³.
    @inlinable package var int: Int? {
        let node = node
        switch node.kind {
        case .integer: return Int(Int64(bitPattern: node.bits))
        case .number:
            let value = Double(bitPattern: node.bits)
            return value.magnitude <= 9_007_199_254_740_992 && value == value.rounded()
                ? Int(value) : nil
        default: return nil
        }
    }

    /// The number, rounded where an integer has more than 53 bits; nil for what is no number.
    @inlinable package var double: Double? {
        let node = node
        switch node.kind {
        case .integer: return Double(Int64(bitPattern: node.bits))
        case .number: return Double(bitPattern: node.bits)
        default: return nil
        }
    }

    /// The text of a string.
    package var string: String? {
        withUTF8 { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands out the bytes of a string without copying them; nil for what is no string.
    @inlinable
    package func withUTF8<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
        let node = node
        guard node.kind == .string else { return nil }
        return try tape.text.withUnsafeBufferPointer {
            try body(.init(rebasing: $0[Int(node.low)..<Int(node.low) + Int(node.high)]))
        }
    }

    /// How many nodes this value has with all that is in it; keys are nodes, too.
    package var nodeCount: Int {
        withNodes { nodes, _, index in Int(nodes[index].next) - index }
    }

    /// Hands out the tape and the index of this value's node in it, for walks over all of a document
    /// that count no references.
    @inlinable
    package func withNodes<R>(
        _ body: (
            _ nodes: UnsafeBufferPointer<TapeNode>, _ text: UnsafeBufferPointer<UInt8>,
            _ index: Int
        ) throws -> R
    ) rethrows -> R {
        try tape.nodes.withUnsafeBufferPointer { nodes in
            try tape.text.withUnsafeBufferPointer { text in try body(nodes, text, index) }
        }
    }

    /// Whether this is a string of exactly these bytes.
    package func isString(_ text: String) -> Bool {
        let node = node
        guard node.kind == .string, Int(node.high) == text.utf8.count else { return false }
        var text = text
        return text.withUTF8 { wanted in
            tape.text.withUnsafeBufferPointer { isText(node, in: $0, wanted) }
        }
    }

    /// The member of an object with this key; nil where there is none, or this is no object.
    package subscript(_ key: String) -> JSON? {
        var key = key
        return key.withUTF8 { member($0) }
    }

    /// The member of an object with a key of these bytes.
    ///
    /// Looks at nodes, not values: a value counts a reference, and a check of an entity asks for
    /// some thirty members.
    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSON? {
        let found: Int? = tape.nodes.withUnsafeBufferPointer { nodes in
            guard nodes[index].kind == .object else { return nil }
            return tape.text.withUnsafeBufferPointer { text in
                var place = index + 1
                let end = Int(nodes[index].next)
                while place < end {
                    if isText(nodes[place], in: text, key) { return place + 1 }
                    place = Int(nodes[place + 1].next)
                }
                return nil
            }
        }
        return found.map { JSON(tape: tape, index: $0) }
    }

    /// The member that a path of keys leads to.
    package func at(_ path: String...) -> JSON? {
        var value = self
        for key in path {
            guard let inner = value[key] else { return nil }
            value = inner
        }
        return value
    }

    /// The elements of an array, in order; empty for anything else.
    @inlinable package var elements: JSONElements {
        let node = node
        return node.kind == .array
            ? JSONElements(tape: tape, index: index + 1, end: Int(node.next))
            : JSONElements(tape: tape, index: 0, end: 0)
    }

    /// The members of an object, in order; empty for anything else.
    @inlinable package var members: JSONMembers {
        let node = node
        return node.kind == .object
            ? JSONMembers(tape: tape, index: index + 1, end: Int(node.next))
            : JSONMembers(tape: tape, index: 0, end: 0)
    }

    /// The value `null` on a tape of its own.
    package static let null = JSON(
        tape: Tape(nodes: [TapeNode(kind: .null, next: 1)], text: [], places: []), index: 0)
}

/// Whether a string's node holds exactly these bytes.
@inline(__always)
func isText(
    _ node: TapeNode, in text: UnsafeBufferPointer<UInt8>, _ wanted: UnsafeBufferPointer<UInt8>
) -> Bool {
    guard Int(node.high) == wanted.count else { return false }
    guard let left = text.baseAddress, let right = wanted.baseAddress else { return true }
    return memcmp(left + Int(node.low), right, wanted.count) == 0
}

/// The elements of an array.
@usableFromInline
package struct JSONElements: Sequence, IteratorProtocol {
    @usableFromInline let tape: Tape
    @usableFromInline var index: Int
    @usableFromInline let end: Int

    @inlinable
    init(tape: Tape, index: Int, end: Int) {
        self.tape = tape
        self.index = index
        self.end = end
    }

    @inlinable
    package mutating func next() -> JSON? {
        guard index < end else { return nil }
        defer { index = Int(tape.nodes[index].next) }
        return JSON(tape: tape, index: index)
    }
}

/// The members of an object: keys are strings and no two are the same.
@usableFromInline
package struct JSONMembers: Sequence, IteratorProtocol {
    @usableFromInline let tape: Tape
    @usableFromInline var index: Int
    @usableFromInline let end: Int

    @inlinable
    init(tape: Tape, index: Int, end: Int) {
        self.tape = tape
        self.index = index
        self.end = end
    }

    @inlinable
    package mutating func next() -> (key: JSON, value: JSON)? {
        guard index < end else { return nil }
        let key = index
        let value = key + 1
        index = Int(tape.nodes[value].next)
        return (JSON(tape: tape, index: key), JSON(tape: tape, index: value))
    }
}

extension JSON: Equatable {
    /// Whether two values are the same; members of objects in any order.
    @usableFromInline
    package static func == (left: JSON, right: JSON) -> Bool {
        if let a = left.double, let b = right.double { return a == b }
        guard left.kind == right.kind, left.count == right.count else { return false }
        switch left.kind {
        case .null: return true
        case .bool: return left.bool == right.bool
        case .integer, .number: return false
        case .string:
            return left.withUTF8 { a in right.withUTF8 { b in a.elementsEqual(b) } } == true
        case .array: return zip(left.elements, right.elements).allSatisfy { $0 == $1 }
        case .object:
            return left.members.allSatisfy { member in
                member.key.string.flatMap { right[$0] } == member.value
            }
        }
    }
}
