// Crypto: hashes, signatures, tokens and sealed secrets, all over OpenSSL's libcrypto. It knows no
// JSON beyond the header of a token, no clock and no storage: what a token claims is its caller's.

/// Why a key, a secret or a sealed box was refused, or could not be made.
package enum CryptoError: Error, Equatable, CustomStringConvertible {
    /// The text is not what it should be; the first says what it should be, the second why not.
    case malformed(String, reason: String)
    /// The key is readable and must not be used, with the reason.
    case unusableKey(reason: String)
    /// The box was sealed with a key that is not among those at hand; its name.
    case unknownSealingKey(String)
    /// The box was changed, was moved here from another place, or its key is not the one it names.
    case notAuthentic
    /// libcrypto failed at something that does not depend on input.
    case libraryFailed(String)

    package var description: String {
        switch self {
        case .malformed(let what, let reason):
            "This is not \(what): \(reason)."
        case .unusableKey(let reason):
            "The key is refused: \(reason)."
        case .unknownSealingKey(let name):
            "The secret was sealed with the key \(name), which is not configured."
                + " Add that key after the present one, so that old secrets can be opened."
        case .notAuthentic:
            "The sealed secret cannot be opened: it was changed, moved from another place,"
                + " or sealed with another key. Enter the secret again."
        case .libraryFailed(let operation):
            "libcrypto failed to \(operation). The machine may be out of memory."
        }
    }
}
