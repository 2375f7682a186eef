internal import CZstd

/// Packs and unpacks single zstd frames, with or without a dictionary.
///
/// Keeps its contexts for the next call, so make one and share it. May be used from any thread.
package final class Zstd: Sendable {
    private let compressors = IdleContexts(
        make: { CompressionContext(ZSTD_createCCtx()) },
        // A high level or a long input can leave 100 MB of tables behind.
        isWorthKeeping: { ZSTD_sizeof_CCtx($0.pointer) <= 8 << 20 })
    private let decompressors = IdleContexts(
        make: { DecompressionContext(ZSTD_createDCtx()) },
        isWorthKeeping: { ZSTD_sizeof_DCtx($0.pointer) <= 8 << 20 })

    /// Makes one without any context so far.
    package init() {}

    /// Packs bytes without a dictionary, at a level from 1 (quick) to 19 (small).
    ///
    /// The frame says how long its content is, and has no checksum.
    package func compress(_ bytes: RawSpan, level: Int = 3) throws(CompressionError) -> [UInt8] {
        try pack(bytes) { context, output, input in
            ZSTD_compressCCtx(
                context, output.baseAddress, output.count, input.baseAddress, input.count,
                Int32(min(max(1, level), 19)))
        }
    }

    /// Packs bytes without a dictionary, at a level from 1 (quick) to 19 (small).
    package func compress(_ bytes: [UInt8], level: Int = 3) throws(CompressionError) -> [UInt8] {
        try compress(bytes.span.bytes, level: level)
    }

    /// Packs bytes with a dictionary, at the dictionary's level; the frame carries its id.
    package func compress(
        _ bytes: RawSpan, with dictionary: ZstdDictionary
    ) throws(CompressionError) -> [UInt8] {
        try pack(bytes) { context, output, input in
            ZSTD_compress_usingCDict(
                context, output.baseAddress, output.count, input.baseAddress, input.count,
                dictionary.compressing)
        }
    }

    /// Packs bytes with a dictionary, at the dictionary's level; the frame carries its id.
    package func compress(
        _ bytes: [UInt8], with dictionary: ZstdDictionary
    ) throws(CompressionError) -> [UInt8] {
        try compress(bytes.span.bytes, with: dictionary)
    }

    /// Unpacks one frame of at most `limit` bytes.
    ///
    /// Throws `wrongDictionary` before anything else is done, `tooLarge` as soon as it shows, and
    /// `corrupted` for what is not exactly one whole frame.
    package func decompress(
        _ frame: RawSpan, with dictionary: ZstdDictionary? = nil, limit: Int
    ) throws(CompressionError) -> [UInt8] {
        try frame.withUnsafeBytes { input throws(CompressionError) in
            let header = try FrameHeader(input, dictionary)
            guard let count = try header.contentCount(limit: limit) else {
                return try unpackUnsized(input, dictionary, limit)
            }
            var failure: CompressionError?
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { output, written in
                do throws(CompressionError) {
                    written = try unpack(input, dictionary, UnsafeMutableRawBufferPointer(output))
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return bytes
        }
    }

    /// Unpacks one frame of at most `limit` bytes.
    package func decompress(
        _ frame: [UInt8], with dictionary: ZstdDictionary? = nil, limit: Int
    ) throws(CompressionError) -> [UInt8] {
        try decompress(frame.span.bytes, with: dictionary, limit: limit)
    }

    /// Unpacks one frame into memory that the caller reuses, and says how much of it was filled.
    ///
    /// The limit is the buffer's length. For frames that say how long their content is, as those of
    /// `compress` do; throws as `decompress(_:with:limit:)` does, and leaves anything in the buffer.
    package func decompress(
        _ frame: RawSpan, with dictionary: ZstdDictionary? = nil,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        try frame.withUnsafeBytes { input throws(CompressionError) in
            let header = try FrameHeader(input, dictionary)
            guard try header.contentCount(limit: buffer.count) != nil else {
                throw .corrupted(format: "zstd", reason: "it does not say how long its content is")
            }
            return try unpack(input, dictionary, buffer)
        }
    }

    /// The id of the dictionary that a frame needs; nil if it needs none or is no frame.
    package static func dictionaryID(of frame: [UInt8]) -> UInt32? {
        let id = ZSTD_getDictID_fromFrame(frame, frame.count)
        return id == 0 ? nil : id
    }

    private func pack(
        _ bytes: RawSpan,
        _ call: (OpaquePointer, UnsafeMutableRawBufferPointer, UnsafeRawBufferPointer) -> Int
    ) throws(CompressionError) -> [UInt8] {
        try compressors.lend { context throws(CompressionError) in
            let bound = ZSTD_compressBound(bytes.byteCount)
            let packed: [UInt8]? = bytes.withUnsafeBytes { input in
                // Packed into spare memory and copied, so that what is kept has its true size.
                withUnsafeTemporaryAllocation(byteCount: bound, alignment: 1) { output in
                    let count = call(context.pointer, output, input)
                    return ZSTD_isError(count) == 0
                        ? Array(UnsafeRawBufferPointer(rebasing: output[..<count])) : nil
                }
            }
            guard let packed else { throw .libraryFailed("pack data") }
            return packed
        }
    }

    private func unpack(
        _ input: UnsafeRawBufferPointer, _ dictionary: ZstdDictionary?,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        try decompressors.lend { context throws(CompressionError) in
            let count = ZSTD_decompress_usingDDict(
                context.pointer, output.baseAddress, output.count, input.baseAddress, input.count,
                dictionary?.decompressing)
            guard ZSTD_isError(count) == 0 else { throw .zstd(count) }
            return count
        }
    }

    /// For frames of others, which need not say how long they are.
    private func unpackUnsized(
        _ input: UnsafeRawBufferPointer, _ dictionary: ZstdDictionary?, _ limit: Int
    ) throws(CompressionError) -> [UInt8] {
        try decompressors.lend { context throws(CompressionError) in
            ZSTD_DCtx_reset(context.pointer, ZSTD_reset_session_and_parameters)
            defer { ZSTD_DCtx_reset(context.pointer, ZSTD_reset_session_and_parameters) }
            // A frame may ask for 128 MiB of window; 8 MiB is what all readers must offer.
            ZSTD_DCtx_setParameter(context.pointer, ZSTD_d_windowLogMax, 23)
            if let dictionary { ZSTD_DCtx_refDDict(context.pointer, dictionary.decompressing) }
            var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
            while true {
                let (rest, count) = chunk.withUnsafeMutableBytes { buffer in
                    var target = ZSTD_outBuffer(
                        dst: buffer.baseAddress, size: buffer.count, pos: 0)
                    let rest = ZSTD_decompressStream(context.pointer, &target, &source)
                    return (rest, target.pos)
                }
                guard ZSTD_isError(rest) == 0 else { throw .zstd(rest) }
                bytes += chunk.prefix(count)
                guard bytes.count <= limit else { throw .tooLarge(limitBytes: limit) }
                if rest == 0 { return bytes }
                // The frame was found whole before, so this is only for a library that stands still.
                guard count > 0 || source.pos < source.size else {
                    throw .corrupted(format: "zstd", reason: "it ends too early")
                }
            }
        }
    }
}

/// What can be known of a frame before it is unpacked.
private struct FrameHeader {
    private let size: UInt64

    /// Refuses what is not exactly one whole frame, and frames for another dictionary.
    init(
        _ input: UnsafeRawBufferPointer, _ dictionary: ZstdDictionary?
    ) throws(CompressionError) {
        guard input.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) else {
            throw .corrupted(format: "zstd", reason: "it does not begin like a frame")
        }
        let needed = ZSTD_getDictID_fromFrame(input.baseAddress, input.count)
        guard needed == dictionary?.id ?? 0 else {
            throw .wrongDictionary(needed: needed, given: dictionary?.id)
        }
        let length = ZSTD_findFrameCompressedSize(input.baseAddress, input.count)
        guard ZSTD_isError(length) == 0 else { throw .zstd(length) }
        guard length == input.count else {
            throw .corrupted(format: "zstd", reason: "something follows the frame")
        }
        size = ZSTD_getFrameContentSize(input.baseAddress, input.count)
    }

    /// The length that the frame promises, if it does and if that is within the limit.
    func contentCount(limit: Int) throws(CompressionError) -> Int? {
        // The two highest numbers mean "unknown" and "damaged"; the latter was refused before.
        guard size < UInt64.max - 1 else { return nil }
        guard let count = Int(exactly: size), count <= limit else {
            throw .tooLarge(limitBytes: limit)
        }
        return count
    }
}

extension CompressionError {
    fileprivate static func zstd(_ code: Int) -> CompressionError {
        .corrupted(format: "zstd", reason: String(cString: ZSTD_getErrorName(code)).lowercased())
    }
}

/// Unchecked: `IdleContexts` gives it to one caller at a time.
private final class CompressionContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit { ZSTD_freeCCtx(pointer) }
}

/// Unchecked: `IdleContexts` gives it to one caller at a time.
private final class DecompressionContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit { ZSTD_freeDCtx(pointer) }
}
