internal import CZlib

/// 15 is the largest window, 16 asks for gzip's header and trailer instead of zlib's.
private let gzipWindow: Int32 = 15 + 16

/// The library counts input in 32 bits.
private let stepBytes = 1 << 30

/// Owns a packing stream of the library, which must not move in memory.
///
/// Unchecked: it has one owner at a time.
final class Deflater: @unchecked Sendable {
    private let stream: UnsafeMutablePointer<z_stream>

    init?(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = deflateInit2_(
            stream, Int32(min(max(1, level), 9)), Z_DEFLATED, gzipWindow, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Begins a new file.
    func reset() {
        deflateReset(stream)
    }

    /// Takes all of the input in the given mode (none, flush, finish) and gives what comes out.
    func run(
        _ input: UnsafeRawBufferPointer, _ mode: Int32
    ) throws(CompressionError) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = input
        // Small answers get small arrays.
        let room = Int(min(deflateBound(stream, UInt(input.count)), 65_536))
        repeat {
            let step = UnsafeRawBufferPointer(rebasing: rest.prefix(stepBytes))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(stepBytes))
            stream.pointee.setInput(step)
            // The mode is for the end of all input, not of each step.
            let stepMode = rest.isEmpty ? mode : Z_NO_FLUSH
            var result = Z_OK
            repeat {
                result = stream.appendOutput(to: &bytes, room: room) { deflate($0, stepMode) }
                guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                    throw .libraryFailed("pack data")
                }
                // Room left over means that there was nothing more to write.
            } while stream.pointee.avail_out == 0 && result != Z_STREAM_END
        } while !rest.isEmpty
        return bytes
    }
}

/// Owns an unpacking stream of the library, which must not move in memory.
///
/// Unchecked: it has one owner at a time.
final class Inflater: @unchecked Sendable {
    private let stream: UnsafeMutablePointer<z_stream>

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = inflateInit2_(
            stream, gzipWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Begins a new file.
    func reset() {
        inflateReset(stream)
    }

    /// Unpacks all of the input, which must be one or several whole files.
    func run(
        _ input: UnsafeRawBufferPointer, _ limit: Int
    ) throws(CompressionError) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = input
        let room = min(max(512, min(input.count, 65_536) * 4), 65_536)
        while true {
            let step = UnsafeRawBufferPointer(rebasing: rest.prefix(stepBytes))
            stream.pointee.setInput(step)
            let result = stream.appendOutput(to: &bytes, room: room) { inflate($0, Z_NO_FLUSH) }
            rest = UnsafeRawBufferPointer(
                rebasing: rest.dropFirst(step.count - Int(stream.pointee.avail_in)))
            guard bytes.count <= limit else { throw .tooLarge(limitBytes: limit) }
            switch result {
            case Z_OK: continue
            case Z_STREAM_END where rest.isEmpty: return bytes
            case Z_STREAM_END:
                guard rest.starts(with: [0x1f, 0x8b]) else {
                    throw .corrupted(format: "gzip", reason: "something follows its end")
                }
                inflateReset(stream)
            case Z_BUF_ERROR:
                throw .corrupted(format: "gzip", reason: "it ends too early")
            case Z_MEM_ERROR: throw .libraryFailed("unpack data")
            default:
                // Set for damaged data, always to literal text.
                let reason = stream.pointee.msg.map { String(cString: $0) }
                throw .corrupted(format: "gzip", reason: reason ?? "it is damaged")
            }
        }
    }
}

extension z_stream {
    fileprivate mutating func setInput(_ input: UnsafeRawBufferPointer) {
        // The library only reads here; its type lacks the word for it.
        next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        avail_in = UInt32(clamping: input.count)
    }
}

extension UnsafeMutablePointer<z_stream> {
    /// Calls the library with some room at the end of the bytes, and keeps what it wrote.
    fileprivate func appendOutput(
        to bytes: inout [UInt8], room: Int, _ call: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
        var result: Int32 = 0
        bytes.append(addingCapacity: room) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                pointee.next_out = buffer.baseAddress
                pointee.avail_out = UInt32(room)
                result = call(self)
                count = room - Int(pointee.avail_out)
            }
        }
        return result
    }
}
