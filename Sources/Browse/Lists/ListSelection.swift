import Catalog
import CatalogModel
import Routing
import Values

/// The entities that a list shows, and those that it would show without one of its choices.
struct ListSelection: Sendable {
    let reader: CatalogReader
    let state: ListState
    /// The kind that is shown, folded; nil for all.
    let kind: String?
    /// What everything but kind and properties leaves.
    private let base: Selection
    /// What is shown.
    let all: Selection
    /// Everything of the kind that may be seen.
    let total: Int
    /// What the person marked with a star.
    let stars: [String]

    /// - Parameter stars: canonical references.
    init(_ state: ListState, _ visit: Visit, stars: [String]) throws(RequestFault) {
        self.state = state
        self.stars = stars
        reader = visit.reader
        kind = Self.kind(state, visit.reader)
        var parts: [Predicate] = state.scope == .owned ? [visit.owned] : []
        do throws(PredicateFault) {
            if let filter = try Predicate.parse(filters: state.filters) { parts.append(filter) }
        } catch {
            throw RequestFault(.input, error.message)
        }
        if state.flags.contains(.orphan) { parts.append(CatalogReader.orphan) }
        var base = reader.select(.all(parts))
        if state.scope == .starred { reader.narrow(&base, to: stars) }
        if state.flags.contains(.problems) { reader.narrow(&base, to: visit.board.refs) }
        reader.snapshot.narrow(&base, toText: state.text, in: Self.textKeys)
        self.base = base
        let whole = Self.predicate(state, kind, except: [])
        all = reader.both(reader.select(whole), base)
        total = reader.select(kind.map { .equals("kind", [$0]) }).count
    }

    /// Where the text filter looks.
    private static let textKeys = [
        "metadata.name", "metadata.title", "metadata.description", "metadata.tags",
        "spec.profile.displayName", "spec.profile.email",
    ]

    /// Components, where the address names no kind and there are some.
    private static func kind(_ state: ListState, _ reader: CatalogReader) -> String? {
        if let kind = state.kind { return kind == "all" ? nil : kind }
        return reader.select(.equals("kind", ["component"])).count > 0 ? "component" : nil
    }

    private static func predicate(
        _ state: ListState, _ kind: String?, except: Set<ListState.Property>
    ) -> Predicate {
        var parts: [Predicate] = []
        if let kind { parts.append(.equals("kind", [kind])) }
        for (property, values) in state.chosen where !except.contains(property) {
            parts.append(.equals(property.key, values))
        }
        return .all(parts)
    }

    /// What would be shown if nothing of a property were chosen: what its counts are of.
    func without(_ property: ListState.Property) -> Selection {
        guard state.chosen[property] != nil else { return all }
        return reader.both(
            reader.select(Self.predicate(state, kind, except: [property])), base)
    }

    /// Of all kinds, what a change of the kind would leave: types and lifecycles are a kind's own.
    var withoutKind: Selection {
        reader.both(
            reader.select(Self.predicate(state, nil, except: [.type, .lifecycle])), base)
    }

    /// How many there would be of a scope, with everything else that was chosen.
    func count(_ scope: ListState.Scope, _ visit: Visit) throws(RequestFault) -> Int {
        guard scope != state.scope else { return all.count }
        return try ListSelection(state.with { $0.scope = scope }, visit, stars: stars).all.count
    }

    /// How many of what is shown also hold a condition.
    func count(_ predicate: Predicate) -> Int {
        reader.both(all, reader.select(predicate)).count
    }
}
