import CatalogModel
import Testing
import Values

@testable import Catalog

/// The snapshot against a model that is plain enough to be right.
@Suite struct SnapshotTests {
    private static let all = Visibility.everything(because: "test")

    /// A model after some changes and merges of every kind, checked by the body after each.
    private static func history(
        seed: UInt64, rounds: Int = 14, _ check: (inout SnapshotModel) throws -> Void
    ) rethrows {
        var model = SnapshotModel(seed: seed)
        for _ in 0..<rounds {
            switch model.number(0..<8) {
            case 0: model.merge(atRandom: true)
            case 1: model.merge(atRandom: false)
            case 2:
                let (puts, removals) = (model.number(0..<4), model.number(0..<20))
                model.mergeBehind(puts: puts, removals: removals)
            case 3: model.change(puts: 0, removals: 30)
            default:
                let (puts, removals) = (model.number(0..<16), model.number(0..<6))
                model.change(puts: puts, removals: removals)
            }
            try check(&model)
        }
    }

    private static func refs(_ selection: Selection, _ snapshot: Snapshot) -> [String] {
        selection.entities.map { snapshot.ref(of: $0) }.sorted()
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `finds, relates and counts as the model does`(seed: UInt64) throws {
        Self.history(seed: seed) { model in
            let snapshot = model.snapshot
            let everything = snapshot.select(.constant(true), Self.all)
            #expect(Self.refs(everything, snapshot) == model.entities.keys.sorted())
            #expect(snapshot.count == model.entities.count)
            let relations = model.relations()
            for (ref, entity) in model.entities {
                guard let found = snapshot.entity(ref) else {
                    Issue.record("seed \(seed): \(ref) is not there")
                    continue
                }
                #expect(snapshot.slot(of: found) == entity.slot)
                #expect(snapshot.relations(of: found) == relations[ref] ?? [], "seed \(seed)")
                #expect(snapshot.declaredRelations(of: found) == entity.declared)
                #expect(snapshot.entity(uid: SnapshotModel.uid(of: ref)) == found)
            }
            let facts = model.facts()
            for _ in 0..<20 {
                let predicate = model.predicate()
                let limit = model.predicate()
                let wanted = facts.filter { predicate.matches($0.value) }.keys.sorted()
                let found = Self.refs(snapshot.select(predicate, Self.all), snapshot)
                #expect(found == wanted, "seed \(seed): \(predicate)")
                let visible = Self.refs(snapshot.select(predicate, .matching(limit)), snapshot)
                #expect(
                    visible == wanted.filter { facts[$0].map(limit.matches) ?? false },
                    "seed \(seed): \(predicate) of \(limit)")
            }
            #expect(snapshot.select(.constant(true), .nothing).count == 0)
        }
    }

