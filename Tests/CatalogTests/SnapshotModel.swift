import CatalogModel
import Postings
import Values

@testable import Catalog

/// A seeded source of numbers, so that what fails can be run again.
struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// The catalog as plain dictionaries, and the same as a snapshot of several segments.
///
/// Contents are random and small, so that values, references and relations meet often.
struct SnapshotModel: Sendable {
    struct Entity: Sendable {
        var content: JSON
        var declared: [EntityRelation]
        var slot: Int64
    }

    private(set) var entities: [String: Entity] = [:]
    private(set) var snapshot = Snapshot.empty
    private var random: Seeded
    private let names: Int

    /// - Parameter names: how many different names there are for each kind.
    init(seed: UInt64, names: Int = 12) {
        random = Seeded(seed)
        self.names = names
    }

    static let kinds = ["Component", "Group", "API"]
    static let words = ["alpha", "Alpha", "ALPHA", "beta", "Beta", "ä", "Ä", "a", "", "beta gamma"]

    mutating func ref() -> String {
        let kind = folded(Self.kinds.randomElement(using: &random) ?? "")
        return "\(kind):default/n\(Int.random(in: 0..<names, using: &random))"
    }

    /// Puts and removes some entities: one more segment.
    mutating func change(puts: Int, removals: Int) {
        let revision = snapshot.revision + 1
        var removed: [String] = []
        for _ in 0..<removals {
            let ref = ref()
            if entities.removeValue(forKey: ref) != nil { removed.append(ref) }
        }
        var batch: [String: Entity] = [:]
        for index in 0..<puts {
            let ref = ref()
            batch[ref] = entity(ref, slot: revision << 20 + Int64(index))
        }
        var builder = SegmentBuilder()
        for (ref, entity) in batch {
            entities[ref] = entity
            let stamp = EntityStamp(
                uid: Self.uid(of: ref), hash: [UInt8](repeating: 7, count: 12), item: 1,
                number: entity.slot)
            builder.add(
                ref: ref, slot: entity.slot, stamp: stamp, content: entity.content,
                relations: entity.declared)
        }
        let segment = batch.isEmpty ? nil : builder.finish()
        snapshot = snapshot.adding(segment, removed: removed, revision: revision)
    }

    /// Merges as the keeper does, or from a random place on.
    mutating func merge(atRandom: Bool) {
        let first =
            atRandom && !snapshot.parts.isEmpty
            ? Int.random(in: 0..<snapshot.parts.count, using: &random) : snapshot.firstToMerge()
        guard let first, let merged = snapshot.merged(from: first),
            let replaced = snapshot.replacing(from: first, of: snapshot, with: merged)
        else { return }
        snapshot = replaced
    }

    /// Merges while something else is committed: the merge is of the older snapshot.
    mutating func mergeBehind(puts: Int, removals: Int) {
        let original = snapshot
        guard original.parts.count > 1 else { return }
        let first = Int.random(in: 0..<original.parts.count, using: &random)
        let merged = original.merged(from: first)
        change(puts: puts, removals: removals)
        if let merged, let replaced = snapshot.replacing(from: first, of: original, with: merged) {
            snapshot = replaced
        }
    }

