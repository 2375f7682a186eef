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
        let temporary = path + ".new"
        let file = Glibc.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unreadable(reason("create", temporary)) }
        let body = segment.memory.bytes
        let header: [UInt64] = [
            magic, Segment.format, UInt64(body.count), hashBytes(body),
            UInt64(bitPattern: revision), label, 0, 0,
        ]
        let written =
            header.withUnsafeBytes { writeAll(file, $0) } && writeAll(file, body)
            && fdatasync(file) == 0
        let fault = reason("write", temporary)
        close(file)
        guard written, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw .unreadable(fault)
        }
    }

    /// Removes an image; no error where there is none.
    package static func remove(at path: String) throws(ImageFault) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .unreadable(reason("remove", path))
        }
    }

    private static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return true }
            let count = Glibc.write(file, base + done, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private static func reason(_ verb: String, _ path: String) -> String {
        "cannot \(verb) \(path): \(String(cString: strerror(errno)))"
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
        guard words[2] == UInt64(body.count), words[3] == hashBytes(body),
            let segment = Segment(memory: SegmentMemory(body, of: mapping))
        else { throw .damaged }
        return (segment, Int64(bitPattern: words[4]))
    }
}
