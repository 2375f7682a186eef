import Postings
import Glibc
import Testing

/// A document of the model that a segment is compared with: plain dictionaries and sets.
struct ModelDocument {
    var name: String
    var slot: Int64
    var pairs: [(key: String, value: String)] = []
    var valueless: [String] = []
    var edges: [(key: String, target: String)] = []
}

struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

extension String {
    func bytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        var copy = self
        return copy.withUTF8(body)
    }
}

func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

func segment(of documents: [ModelDocument]) throws -> Segment {
    var builder = SegmentBuilder()
    for document in documents {
        builder.beginDocument(name: document.name, slot: document.slot, stamp: [1, 2, 3])
        for (key, value) in document.pairs {
            key.bytes { key in
                value.lowercased().bytes { folded in
                    value.bytes { builder.add(key: key, folded: folded, original: $0) }
                }
            }
        }
        for key in document.valueless { key.bytes { builder.addValueless(key: $0) } }
        for (key, target) in document.edges {
            key.bytes { key in target.bytes { builder.addEdge(key: key, target: $0) } }
        }
    }
    return try #require(builder.finish())
}

/// Random documents with rare and frequent, equal-but-for-case and repeated values.
func randomDocuments(_ count: Int, seed: UInt64) -> [ModelDocument] {
    var random = Random(state: seed)
    return (0..<count).map { index in
        let name = "thing:default/n\(Int.random(in: 0..<count * 2, using: &random))"
        var document = ModelDocument(name: name, slot: Int64(index))
        document.pairs.append(
            ("kind", ["Thing", "thing", "Other"].randomElement(using: &random) ?? ""))
        document.pairs.append(("name", name))
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            document.pairs.append(("tag", "t\(Int.random(in: 0..<9, using: &random))"))
        }
        if index % 5 == 0 { document.valueless.append("tag") }
        if index % 7 == 0 { document.valueless.append("empty") }
        let target = Int.random(in: 0..<count * 2, using: &random)
        document.edges.append(("likes", "thing:default/n\(target)"))
        return document
    }
}

/// Of each name the last, in the order of names: what a segment has to hold.
func model(_ documents: [ModelDocument]) -> [ModelDocument] {
    var last: [String: ModelDocument] = [:]
    for document in documents { last[document.name] = document }
    return last.values.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
}

func expectSame(_ segment: Segment, _ model: [ModelDocument]) {
    #expect(segment.count == model.count)
    #expect((0..<segment.count).map { text(segment.name(of: $0)) } == model.map(\.name))
    #expect((0..<segment.count).map { segment.slot(of: $0) } == model.map(\.slot))
    for key in ["kind", "name", "tag", "empty", "likes"] {
        var expected: [String: [Int]] = [:]
        var having: [Int] = []
        for (number, document) in model.enumerated() {
            let edges = document.edges.filter { $0.key == key }.map(\.target)
            let values = Set(document.pairs.filter { $0.key == key }.map(\.value) + edges)
            for value in values { expected[value, default: []].append(number) }
            if !values.isEmpty || document.valueless.contains(key) { having.append(number) }
        }
        guard let column = segment.column(key) else {
            #expect(having.isEmpty)
            continue
        }
        let values = (0..<column.count).map { text(column.original($0)) }
        #expect(
            values
                == expected.keys.sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) })
        for (index, value) in values.enumerated() {
            var set = Bitmap(size: segment.count)
            set.formUnion(column.postings(index))
            #expect(set.documents == expected[value])
        }
        var set = Bitmap(size: segment.count)
        set.formUnion(column.having)
        #expect(set.documents == having)
    }
}

@Suite struct `A segment` {
    @Test(arguments: [0, 1, 3, 63, 64, 65, 700])
    func `holds what was put into it`(count: Int) throws {
        let documents = randomDocuments(count, seed: UInt64(count) + 5)
        let built = try segment(of: documents)
        expectSame(built, model(documents))
        for (number, document) in model(documents).enumerated() {
            #expect(document.name.bytes { built.document(named: $0) } == number)
            let edges = built.edges(of: number).map {
                text(built.column(at: $0.column).folded($0.value))
            }
            #expect(edges == document.edges.map(\.target))
        }
        #expect("nobody".bytes { built.document(named: $0) } == nil)
    }

