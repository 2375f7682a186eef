import CatalogModel
import Crypto
import Descriptors
import Glibc
import Inbound
import Outbound
import Testing
import Values

@testable import CatalogAPI

/// Small changes to good input of everything that reads bytes from outside: nothing may trap, and
/// nothing small may take long.
///
/// Some thousand rounds here; as many as wanted with
/// `CALLBOARD_ROUNDS=1000000 swift test --disable-xctest --filter MutationTests`.
@Suite struct MutationTests {
    /// What reads, by name, and good input for it.
    private struct Reader: Sendable {
        let name: String
        let seeds: [String]
        let read: @Sendable ([UInt8]) -> Void
    }

    private static let json =
        #"{"limit":20,"query":{"$all":[{"kind":"a"},{"$not":{"b":{"$in":[1,true,"c\ud83d\ude00"]}}}"#
        + #",{"relations":{"$contains":{"type":"x","targetRef":{"$in":["a:b/c"]}}}},"#
        + #"{"d":{"$hasPrefix":"e"}},{"f":{"$exists":false}}]},"fields":["a.b","c"],"n":-1.5e3}"#

    private static let readers = [
        Reader(name: "JSON", seeds: [json, #"["\u0301é",null,[[]],{"":{}}]"#]) { bytes in
            guard let value = try? JSON.parse(bytes, keepsPlaces: true) else { return }
            _ = try? JSON.parse(value.bytes)
        },
        Reader(name: "YAML", seeds: ["a: &x {b: [1, 'c']}\n? |\n  k\n: *x\n---\n- \"\\u0041\"\n"]) {
            let found = readDocuments($0, file: nil)
            for document in found.documents + found.broken {
                _ = try? checkEntity(document.root, file: nil)
            }
        },
        Reader(
            name: "entity",
            seeds: [
                "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: a, labels: {b: c},"
                    + " links: [{url: 'http://x'}], tags: [t]}\nspec: {type: team, children: [b],"
                    + " parent: 'group:default/p', members: [u], profile: {email: e}}\n"
            ]
        ) {
            for document in readDocuments($0, file: nil).documents {
                guard let checked = try? checkEntity(document.root, file: nil) else { continue }
                _ = declaredRelations(of: checked.content)
            }
        },
        Reader(name: "query", seeds: [json]) { bytes in
            guard let value = try? JSON.parse(bytes) else { return }
            if let query = value["query"], let predicate = try? Predicate.parse(query: query) {
                _ = try? Predicate.parse(query: predicate.query)
            }
            _ = try? Predicate.parse(conditions: value["query"] ?? value)
        },
        Reader(name: "filter", seeds: ["kind=a,metadata.name=b,c,,=d", "relations.ownedBy=x:y/z"]) {
            let text = String(decoding: $0, as: UTF8.self)
            _ = try? Predicate.parse(filters: [text, text])
            let fields = try? FieldProjection([text])
            if let value = try? JSON.parse(json) { _ = fields?.apply(to: value) }
        },
        Reader(name: "parameters", seeds: ["filter=kind%3Da&limit=20&x=%ff%00+&&=&a"]) {
            let items = QueryItems(bytes: $0)
            for item in items.items { _ = items.all(item.name) }
        },
        Reader(
            name: "cursor",
            seeds: [
                #"{"orderFields":[{"field":"a","order":"desc"}],"orderFieldValues":["b","c:d/e"],"#
                    + #""isPrevious":true,"filter":["kind=a"],"totalItems":3,"#
                    + #""fullTextFilter":{"term":"x","fields":["y"]}}"#
            ]
        ) {
            _ = try? EntityQuery(cursor: Base64.encode($0))
            _ = try? EntityQuery(cursor: String(decoding: $0, as: UTF8.self))
        },
        Reader(
            name: "address",
            seeds: [
                "https://u:p@ex%41mple.com:8443/a/../b%2e/c?d=e#f", "http://[::ffff:1.2.3.4]/",
                "http://0x7f.1/x", "HTTP:\\\\xn--nxasmq6b.com/é",
            ]
        ) {
            let text = String(decoding: $0, as: UTF8.self)
            if let address = WebAddress(text) { _ = WebAddress(address.text)?.pathSegments }
            _ = withoutCredentials(text)
            _ = isAbsoluteAddress(text)
        },
        Reader(name: "reference", seeds: ["component:default/name", "a/b", "User:n"]) {
            let text = String(decoding: $0, as: UTF8.self)
            _ = try? EntityRef.parse(text)
            _ = LocationRef.parse(text)
            _ = folded(text)
        },
        Reader(
            name: "token",
            seeds: [
                "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJ4In0.eyJzdWIiOiJhIiwiZXhwIjoxfQ.AAAA"
            ]
        ) { _ = try? Token(String(decoding: $0, as: UTF8.self)) },
        Reader(name: "duration", seeds: ["1h 30m", "PT1H30M", "P1DT0.5S", "2 days"]) {
            _ = try? parseDuration(String(decoding: $0, as: UTF8.self))
        },
    ]

    private static let pieces = [
        "[", "{", "\"", "\\", "\\u0000", "\u{0}", "é", ": ", "%", "%2", "&", "=", ",", "a", ".",
        "/",
        "..", "@", "-", "9", "9223372036854775808", "1e999", "\u{301}", "\u{5b0}", "\u{FEFF}",
        "$not",
        "*x", "&x ", "\n", "\n---\n", "\u{2028}", "💥",
    ]

    private static var rounds: Int {
        getenv("CALLBOARD_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1_500
    }

    @Test func `made by changing good input never traps and never takes long`() {
        var random = Seeded(20_261_124)
        for reader in Self.readers {
            var slowest = 0.0
            for _ in 0..<Self.rounds {
                let input = Self.changed(reader.seeds, &random)
                let before = Self.cpu()
                reader.read(input)
                let took = Self.cpu() - before
                if took > slowest { slowest = took }
                // The inputs have some hundred bytes: this is a thousand times what they need.
                let text = String(decoding: input.prefix(400), as: UTF8.self).debugDescription
                #expect(took < 250, "\(reader.name): \(took) ms for \(text)")
            }
        }
    }

    private static func changed(_ seeds: [String], _ random: inout Seeded) -> [UInt8] {
        var bytes = Array(seeds[Int.random(in: 0..<seeds.count, using: &random)].utf8)
        for _ in 0...Int.random(in: 0...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)].utf8
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: piece, at: place)
            case 1:
                let count = 1 << Int.random(in: 0...9, using: &random)
                for _ in 0..<count { bytes.insert(contentsOf: piece, at: place) }
            case 2:
                let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
                bytes.removeSubrange(place..<end)
            case 3 where place < bytes.count:
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 4:
                let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    /// Milliseconds of this thread's processor time.
    private static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}

/// The same numbers for the same seed (SplitMix64).
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
