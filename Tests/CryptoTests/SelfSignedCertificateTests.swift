import Crypto
import Testing

struct SelfSignedCertificateTests {
    private static let day: Int64 = 86_400

    private func made(_ hosts: [String]) throws -> SelfSignedCertificate {
        try .make(for: hosts, beginsAt: 1_800_000_000, endsAt: 1_800_000_000 + 397 * Self.day)
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST", true), ("127.0.0.1", true), ("::1", true),
        ("0:0:0:0:0:0:0:1", true), ("portal.example.com", true), ("example.com", false),
        ("a.portal.example.com", false), ("127.0.0.2", false), ("::2", false),
        ("evil.example", false), ("", false),
    ])
    func `it is for the hosts that were named`(host: String, isCovered: Bool) throws {
        let certificate = try made([
            "localhost", "127.0.0.1", "::1", "portal.example.com", "a,DNS:evil.example",
            "email:copy", "999.1.1.1", "", "bad host",
        ])
        #expect(certificate.covers(host) == isCovered)
        #expect(try SelfSignedCertificate(pem: certificate.pem).covers(host) == isCovered)
    }

    @Test func `it is read as it was written`() throws {
        let certificate = try made(["localhost"])
        let read = try SelfSignedCertificate(pem: certificate.pem)
        #expect(read.certificatePEM == certificate.certificatePEM)
        #expect(read.keyPEM == certificate.keyPEM)
        #expect(read.fingerprint == certificate.fingerprint && read.fingerprint.count == 32)
        #expect(read.endsAt == 1_800_000_000 + 397 * Self.day)
        #expect(try made(["localhost"]).fingerprint != certificate.fingerprint)
    }

    @Test func `what is not a certificate with its own key is refused`() throws {
        let (one, two) = (try made(["localhost"]), try made(["localhost"]))
        let key = try #require(two.keyPEM.revealedText())
        let own = try #require(one.keyPEM.revealedText())
        let cut = String(one.certificatePEM.dropLast(60))
        for text in [
            "", one.certificatePEM, own, one.certificatePEM + key, own + one.certificatePEM,
            cut + own, own + own, one.certificatePEM + one.certificatePEM + own,
        ] {
            #expect(throws: CryptoError.self, "\(text)") {
                try SelfSignedCertificate(pem: Secret(text))
            }
        }
    }

    @Test func `none is made for nobody`() {
        #expect(throws: CryptoError.self) { try made([]) }
    }
}
