import Crypto
import Testing

// RFC 7515, appendices A.1 to A.3.
private let rfcPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
private let rfcHS256 =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(rfcPayload)"
    + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
private let rfcES256 =
    "eyJhbGciOiJFUzI1NiJ9.\(rfcPayload)"
    + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
private let rfcRS256 =
    "eyJhbGciOiJSUzI1NiJ9.\(rfcPayload)"
    + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2"
    + "Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQ"
    + "BMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6Ie"
    + "YI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
private let rfcSecret = Secret(
    Base64.decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        .url) ?? [])
let rfcRSAKey = {
    var jwk = JWK(kty: "RSA")
    jwk.n =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
        + "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXnd"
        + "S5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5Ih"
        + "lJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    jwk.e = "AQAB"
    return jwk
}()
private let rfcECKey = {
    var jwk = JWK(kty: "EC")
    jwk.crv = "P-256"
    jwk.x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    jwk.y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    return jwk
}()

struct TokenTests {
    private let verifier: TokenVerifier

    init() throws {
        verifier = TokenVerifier(
            keys: [
                try VerificationKey(jwk: rfcECKey), try VerificationKey(jwk: rfcRSAKey),
                try VerificationKey(sharedSecret: rfcSecret, id: nil),
            ], algorithms: [.es256, .rs256, .hs256])
    }

    @Test(arguments: [rfcHS256, rfcES256, rfcRS256])
    func `the examples of RFC 7515 are genuine and any change of a byte is not`(text: String) throws
    {
        let token = try verifier.verify(text)
        #expect(String(decoding: token.payload, as: UTF8.self).hasPrefix(#"{"iss":"joe","#))
        let bytes = Array(text.utf8)
        for place in stride(from: 0, to: bytes.count, by: 3) {
            var changed = bytes
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            guard (try? verifier.verify(text)) == nil else {
                Issue.record("A change at \(place) is accepted.")
                return
            }
        }
    }

