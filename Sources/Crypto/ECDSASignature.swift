internal import COpenSSL

/// The two forms of a signature on an elliptic curve: what tokens carry, and what the library
/// speaks.
enum ECDSASignature {
    /// The two numbers of an ASN.1 sequence side by side, 32 bytes each, as for P-256; nil if it is
    /// none.
    static func raw(der: [UInt8]) -> [UInt8]? {
        var place = UnsafePointer<UInt8>?.none
        let pair = der.withUnsafeBufferPointer { bytes in
            place = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &place, bytes.count)
        }
        guard let pair else {
            ERR_clear_error()
            return nil
        }
        defer { ECDSA_SIG_free(pair) }
        let raw = [UInt8](unsafeUninitializedCapacity: 64) { bytes, count in
            guard BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes.baseAddress, 32) == 32,
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes.baseAddress?.advanced(by: 32), 32) == 32
            else { return }
            count = 64
        }
        return raw.isEmpty ? nil : raw
    }

    /// The ASN.1 sequence of two numbers that stand side by side; nil if they have not the width.
    ///
    /// - Parameter width: of each number, in bytes.
    static func der(raw: [UInt8], width: Int) -> [UInt8]? {
        guard raw.count == 2 * width else { return nil }
        return DER.sequence(
            DER.integer(Array(raw.prefix(width))), DER.integer(Array(raw.suffix(width))))
    }
}
