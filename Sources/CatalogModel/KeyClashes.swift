import Values

/// Whether ``forEachRawKey(of:_:)`` may give two keys that differ in nothing but case.
///
/// Hashes of the keys as they are written and of their folded forms are compared, not the keys, so
/// that no text is made: nearly every document has no such keys. A false alarm costs time alone.
func mayHaveKeysThatDifferInCase(_ document: JSON) -> Bool {
    document.withNodes { nodes, text, root in
        let end = Int(nodes[root].next)
        var capacity = 64
        // Each node gives two keys at most: its path and, in a list, itself as a flag.
        while capacity < (end - root) * 4 { capacity *= 2 }
        return withUnsafeTemporaryAllocation(of: KeyHash.self, capacity: capacity) { slots in
            slots.initialize(repeating: KeyHash())
            var keys = KeyHashes(nodes: nodes, text: text, slots: slots)
            var key = root + 1
            while nodes[root].kind == .object, key < end {
                keys.visit(key + 1, KeyHash().with(keys.bytes(key), isFirst: true))
                key = Int(nodes[key + 1].next)
            }
            return keys.haveClash
        }
    }
}

/// The hashes of a path: as it is written, and folded.
private struct KeyHash {
    var raw: UInt64 = 0
    var folded: UInt64 = 0

    /// The path with one more part.
    func with(_ part: UnsafeBufferPointer<UInt8>, isFirst: Bool = false) -> KeyHash {
        var hash = self
        if !isFirst { hash.append(UInt8(ascii: "."), UInt8(ascii: ".")) }
        for byte in part {
            guard byte < 0x80 else {
                // Unicode's rules fold scalar by scalar, so that a part can be folded by itself.
                hash = self
                if !isFirst { hash.append(UInt8(ascii: "."), UInt8(ascii: ".")) }
                hash.appendUnicode(part)
                return hash
            }
            hash.append(byte, byte &- 65 < 26 ? byte | 0x20 : byte)
        }
        return hash
    }

    private mutating func append(_ byte: UInt8, _ low: UInt8) {
        raw = (raw ^ UInt64(byte) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        raw ^= raw >> 29
        folded = (folded ^ UInt64(low) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        folded ^= folded >> 29
    }

    private mutating func appendUnicode(_ part: UnsafeBufferPointer<UInt8>) {
        var other = self
        for byte in part { append(byte, byte) }
        var low: [UInt8] = []
        appendFolded(part, to: &low)
        for byte in low { other.append(byte, byte) }
        folded = other.folded
    }
}

private struct KeyHashes {
    let nodes: UnsafeBufferPointer<TapeNode>
    let text: UnsafeBufferPointer<UInt8>
    /// An open-addressing table by the folded hash, twice as large as there can be keys.
    let slots: UnsafeMutableBufferPointer<KeyHash>
    private(set) var haveClash = false

    func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(nodes[index].low)
        return .init(rebasing: text[start..<start + Int(nodes[index].high)])
    }

    mutating func visit(_ index: Int, _ path: KeyHash) {
        let end = Int(nodes[index].next)
        var inner = index + 1
        switch nodes[index].kind {
        case .object:
            while inner < end, !haveClash {
                visit(inner + 1, path.with(bytes(inner)))
                inner = Int(nodes[inner + 1].next)
            }
        case .array:
            while inner < end, !haveClash {
                visit(inner, path)
                if nodes[inner].kind == .string { insert(path.with(bytes(inner))) }
                inner = Int(nodes[inner].next)
            }
        default: insert(path)
        }
    }

    private mutating func insert(_ key: KeyHash) {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: key.folded >> 7) & mask
        while slots[place].folded != 0 {
            if slots[place].folded == key.folded {
                if slots[place].raw != key.raw { haveClash = true }
                return
            }
            place = (place + 1) & mask
        }
        slots[place] = key
    }
}
