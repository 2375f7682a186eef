internal import COpenSSL

/// How a token is signed (RFC 7518, RFC 8037); there is no `none`.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256: what Callboard signs with.
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// RSA with SHA-256, PKCS#1 v1.5: for tokens of others, only verified here.
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSA with SHA-256, PSS.
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    /// Ed25519.
    case edDSA = "EdDSA"
    /// HMAC with SHA-256 and a secret that both sides know: Backstage's legacy tokens.
    case hs256 = "HS256"

    /// Those whose verifiers have no secret: all but HS256.
    package static let ofPublicKeys = Set(allCases).subtracting([.hs256])
}

/// A key that can tell whether a signature is genuine.
///
/// The algorithms are the key's, never the token's, so that a public key cannot be taken for the
/// secret of HS256. May be used from any thread.
package struct VerificationKey: Sendable {
    /// The name by which tokens refer to the key; nil fits tokens of any name.
    package let id: String?
    /// What this key verifies, the usual one first; one only, unless it is an RSA key whose owner
    /// does not say.
    package let algorithms: [TokenAlgorithm]
    fileprivate let material: Material

    fileprivate enum Material: Sendable {
        case pair(KeyHandle)
        case shared(Secret)
    }

    fileprivate init(id: String?, algorithms: [TokenAlgorithm], material: Material) {
        self.id = id
        self.algorithms = algorithms
        self.material = material
    }

    /// What this key signs with, if it is a whole one.
    package var algorithm: TokenAlgorithm { algorithms.first ?? .hs256 }

    /// Reads a public key from a member of a key set.
    ///
    /// Refused: other types, curves and algorithms, keys that are not for signatures, points off the
    /// curve, RSA under 2048 or over 8192 bits.
    package init(jwk: JWK) throws(CryptoError) {
        if let use = jwk.use, use != "sig" {
            throw .unusableKey(reason: "it is not for signatures")
        }
        func number(_ text: String?, _ name: String) throws(CryptoError) -> [UInt8] {
            // An RSA number of 8192 bits has 1366 letters.
            guard let text, text.utf8.count <= 1400, let bytes = Base64.decode(text, .url) else {
                throw .malformed("a JSON Web Key", reason: "its \(name) is not base64url")
            }
            return bytes
        }
        let handle: KeyHandle
        switch (jwk.kty, jwk.crv) {
        case ("EC", "P-256"):
            handle = try .point(.p256, x: number(jwk.x, "x"), y: number(jwk.y, "y"))
        case ("EC", "P-384"):
            handle = try .point(.p384, x: number(jwk.x, "x"), y: number(jwk.y, "y"))
        case ("EC", "P-521"):
            handle = try .point(.p521, x: number(jwk.x, "x"), y: number(jwk.y, "y"))
        case ("OKP", "Ed25519"):
            handle = try .ed25519(number(jwk.x, "x"))
        case ("RSA", _):
            handle = try .rsa(modulus: number(jwk.n, "n"), exponent: number(jwk.e, "e"))
        default:
            throw .unusableKey(reason: "it is for none of the algorithms that are known here")
        }
        var algorithms = handle.kind.algorithms
        if let named = jwk.alg {
            algorithms = algorithms.filter { $0.rawValue == named }
            guard !algorithms.isEmpty else {
                throw .unusableKey(reason: "its algorithm does not fit its type")
            }
        }
        self.init(id: jwk.kid, algorithms: algorithms, material: .pair(handle))
    }

    /// Reads a public key from PEM, the block `PUBLIC KEY`.
    package init(publicPEM: String, id: String?) throws(CryptoError) {
        let (label, der) = try PEM.decode(publicPEM)
        guard label == "PUBLIC KEY" else {
            throw .malformed("a public key", reason: "its block is \(label), not PUBLIC KEY")
        }
        let handle = try KeyHandle.publicKey(der: der.withBytes { Array($0) })
        self.init(id: id, algorithms: handle.kind.algorithms, material: .pair(handle))
    }

    /// Takes a secret that both sides know, for HS256.
    ///
    /// Refused: an empty one, and the text of a key in PEM, which is no secret if it is public.
    package init(sharedSecret: Secret, id: String?) throws(CryptoError) {
        guard !sharedSecret.isEmpty else { throw .unusableKey(reason: "the secret is empty") }
        guard !sharedSecret.withBytes({ $0.starts(with: "-----BEGIN".utf8) }) else {
            throw .unusableKey(reason: "a key in PEM is not a shared secret")
        }
        self.init(id: id, algorithms: [.hs256], material: .shared(sharedSecret))
    }

    /// The public key as a member of a key set; nil for a shared secret.
    package var jwk: JWK? {
        guard case .pair(let handle) = material else { return nil }
        var jwk: JWK
        switch handle.kind {
        case .p256, .p384, .p521:
            jwk = JWK(kty: "EC")
            jwk.crv = handle.kind == .p256 ? "P-256" : handle.kind == .p384 ? "P-384" : "P-521"
            let width = handle.kind.width
            jwk.x = Base64.encode(handle.number(OSSL_PKEY_PARAM_EC_PUB_X, byteCount: width), .url)
            jwk.y = Base64.encode(handle.number(OSSL_PKEY_PARAM_EC_PUB_Y, byteCount: width), .url)
        case .ed25519:
            jwk = JWK(kty: "OKP")
            jwk.crv = "Ed25519"
            // Its encoding ends with the 32 bytes.
            jwk.x = (try? handle.publicDER()).map { Base64.encode(Array($0.suffix(32)), .url) }
        case .rsa:
            jwk = JWK(kty: "RSA")
            jwk.n = Base64.encode(handle.number(OSSL_PKEY_PARAM_RSA_N), .url)
            jwk.e = Base64.encode(handle.number(OSSL_PKEY_PARAM_RSA_E), .url)
        }
        jwk.kid = id
        jwk.alg = algorithm.rawValue
        jwk.use = "sig"
        return jwk
    }

    /// The public key in PEM; a shared secret throws `unusableKey`.
    package func publicPEM() throws(CryptoError) -> String {
        guard case .pair(let handle) = material else {
            throw .unusableKey(reason: "a shared secret has no public part")
        }
        return PEM.encode(try handle.publicDER(), label: "PUBLIC KEY")
    }

    /// Whether a signature, as tokens carry it, is this key's over these bytes.
    ///
    /// - Parameter algorithm: one of the key's, else the answer is no; nil for the first.
    package func verifies(
        _ signature: [UInt8], of bytes: [UInt8], with algorithm: TokenAlgorithm? = nil
    ) -> Bool {
        let algorithm = algorithm ?? self.algorithm
        guard algorithms.contains(algorithm) else { return false }
        switch material {
        case .shared(let secret):
            return areEqualInConstantTime(signature, HMACSHA256.code(for: bytes, key: secret))
        case .pair(let handle):
            switch handle.kind {
            case .rsa, .ed25519: return handle.verifies(signature, of: bytes, with: algorithm)
            case .p256, .p384, .p521:
                guard let der = ECDSASignature.der(raw: signature, width: handle.kind.width) else {
                    return false
                }
                return handle.verifies(der, of: bytes, with: algorithm)
            }
        }
    }
}

