/// The little of ASN.1's distinguished encoding that is written here; reading is the library's.
enum DER {
    /// The algorithm of keys on the curve P-256: id-ecPublicKey, prime256v1 (RFC 5480).
    static let p256 = sequence(elliptic, [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07])

    /// The algorithm of keys on the curve P-384: id-ecPublicKey, secp384r1.
    static let p384 = sequence(elliptic, [0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22])

    /// The algorithm of keys on the curve P-521: id-ecPublicKey, secp521r1.
    static let p521 = sequence(elliptic, [0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x23])

    /// The algorithm of Ed25519 keys, which has no parameters (RFC 8410).
    static let ed25519 = sequence([0x06, 3, 0x2b, 0x65, 0x70])

    private static let elliptic: [UInt8] = [0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]

    /// The algorithm of RSA keys: rsaEncryption, no parameters (RFC 3279).
    static let rsa = sequence(
        [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], [0x05, 0])

    /// A public key in the form SubjectPublicKeyInfo.
    static func publicKey(algorithm: [UInt8], key: [UInt8]) -> [UInt8] {
        // The zero says that all bits of the last byte count.
        sequence(algorithm, wrap(0x03, [0] + key))
    }

    /// A number that is not negative, from its bytes, the most significant first.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        // A leading bit would be a minus sign, and zero needs one digit.
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return wrap(0x02, digits)
    }

    /// Several encoded values as one.
    static func sequence(_ parts: [UInt8]...) -> [UInt8] {
        wrap(0x30, Array(parts.joined()))
    }

    private static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        let length = withUnsafeBytes(of: content.count.bigEndian) { Array($0.drop { $0 == 0 }) }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
