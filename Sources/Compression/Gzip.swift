internal import CZlib

/// Packs and unpacks whole gzip files in memory.
///
/// Keeps its contexts for the next call, so make one and share it. May be used from any thread.
package final class Gzip: Sendable {
    private let deflaters: IdleContexts<Deflater>
    private let inflaters = IdleContexts(make: { Inflater() }, isWorthKeeping: { _ in true })

    /// Makes one that packs at a level from 1 (quick) to 9 (small).
    package init(level: Int = 6) {
        deflaters = IdleContexts(make: { Deflater(level: level) }, isWorthKeeping: { _ in true })
    }

    /// Packs bytes; the same bytes give the same file, since it carries no name and no time.
    package func compress(_ bytes: RawSpan) throws(CompressionError) -> [UInt8] {
        try deflaters.lend { deflater throws(CompressionError) in
            deflater.reset()
            return try bytes.withUnsafeBytes { input throws(CompressionError) in
                try deflater.run(input, Z_FINISH)
            }
        }
    }

    /// Packs bytes; the same bytes give the same file, since it carries no name and no time.
    package func compress(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        try compress(bytes.span.bytes)
    }

    /// Unpacks a file of at most `limit` bytes, checksums checked.
    ///
    /// Several files one after another are one, as the format says. Throws `tooLarge` as soon as it
    /// shows, and `corrupted` for anything that is not whole or is followed by something else.
    package func decompress(_ bytes: RawSpan, limit: Int) throws(CompressionError) -> [UInt8] {
        try inflaters.lend { inflater throws(CompressionError) in
            inflater.reset()
            return try bytes.withUnsafeBytes { input throws(CompressionError) in
                try inflater.run(input, limit)
            }
        }
    }

    /// Unpacks a file of at most `limit` bytes, checksums checked.
    package func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        try decompress(bytes.span.bytes, limit: limit)
    }
}

/// Packs a gzip file piece by piece, for answers that are written while they are made.
///
/// One owner at a time; after `finish` it is used up.
package struct GzipCompressor: ~Copyable, Sendable {
    private let deflater: Deflater

    /// Begins a file at a level from 1 (quick) to 9 (small); throws `libraryFailed` without memory.
    package init(level: Int = 6) throws(CompressionError) {
        guard let deflater = Deflater(level: level) else { throw .libraryFailed("make a context") }
        self.deflater = deflater
    }

    /// Takes a piece and gives what can be sent so far, often nothing.
    package mutating func feed(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        try run(bytes, Z_NO_FLUSH)
    }

    /// Gives all that was held back, so that a reader sees everything up to here.
    package mutating func flush() throws(CompressionError) -> [UInt8] {
        try run([], Z_SYNC_FLUSH)
    }

    /// Gives the rest and the end of the file.
    package consuming func finish() throws(CompressionError) -> [UInt8] {
        try run([], Z_FINISH)
    }

    private func run(_ bytes: [UInt8], _ mode: Int32) throws(CompressionError) -> [UInt8] {
        try bytes.span.bytes.withUnsafeBytes { input throws(CompressionError) in
            try deflater.run(input, mode)
        }
    }
}
