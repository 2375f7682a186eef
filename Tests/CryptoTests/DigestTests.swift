import Crypto
import Testing

struct DigestTests {
    @Test(arguments: [
        (
            "", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        (
            "abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `hashes are those of FIPS 180-4`(text: String, sha1: String, sha256: String) {
        #expect(Hex.encode(SHA1.hash(text)) == sha1)
        #expect(Hex.encode(SHA256.hash(text)) == sha256)
        let pieces = SHA256()
        for _ in 0..<2 {
            for piece in Array(text.utf8).split(maxSplits: 3, whereSeparator: { $0 == 0x64 }) {
                pieces.update(Array(piece))
            }
            let whole = Array(text.utf8).split(maxSplits: 3, whereSeparator: { $0 == 0x64 })
            #expect(pieces.finish() == SHA256.hash(Array(whole.joined())))
        }
    }

    @Test func `a million letters have the hash of FIPS 180-4`() {
        let text = String(repeating: "a", count: 1_000_000)
        #expect(Hex.encode(SHA1.hash(text)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
        #expect(
            Hex.encode(SHA256.hash(text))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ] as [([UInt8], String, String)])
    func `authentication codes are those of RFC 4231`(key: [UInt8], text: String, code: String) {
        #expect(Hex.encode(HMACSHA256.code(for: Array(text.utf8), key: Secret(key))) == code)
    }

    @Test func `a secret shows itself nowhere`() {
        let secret = Secret("hunter2")
        struct Holder { let password: Secret }
        var dumped = ""
        dump(Holder(password: secret), to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), "\(Holder(password: secret))", dumped,
        ] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("***") || text.contains("Secret"))
        }
        #expect(secret.revealedText() == "hunter2")
        #expect(Secret([0xff]).revealedText() == nil)
        #expect(secret == Secret(Array("hunter2".utf8)))
        #expect(
            secret != Secret("hunter3") && secret != Secret("hunter") && Secret("") == Secret([]))
        #expect(Secret.random(byteCount: 32) != Secret.random(byteCount: 32))
        #expect([0, 1, 7, 8, 33].map { randomBytes($0).count } == [0, 1, 7, 8, 33])
        #expect(areEqualInConstantTime([], []) && areEqualInConstantTime([1, 2], [1, 2]))
        #expect(!areEqualInConstantTime([1, 2], [1, 3]) && !areEqualInConstantTime([1], [1, 1]))
    }
}

struct TextTests {
    @Test(arguments: [
        ("", "", ""), ("66", "Zg==", "Zg"), ("666f", "Zm8=", "Zm8"), ("666f6f", "Zm9v", "Zm9v"),
        ("666f6f62", "Zm9vYg==", "Zm9vYg"), ("fbff", "+/8=", "-_8"), ("00", "AA==", "AA"),
    ])
    func `base 64 has both forms`(hex: String, standard: String, url: String) throws {
        let bytes = try #require(Hex.decode(hex))
        #expect(Hex.encode(bytes) == hex)
        #expect(Base64.encode(bytes) == standard)
        #expect(Base64.encode(bytes, .url) == url)
        #expect(Base64.decode(standard) == bytes)
        #expect(Base64.decode(url, .url) == bytes)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9v====",
        "Zm-_", "Zg==Zg==", "Zmé=", "=Zg=", "Zm9v=",
    ])
    func `what is not exactly base 64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
        // Without filling the others are wrong for base64url too, each in its own way.
        if !["Zg", "Zm-_"].contains(text) { #expect(Base64.decode(text, .url) == nil) }
    }

    /// Recorded from Node 20: `Buffer.from(text, "base64").toString("hex")`.
    @Test(arguments: [
        ("YQ==YQ==", "61"), ("a", ""), ("YWI", "6162"), ("Y W\nI=", "6162"), ("!!!!", ""),
        ("YWJj-_+/", "616263fbffbf"), ("YQ=", "61"), ("=", ""), ("YWJjZ", "616263"),
        ("=YWJj", ""), ("YQ====", "61"), ("Y==Q", ""), ("ÄYWJj", "616263"),
        ("YWJj=ZGVm", "616263"), ("Y=WJj", ""),
    ])
    func `lenient base 64 reads what Node reads`(text: String, hex: String) {
        #expect(Hex.encode(Base64.decodeLeniently(text)) == hex)
    }

    @Test func `hex takes both cases and nothing else`() {
        #expect(Hex.decode("00fFAb") == [0, 0xff, 0xab])
        for text in ["0", "0g", "0x", " 00", "+1", "é0"] { #expect(Hex.decode(text) == nil) }
        for count in 0..<100 {
            let bytes = randomBytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decodeLeniently(Base64.encode(bytes, .url)) == bytes)
        }
    }
}
