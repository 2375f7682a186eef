import Crypto
import Testing

/// Blocks are put together here, so that scanners for leaked keys do not stumble over the tests.
func pem(_ label: String, _ lines: String...) -> String {
    "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
}

let publicBlock = pem(
    "PUBLIC KEY", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEj0KQllqe9hkhQ3TriKYrkghp9c0D",
    "2Jfj/2/e6teYpYp551nBlcFCcCoL1D5P1S+yF0Xi+mIpcemuPobZf1ZcvA==")
let privateBlock = pem(
    "PRIVATE KEY", "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYqQrUGP6LN3+tqm3",
    "bDsuVwIQFSYd7xK1ARDfNuVR1IChRANCAASPQpCWWp72GSFDdOuIpiuSCGn1zQPY",
    "l+P/b97q15ilinnnWcGVwUJwKgvUPk/VL7IXReL6Yilx6a4+htl/Vly8")

struct TokenKeyTests {
    @Test(arguments: [
        privateBlock,
        privateBlock.split(separator: "\n").joined(separator: "  \r\n \r\n "),
        pem(
            "EC PRIVATE KEY", "MHcCAQEEIGKkK1Bj+izd/rapt2w7LlcCEBUmHe8StQEQ3zblUdSAoAoGCCqGSM49",
            "AwEHoUQDQgAEj0KQllqe9hkhQ3TriKYrkghp9c0D2Jfj/2/e6teYpYp551nBlcFC",
            "cCoL1D5P1S+yF0Xi+mIpcemuPobZf1ZcvA=="),
    ])
    func `a private key is read from PEM and written as PKCS#8`(text: String) throws {
        let key = try SigningKey(privatePEM: Secret(text), id: "k1")
        #expect(try key.privatePEM() == Secret(privateBlock))
        #expect(try key.verification.publicPEM() == publicBlock)
        let jwk = try #require(key.verification.jwk)
        #expect(
            jwk.members.map { "\($0.name)=\($0.value)" } == [
                "kty=EC", "kid=k1", "alg=ES256", "use=sig", "crv=P-256",
                "x=j0KQllqe9hkhQ3TriKYrkghp9c0D2Jfj_2_e6teYpYo",
                "y=eedZwZXBQnAqC9Q-T9UvshdF4vpiKXHprj6G2X9WXLw",
            ])
        let message = Array("message".utf8)
        let signature = try key.sign(message)
        #expect(signature.count == 64)
        for other in [try VerificationKey(jwk: jwk), try .init(publicPEM: publicBlock, id: nil)] {
            #expect(other.verifies(signature, of: message))
            #expect(!other.verifies(signature, of: message + [0]))
            #expect(!other.verifies([UInt8](repeating: 0, count: 64), of: message))
            #expect(!other.verifies(Array(signature.dropLast()), of: message))
            #expect(!other.verifies([], of: message))
        }
    }

    @Test(arguments: [
        ("", "This is not a key in PEM: there is no line -----BEGIN ...-----."),
        ("-----BEGIN ", "This is not a key in PEM: there is no line -----BEGIN ...-----."),
        (
            privateBlock.replacing("END PRIVATE", with: "END PUBLIC"),
            "This is not a key in PEM: it does not end with -----END PRIVATE KEY-----."
        ),
        (
            privateBlock.replacing("MIGH", with: "MIG*"),
            "This is not a key in PEM: what is between its lines is not base 64."
        ),
        (
            privateBlock.replacing("MIGH", with: "MIGG"),
            "This is not a private key: its content is not PKCS#8."
        ),
        (
            // The last coordinate is changed: the point is off the curve.
            privateBlock.replacing("Vly8", with: "Vly9"),
            "This is not a private key: its content is not PKCS#8."
        ),
        (
            // The secret number is changed: the public one is of another key.
            privateBlock.replacing("gYqQr", with: "gYqQs"),
            "The key is refused: its numbers contradict each other."
        ),
        (
            publicBlock,
            "This is not a private key: its block is PUBLIC KEY, not PRIVATE KEY (unencrypted)."
        ),
        (
            pem("ENCRYPTED PRIVATE KEY", "AAAA"),
            "This is not a private key: its block is ENCRYPTED PRIVATE KEY,"
                + " not PRIVATE KEY (unencrypted)."
        ),
        (
            // P-384.
            pem(
                "PRIVATE KEY", "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCC2XNuU71916hmhaHq",
                "UArrIlRBNknEy1Axc5OaAQ5zBptUmP/10NF6vnRhLhIV+TehZANiAATgbP/jfpiA",
                "M+McW4M02aBMiRex0V5ZURn5w5wKXNujr2c+/ividE36lC8LEue+AoYk/BMGSGKN",
                "ZYAthe8RIXOXLltteGj02MYRb4XtrJdI+EPPuE/jEDYFgMQW3dIYFW0="),
            "The key is refused: only keys on P-256 sign here."
        ),
        (
            // Ed25519.
            pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEICxH+AsXxq3egNIIL987TnClkQLd+0rsKF+N3UiE58S9"),
            "The key is refused: only keys on P-256 sign here."
        ),
    ])
    func `a private key that cannot be used says why`(text: String, message: String) {
        let error = #expect(throws: CryptoError.self) {
            try SigningKey(privatePEM: Secret(text), id: "k")
        }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (
            // RSA with 1024 bits.
            pem(
                "PUBLIC KEY", "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDfuvDtexg0Z5nUyCjZ5csdQ6b2",
                "0Udj/+jirM3CgY6g+lZJrtmG7Uo48YHQlN3WZB0c1y8Mb1kVWVWAlnEMlG5xVipx",
                "Op4VgDzEXyb2atS0gQp5J7dF38BcmTij/3e4JCylFKqGM62RuH6enghu/DzXTmFc",
                "W8EpTWmwDeZJzH5ewwIDAQAB"),
            "The key is refused: an RSA key needs 2048 to 8192 bits."
        ),
        (
            // The curve secp256k1, which also has 32 bytes.
            pem(
                "PUBLIC KEY", "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEZQDTm23D1TS4UDYbCF5MW3gbjOuhYEhs",
                "m5OR1j+lFB1ynMt2zLaAGcbQLXqJrWEV/fF+DATvmRkeVnOMerxdYg=="),
            "The key is refused: its curve is none of P-256, P-384 and P-521."
        ),
        (privateBlock, "This is not a public key: its block is PRIVATE KEY, not PUBLIC KEY."),
        (
            pem("PUBLIC KEY", "AAAA"),
            "This is not a public key: its content is not SubjectPublicKeyInfo."
        ),
    ])
    func `a public key that cannot be used says why`(text: String, message: String) {
        let error = #expect(throws: CryptoError.self) {
            try VerificationKey(publicPEM: text, id: nil)
        }
        #expect(error?.description == message)
    }

    @Test func `a key set's hostile members are refused`() throws {
        let good = try #require(try VerificationKey(publicPEM: publicBlock, id: "k").jwk)
        let rsa = rfcRSAKey
        let changes: [(String, JWK, (inout JWK) -> Void)] = [
            ("type", good, { $0.kty = "oct" }), ("curve", good, { $0.crv = "P-384" }),
            ("no curve", good, { $0.crv = nil }), ("use", good, { $0.use = "enc" }),
            ("alg", good, { $0.alg = "RS256" }), ("no x", good, { $0.x = nil }),
            ("off the curve", good, { $0.x = $0.y }), ("short x", good, { $0.x = "AA" }),
            ("zero", good, { ($0.x, $0.y) = (zero32, zero32) }),
            ("other type", good, { ($0.kty, $0.crv) = ("OKP", "X25519") }),
            ("filling", good, { $0.y? += "=" }), ("alg", rsa, { $0.alg = "ES256" }),
            ("alg", rsa, { $0.alg = "HS256" }), ("other kind", rsa, { $0.kty = "OKP" }),
            ("no e", rsa, { $0.e = nil }), ("empty e", rsa, { $0.e = "" }),
            ("e of 9 bytes", rsa, { $0.e = "AQAAAAAAAAAB" }), ("e of 1", rsa, { $0.e = "AQ" }),
            ("even n", rsa, { $0.n = $0.n.map { $0.dropLast(2) + "xg" } }),
            ("huge n", rsa, { $0.n = String(repeating: "A", count: 100_000) }),
            ("zero n", rsa, { $0.n = String(repeating: "A", count: 344) }),
            ("short n", rsa, { $0.n = $0.n.map { String($0.prefix(200)) } }),
        ]
        for (name, base, change) in changes {
            var jwk = base
            change(&jwk)
            #expect(throws: CryptoError.self, "\(name)") { try VerificationKey(jwk: jwk) }
        }
        #expect(try VerificationKey(jwk: rsa).jwk?.n == rsa.n)
        #expect(try VerificationKey(jwk: rsa).jwk?.e == "AQAB")
    }

    @Test func `a thumbprint is that of RFC 7638`() throws {
        var jwk = JWK(kty: "RSA")
        jwk.n =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS"
            + "oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-6"
            + "5YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNL"
            + "yrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
            + "JzKnqDKgw"
        jwk.e = "AQAB"
        jwk.alg = "RS256"
        #expect(jwk.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        jwk.e = "\""
        #expect(jwk.thumbprint == nil)
        #expect(try #require(SigningKey.generate(id: "a").verification.jwk).thumbprint != nil)
    }
}

private let zero32 = String(repeating: "A", count: 43)