    @Test(
        arguments: [
            (#"{"alg":"none"}"#, .algorithm("none")), (#"{"alg":"None"}"#, .algorithm("None")),
            (#"{}"#, .algorithm(nil)), (#"{"alg":"ES384"}"#, .algorithm("ES384")),
            (#"{"alg":"RS256","kid":"a"}"#, .algorithm("RS256")),
            (#"{"alg":"HS256","kid":"a"}"#, .algorithm("HS256")),
            (#"{"alg":"ES256","kid":"b"}"#, .unknownKey("b")), (#"{"alg":"ES256"}"#, .signature),
            (#"{"alg":"ES256","crit":["exp"]}"#, .criticalExtension),
            (#"{"alg":"ES256","alg":"none"}"#, .malformed), (#"{"alg":["ES256"]}"#, .malformed),
            (#"{"alg":"ES256"} x"#, .malformed), (#"[]"#, .malformed), ("", .malformed),
            (#"{"alg":"ES256","x":[[[[[[[[[[]]]]]]]]]]}"#, .malformed), (#"{"alg":"E"#, .malformed),
            (#"{"a":tru}"#, .malformed), (#"{"a":1e999}"#, .malformed),
            (#"{"a":"\ud800"}"#, .malformed),
            (#"{"alg":"ES256",}"#, .malformed), ("{\"alg\":\"ES\n256\"}", .malformed),
            (
                #" { "x5c" : [ "a" , {"b":-1.5e3} ] , "\u0061lg" : "ES\u0032\u003556" , "n":null } "#,
                .algorithm("ES2556")
            ),
            (#"{"kid":"\ud83d\ude00\"\\\/\b","alg":"ES256"}"#, .unknownKey("😀\"\\/\u{8}")),
        ] as [(String, TokenFault)])
    func `a header decides nothing that the key does not allow`(header: String, fault: TokenFault)
        throws
    {
        let key = try SigningKey.generate(id: "a")
        let verifier = TokenVerifier(keys: [key.verification], algorithms: [.es256, .rs256])
        let text = [header, "{}", "signature"].map { Base64.encode(Array($0.utf8), .url) }
        #expect(throws: fault) { try verifier.verify(text.joined(separator: ".")) }
    }

    @Test func `a public key is never taken for a shared secret`() throws {
        let key = try SigningKey(privatePEM: Secret(privateBlock), id: "a")
        #expect(throws: CryptoError.self) {
            try SigningKey(sharedSecret: Secret(publicBlock), id: "a")
        }
        // Signed with what everyone knows: the key's own bytes, without the armour.
        let known = Secret(Array(publicBlock.utf8.dropFirst()))
        let forged = try Token.signed([], type: nil, with: SigningKey(sharedSecret: known, id: "a"))
        for algorithms in [[.es256], [.es256, .hs256]] as [Set<TokenAlgorithm>] {
            let verifier = TokenVerifier(keys: [key.verification], algorithms: algorithms)
            #expect(throws: TokenFault.algorithm("HS256")) { try verifier.verify(forged.text) }
        }
        #expect(throws: CryptoError.self) { try VerificationKey(sharedSecret: Secret(""), id: nil) }
    }

    @Test func `what is signed is verified by its own key only`() throws {
        let payload = Array(#"{"sub":"user:default/ann"}"#.utf8)
        let one = try SigningKey.generate(id: "one")
        let two = try SigningKey.generate(id: "two")
        let token = try Token.signed(payload, type: "vnd.backstage.user", with: one)
        let header = #"{"typ":"vnd.backstage.user","alg":"ES256","kid":"one"}"#
        #expect(String(decoding: token.headerBytes, as: UTF8.self) == header)
        let both = TokenVerifier(keys: [two.verification, one.verification], algorithms: [.es256])
        let read = try both.verify(token.text)
        #expect(read.payload == payload)
        #expect(read.header.typ == "vnd.backstage.user" && read.header.kid == "one")
        let other = TokenVerifier(keys: [two.verification], algorithms: [.es256])
        #expect(throws: TokenFault.unknownKey("one")) { try other.verify(token.text) }
        let odd = try SigningKey(sharedSecret: Secret("secret"), id: "a\"\\\n\u{1}é")
        let named = try Token.signed(payload, type: nil, with: odd)
        #expect(named.header.kid == "a\"\\\n\u{1}é")
        let wrong = try VerificationKey(sharedSecret: Secret("Secret"), id: nil)
        let tried = TokenVerifier(keys: [wrong, odd.verification], algorithms: [.hs256])
        #expect(try tried.verify(named.text).payload == payload)
    }

    @Test(arguments: ForeignToken.all)
    func `a token of another program is genuine by its key and algorithm only`(
        given: ForeignToken
    ) throws {
        var key = try VerificationKey(jwk: given.key)
        let any = TokenVerifier(keys: [key], algorithms: TokenAlgorithm.ofPublicKeys)
        #expect(String(decoding: try any.verify(given.text).payload, as: UTF8.self).count == 15)
        #expect(
            try TokenVerifier(keys: [key], algorithms: [given.algorithm]).verify(given.text).header
                .kid == nil)
        for other in TokenAlgorithm.allCases where other != given.algorithm {
            #expect(throws: TokenFault.self, "\(other)") {
                try TokenVerifier(keys: [key], algorithms: [other]).verify(given.text)
            }
            let signature = try Token(given.text).signature
            let input = Array(given.text.utf8.prefix { $0 != 0x2e })
            #expect(!key.verifies(signature, of: input, with: other))
        }
        #expect(throws: TokenFault.signature) {
            try any.verify(
                given.text.replacing("eyJzdWIiOiJyb2JvdCJ9", with: "eyJzdWIiOiJyb290b2JvdCJ9"))
        }
        // What is written of the key is the same key, for its first algorithm.
        var jwk = try #require(key.jwk)
        (jwk.alg, jwk.use) = (nil, nil)
        #expect(jwk == given.key && jwk.thumbprint != nil)
        var narrowed = given.key
        narrowed.alg = given.algorithm.rawValue
        key = try VerificationKey(jwk: narrowed)
        #expect(key.algorithms == [given.algorithm])
        _ = try TokenVerifier(keys: [key], algorithms: TokenAlgorithm.ofPublicKeys).verify(
            given.text)
    }

    @Test func `filling is taken only where it is asked for`() throws {
        let key = try SigningKey.generate(id: "a")
        let parts = [#"{"alg":"ES256","kid":"a"}"#, #"{"sub":"x"}"#].map {
            Base64.encode(Array($0.utf8))
        }
        let input = parts.joined(separator: ".")
        try #require(input.contains("="))
        let text = "\(input).\(Base64.encode(try key.sign(Array(input.utf8)), .url))=="
        #expect(throws: TokenFault.malformed) { try Token(text) }
        let token = try Token(text, allowsFilling: true)
        try TokenVerifier(keys: [key.verification], algorithms: [.es256]).verify(token)
        for wrong in [text + "=", text.replacing("==", with: "="), text.replacing("=.", with: ".")]
        {
            #expect(throws: TokenFault.malformed, "\(wrong)") {
                try Token(wrong, allowsFilling: true)
            }
        }
    }

    @Test func `tokens beyond 32 KiB are neither read nor written`() throws {
        let key = try SigningKey.generate(id: "a")
        #expect(throws: TokenFault.tooLong) {
            try Token.signed([UInt8](repeating: 0x20, count: 25_000), type: nil, with: key)
        }
        #expect(throws: TokenFault.tooLong) { try Token(String(repeating: ".", count: 32_769)) }
        #expect(throws: TokenFault.malformed) { try Token(String(repeating: ".", count: 32_768)) }
    }

    @Test func `no text ends the process and no mutant is accepted`() throws {
        var random = Seeded(state: 20_260_301)
        let genuine = [rfcHS256, rfcES256, rfcRS256].map { Array($0.utf8) }
        let letters = Array("ABCabc019-_.=+/{}\"\\ \u{0}é".utf8)
        for round in 0..<20_000 {
            var text: [UInt8] = []
            if round.isMultiple(of: 4) {
                text = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
                    letters[Int.random(in: 0..<letters.count, using: &random)]
                }
            } else {
                text = genuine[round % 3]
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    let place = Int.random(in: 0..<text.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: text.remove(at: place)
                    case 2: text.insert(letters[place % letters.count], at: place)
                    default: text[place...].reverse()
                    }
                }
            }
            let mutant = String(decoding: text, as: UTF8.self)
            if (try? verifier.verify(mutant)) != nil, !genuine.contains(Array(mutant.utf8)) {
                Issue.record("Round \(round) of seed 20260301 accepts \(mutant).")
                return
            }
        }
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
