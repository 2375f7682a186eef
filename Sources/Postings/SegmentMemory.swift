import Glibc

/// A mapped file; unmapped when nobody holds it any more.
///
/// Unchecked: the addresses never change, and the memory is only read.
final class SegmentMapping: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let count: Int

    init(base: UnsafeMutableRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    deinit { munmap(base, count) }
}

/// The bytes of a segment: in memory of our own, or mapped from an image file.
///
/// Unchecked: the bytes are written before the object exists and never after.
final class SegmentMemory: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    private let mapping: SegmentMapping?

    /// Takes over memory from `malloc`.
    init(adopting buffer: UnsafeMutableRawBufferPointer) {
        bytes = UnsafeRawBufferPointer(buffer)
        mapping = nil
    }

    /// Takes a part of a mapping.
    init(_ bytes: UnsafeRawBufferPointer, of mapping: SegmentMapping) {
        self.bytes = bytes
        self.mapping = mapping
    }

    deinit {
        if mapping == nil { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
    }

    /// A table of the segment; empty where it would leave the bytes or be misaligned.
    func table<T: BitwiseCopyable>(_ type: T.Type, at offset: UInt64, count: UInt64)
        -> UnsafeBufferPointer<T>
    {
        let size = UInt64(MemoryLayout<T>.stride)
        let (length, overflow) = count.multipliedReportingOverflow(by: size)
        let (end, overflow2) = offset.addingReportingOverflow(length)
        guard !overflow, !overflow2, end <= UInt64(bytes.count),
            offset % UInt64(MemoryLayout<T>.alignment) == 0, let base = bytes.baseAddress
        else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(
            start: (base + Int(offset)).assumingMemoryBound(to: T.self), count: Int(count))
    }
}

/// Lays out the sections of a segment in growing memory, each aligned to eight bytes.
struct SegmentWriter {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0
    /// Whether memory ran out; what is written after that is dropped.
    private(set) var failed = false

    private mutating func grow(to needed: Int) {
        guard needed > capacity, !failed else { return }
        let wanted = max(needed, capacity + capacity / 2, 4096)
        guard let moved = realloc(base, wanted) else {
            failed = true
            return
        }
        base = moved
        capacity = wanted
    }

    /// Appends a table and gives its offset.
    @discardableResult
    mutating func append<T: BitwiseCopyable>(_ values: UnsafeBufferPointer<T>) -> UInt64 {
        let start = (count + 7) & ~7
        let length = values.count * MemoryLayout<T>.stride
        grow(to: start + length)
        guard let base, !failed else { return 0 }
        memset(base + count, 0, start - count)
        if let source = values.baseAddress, length > 0 { memcpy(base + start, source, length) }
        count = start + length
        return UInt64(start)
    }

    @discardableResult
    mutating func append<T: BitwiseCopyable>(_ values: [T]) -> UInt64 {
        values.withUnsafeBufferPointer { append($0) }
    }

    /// Overwrites what was appended before.
    mutating func replace<T: BitwiseCopyable>(at offset: UInt64, _ values: [T]) {
        guard let base, !failed else { return }
        values.withUnsafeBytes { source in
            guard let from = source.baseAddress, Int(offset) + source.count <= count else { return }
            memcpy(base + Int(offset), from, source.count)
        }
    }

    /// Hands the memory over, cut to its size.
    consuming func finish() -> SegmentMemory {
        let kept = realloc(base, max(count, 1)) ?? base
        return SegmentMemory(
            adopting: UnsafeMutableRawBufferPointer(start: kept, count: failed ? 0 : count))
    }
}
