import CatalogModel
import Synchronization
import Values

/// What is known of items, sources and reach: the small tables of the catalog, in memory.
///
/// Loaded at start and changed by each commit, so that an unchanged file costs no database read.
package final class ItemRegistry: Sendable {
    private struct State {
        var items: [UInt32: Item] = [:]
        var numbers: [String: UInt32] = [:]
        var nextNumber: UInt32 = 1
        var nextSource: Int64 = 1
        var sources: [Source] = []
        var reach: [String: [UInt32]] = [:]
        var parents: [UInt32: Set<String>] = [:]
        var problems: [UInt32: [Problem]] = [:]
        /// Location entities that never passed, and the content that waits for it.
        var held: [String: [UInt8]] = [:]
        var removals: [Int64: PendingRemoval] = [:]
    }

    private let state = Mutex(State())

    func load(
        items: [Item], sources: [Source], reach: [String: [UInt32]], problems: [Problem],
        removals: [Int64: PendingRemoval], last: (item: UInt32, source: Int64)
    ) {
        state.withLock { state in
            state = State()
            for item in items { Self.add(item, &state) }
            state.sources = sources
            state.removals = removals
            (state.nextNumber, state.nextSource) = (last.item &+ 1, last.source &+ 1)
            for (parent, items) in reach { Self.setReach(parent, items, &state) }
            for (item, found) in Dictionary(grouping: problems, by: \.item) {
                Self.setProblems(item, found, &state)
            }
        }
    }

    private static func add(_ item: Item, _ state: inout State) {
        state.items[item.number] = item
        state.numbers[item.location] = item.number
        state.nextNumber = max(state.nextNumber, item.number &+ 1)
    }

    private static func setReach(_ parent: String, _ items: [UInt32], _ state: inout State) {
        for item in state.reach[parent] ?? [] { state.parents[item]?.remove(parent) }
        state.reach[parent] = items.isEmpty ? nil : items
        for item in items { state.parents[item, default: []].insert(parent) }
    }

    private static func setProblems(_ item: UInt32, _ found: [Problem], _ state: inout State) {
        for problem in state.problems[item] ?? [] where problem.isHeldLocation {
            if let ref = problem.ref { state.held[ref] = nil }
        }
        state.problems[item] = found.isEmpty ? nil : found
        for problem in found where problem.isHeldLocation {
            if let ref = problem.ref { state.held[ref] = problem.candidate }
        }
    }

    private static func signature(_ problems: [Problem]) -> String {
        problems.map {
            "\($0.ref ?? "")\u{0}\($0.diagnostic.code)\u{0}\($0.diagnostic.location)\u{0}"
                + "\($0.diagnostic.summary)\u{0}\($0.diagnostic.reason ?? "")\u{0}"
                + ($0.diagnostic.excerpt?.lines.joined(separator: "\n") ?? "")
        }.joined(separator: "\u{1}")
    }

    /// Takes over what a batch wrote.
    ///
    /// - Parameter now: when that was, in milliseconds since 1970.
    func apply(_ batch: CatalogBatch, at now: Int64) {
        state.withLock { state in
            for item in batch.items { Self.add(item, &state) }
            for (parent, items) in batch.reach { Self.setReach(parent, items, &state) }
            for (item, found) in batch.problems { Self.setProblems(item, found, &state) }
            for number in batch.removedItems {
                for parent in state.parents[number] ?? [] {
                    state.reach[parent]?.removeAll { $0 == number }
                }
                state.parents[number] = nil
                Self.setProblems(number, [], &state)
                if let item = state.items.removeValue(forKey: number) {
                    state.numbers[item.location] = nil
                }
            }
            state.sources.removeAll { batch.removedSources.contains($0.number) }
            state.sources += batch.addedSources
            for source in batch.addedSources {
                state.nextSource = max(state.nextSource, source.number &+ 1)
            }
            for (source, change) in batch.removals {
                var removal = change.removal
                if removal.since == 0 { removal.since = now }
                state.removals[source] = removal.refs.isEmpty ? nil : removal
            }
        }
    }

    /// Takes over the etags of items.
    func remember(_ items: [Item]) {
        state.withLock { state in for item in items { state.items[item.number]?.etag = item.etag } }
    }

    // MARK: Questions

    func item(at location: String) -> Item? {
        state.withLock { state in state.numbers[location].flatMap { state.items[$0] } }
    }

    func item(_ number: UInt32) -> Item? {
        state.withLock { $0.items[number] }
    }

    /// A number that no source ever had.
    var newSourceNumber: Int64 { state.withLock { $0.nextSource } }

    /// A number that no item ever had, those of the batch included.
    func newNumber(in batch: CatalogBatch) -> UInt32 {
        let next = state.withLock { $0.nextNumber }
        return max(next, (batch.items.map(\.number).max() ?? 0) &+ 1)
    }

    /// Where reading begins.
    package var sources: [Source] { state.withLock { $0.sources } }
    /// In no settled order.
    package var items: [Item] { state.withLock { Array($0.items.values) } }

    /// The items that a Location entity leads to, in its order.
    func reach(of parent: String) -> [UInt32] {
        state.withLock { $0.reach[parent] ?? [] }
    }

    /// The Location entities that lead to an item, each as often as it lists it.
    func parents(of item: UInt32) -> [String] {
        state.withLock { state in
            (state.parents[item] ?? []).sorted().flatMap { parent in
                (state.reach[parent] ?? []).filter { $0 == item }.map { _ in parent }
            }
        }
    }

    var reachingRefs: [String] { state.withLock { Array($0.reach.keys) } }

    /// What is wrong with an item.
    func problems(of item: UInt32) -> [Problem] {
        state.withLock { $0.problems[item] ?? [] }
    }

    /// The items that lost a name to another, with all their problems; the first that was known
    /// first.
    var conflicts: [(item: UInt32, problems: [Problem])] {
        state.withLock { state in
            state.problems.filter { $0.value.contains(where: \.isConflict) }
                .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    /// The content of a Location entity that never passed.
    func held(_ ref: String) -> [UInt8]? {
        state.withLock { $0.held[ref] }
    }

    /// The Location entities that never passed, by reference.
    var held: [String: [UInt8]] { state.withLock { $0.held } }

    /// What waits to be removed of a source.
    func removal(of source: Int64) -> PendingRemoval? { state.withLock { $0.removals[source] } }

    /// What waits to be removed, by the numbers of sources.
    var removals: [Int64: PendingRemoval] { state.withLock { $0.removals } }

    /// Whether an entity is there only because its removal waits: its file does not declare it.
    func isUndeclared(_ ref: String) -> Bool {
        state.withLock { state in state.removals.values.contains { $0.refs[ref] == true } }
    }

    /// Which entities an item's problems are about.
    func refsWithProblems(of item: UInt32) -> Set<String> {
        state.withLock { Set(($0.problems[item] ?? []).compactMap(\.ref)) }
    }

    /// Whether an item's problems are other ones than before.
    func differ(_ problems: [Problem], of item: UInt32) -> Bool {
        state.withLock { Self.signature($0.problems[item] ?? []) != Self.signature(problems) }
    }
}

extension Problem {
    /// Whether it is about a name that another item holds.
    var isConflict: Bool { diagnostic.code == "catalog.conflict" }

    /// The reason of a conflict.
    static func conflict(with holder: String?) -> String {
        "\(holder ?? "another location") declared it first and keeps it"
    }

    /// The conflict with whoever holds the name now.
    func held(by holder: String?) -> Problem {
        var problem = self
        problem.diagnostic.reason = Self.conflict(with: holder)
        return problem
    }

    /// Whether it holds back a Location entity until all that it points to was read once.
    var isHeldLocation: Bool {
        candidate != nil && ref?.hasPrefix("location:") ?? false
            && !isConflict && diagnostic.code != "catalog.not-allowed"
    }
}