/// A key that signs tokens.
///
/// May be used from any thread.
package struct SigningKey: Sendable {
    /// What verifies this key's signatures: its public part, or the same shared secret.
    package let verification: VerificationKey

    /// The name that the key's tokens carry.
    package var id: String? { verification.id }

    /// Makes a new key for ES256.
    package static func generate(id: String) throws(CryptoError) -> SigningKey {
        SigningKey(
            verification: VerificationKey(
                id: id, algorithms: [.es256], material: .pair(try .generateP256())))
    }

    private init(verification: VerificationKey) {
        self.verification = verification
    }

    /// Reads a private key on P-256 from PEM: `PRIVATE KEY` (PKCS#8), or `EC PRIVATE KEY`.
    package init(privatePEM: Secret, id: String) throws(CryptoError) {
        guard let text = privatePEM.revealedText() else {
            throw .malformed("a key in PEM", reason: "it is not text")
        }
        let (label, der) = try PEM.decode(text)
        guard label == "PRIVATE KEY" || label == "EC PRIVATE KEY" else {
            throw .malformed(
                "a private key", reason: "its block is \(label), not PRIVATE KEY (unencrypted)")
        }
        let handle = try KeyHandle.privateKey(der: der)
        guard handle.kind == .p256 else {
            throw .unusableKey(reason: "only keys on P-256 sign here")
        }
        self.init(verification: .init(id: id, algorithms: [.es256], material: .pair(handle)))
    }

    /// Signs with a secret that both sides know, for HS256; see `VerificationKey` for what is refused.
    package init(sharedSecret: Secret, id: String?) throws(CryptoError) {
        self.init(verification: try VerificationKey(sharedSecret: sharedSecret, id: id))
    }

    /// The private key in PEM, PKCS#8 and not encrypted; a shared secret throws `unusableKey`.
    package func privatePEM() throws(CryptoError) -> Secret {
        guard case .pair(let handle) = verification.material else {
            throw .unusableKey(reason: "a shared secret has no PEM")
        }
        let der = try handle.privateDER()
        return Secret(PEM.encode(der.withBytes { Array($0) }, label: "PRIVATE KEY"))
    }

    /// Signs bytes; the signature as tokens carry it, 64 bytes for ES256 and 32 for HS256.
    package func sign(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
        switch verification.material {
        case .shared(let secret):
            return HMACSHA256.code(for: bytes, key: secret)
        case .pair(let handle):
            guard let raw = ECDSASignature.raw(der: try handle.sign(bytes)) else {
                throw .libraryFailed("sign")
            }
            return raw
        }
    }
}