    @Test(arguments: [(10, 3), (200, 2), (200, 5), (64, 1), (6000, 3)])
    func `merged of several holds what lives`(count: Int, parts: Int) throws {
        var newest: [String: ModelDocument] = [:]
        var inputs: [(segment: Segment, living: Bitmap)] = []
        for part in 0..<parts {
            let documents = model(randomDocuments(count, seed: UInt64(part * 31 + count)))
            let names = Set(documents.map(\.name))
            for index in inputs.indices {
                for number in 0..<inputs[index].segment.count
                where names.contains(text(inputs[index].segment.name(of: number))) {
                    inputs[index].living.remove(number)
                }
            }
            for document in documents { newest[document.name] = document }
            let built = try segment(of: documents)
            inputs.append((built, Bitmap(size: built.count, filled: true)))
        }
        let merged = try #require(mergeSegments(inputs))
        let expected = model(Array(newest.values))
        expectSame(merged, expected)
        // The same in a file, of which only the last part is in memory.
        let path = "/tmp/callboard-merge-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let image = try SegmentImage.merge(inputs, revision: 9, label: 7, to: path)
        expectSame(image, expected)
        #expect(image.byteCount == merged.byteCount)
        let opened = try SegmentImage.open(at: path, label: 7)
        #expect(opened.revision == 9)
        expectSame(opened.segment, expected)
        for (number, document) in expected.enumerated() {
            let edges = merged.edges(of: number).map {
                text(merged.column(at: $0.column).folded($0.value))
            }
            #expect(edges == document.edges.map(\.target))
        }
    }

    @Test(arguments: ["t", "t1", "n1", "default/n", "zz", "g:default/n9", "nothing"])
    func `finds text within values and never across two`(needle: String) throws {
        let documents = model(randomDocuments(300, seed: 9))
        let built = try segment(of: documents)
        for key in ["name", "tag"] {
            let column = try #require(built.column(key))
            var found = Bitmap(size: built.count)
            needle.bytes { column.insertDocuments(containing: $0, into: &found) }
            let expected = documents.indices.filter { index in
                documents[index].pairs.contains { $0.key == key && $0.value.contains(needle) }
            }
            #expect(found.documents == expected)
        }
    }

    @Test func `counts values within a set, finds equals and prefixes, ranks documents`() throws {
        let documents = model(randomDocuments(500, seed: 4))
        let built = try segment(of: documents)
        var set = Bitmap(size: built.count)
        for number in stride(from: 0, to: built.count, by: 3) { set.insert(number) }
        for key in ["kind", "tag", "name"] {
            let column = try #require(built.column(key))
            let counts = column.counts(in: set)
            for value in 0..<column.count {
                let original = text(column.original(value))
                let expected = set.documents.count { number in
                    documents[number].pairs.contains { $0.key == key && $0.value == original }
                }
                #expect(counts[value] == expected)
                #expect(column.postings(value).count(in: set) == expected)
            }
        }
        let kind = try #require(built.column("kind"))
        #expect("thing".bytes { kind.values(equal: $0) } == 1..<3)
        #expect("t".bytes { kind.values(prefix: $0) } == 1..<3)
        #expect("x".bytes { kind.values(prefix: $0) }.isEmpty)
        let ranks = kind.rankTable.ranks
        #expect(
            documents.indices.allSatisfy {
                text(kind.original(Int(ranks[$0]))) == documents[$0].pairs[0].value
            })
    }
}

@Suite struct `A segment's image` {
    @Test func `opens as what was written, and not when anything is off`() throws {
        let path = "/tmp/callboard-image-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        #expect(throws: ImageFault.missing) { try SegmentImage.open(at: path, label: 1) }
        let documents = randomDocuments(100, seed: 1)
        try SegmentImage.write(segment(of: documents), revision: 42, label: 7, to: path)
        let opened = try SegmentImage.open(at: path, label: 7)
        #expect(opened.revision == 42)
        expectSame(opened.segment, model(documents))
        #expect(throws: ImageFault.otherFormat) { try SegmentImage.open(at: path, label: 8) }
        let file = try #require(fopen(path, "r+"))
        fseek(file, 5000, SEEK_SET)
        fputc(0xEE, file)
        fclose(file)
        #expect(throws: ImageFault.damaged) { try SegmentImage.open(at: path, label: 7) }
        truncate(path, 70)
        #expect(throws: ImageFault.damaged) { try SegmentImage.open(at: path, label: 7) }
    }
}