    static func uid(of ref: String) -> [UInt8] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in ref.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<16).map { UInt8(truncatingIfNeeded: hash >> UInt64($0 % 8 * 8)) }
    }

    // MARK: Random contents

    private mutating func entity(_ ref: String, slot: Int64) -> Entity {
        let parts = ref.split(whereSeparator: { $0 == ":" || $0 == "/" }).map(String.init)
        var builder = JSONBuilder()
        builder.beginObject()
        builder.key("metadata")
        builder.beginObject()
        builder.member("namespace", "default")
        builder.member("name", parts[2])
        if Bool.random(using: &random) { builder.member("title", word()) }
        builder.key("tags")
        builder.beginArray()
        for _ in 0..<Int.random(in: 0..<3, using: &random) { builder.string(word()) }
        builder.end()
        builder.end()
        builder.member("kind", Self.kinds.first { folded($0) == parts[0] } ?? "")
        builder.key("spec")
        builder.beginObject()
        switch Int.random(in: 0..<5, using: &random) {
        case 0: builder.member("type", word())
        case 1:
            builder.key("type")
            builder.null()
        case 2:
            builder.key("type")
            builder.integer(Int64.random(in: -2...2, using: &random))
        case 3: builder.member("type", String(repeating: "long", count: 80))
        default: break
        }
        builder.key("flag")
        builder.bool(Bool.random(using: &random))
        builder.end()
        builder.end()
        var declared: Set<EntityRelation> = []
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            guard let type = RelationType.builtIn.prefix(4).randomElement(using: &random) else {
                continue
            }
            declared.insert(EntityRelation(type: type, target: self.ref()))
        }
        return Entity(content: builder.finish(), declared: declared.sorted(), slot: slot)
    }

    private mutating func word() -> String { Self.words.randomElement(using: &random) ?? "" }

    // MARK: What is right

    /// All relations of each entity, in both directions.
    func relations() -> [String: [EntityRelation]] {
        var all: [String: Set<EntityRelation>] = [:]
        for (ref, entity) in entities {
            for relation in entity.declared {
                all[ref, default: []].insert(relation)
                all[relation.target, default: []].insert(
                    EntityRelation(type: relation.type.reversed, target: ref))
            }
        }
        return all.filter { entities[$0.key] != nil }.mapValues { $0.sorted() }
    }

    func facts() -> [String: EntityFacts] {
        let relations = relations()
        var facts: [String: EntityFacts] = [:]
        for (ref, entity) in entities {
            facts[ref] = EntityFacts(
                content: entity.content, relations: relations[ref] ?? [])
        }
        return facts
    }

    /// Every value of every key of each entity, as it is written and folded.
    func values() -> [String: [String: Set<Written>]] {
        let relations = relations()
        var all: [String: [String: Set<Written>]] = [:]
        for (ref, entity) in entities {
            var own: [String: Set<Written>] = [:]
            forEachSearchPair(content: entity.content, relations: relations[ref] ?? []) {
                key, folded, original in
                guard let folded, let original else { return }
                own[String(decoding: key, as: UTF8.self), default: []].insert(
                    Written(folded: Array(folded), original: Array(original)))
            }
            own["metadata.uid"] = [
                Written(
                    folded: Array(uuidText(Self.uid(of: ref)).utf8),
                    original: Array(uuidText(Self.uid(of: ref)).utf8))
            ]
            all[ref] = own
        }
        return all
    }

    struct Written: Hashable {
        var folded: [UInt8]
        var original: [UInt8]
    }

    // MARK: Random questions

    mutating func predicate(depth: Int = 0) -> Predicate {
        let top = depth < 3 ? 10 : 6
        switch Int.random(in: 0..<top, using: &random) {
        case 0: return .exists(key())
        case 1: return .equals(key(), [folded(word()), folded(word())])
        case 2: return .equals(key(), [value()])
        case 3: return .hasPrefix(key(), String(folded(word()).prefix(2)))
        case 4: return .relation(type(), Bool.random(using: &random) ? nil : [ref(), ref()])
        case 5:
            return Bool.random(using: &random)
                ? .constant(Bool.random(using: &random))
                : .hasPrefix("relations.\(type())", String(ref().prefix(10)))
        case 6: return .not(predicate(depth: depth + 1))
        case 7: return .any((0..<count()).map { _ in predicate(depth: depth + 1) })
        default: return .all((0..<count()).map { _ in predicate(depth: depth + 1) })
        }
    }

    private mutating func count() -> Int { Int.random(in: 0..<4, using: &random) }

    private mutating func type() -> String {
        folded(RelationType.builtIn.prefix(6).randomElement(using: &random)?.name ?? "")
    }

    mutating func key() -> String {
        let keys = [
            "kind", "metadata.name", "metadata.title", "metadata.tags", "metadata.tags.alpha",
            "spec.type", "spec.flag", "spec", "nothing", "relations.\(type())",
        ]
        return keys.randomElement(using: &random) ?? ""
    }

    private mutating func value() -> String {
        ["component", "group", "true", "-1", "0", "n3", ref()].randomElement(using: &random) ?? ""
    }

    mutating func order() -> EntityOrder {
        let keys = (0..<Int.random(in: 0..<3, using: &random)).map { _ in
            EntityOrder.Key(key: ordinaryKey(), isDescending: Bool.random(using: &random))
        }
        return EntityOrder(keys, keepsMissing: Bool.random(using: &random))
    }

    private mutating func ordinaryKey() -> String {
        let keys = ["kind", "metadata.title", "metadata.tags", "spec.type", "nothing", "spec.flag"]
        return keys.randomElement(using: &random) ?? ""
    }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
}
