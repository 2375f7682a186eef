internal import COpenSSL

/// A certificate for TLS that its own key signed: nobody's browser trusts it unasked.
///
/// Made on P-256, for servers only, and for no other certificates. May be used from any thread.
package struct SelfSignedCertificate: Sendable {
    /// The certificate in PEM.
    package let certificatePEM: String
    /// Its key in PEM, PKCS#8 and not encrypted.
    package let keyPEM: Secret
    /// When it ends, in seconds since 1970.
    package let endsAt: Int64
    /// The SHA-256 of the certificate, as browsers show it.
    package let fingerprint: [UInt8]
    private let handle: CertificateHandle

    /// Makes one with a key of its own.
    ///
    /// - Parameters:
    ///   - hosts: names and IP addresses, those of IPv6 without brackets; what is neither is left
    ///     out.
    ///   - beginsAt: in seconds since 1970, as is `endsAt`.
    package static func make(
        for hosts: [String], beginsAt: Int64, endsAt: Int64
    ) throws(CryptoError) -> SelfSignedCertificate {
        let key = try KeyHandle.generateP256()
        let handle = try CertificateHandle(
            for: hosts, beginsAt: beginsAt, endsAt: endsAt, signedBy: key)
        let der = try key.privateDER()
        let secret = Secret(PEM.encode(der.withBytes { Array($0) }, label: "PRIVATE KEY"))
        return try SelfSignedCertificate(handle, keyPEM: secret)
    }

    /// Reads what `pem` wrote: a certificate, and its key after it.
    ///
    /// - Throws: `malformed`; `unusableKey` where the two do not belong together.
    package init(pem: Secret) throws(CryptoError) {
        let mark = "-----BEGIN PRIVATE KEY-----"
        guard let text = pem.revealedText(), let start = text.firstRange(of: mark)?.lowerBound
        else {
            throw .malformed("a certificate with its key", reason: "there is no key")
        }
        let (label, der) = try PEM.decode(String(text[..<start]))
        let (keyLabel, keyDER) = try PEM.decode(String(text[start...]))
        guard label == "CERTIFICATE", keyLabel == "PRIVATE KEY" else {
            throw .malformed("a certificate with its key", reason: "its blocks are others")
        }
        let handle = try CertificateHandle(der: der.withBytes { Array($0) })
        guard try KeyHandle.privateKey(der: keyDER).belongs(to: handle.certificate) else {
            throw .unusableKey(reason: "it is not the certificate's")
        }
        try self.init(handle, keyPEM: Secret(String(text[start...])))
    }

    private init(_ handle: CertificateHandle, keyPEM: Secret) throws(CryptoError) {
        let der = try handle.der()
        self.handle = handle
        self.keyPEM = keyPEM
        certificatePEM = PEM.encode(der, label: "CERTIFICATE")
        fingerprint = SHA256.hash(der)
        endsAt = try handle.endsAt()
    }

    /// Both in one text, as `init(pem:)` reads it.
    package var pem: Secret { Secret(certificatePEM + (keyPEM.revealedText() ?? "")) }

    /// Whether a browser that asks for the host would find it in the certificate.
    package func covers(_ host: String) -> Bool { handle.covers(host) }
}

/// Owns one certificate of the library.
///
/// Unchecked: a certificate is not changed after it is made.
private final class CertificateHandle: @unchecked Sendable {
    let certificate: OpaquePointer

    init(der: [UInt8]) throws(CryptoError) {
        let read: OpaquePointer? = der.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            return d2i_X509(nil, &place, bytes.count)
        }
        guard let read else {
            ERR_clear_error()
            throw .malformed("a certificate", reason: "its content is not X.509")
        }
        certificate = read
    }

    init(
        for hosts: [String], beginsAt: Int64, endsAt: Int64, signedBy key: KeyHandle
    ) throws(CryptoError) {
        guard let made = X509_new() else { throw .libraryFailed("make a certificate") }
        certificate = made
        let name = X509_get_subject_name(made)
        // Its number is not negative, and not zero.
        var number = randomBytes(16)
        number[0] = number[0] & 0x7f | 0x40
        let serial = BN_bin2bn(number, Int32(number.count), nil)
        defer { BN_free(serial) }
        // 2 means version 3.
        guard X509_set_version(made, 2) == 1,
            BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(made)) != nil,
            copenssl_add_common_name(name, "Callboard, self-signed") == 1,
            X509_set_issuer_name(made, name) == 1,
            ASN1_TIME_set(X509_getm_notBefore(made), time_t(beginsAt)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(made), time_t(endsAt)) != nil,
            add(NID_basic_constraints, "critical,CA:FALSE"),
            add(NID_key_usage, "critical,digitalSignature"),
            add(NID_ext_key_usage, "serverAuth"), add(NID_subject_alt_name, Self.names(hosts)),
            key.signs(made)
        else {
            ERR_clear_error()
            throw .libraryFailed("make a certificate")
        }
    }

    deinit { X509_free(certificate) }

    /// The hosts as the library reads them; what could be read as something else is left out.
    private static func names(_ hosts: [String]) -> String {
        hosts.compactMap { host -> String? in
            let isAddress = host.contains(":") || host.utf8.allSatisfy { $0 < 0x3a }
            let letters = host.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
                case 0x3a: isAddress
                default: false
                }
            }
            guard letters, (1...253).contains(host.utf8.count) else { return nil }
            guard isAddress else { return "DNS:\(host)" }
            let address = a2i_IPADDRESS(host)
            defer { ASN1_OCTET_STRING_free(address) }
            ERR_clear_error()
            return address == nil ? nil : "IP:\(host)"
        }.joined(separator: ",")
    }

    private func add(_ kind: Int32, _ value: String) -> Bool {
        guard !value.isEmpty, let added = X509V3_EXT_conf_nid(nil, nil, kind, value) else {
            return false
        }
        defer { X509_EXTENSION_free(added) }
        return X509_add_ext(certificate, added, -1) == 1
    }

    func der() throws(CryptoError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &bytes)
        guard count > 0, let bytes else { throw .libraryFailed("write a certificate") }
        defer { copenssl_free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    func endsAt() throws(CryptoError) -> Int64 {
        let epoch = ASN1_TIME_set(nil, 0)
        defer { ASN1_TIME_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1 else {
            ERR_clear_error()
            throw .malformed("a certificate", reason: "its end is no time")
        }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    func covers(_ host: String) -> Bool {
        X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1
            || X509_check_ip_asc(certificate, host, 0) == 1
    }
}
