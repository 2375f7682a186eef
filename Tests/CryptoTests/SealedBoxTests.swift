import Crypto
import Testing

struct SealedBoxTests {
    private let key = Secret([UInt8](repeating: 7, count: 32))

    @Test(arguments: [0, 1, 15, 16, 17, 65_536])
    func `a sealed secret opens for its place and no other`(count: Int) throws {
        let keys = try SealingKeys(present: key)
        let secret = Secret.random(byteCount: count)
        let box = try keys.seal(secret, for: "token/1")
        #expect(try keys.open(SealedBox(bytes: box.bytes), for: "token/1") == secret)
        #expect(throws: CryptoError.notAuthentic) { try keys.open(box, for: "token/2") }
        #expect(box != (try keys.seal(secret, for: "token/1")))
        #expect(box.bytes.count == count + 33)
    }

    @Test func `a box changed at any place stays shut`() throws {
        let keys = try SealingKeys(present: key)
        let box = try keys.seal(Secret("hunter2"), for: "a")
        for place in box.bytes.indices {
            var bytes = box.bytes
            bytes[place] ^= 1
            #expect(throws: CryptoError.self) { try keys.open(SealedBox(bytes: bytes), for: "a") }
            let short = SealedBox(bytes: Array(box.bytes.prefix(place)))
            #expect(throws: CryptoError.self) { try keys.open(short, for: "a") }
        }
        #expect(throws: CryptoError.self) { try keys.seal(.random(byteCount: 65_537), for: "a") }
    }

    @Test func `a former key opens and the present one seals`() throws {
        let former = try SealingKeys(present: key)
        let old = try former.seal(Secret("old"), for: "a")
        let present = Secret.random(byteCount: 32)
        let both = try SealingKeys(present: present, former: [key])
        #expect(try both.open(old, for: "a") == Secret("old"))
        let new = try both.seal(Secret("new"), for: "a")
        let error = #expect(throws: CryptoError.self) { try former.open(new, for: "a") }
        #expect(error?.description.contains("Add that key after the present one") == true)
        #expect(throws: CryptoError.self) { try SealingKeys(present: Secret("short")) }
    }

    @Test func `a key is read from base 64 or hex`() throws {
        let bytes = [UInt8](repeating: 0xfb, count: 32)
        for text in [Hex.encode(bytes), Base64.encode(bytes), Base64.encode(bytes, .url)] {
            #expect(try SealingKeys.key(fromText: Secret(" \(text)\n")) == Secret(bytes))
        }
        for text in ["", "secret", Base64.encode(Array(bytes.dropLast())), "\u{fb}"] {
            #expect(throws: CryptoError.self) { try SealingKeys.key(fromText: Secret(text)) }
        }
    }
}
