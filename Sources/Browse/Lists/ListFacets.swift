import Catalog
import CatalogModel
import Markup
import Values

/// The facets beside a list, with how many entities each choice would leave.
struct ListFacets: Sendable {
    let selection: ListSelection
    let visit: Visit

    /// Values of a facet that are listed; more are found by the text filter.
    private static let valueLimit = 100

    private var state: ListState { selection.state }
    private var reader: CatalogReader { visit.reader }

    /// A value of a property with its count, values that differ in case only taken together.
    private struct Count {
        var value: String
        var label: String
        var count: Int
    }

    private func href(_ state: ListState) -> Href {
        visit.links.to(["catalog"], query: state.query)
    }

    /// All facets, and the names of owners, for the chips.
    func facets() async throws -> (facets: [Facet], owners: EntityLabels) {
        let owners = counts(.owner)
        let labels = try await EntityLabels.load(
            owners.map(\.value) + (state.chosen[.owner] ?? []), visit)
        var facets = [kindFacet]
        for property in [ListState.Property.type, .lifecycle] {
            facets.append(facet(property, counts(property)))
        }
        facets.append(
            facet(
                .owner,
                owners.map {
                    Count(value: $0.value, label: labels.title($0.value), count: $0.count)
                }))
        facets.append(facet(.tag, counts(.tag)))
        let namespaces = counts(.namespace)
        if namespaces.count > 1 || state.chosen[.namespace] != nil {
            facets.append(facet(.namespace, namespaces))
        }
        facets.append(stateFacet)
        return (facets, labels)
    }

    private func counts(_ property: ListState.Property) -> [Count] {
        var merged: [Count] = []
        var index: [String: Int] = [:]
        for found in reader.snapshot.facet(property.key, in: selection.without(property)) {
            let value = folded(found.value)
            if let known = index[value] {
                merged[known].count += found.count
            } else {
                index[value] = merged.count
                merged.append(Count(value: value, label: found.value, count: found.count))
            }
        }
        for value in state.chosen[property] ?? [] where index[value] == nil {
            merged.append(Count(value: value, label: value, count: 0))
        }
        let sorted = merged.sorted { ($1.count, $0.label) < ($0.count, $1.label) }
        let chosen = Set(state.chosen[property] ?? [])
        return Array(sorted.prefix(Self.valueLimit))
            + sorted.dropFirst(Self.valueLimit).filter { chosen.contains($0.value) }
    }

    private func facet(_ property: ListState.Property, _ counts: [Count]) -> Facet {
        let chosen = Set(state.chosen[property] ?? [])
        return Facet(
            property.title,
            counts.map { count in
                .init(
                    count.label, count: count.count, href(state.toggling(property, count.value)),
                    isChosen: chosen.contains(count.value))
            }, visible: property == .owner || property == .tag ? 5 : 6)
    }

    /// One kind or all; what else was chosen is kept, but types and lifecycles are a kind's own.
    private var kindFacet: Facet {
        let found = reader.snapshot.facet("kind", in: selection.withoutKind)
        var counts: [String: Int] = [:]
        for count in found { counts[folded(count.value), default: 0] += count.count }
        if let kind = selection.kind, counts[kind] == nil { counts[kind] = 0 }
        let known = Words.kindOrder.filter { counts[$0] != nil }
        let others = counts.keys.filter { !Words.kindOrder.contains($0) }.sorted()
        let total = counts.values.reduce(0, +)
        let all = Facet.Option(
            "All kinds", count: total, href(changing("all")),
            isChosen: selection.kind == nil, icon: .catalog)
        let kinds = (known + others).map { kind in
            Facet.Option(
                Words.plural(kind), count: counts[kind] ?? 0, href(changing(kind)),
                isChosen: selection.kind == kind, icon: .kind(kind))
        }
        return Facet("Kind", kinds + [all], isSingle: true, visible: 12)
    }

    private func changing(_ kind: String) -> ListState {
        guard kind != (selection.kind ?? "all") else { return state.with { _ in } }
        return state.with { state in
            state.kind = kind
            state.chosen[.type] = nil
            state.chosen[.lifecycle] = nil
        }
    }

    private var stateFacet: Facet {
        var options: [Facet.Option] = []
        for flag in ListState.Flag.allCases {
            let isChosen = state.flags.contains(flag)
            let toggled = state.with { state in
                if isChosen {
                    state.flags.removeAll { $0 == flag }
                } else {
                    state.flags.append(flag)
                }
            }
            let count = count(flag)
            if isChosen || count > 0 {
                options.append(.init(flag.title, count: count, href(toggled), isChosen: isChosen))
            }
        }
        return Facet("State", options)
    }

    private func count(_ flag: ListState.Flag) -> Int {
        switch flag {
        case .orphan: return selection.count(CatalogReader.orphan)
        case .problems:
            var found = selection.all
            reader.narrow(&found, to: visit.board.refs)
            return found.count
        }
    }
}
