import Synchronization
import Values

/// An immutable index over some documents.
///
/// Documents are numbered from zero in the byte order of their names, so that a lower number is
/// an earlier name. Each has a slot (where its body is), a name that is its own in this segment
/// and a stamp of 40 bytes that the owner gave it. Keys are sorted by name; each has a column of
/// sorted values. The whole segment is one run of bytes without pointers: what is in memory is
/// what an image file holds.
///
/// Safe from any thread. Pointers that it hands out live as long as the segment.
package final class Segment: Sendable {
    /// The format of the bytes; another number means that an image has to be built anew.
    package static let format: UInt64 = 2
    static let magic: UInt64 = 0x3147_4553_4243_0A0D
    static let headerWords = 12
    static let keyWords = 16
    /// Bytes that go with a document, opaque here.
    package static let stampSize = 40

    let memory: SegmentMemory
    /// How many documents it numbers.
    package let count: Int
    // Unchecked by the compiler, and right: these point into `memory`, which never changes.
    nonisolated(unsafe) let slots: UnsafeBufferPointer<Int64>
    nonisolated(unsafe) let stamps: UnsafeBufferPointer<UInt8>
    nonisolated(unsafe) let nameStarts: UnsafeBufferPointer<UInt32>
    nonisolated(unsafe) let nameText: UnsafeBufferPointer<UInt8>
    nonisolated(unsafe) let keyTable: UnsafeBufferPointer<UInt64>
    nonisolated(unsafe) let edgeStarts: UnsafeBufferPointer<UInt32>
    nonisolated(unsafe) let edges: UnsafeBufferPointer<UInt64>
    let ranks = RankCache()
    private let names = AtomicLazyReference<NameTable>()

    /// Opens the bytes of a segment.
    ///
    /// - Returns: nil where the bytes are no segment of this format or tables would leave them.
    init?(memory: SegmentMemory) {
        let header = memory.table(UInt64.self, at: 0, count: UInt64(Self.headerWords))
        guard header.count == Self.headerWords, header[0] == Self.magic,
            header[1] == Self.format, header[2] <= UInt64(UInt32.max),
            header[3] <= UInt64(UInt32.max)
        else { return nil }
        self.memory = memory
        let documents = header[2]
        count = Int(documents)
        slots = memory.table(Int64.self, at: header[4], count: documents)
        stamps = memory.table(
            UInt8.self, at: header[5], count: documents * UInt64(Self.stampSize))
        nameStarts = memory.table(UInt32.self, at: header[6], count: documents + 1)
        nameText = memory.table(
            UInt8.self, at: header[7], count: UInt64(nameStarts.last ?? 0))
        keyTable = memory.table(
            UInt64.self, at: header[8], count: header[3] * UInt64(Self.keyWords))
        edgeStarts = memory.table(UInt32.self, at: header[9], count: documents + 1)
        edges = memory.table(UInt64.self, at: header[10], count: UInt64(edgeStarts.last ?? 0))
        guard slots.count == count, stamps.count == count * Self.stampSize,
            nameStarts.count == count + 1, edgeStarts.count == count + 1
        else { return nil }
    }

    /// The size in bytes.
    package var byteCount: Int { memory.bytes.count }
    /// How many keys there are.
    package var keyCount: Int { keyTable.count / Self.keyWords }

    /// The number that its owner finds the document's body by.
    package func slot(of document: Int) -> Int64 { slots[document] }

    /// The name of a document, folded bytes.
    package func name(of document: Int) -> UnsafeBufferPointer<UInt8> {
        slice(nameText, nameStarts, document)
    }

    /// The 40 bytes that the owner gave the document.
    package func stamp(of document: Int) -> UnsafeBufferPointer<UInt8> {
        let start = document * Self.stampSize
        return .init(rebasing: stamps[start..<start + Self.stampSize])
    }

    /// The document of this name.
    package func document(named name: UnsafeBufferPointer<UInt8>) -> Int? {
        nameTable.document(named: name, in: self)
    }

    private var nameTable: NameTable {
        // Two threads may make one at the same time; the first counts.
        names.load() ?? names.storeIfNil(NameTable(self))
    }

    /// The first document whose name is not before this one; `count` where all are.
    package func lowerBound(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(self.name(of: middle), name) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// The column of a key by its number in the order of names.
    package func column(at index: Int) -> Column {
        Column(segment: self, key: index)
    }

    /// The column of a key.
    package func column(_ name: UnsafeBufferPointer<UInt8>) -> Column? {
        var low = 0
        var high = keyCount
        while low < high {
            let middle = (low + high) / 2
            let column = Column(segment: self, key: middle)
            let order = compareBytes(column.name, name)
            if order == 0 { return column }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The column of the key with this name; nil where no document has it.
    package func column(_ name: String) -> Column? {
        var name = name
        return name.withUTF8 { column($0) }
    }

    /// The edges that a document declares, in the order of columns: which column, which value.
    package func edges(of document: Int) -> [(column: Int, value: Int)] {
        edges[Int(edgeStarts[document])..<Int(edgeStarts[document + 1])].map {
            (Int($0 >> 32), Int($0 & 0xFFFF_FFFF))
        }
    }

    /// The values that a document's edges of one column lead to.
    package func edges(of document: Int, column: Int) -> [Int] {
        let all = edges[Int(edgeStarts[document])..<Int(edgeStarts[document + 1])]
        let key = UInt64(column) << 32
        // In the order of columns: a document may have many thousands.
        var low = all.startIndex
        var high = all.endIndex
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < key { low = middle + 1 } else { high = middle }
        }
        return all[low...].prefix { $0 >> 32 == UInt64(column) }.map { Int($0 & 0xFFFF_FFFF) }
    }
}

/// The i-th text of a table of starts.
@inline(__always)
func slice(
    _ text: UnsafeBufferPointer<UInt8>, _ starts: UnsafeBufferPointer<UInt32>, _ index: Int
) -> UnsafeBufferPointer<UInt8> {
    .init(rebasing: text[Int(starts[index])..<Int(starts[index + 1])])
}
