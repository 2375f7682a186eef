internal import COpenSSL

/// A small secret, sealed with AES-256-GCM for being stored.
///
/// Its bytes: one for the format, four that name the key, a nonce of 12, the text, a tag of 16.
package struct SealedBox: Sendable, Equatable {
    /// What is stored.
    package let bytes: [UInt8]

    fileprivate static let format: UInt8 = 1
    fileprivate static let headCount = 5
    fileprivate static let nonceCount = 12
    fileprivate static let tagCount = 16

    /// Takes what was stored; whether it can be opened shows when it is.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The keys that seal secrets: the first seals, all open, so that keys can be exchanged.
///
/// May be used from any thread.
package struct SealingKeys: Sendable {
    private let keys: [(name: [UInt8], key: Secret)]

    /// The largest secret that is sealed, in bytes: it is worked on in one piece.
    package static let limitBytes = 65_536

    /// Takes keys of 32 bytes each, the present one first.
    package init(present: Secret, former: [Secret] = []) throws(CryptoError) {
        var keys: [(name: [UInt8], key: Secret)] = []
        for key in [present] + former {
            guard key.byteCount == 32 else {
                throw .unusableKey(reason: "a sealing key has 32 bytes, not \(key.byteCount)")
            }
            // A code under the key itself names it and tells nothing of it.
            let name = HMACSHA256.code(for: Array("callboard sealing key".utf8), key: key)
            keys.append((Array(name.prefix(4)), key))
        }
        self.keys = keys
    }

    /// Reads a key as settings and files hold it: 32 bytes in base 64 (either alphabet) or in hex.
    ///
    /// Spaces and line ends around it are ignored.
    package static func key(fromText text: Secret) throws(CryptoError) -> Secret {
        let trimmed = (text.revealedText() ?? "").filter { !$0.isWhitespace }
        for bytes in [
            Hex.decode(trimmed), Base64.decode(trimmed), Base64.decode(trimmed, .url),
        ] {
            if let bytes, bytes.count == 32 { return Secret(bytes) }
        }
        throw .malformed("a sealing key", reason: "it must be 32 random bytes in base 64 or hex")
    }

    /// Seals a secret for one place, such as `token/42/secret`: it opens for the same place only.
    package func seal(_ secret: Secret, for place: String) throws(CryptoError) -> SealedBox {
        guard secret.byteCount <= SealingKeys.limitBytes else {
            throw .malformed("a small secret", reason: "it has more than 65536 bytes")
        }
        guard let (name, key) = keys.first else { throw .libraryFailed("find a key") }
        let head = [SealedBox.format] + name
        // Random nonces of 12 bytes are safe up to about four thousand million boxes a key.
        let nonce = randomBytes(SealedBox.nonceCount)
        let sealed = secret.withBytes { text in
            SealingKeys.run(key, nonce, head + Array(place.utf8), text, tag: nil)
        }
        guard let sealed else { throw .libraryFailed("seal a secret") }
        return SealedBox(bytes: head + nonce + sealed)
    }

    /// Opens a box that was sealed for the same place.
    ///
    /// Throws `malformed` for what is no box, `unknownSealingKey`, and `notAuthentic` for a box that
    /// was changed or belongs to another place.
    package func open(_ box: SealedBox, for place: String) throws(CryptoError) -> Secret {
        let bytes = box.bytes
        let edge = SealedBox.headCount + SealedBox.nonceCount
        guard bytes.first == SealedBox.format, bytes.count >= edge + SealedBox.tagCount,
            bytes.count <= edge + SealedBox.tagCount + SealingKeys.limitBytes
        else { throw .malformed("a sealed secret", reason: "its format is not known") }
        let head = Array(bytes.prefix(SealedBox.headCount))
        let name = Array(head.dropFirst())
        // Names are short: two keys may share one, so each that has it is tried.
        let named = keys.filter { $0.name == name }
        guard !named.isEmpty else { throw .unknownSealingKey(Hex.encode(name)) }
        let nonce = Array(bytes[SealedBox.headCount..<edge])
        let tag = Array(bytes.suffix(SealedBox.tagCount))
        for (_, key) in named {
            let text = bytes.withUnsafeBytes { bytes in
                let text = UnsafeRawBufferPointer(
                    rebasing: bytes[edge..<(bytes.count - SealedBox.tagCount)])
                return SealingKeys.run(key, nonce, head + Array(place.utf8), text, tag: tag)
            }
            if var text {
                defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
                return Secret(text)
            }
        }
        throw .notAuthentic
    }

    /// Seals (without a tag; gives text and tag) or opens (with one; gives the text or nil).
    private static func run(
        _ key: Secret, _ nonce: [UInt8], _ associated: [UInt8], _ input: UnsafeRawBufferPointer,
        tag: [UInt8]?
    ) -> [UInt8]? {
        let context = EVP_CIPHER_CTX_new()
        let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
        defer {
            EVP_CIPHER_CTX_free(context)
            EVP_CIPHER_free(cipher)
            ERR_clear_error()
        }
        let direction: Int32 = tag == nil ? 1 : 0
        let text = input.assumingMemoryBound(to: UInt8.self).baseAddress
        var output = [UInt8](repeating: 0, count: input.count + SealedBox.tagCount)
        var count: Int32 = 0
        let isBegun = key.withBytes { key in
            EVP_CipherInit_ex2(
                context, cipher, key.assumingMemoryBound(to: UInt8.self).baseAddress, nonce,
                direction, nil)
        }
        guard isBegun == 1,
            EVP_CipherUpdate(context, nil, &count, associated, Int32(clamping: associated.count))
                == 1,
            input.isEmpty
                || EVP_CipherUpdate(context, &output, &count, text, Int32(input.count)) == 1,
            tag == nil || copenssl_set_tag(context, 16, tag) == 1,
            EVP_CipherFinal_ex(context, nil, &count) == 1
        else {
            output.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
            return nil
        }
        if tag == nil {
            let isTagged = output.withUnsafeMutableBytes {
                copenssl_get_tag(context, 16, $0.baseAddress?.advanced(by: input.count))
            }
            return isTagged == 1 ? output : nil
        }
        output.removeLast(SealedBox.tagCount)
        return output
    }
}