    @Test(arguments: 21...32 as ClosedRange<UInt64>)
    func `counts facets and finds text as the model does`(seed: UInt64) {
        Self.history(seed: seed) { model in
            let snapshot = model.snapshot
            let facts = model.facts()
            let values = model.values()
            for _ in 0..<8 {
                let (predicate, key) = (model.predicate(), model.key())
                let selection = snapshot.select(predicate, Self.all)
                let chosen = values.filter { facts[$0.key].map(predicate.matches) ?? false }
                var counts: [[UInt8]: Int] = [:]
                for own in chosen.values {
                    for value in own[key] ?? [] { counts[value.original, default: 0] += 1 }
                }
                let wanted = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
                    FacetCount(value: String(decoding: $0.key, as: UTF8.self), count: $0.value)
                }
                #expect(snapshot.facet(key, in: selection) == wanted, "seed \(seed): \(key)")

                let terms = ["a", "Al", " beta ", "a g", "ä", "n1", "tru", "group:default/n1", ""]
                let term = terms[model.number(0..<terms.count)]
                let keys = [key, model.key()]
                var narrowed = selection
                snapshot.narrow(&narrowed, toText: term, in: keys)
                let needle = Array(folded(term == " beta " ? "beta" : term).utf8)
                let holding = chosen.filter { own in
                    needle.isEmpty
                        || keys.contains { key in
                            own.value[key]?.contains { Self.contains($0.folded, needle) } ?? false
                        }
                }
                #expect(
                    Self.refs(narrowed, snapshot) == holding.keys.sorted(),
                    "seed \(seed): \(term) in \(keys)")
                var present = selection
                snapshot.dropMissing(key, from: &present)
                // Relations that only the other side declares do not order.
                guard !key.hasPrefix("relations.") else { continue }
                #expect(
                    Self.refs(present, snapshot)
                        == chosen.filter { $0.value[key] != nil }.keys.sorted(),
                    "seed \(seed): with \(key)")
            }
        }
    }

    private static func contains(_ text: [UInt8], _ needle: [UInt8]) -> Bool {
        guard text.count >= needle.count else { return false }
        return (0...(text.count - needle.count)).contains {
            text[$0..<($0 + needle.count)].elementsEqual(needle)
        }
    }

    // MARK: Order

    /// The references in the order that was asked for, by plain sorting.
    private static func sorted(
        _ model: SnapshotModel, _ order: EntityOrder,
        _ known: [String: [String: Set<SnapshotModel.Written>]]? = nil
    ) -> [String] {
        let values = known ?? model.values()
        func value(_ ref: String, _ key: EntityOrder.Key) -> [UInt8]? {
            values[ref]?[key.key]?.map(\.folded).min { $0.lexicographicallyPrecedes($1) }
        }
        let kept = model.entities.keys.filter { ref in
            guard !order.keepsMissing, let first = order.keys.first else { return true }
            return value(ref, first) != nil
        }
        return kept.sorted { left, right in
            for key in order.keys {
                switch (value(left, key), value(right, key)) {
                case (nil, nil): continue
                case (nil, _): return false
                case (_, nil): return true
                case (let a?, let b?):
                    if a == b { continue }
                    return a.lexicographicallyPrecedes(b) != key.isDescending
                }
            }
            let isDescending = order.keys.first?.isDescending ?? false
            return left.utf8.lexicographicallyPrecedes(right.utf8) != isDescending
        }
    }

    @Test(arguments: 41...52 as ClosedRange<UInt64>)
    func `pages in any order, forwards and backwards, have each entity once`(seed: UInt64) {
        Self.history(seed: seed) { model in
            let order = model.order()
            let wanted = Self.sorted(model, order)
            let snapshot = model.snapshot
            let all = snapshot.select(.constant(true), Self.all)
            let found = snapshot.page(all, order).map { snapshot.ref(of: $0) }
            #expect(found == wanted, "seed \(seed): \(order)")
            for backwards in [false, true] {
                let size = model.number(1..<6)
                let seen = Self.walk(snapshot, order, size, backwards)
                #expect(seen == (backwards ? wanted.reversed() : wanted), "seed \(seed): \(order)")
            }
        }
    }

    private static func walk(
        _ snapshot: Snapshot, _ order: EntityOrder, _ size: Int, _ backwards: Bool
    ) -> [String] {
        let all = snapshot.select(.constant(true), Self.all)
        var seen: [String] = []
        var position: OrderPosition?
        while seen.count < 10_000 {
            let page = snapshot.page(all, order, from: position, backwards: backwards, limit: size)
            seen += page.map { snapshot.ref(of: $0) }
            guard page.count == size, let last = page.last else { break }
            position = snapshot.position(of: last, in: order)
        }
        return seen
    }

    @Test(arguments: 61...72 as ClosedRange<UInt64>)
    func `paging while entities come and go has what stays once`(seed: UInt64) {
        var model = SnapshotModel(seed: seed, names: 30)
        for _ in 0..<4 { model.change(puts: 30, removals: 0) }
        let order = model.order()
        let backwards = seed.isMultiple(of: 2)
        var seen: [String] = []
        var changed: Set<String> = []
        var position: OrderPosition?
        while seen.count < 1000 {
            let snapshot = model.snapshot
            let page = snapshot.page(
                snapshot.select(.constant(true), Self.all), order, from: position,
                backwards: backwards, limit: 7)
            seen += page.map { snapshot.ref(of: $0) }
            guard let last = page.last else { break }
            position = snapshot.position(of: last, in: order)
            let before = model.entities.mapValues(\.slot)
            // Removing may take away the entity at which the cursor stands.
            model.change(puts: model.number(0..<3), removals: model.number(0..<3))
            if model.number(0..<3) == 0 { model.merge(atRandom: true) }
            let after = model.entities.mapValues(\.slot)
            for ref in Set(before.keys).union(after.keys) where before[ref] != after[ref] {
                changed.insert(ref)
            }
        }
        let stayed = Self.sorted(model, order).filter { !changed.contains($0) }
        let kept = seen.filter { !changed.contains($0) }
        #expect(kept == (backwards ? stayed.reversed() : stayed), "seed \(seed): \(order)")
    }

    private static let large = {
        var model = SnapshotModel(seed: 7, names: 1600)
        model.change(puts: 11_000, removals: 0)
        model.change(puts: 50, removals: 50)
        return (model: model, values: model.values())
    }()

    /// Above 4,096 documents values are walked and not documents sorted.
    @Test(arguments: [
        EntityOrder([.init(key: "metadata.title", isDescending: true)]),
        EntityOrder([.init(key: "metadata.tags")], keepsMissing: false),
        EntityOrder([.init(key: "spec.type"), .init(key: "metadata.tags", isDescending: true)]),
    ])
    func `a large part is paged as a small one`(order: EntityOrder) {
        var model = Self.large.model
        #expect(model.snapshot.parts[0].livingCount > 4096)
        let wanted = Self.sorted(model, order, Self.large.values)
        #expect(Self.walk(model.snapshot, order, 500, false) == wanted)
        #expect(Self.walk(model.snapshot, order, 700, true) == wanted.reversed())
        let all = model.snapshot.select(.constant(true), Self.all)
        for _ in 0..<10 {
            let index = model.number(0..<wanted.count)
            guard let entity = model.snapshot.entity(wanted[index]) else { continue }
            let position = model.snapshot.position(of: entity, in: order)
            let next = model.snapshot.page(all, order, from: position, limit: 3)
            #expect(
                next.map { model.snapshot.ref(of: $0) }
                    == Array(wanted.dropFirst(index + 1).prefix(3)))
            let previous = model.snapshot.page(
                all, order, from: position, backwards: true, limit: 3)
            #expect(
                previous.map { model.snapshot.ref(of: $0) }
                    == wanted.prefix(index).suffix(3).reversed())
        }
    }

    @Test func `the tiers keep the number of segments small`() {
        var model = SnapshotModel(seed: 3, names: 1000)
        var most = 0
        for _ in 0..<150 {
            model.change(puts: 12, removals: 2)
            for _ in 0..<8 where model.snapshot.firstToMerge() != nil {
                model.merge(atRandom: false)
            }
            most = max(most, model.snapshot.parts.count)
        }
        #expect(most <= 12)
        #expect(model.snapshot.count == model.entities.count)
    }
}
