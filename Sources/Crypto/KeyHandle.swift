internal import COpenSSL

/// Owns one key of the library, public or whole.
///
/// Unchecked: a key is not changed after it is made, its references are counted atomically, and each
/// operation has a context of its own.
final class KeyHandle: @unchecked Sendable {
    private let key: OpaquePointer

    /// Takes over a key that the caller owned.
    private init?(owning key: OpaquePointer?) {
        guard let key else {
            ERR_clear_error()
            return nil
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A new key on the curve P-256.
    static func generateP256() throws(CryptoError) -> KeyHandle {
        guard let made = KeyHandle(owning: copenssl_generate_p256()) else {
            throw .libraryFailed("generate a key")
        }
        return made
    }

    /// A private key from DER: PKCS#8, or the older form that is only for elliptic curves.
    static func privateKey(der: Secret) throws(CryptoError) -> KeyHandle {
        let key: OpaquePointer? = der.withBytes { bytes in
            var place = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            let key = d2i_AutoPrivateKey(nil, &place, bytes.count)
            // Bytes after the key mean that this is not what the author believes it is.
            guard
                place
                    == bytes.baseAddress?.advanced(by: bytes.count).assumingMemoryBound(
                        to: UInt8.self)
            else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let made = KeyHandle(owning: key) else {
            throw .malformed("a private key", reason: "its content is not PKCS#8")
        }
        try made.check(isPrivate: true)
        return made
    }

    /// A public key from DER in the form SubjectPublicKeyInfo.
    static func publicKey(der: [UInt8]) throws(CryptoError) -> KeyHandle {
        let key: OpaquePointer? = der.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            let key = d2i_PUBKEY(nil, &place, bytes.count)
            guard place == bytes.baseAddress?.advanced(by: bytes.count) else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let made = KeyHandle(owning: key) else {
            throw .malformed("a public key", reason: "its content is not SubjectPublicKeyInfo")
        }
        try made.check(isPrivate: false)
        return made
    }

    /// A public key on P-256 from its point, 32 bytes each.
    static func p256(x: [UInt8], y: [UInt8]) throws(CryptoError) -> KeyHandle {
        guard x.count == 32, y.count == 32 else {
            throw .unusableKey(reason: "a point on P-256 has coordinates of 32 bytes")
        }
        // 4 says that both coordinates follow.
        return try make(DER.publicKey(algorithm: DER.p256, key: [4] + x + y))
    }

    /// A public RSA key from its two numbers, most significant byte first.
    static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) -> KeyHandle {
        // Refused before the library sees it: a huge number is an attack on the processor.
        guard modulus.count <= 1024, (1...8).contains(exponent.count) else {
            throw .unusableKey(reason: "an RSA key has at most 8192 bits and a short exponent")
        }
        let numbers = DER.sequence(DER.integer(modulus), DER.integer(exponent))
        return try make(DER.publicKey(algorithm: DER.rsa, key: numbers))
    }

    /// Through the encoded form: the library's builder of keys keeps pointers to what it is given.
    private static func make(_ der: [UInt8]) throws(CryptoError) -> KeyHandle {
        do {
            return try publicKey(der: der)
        } catch .malformed {
            throw .unusableKey(reason: "its numbers do not make a key")
        }
    }

    /// Whether this is a key on P-256; what else passes `check` is RSA.
    var isP256: Bool { EVP_PKEY_is_a(key, "EC") == 1 }

    /// Refuses what is not a sound P-256 or RSA key of sensible size.
    private func check(isPrivate: Bool) throws(CryptoError) {
        if isP256 {
            var name = [CChar](repeating: 0, count: 32)
            var length = 0
            guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1,
                strncmp(name, "prime256v1", name.count) == 0
            else { throw refusal("its curve is not P-256") }
        } else if EVP_PKEY_is_a(key, "RSA") == 1 {
            guard (2048...8192).contains(EVP_PKEY_get_bits(key)) else {
                throw refusal("an RSA key needs 2048 to 8192 bits")
            }
        } else {
            throw refusal("it is neither for P-256 nor for RSA")
        }
        let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1,
            !isPrivate || EVP_PKEY_pairwise_check(context) == 1
        else { throw refusal("its numbers contradict each other") }
    }

    private func refusal(_ reason: String) -> CryptoError {
        ERR_clear_error()
        return .unusableKey(reason: reason)
    }

    /// A number of the key at a fixed width, most significant byte first.
    func number(_ name: String, byteCount: Int? = nil) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1 else {
            ERR_clear_error()
            return []
        }
        defer { BN_clear_free(number) }
        let width = byteCount ?? Int(BN_num_bits(number) + 7) / 8
        return [UInt8](unsafeUninitializedCapacity: width) { bytes, count in
            count = max(0, Int(BN_bn2binpad(number, bytes.baseAddress, Int32(width))))
        }
    }

    /// The private key as DER in the form PKCS#8.
    func privateDER() throws(CryptoError) -> Secret {
        let info = EVP_PKEY2PKCS8(key)
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes)
        guard info != nil, count > 0, let bytes else { throw .libraryFailed("write a private key") }
        let secret = Secret(
            Span(_unsafeStart: UnsafePointer(bytes), count: Int(count)).bytes)
        OPENSSL_cleanse(bytes, Int(count))
        copenssl_free(bytes)
        return secret
    }

    /// The public key as DER in the form SubjectPublicKeyInfo.
    func publicDER() throws(CryptoError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &bytes)
        guard count > 0, let bytes else { throw .libraryFailed("write a public key") }
        defer { copenssl_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Signs with SHA-256; the signature in the library's form, for P-256 an ASN.1 sequence.
    func sign(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var length = Int(EVP_PKEY_get_size(key))
        let signature = [UInt8](unsafeUninitializedCapacity: max(0, length)) { output, count in
            guard EVP_DigestSignInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1,
                EVP_DigestSign(context, output.baseAddress, &length, bytes, bytes.count) == 1
            else { return }
            count = length
        }
        guard !signature.isEmpty else {
            ERR_clear_error()
            throw .libraryFailed("sign")
        }
        return signature
    }

    /// Whether a signature in the library's form is this key's over these bytes, with SHA-256.
    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            // The queue of errors belongs to the thread: the next caller must not find ours in it.
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1
            && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}
