/// Documents that are gathered one after the other, in any order: a list while they are few, then a
/// set.
///
/// Of 70,000 keys that 100,000 entities have nearly all belong to a handful of documents.
struct DocumentSet {
    private let size: Int
    private var list: [UInt32] = []
    private var bits: Bitmap?

    /// - Parameter size: how many documents the segment has.
    init(size: Int) {
        self.size = size
    }

    private var listLimit: Int { max(32, size / 64) }

    mutating func insert(_ document: UInt32) {
        guard bits == nil else {
            bits?.insert(Int(document))
            return
        }
        list.append(document)
        if list.count > listLimit { turnIntoBits() }
    }

    mutating func insert(contentsOf documents: UnsafeBufferPointer<UInt32>) {
        if bits == nil, list.count + documents.count <= listLimit {
            list.append(contentsOf: documents)
            return
        }
        turnIntoBits()
        bits?.insert(contentsOf: documents)
    }

    mutating func formUnion(_ other: Bitmap) {
        turnIntoBits()
        bits?.formUnion(other)
    }

    mutating func formUnion(_ other: DocumentSet) {
        if let bits = other.bits { return formUnion(bits) }
        other.list.withUnsafeBufferPointer { insert(contentsOf: $0) }
    }

    private mutating func turnIntoBits() {
        guard bits == nil else { return }
        bits = asBitmap
        list = []
    }

    mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        bits = nil
    }

    /// The documents, ascending and each once; nil where there are many.
    mutating func ascending() -> [UInt32]? {
        guard bits == nil else { return nil }
        var isSorted = true
        for index in list.indices.dropFirst() where list[index - 1] >= list[index] {
            isSorted = false
            break
        }
        guard !isSorted else { return list }
        list.sort()
        var distinct: [UInt32] = []
        for document in list where document != distinct.last { distinct.append(document) }
        list = distinct
        return list
    }

    var asBitmap: Bitmap {
        if let bits { return bits }
        var set = Bitmap(size: size)
        list.withUnsafeBufferPointer { set.insert(contentsOf: $0) }
        return set
    }
}
