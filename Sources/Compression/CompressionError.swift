// Compression: zstd with dictionaries for what is stored, gzip for what others send and take. All
// functions take whole buffers or pieces; it reads no files and knows nothing of what it packs.

/// Why something could not be packed or unpacked.
package enum CompressionError: Error, Equatable, CustomStringConvertible {
    /// What is inside has more bytes than the caller allows; nothing beyond that was unpacked.
    case tooLarge(limitBytes: Int)
    /// The bytes are not what they should be: the format, and what is wrong.
    case corrupted(format: String, reason: String)
    /// The frame needs the dictionary with this id, and another or none was given.
    case wrongDictionary(needed: UInt32, given: UInt32?)
    /// The bytes are no trained dictionary, or the samples do not make one.
    case dictionary(reason: String)
    /// The library failed at something that does not depend on input.
    case libraryFailed(String)

    package var description: String {
        switch self {
        case .tooLarge(let limit):
            "The data unpacks to more than \(limit) bytes, which is the limit here."
        case .corrupted(let format, let reason):
            "The \(format) data cannot be unpacked: \(reason)."
        case .wrongDictionary(let needed, let given):
            "The data was packed with the dictionary \(needed), but "
                + (given.map { "the dictionary \($0)" } ?? "no dictionary") + " was given."
        case .dictionary(let reason):
            "There is no dictionary to be had from this: \(reason)."
        case .libraryFailed(let operation):
            "The compression library failed to \(operation). The machine may be out of memory."
        }
    }
}
