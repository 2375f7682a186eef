import Compression
import Synchronization

/// Compresses contents, with a dictionary trained on the first of them.
///
/// Each compressed content names its dictionary, so that several can live side by side.
package final class BodyCodec: Sendable {
    private let zstd = Zstd()

    private struct State {
        var byID: [UInt32: ZstdDictionary] = [:]
        var newest: ZstdDictionary?
        var count: Int64 = 0
        /// What was trained here and is not known to be stored.
        var unstored: (number: Int64, bytes: [UInt8])?
    }

    private let dictionaries = Mutex(State())
    /// A content is a YAML document of 10 MB at most, and JSON may need some more.
    private static let limit = 64 << 20
    /// 32 KB: larger ones gain 2 %; 1,000 samples: more gain nothing (measured).
    private static let dictionaryBytes = 32 << 10
    private static let sampleCount = 1000

    package init() {}

    /// What has to be stored together with the next contents: a dictionary that is trained now, or
    /// one whose commit failed.
    ///
    /// - Returns: nil where all is stored, or there are too few samples to be worth it.
    func dictionaryToStore(
        with contents: () -> [[UInt8]]
    ) throws -> (number: Int64, bytes: [UInt8])? {
        let (unstored, isNeeded) = dictionaries.withLock { ($0.unstored, $0.newest == nil) }
        guard isNeeded else { return unstored }
        let contents = contents()
        guard contents.count >= Self.sampleCount / 2 else { return nil }
        let step = max(1, contents.count / Self.sampleCount)
        let samples = stride(from: 0, to: contents.count, by: step).map { contents[$0] }
        let bytes = try ZstdDictionary.train(
            samples: samples, capacityBytes: Self.dictionaryBytes)
        let number = dictionaries.withLock { $0.count + 1 }
        try addDictionary(number: number, bytes)
        dictionaries.withLock { $0.unstored = (number, bytes) }
        return (number, bytes)
    }

    /// Notes that a dictionary is stored.
    func didStore(_ number: Int64) {
        dictionaries.withLock { if $0.unstored?.number == number { $0.unstored = nil } }
    }

    /// Takes a stored dictionary into use; the one with the highest number compresses.
    func addDictionary(number: Int64, _ bytes: [UInt8]) throws {
        let dictionary = try ZstdDictionary(bytes)
        dictionaries.withLock { state in
            if state.byID[dictionary.id] == nil { state.byID[dictionary.id] = dictionary }
            if number >= state.count {
                state.newest = dictionary
                state.count = number
                state.unstored = nil
            }
        }
    }

    /// Takes what is stored for all there is to compress with; what was stored once and is not any
    /// more only serves contents that are still being sent.
    func restart(with stored: [(number: Int64, bytes: [UInt8])]) throws {
        dictionaries.withLock { ($0.newest, $0.count, $0.unstored) = (nil, 0, nil) }
        for (number, bytes) in stored { try addDictionary(number: number, bytes) }
    }

    func compress(_ content: [UInt8]) throws -> [UInt8] {
        guard let dictionary = dictionaries.withLock({ $0.newest }) else {
            return try zstd.compress(content)
        }
        return try zstd.compress(content, with: dictionary)
    }

    func decompress(_ frame: [UInt8]) throws -> [UInt8] {
        let id = Zstd.dictionaryID(of: frame) ?? 0
        let dictionary = id == 0 ? nil : dictionaries.withLock { $0.byID[id] }
        return try zstd.decompress(frame, with: dictionary, limit: Self.limit)
    }
}
