import Glibc
import Values

/// Why an image could not be used; each means that the index is built anew.
package enum ImageFault: Error, Sendable, Equatable {
    case missing
    case unreadable(String)
    case otherFormat
    case damaged
}

/// A segment in a file of its own, with the labels that say what it is an image of.
///
/// The file is a header of eight words (magic, format, size, checksum over all that follows,
/// revision, label, two spare) and then the segment's bytes. It is written beside its place and
/// renamed over it, so that a reader finds the old or the new one, never half of one.
package enum SegmentImage {
    private static let magic: UInt64 = 0x4547_414D_4953_4243
    private static let headerSize = 64
    /// The checksum goes from piece to piece, so that no more has to be in memory.
    private static let pieceSize = 1 << 20

    /// Writes an image and waits until the disk has it.
    ///
    /// - Parameters:
    ///   - revision: the last change that the segment includes.
    ///   - label: a number of the owner's that has to be the same when it is opened, such as a
    ///     hash of the rules by which the pairs were made.
    /// - Throws: ``ImageFault/unreadable(_:)``; the old file is then still there.
    package static func write(
        _ segment: Segment, revision: Int64, label: UInt64, to path: String
    ) throws(ImageFault) {
        try replace(path, revision: revision, label: label) { file in
            let body = segment.memory.bytes
            return writeAll(file, body, at: headerSize) ? body.count : nil
        }
    }

    /// Merges segments into an image, and maps it: the merged segment is never in memory as a whole.
    ///
    /// - Parameters:
    ///   - parts: as for ``mergeSegments(_:)``.
    ///   - revision: the last change that the parts include.
    ///   - label: as for ``write(_:revision:label:to:)``.
    /// - Throws: ``ImageFault/unreadable(_:)``; the old file is then still there.
    package static func merge(
        _ parts: [(segment: Segment, living: Bitmap)], revision: Int64, label: UInt64,
        to path: String
    ) throws(ImageFault) -> Segment {
        try replace(path, revision: revision, label: label) { file in
            layOut(parts, in: SegmentWriter(file: (file, headerSize))).finishFile()
        }
        return try map(path, label: label, isChecked: true).segment
    }

    /// - Parameter writeBody: writes what follows the header, and gives its size; nil where that
    ///   fails.
    private static func replace(
        _ path: String, revision: Int64, label: UInt64, _ writeBody: (Int32) -> Int?
    ) throws(ImageFault) {
        let temporary = path + ".new"
        let file = Glibc.open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unreadable(reason("create", temporary)) }
        var isWritten = false
        if let size = writeBody(file), let checksum = checksum(of: file, size) {
            let header: [UInt64] = [
                magic, Segment.format, UInt64(size), checksum, UInt64(bitPattern: revision),
                label, 0, 0,
            ]
            isWritten =
                header.withUnsafeBytes { writeAll(file, $0, at: 0) } && fdatasync(file) == 0
        }
        let fault = reason("write", temporary)
        close(file)
        guard isWritten, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw .unreadable(fault)
        }
    }

    private static func reason(_ verb: String, _ path: String) -> String {
        "cannot \(verb) \(path): \(String(cString: strerror(errno)))"
    }

    /// The checksum of what was just written, read back piece by piece.
    private static func checksum(of file: Int32, _ size: Int) -> UInt64? {
        withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 8) { buffer in
            var hash: UInt64 = 0
            var done = 0
            while done < size {
                let wanted = min(pieceSize, size - done)
                var filled = 0
                while filled < wanted, let base = buffer.baseAddress {
                    let count = pread(
                        file, base + filled, wanted - filled, off_t(headerSize + done + filled))
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return nil }
                    filled += count
                }
                hash = hashBytes(UnsafeRawBufferPointer(rebasing: buffer[..<wanted]), seed: hash)
                done += wanted
            }
            return hash
        }
    }

    /// The same of a mapping.
    ///
    /// What was read is let go of: it would count as resident though little of it is used soon.
    private static func checksum(of body: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0
        var done = 0
        while done < body.count {
            let piece = body[done..<min(done + pieceSize, body.count)]
            hash = hashBytes(UnsafeRawBufferPointer(rebasing: piece), seed: hash)
            done = piece.endIndex
        }
        if let base = body.baseAddress {
            madvise(
                UnsafeMutableRawPointer(mutating: base - headerSize), body.count + headerSize,
                MADV_DONTNEED)
        }
        return hash
    }

    /// Removes an image; no error where there is none.
    package static func remove(at path: String) throws(ImageFault) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .unreadable(reason("remove", path))
        }
    }

    /// The revision that an image says it is of; nil where there is no image.
    package static func revision(at path: String) -> Int64? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var header = [UInt64](repeating: 0, count: headerSize / 8)
        let count = header.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        return count == headerSize && header[0] == magic ? Int64(bitPattern: header[4]) : nil
    }

    /// Maps an image and checks all of it.
    ///
    /// - Returns: the segment and the revision that it includes.
    /// - Throws: ``ImageFault`` where there is none or it does not fit.
    package static func open(at path: String, label: UInt64) throws(ImageFault)
        -> (segment: Segment, revision: Int64)
    {
        try map(path, label: label, isChecked: false)
    }

    private static func map(
        _ path: String, label: UInt64, isChecked: Bool
    ) throws(ImageFault) -> (segment: Segment, revision: Int64) {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { throw .missing }
            throw .unreadable(reason("open", path))
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > headerSize else { throw .damaged }
        let size = Int(status.st_size)
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), base != MAP_FAILED
        else { throw .unreadable(reason("map", path)) }
        let words = UnsafeRawBufferPointer(start: base, count: headerSize)
            .bindMemory(to: UInt64.self)
        let body = UnsafeRawBufferPointer(start: base + headerSize, count: size - headerSize)
        let mapping = SegmentMapping(base: base, count: size)
        guard words[0] == magic, words[1] == Segment.format, words[5] == label else {
            throw .otherFormat
        }
        let revision = Int64(bitPattern: words[4])
        guard words[2] == UInt64(body.count), isChecked || words[3] == checksum(of: body),
            let segment = Segment(memory: SegmentMemory(body, of: mapping))
        else { throw .damaged }
        return (segment, revision)
    }
}
