import Values

/// A hash table of a segment's names: finding one costs two memory accesses, not seventeen.
///
/// Made when a name is first asked for: 8 to 16 bytes a document.
final class NameTable: Sendable {
    /// Half of a name's hash above its document's number + 1; 0 for a free place.
    private let slots: [UInt64]

    init(_ segment: Segment) {
        var size = 16
        while size < segment.count * 3 / 2 { size *= 2 }
        var slots = [UInt64](repeating: 0, count: size)
        for document in 0..<segment.count {
            let hash = Self.hash(segment.name(of: document))
            var place = Int(hash >> 32) & (size - 1)
            while slots[place] != 0 { place = (place + 1) & (size - 1) }
            slots[place] = hash & Self.upperHalf | UInt64(document + 1)
        }
        self.slots = slots
    }

    private static let upperHalf: UInt64 = 0xFFFF_FFFF_0000_0000

    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        hashBytes(UnsafeRawBufferPointer(name))
    }

    func document(named name: UnsafeBufferPointer<UInt8>, in segment: Segment) -> Int? {
        let hash = Self.hash(name)
        return slots.withUnsafeBufferPointer { slots in
            var place = Int(hash >> 32) & (slots.count - 1)
            while slots[place] != 0 {
                if slots[place] & Self.upperHalf == hash & Self.upperHalf {
                    let document = Int(slots[place] & ~Self.upperHalf) - 1
                    if compareBytes(segment.name(of: document), name) == 0 { return document }
                }
                place = (place + 1) & (slots.count - 1)
            }
            return nil
        }
    }
}
