import Compression
import Testing

struct GzipTests {
    private let gzip = Gzip()

    @Test(arguments: [0, 1, 1000, 65_536, 300_000])
    func `what is packed is unpacked, up to exactly the limit`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let file = try gzip.compress(bytes)
        #expect(try gzip.compress(bytes) == file)
        #expect(try gzip.decompress(file, limit: count) == bytes)
        #expect(try gzip.decompress(Gzip(level: 1).compress(bytes), limit: count) == bytes)
        #expect(try gzip.decompress(file + file, limit: 2 * count) == bytes + bytes)
        guard count > 0 else { return }
        #expect(throws: CompressionError.tooLarge(limitBytes: count - 1)) {
            try gzip.decompress(file, limit: count - 1)
        }
    }

    @Test func `a file in pieces is the same content, and a flush shows all so far`() throws {
        let pieces = (0..<500).map(body)
        var packer = try GzipCompressor(level: 9)
        var file: [UInt8] = []
        for piece in pieces { file += try packer.feed(piece) }
        file += try packer.flush()
        // The data so far is whole but for its end.
        #expect(throws: CompressionError.corrupted(format: "gzip", reason: "it ends too early")) {
            try gzip.decompress(file, limit: 1 << 20)
        }
        let flushed = file.count
        file += try packer.finish()
        #expect(file.count - flushed < 20)
        #expect(try gzip.decompress(file, limit: 1 << 20) == Array(pieces.joined()))
    }

    @Test func `the files of others are read`() throws {
        // `printf hello | gzip -c`, with a name in its header: `gzip hello.txt`.
        let file: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x61, 0x2e, 0x74, 0x78,
            0x74,
            0x00, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00,
            0x00,
            0x00,
        ]
        #expect(try gzip.decompress(file, limit: 5) == Array("hello".utf8))
    }

    @Test func `damaged files are refused and a bomb stops at the limit`() throws {
        let file = try gzip.compress(body(5))
        for count in 0..<file.count {
            #expect(throws: CompressionError.self) {
                try gzip.decompress(Array(file.prefix(count)), limit: 4096)
            }
        }
        #expect(
            throws: CompressionError.corrupted(format: "gzip", reason: "something follows its end")
        ) {
            try gzip.decompress(file + [0], limit: 4096)
        }
        var wrongSum = file
        wrongSum[file.count - 5] ^= 1
        #expect(throws: CompressionError.corrupted(format: "gzip", reason: "incorrect data check"))
        {
            try gzip.decompress(wrongSum, limit: 4096)
        }
        let bomb = try gzip.compress([UInt8](repeating: 0, count: 20_000_000))
        #expect(bomb.count < 30_000)
        #expect(throws: CompressionError.tooLarge(limitBytes: 1_000_000)) {
            try gzip.decompress(bomb, limit: 1_000_000)
        }
        var state: UInt64 = 42
        for _ in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var mutant = file
            mutant[Int(state >> 33) % mutant.count] ^= UInt8(truncatingIfNeeded: state >> 24) | 1
            if let bytes = try? gzip.decompress(mutant, limit: 4096), bytes != body(5) {
                Issue.record("A mutant of seed 42 unpacks to something else.")
                return
            }
        }
        // What failed before must not spoil the context for the next caller.
        #expect(try gzip.decompress(file, limit: 4096) == body(5))
    }
}
