internal import COpenSSL

/// Owns one key of the library, public or whole.
///
/// Unchecked: a key is not changed after it is made, its references are counted atomically, and each
/// operation has a context of its own.
final class KeyHandle: @unchecked Sendable {
    /// What the numbers of a key mean.
    enum Kind {
        case p256, p384, p521, ed25519, rsa

        /// How many bytes each coordinate and each half of a signature has.
        var width: Int {
            switch self {
            case .p256, .ed25519: 32
            case .p384: 48
            case .p521: 66
            case .rsa: 0
            }
        }

        /// What such a key can be used for; the usual one first.
        var algorithms: [TokenAlgorithm] {
            switch self {
            case .p256: [.es256]
            case .p384: [.es384]
            case .p521: [.es512]
            case .ed25519: [.edDSA]
            case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            }
        }

        fileprivate var identifier: [UInt8] {
            switch self {
            case .p256: DER.p256
            case .p384: DER.p384
            case .p521: DER.p521
            case .ed25519: DER.ed25519
            case .rsa: DER.rsa
            }
        }
    }

    let kind: Kind
    private let key: OpaquePointer

    /// Takes over a key that the caller owned; refuses what is not sound or of no use here.
    private init(owning key: OpaquePointer, isPrivate: Bool) throws(CryptoError) {
        do throws(CryptoError) {
            kind = try Self.kind(of: key, isPrivate: isPrivate)
        } catch {
            EVP_PKEY_free(key)
            ERR_clear_error()
            throw error
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// A new key on the curve P-256.
    static func generateP256() throws(CryptoError) -> KeyHandle {
        guard let key = copenssl_generate_p256() else {
            ERR_clear_error()
            throw .libraryFailed("generate a key")
        }
        return try KeyHandle(owning: key, isPrivate: true)
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
        guard let key else {
            ERR_clear_error()
            throw .malformed("a private key", reason: "its content is not PKCS#8")
        }
        return try KeyHandle(owning: key, isPrivate: true)
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
        guard let key else {
            ERR_clear_error()
            throw .malformed("a public key", reason: "its content is not SubjectPublicKeyInfo")
        }
        return try KeyHandle(owning: key, isPrivate: false)
    }

    /// A public key on an elliptic curve from its point.
    static func point(_ kind: Kind, x: [UInt8], y: [UInt8]) throws(CryptoError) -> KeyHandle {
        guard x.count == kind.width, y.count == kind.width else {
            throw .unusableKey(reason: "its coordinates have not the width of its curve")
        }
        // 4 says that both coordinates follow.
        return try make(DER.publicKey(algorithm: kind.identifier, key: [4] + x + y))
    }

    /// A public Ed25519 key from its 32 bytes.
    static func ed25519(_ bytes: [UInt8]) throws(CryptoError) -> KeyHandle {
        guard bytes.count == Kind.ed25519.width else {
            throw .unusableKey(reason: "an Ed25519 key has 32 bytes")
        }
        return try make(DER.publicKey(algorithm: DER.ed25519, key: bytes))
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

    /// What kind of key it is, if it is a sound one of sensible size.
    private static func kind(
        of key: OpaquePointer, isPrivate: Bool
    ) throws(CryptoError) -> Kind {
        let kind: Kind
        if EVP_PKEY_is_a(key, "EC") == 1 {
            var name = [CChar](repeating: 0, count: 32)
            var length = 0
            guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1,
                let curve = curves.first(where: { strncmp(name, $0.name, name.count) == 0 })
            else { throw .unusableKey(reason: "its curve is none of P-256, P-384 and P-521") }
            kind = curve.kind
        } else if EVP_PKEY_is_a(key, "RSA") == 1 {
            guard (2048...8192).contains(EVP_PKEY_get_bits(key)) else {
                throw .unusableKey(reason: "an RSA key needs 2048 to 8192 bits")
            }
            kind = .rsa
        } else if EVP_PKEY_is_a(key, "ED25519") == 1 {
            kind = .ed25519
        } else {
            throw .unusableKey(reason: "it is for none of the algorithms that are known here")
        }
        let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1,
            !isPrivate || EVP_PKEY_pairwise_check(context) == 1
        else { throw .unusableKey(reason: "its numbers contradict each other") }
        return kind
    }

    private static let curves: [(name: String, kind: Kind)] = [
        ("prime256v1", .p256), ("secp384r1", .p384), ("secp521r1", .p521),
    ]

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

    /// Puts the public key into a certificate and signs that; whether it could.
    func signs(_ certificate: OpaquePointer) -> Bool {
        X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0
    }

    /// Whether a certificate has this key.
    func belongs(to certificate: OpaquePointer) -> Bool {
        defer { ERR_clear_error() }
        return X509_check_private_key(certificate, key) == 1
    }

    /// Whether a signature in the library's form is this key's over these bytes.
    func verifies(_ signature: [UInt8], of bytes: [UInt8], with algorithm: TokenAlgorithm) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            // The queue of errors belongs to the thread: the next caller must not find ours in it.
            ERR_clear_error()
        }
        // It belongs to the context.
        var details: OpaquePointer?
        guard
            EVP_DigestVerifyInit_ex(context, &details, algorithm.digest, nil, nil, key, nil) == 1
        else { return false }
        if algorithm.isPadded {
            guard EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}

extension TokenAlgorithm {
    /// The library's name of the digest; nil where the signature has its own.
    fileprivate var digest: String? {
        switch self {
        case .es256, .rs256, .ps256, .hs256: "SHA256"
        case .es384, .rs384, .ps384: "SHA384"
        case .es512, .rs512, .ps512: "SHA512"
        case .edDSA: nil
        }
    }

    /// Whether it is RSA with the padding PSS, its salt as long as the digest (RFC 7518, 3.5).
    fileprivate var isPadded: Bool { [.ps256, .ps384, .ps512].contains(self) }
}
