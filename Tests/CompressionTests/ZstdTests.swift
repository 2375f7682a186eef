import Compression
import Testing

/// A body that resembles the others in shape and differs in its values, as stored entities do.
func body(_ number: Int) -> [UInt8] {
    let name = "service-\(number &* 7919 % 10_007)"
    let text = """
        {"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"\(name)",\
        "description":"Answers \(number % 13) kinds of questions","annotations":\
        {"backstage.io/source-location":"url:https://example.org/\(name)/tree/main/"}},\
        "spec":{"type":"service","lifecycle":"production","owner":"group:default/team-\(number % 97)"}}
        """
    return Array(text.utf8)
}

struct ZstdTests {
    private let zstd = Zstd()

    @Test(arguments: [0, 1, 100, 65_536, 1_000_000])
    func `what is packed is unpacked, at any level and up to exactly the limit`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        for level in [-5, 1, 3, 19, 99] {
            let frame = try zstd.compress(bytes, level: level)
            #expect(try zstd.decompress(frame, limit: count) == bytes)
            #expect(Zstd.dictionaryID(of: frame) == nil)
            guard count > 0 else { continue }
            #expect(throws: CompressionError.tooLarge(limitBytes: count - 1)) {
                try zstd.decompress(frame, limit: count - 1)
            }
        }
    }

    @Test func `a dictionary makes bodies small and is named by the frame`() throws {
        let trained = try ZstdDictionary.train(samples: (0..<1000).map(body), capacityBytes: 8192)
        #expect(
            try ZstdDictionary.train(samples: (0..<1000).map(body), capacityBytes: 8192) == trained)
        let dictionary = try ZstdDictionary(trained)
        let other = try ZstdDictionary(
            ZstdDictionary.train(samples: (0..<500).map { body($0 + 5000) + body($0) }))
        #expect(dictionary.id != other.id)
        let bytes = body(123_456)
        let frame = try zstd.compress(bytes, with: dictionary)
        #expect(frame.count * 2 < (try zstd.compress(bytes).count))
        #expect(Zstd.dictionaryID(of: frame) == dictionary.id)
        #expect(try zstd.decompress(frame, with: dictionary, limit: 4096) == bytes)
        for wrong in [nil, other] {
            let fault = CompressionError.wrongDictionary(needed: dictionary.id, given: wrong?.id)
            #expect(throws: fault) { try zstd.decompress(frame, with: wrong, limit: 4096) }
        }
        let plain = try zstd.compress(bytes)
        #expect(throws: CompressionError.wrongDictionary(needed: 0, given: other.id)) {
            try zstd.decompress(plain, with: other, limit: 4096)
        }
        var room = [UInt8](repeating: 0, count: 4096)
        let count = try room.withUnsafeMutableBytes {
            try zstd.decompress(frame.span.bytes, with: dictionary, into: $0)
        }
        #expect(Array(room.prefix(count)) == bytes)
        #expect(throws: CompressionError.tooLarge(limitBytes: 10)) {
            try room.withUnsafeMutableBytes {
                try zstd.decompress(
                    frame.span.bytes, with: dictionary,
                    into: UnsafeMutableRawBufferPointer(rebasing: $0[..<10]))
            }
        }
        #expect(throws: CompressionError.self) { try ZstdDictionary(Array(trained.dropFirst())) }
        #expect(throws: CompressionError.self) { try ZstdDictionary(Array(trained.prefix(8))) }
        #expect(throws: CompressionError.self) { try ZstdDictionary.train(samples: []) }
        #expect(throws: CompressionError.self) { try ZstdDictionary.train(samples: [[1], []]) }
    }

    @Test func `a frame of unknown length is unpacked within the limit`() throws {
        // Written by the zstd command from a pipe: 100 and 1,000,000 times the letter a.
        let short: [UInt8] = [
            0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x45, 0x00, 0x00, 0x10, 0x61, 0x61, 0x01, 0x00,
            0x3f, 0x01, 0x2c,
        ]
        let long: [UInt8] = [
            0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x54, 0x00, 0x00, 0x10, 0x61, 0x61, 0x01, 0x00,
            0xfb, 0xff, 0x39, 0xc0, 0x02, 0x02, 0x00, 0x10, 0x61, 0x02, 0x00, 0x10, 0x61, 0x02,
            0x00, 0x10, 0x61, 0x02, 0x00, 0x10, 0x61, 0x02, 0x00, 0x10, 0x61, 0x02, 0x00, 0x10,
            0x61, 0x03, 0x12, 0x0a, 0x61,
        ]
        #expect(try zstd.decompress(short, limit: 100) == [UInt8](repeating: 0x61, count: 100))
        #expect(throws: CompressionError.tooLarge(limitBytes: 99)) {
            try zstd.decompress(short, limit: 99)
        }
        #expect(try zstd.decompress(long, limit: 1_000_000).count == 1_000_000)
        #expect(throws: CompressionError.tooLarge(limitBytes: 200_000)) {
            try zstd.decompress(long, limit: 200_000)
        }
    }

    @Test func `damaged frames are refused and never end the process`() throws {
        let dictionary = try ZstdDictionary(ZstdDictionary.train(samples: (0..<1000).map(body)))
        let frame = try zstd.compress(body(5), with: dictionary)
        for count in 0..<frame.count {
            #expect(throws: CompressionError.self) {
                try zstd.decompress(Array(frame.prefix(count)), with: dictionary, limit: 4096)
            }
        }
        #expect(
            throws: CompressionError.corrupted(
                format: "zstd", reason: "something follows the frame")
        ) {
            try zstd.decompress(frame + frame, with: dictionary, limit: 1 << 20)
        }
        // A frame that only promises: 2^62 bytes, 1 GiB.
        for size in [[0, 0, 0, 0, 0, 0, 0, 0x40], [0, 0, 0, 0x40, 0, 0, 0, 0]] as [[UInt8]] {
            let promise = [0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x00] + size + [0x01, 0x00, 0x00]
            #expect(throws: CompressionError.tooLarge(limitBytes: 1 << 20)) {
                try zstd.decompress(promise, limit: 1 << 20)
            }
        }
        var state: UInt64 = 42
        for round in 0..<20_000 {
            var mutant = frame
            for _ in 0...(round % 3) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                mutant[Int(state >> 33) % mutant.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            let bytes = try? zstd.decompress(mutant, with: dictionary, limit: 4096)
            guard bytes?.count ?? 0 <= 4096 else {
                Issue.record("Round \(round) of seed 42 unpacks more than the limit.")
                return
            }
        }
    }

    @Test func `many tasks share one`() async throws {
        let zstd = zstd
        let gzip = Gzip()
        try await withThrowingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<300 {
                        let bytes = body(task * 1000 + number)
                        let frame = try zstd.compress(bytes)
                        #expect(try zstd.decompress(frame, limit: 4096) == bytes)
                        let file = try gzip.compress(bytes)
                        #expect(try gzip.decompress(file, limit: 4096) == bytes)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
