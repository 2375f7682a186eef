import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Values

/// What was not read, refused or claimed twice, what lost its source, and what leads nowhere.
struct ProblemRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    var routes: [Route] {
        [
            Route(.get, "/problems", access: .permission(CatalogPermissions.read)) { request in
                let state = ProblemState(request.query)
                return .later { try await show(request, state) }
            }
        ]
    }

    private func show(_ request: RouteRequest, _ state: ProblemState) async throws
        -> InboundResponse
    {
        let visit = try await Visit(request, services, boards)
        let scope = state.isOwned ? visit.ownProblems : visit.board.problems
        let found = scope.filter { state.matches($0) }
        let skipped = min(state.skipped, max(0, found.count - 1))
        let page = try await visit.reader.located(
            Array(found.dropFirst(skipped).prefix(ProblemState.pageSize)))
        if request.head.wantsJSON {
            return visit.at(
                .data { json in
                    json.raw(#"{"totalItems":"#)
                    json.integer(found.count)
                    json.raw(#","items":"#)
                    json.list(page) { $0.write(to: &$1) }
                    json.raw("}")
                })
        }
        let owners = Set(scope.flatMap(\.owners))
        let labels = try await EntityLabels.load(
            Array(owners.prefix(500)) + ProblemCards.refs(page), visit)
        let href: (ProblemState) -> Href = { visit.links.to(["problems"], query: $0.query) }
        var model = ProblemsModel(
            clear: href(ProblemState(isOwned: state.isOwned)),
            healthyCount: visit.reader.select(nil).count)
        model.notices = try await RemovalNotices.load(visit).html
        model.scopes = scopes(visit, state, href)
        model.facets = facets(scope, state, labels, href)
        model.chips = state.choices.map { property, value in
            let title = property == .owner ? labels.title(value) : property.label(value)
            return ListBar.Chip(
                property.title, title, remove: href(state.toggling(property, value)))
        }
        model.shown = found.count
        model.total = scope.count
        model.catalogTotal = visit.board.problems.count
        let cards = ProblemCards(
            reader: visit.reader, labels: labels, names: services.names, now: visit.now)
        model.diagnostics = page.enumerated().map { index, problem in
            cards.card(problem, isOpen: index == 0 && skipped == 0)
        }
        model.pager = pager(skipped, page.count, found.count, state, href)
        return visit.page(ProblemsPage(model, in: try await visit.shell()).html)
    }

    private func scopes(_ visit: Visit, _ state: ProblemState, _ href: (ProblemState) -> Href)
        -> [Tabs.Tab]
    {
        guard visit.isPerson else { return [] }
        return [
            .init(
                "All", href(state.with { $0.isOwned = false }),
                count: visit.board.problems.count, isCurrent: !state.isOwned),
            .init(
                "Mine", href(state.with { $0.isOwned = true }), count: visit.ownProblems.count,
                isCurrent: state.isOwned),
        ]
    }

    private func facets(
        _ scope: [CatalogProblem], _ state: ProblemState, _ labels: EntityLabels,
        _ href: (ProblemState) -> Href
    ) -> [Facet] {
        ProblemState.Property.allCases.map { property in
            var counts: [String: Int] = [:]
            for problem in scope where state.matches(problem, except: property) {
                for value in property.values(problem) { counts[value, default: 0] += 1 }
            }
            let chosen = state.chosen[property] ?? []
            for value in chosen where counts[value] == nil { counts[value] = 0 }
            let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return Facet(
                property.title,
                sorted.prefix(100).map { value, count in
                    let title = property == .owner ? labels.title(value) : property.label(value)
                    return .init(
                        title, count: count, href(state.toggling(property, value)),
                        isChosen: chosen.contains(value))
                }, visible: 8)
        }
    }

    private func pager(
        _ skipped: Int, _ shown: Int, _ total: Int, _ state: ProblemState,
        _ href: (ProblemState) -> Href
    ) -> Pager? {
        guard shown > 0 else { return nil }
        let size = ProblemState.pageSize
        return Pager(
            (skipped + 1)...(skipped + shown), of: total, "problems",
            previous: skipped > 0
                ? href(state.with { $0.skipped = max(0, skipped - size) }) : nil,
            next: skipped + shown < total
                ? href(state.with { $0.skipped = skipped + size }) : nil)
    }
}

/// What the list of problems shows, as its address says it.
struct ProblemState: Sendable, Equatable {
    enum Property: String, CaseIterable, Sendable {
        case severity, code, owner

        var title: String {
            switch self {
            case .severity: "Severity"
            case .code: "Problem"
            case .owner: "Owner"
            }
        }

        /// A value for people.
        func label(_ value: String) -> String {
            switch self {
            case .severity: Diagnostic.Severity(rawValue: value)?.plural ?? value
            case .code: ProblemState.words(value)
            case .owner: value
            }
        }

        func values(_ problem: CatalogProblem) -> [String] {
            switch self {
            case .severity: [problem.diagnostic.severity.rawValue]
            case .code: [problem.diagnostic.code]
            case .owner: problem.owners
            }
        }
    }

    static let pageSize = 50

    var isOwned = false
    var chosen: [Property: [String]] = [:]
    /// How many problems come before the page: a list that is as short as it should be needs no
    /// cursors.
    var skipped = 0

    init(isOwned: Bool = false) {
        self.isOwned = isOwned
    }

    init(_ query: QueryItems) {
        isOwned = query["user"] == "owned"
        for property in Property.allCases {
            let values = query.all(property.rawValue).filter { !$0.isEmpty }.map { value in
                property == .owner
                    ? (try? EntityRef.parse(value, defaultKind: "group"))?.canonical ?? value
                    : value
            }
            if !values.isEmpty { chosen[property] = values }
        }
        skipped = query["offset"].flatMap { Int($0) }.map { max(0, $0) } ?? 0
    }

    var query: [QueryItem] {
        var items = isOwned ? [QueryItem("user", "owned")] : []
        for (property, value) in choices {
            let text = property == .owner ? ListState.ownerText(value) : value
            items.append(QueryItem(property.rawValue, text))
        }
        if skipped > 0 { items.append(QueryItem("offset", String(skipped))) }
        return items
    }

    /// The chosen values in the order of the properties.
    var choices: [(Property, String)] {
        Property.allCases.flatMap { property in (chosen[property] ?? []).map { (property, $0) } }
    }

    func with(_ change: (inout ProblemState) -> Void) -> ProblemState {
        var state = self
        state.skipped = 0
        change(&state)
        return state
    }

    func toggling(_ property: Property, _ value: String) -> ProblemState {
        with { state in
            var values = state.chosen[property] ?? []
            if let index = values.firstIndex(of: value) {
                values.remove(at: index)
            } else {
                values.append(value)
            }
            state.chosen[property] = values.isEmpty ? nil : values
        }
    }

    func matches(_ problem: CatalogProblem, except: Property? = nil) -> Bool {
        chosen.allSatisfy { property, values in
            property == except || property.values(problem).contains { values.contains($0) }
        }
    }

    /// A code in words; those that are not listed here speak for themselves.
    static func words(_ code: String) -> String {
        switch code {
        case "catalog.conflict": return "Declared twice"
        case "catalog.declared-twice": return "Declared twice in one file"
        case "catalog.unknown-owner": return "Owner not in the catalog"
        case "catalog.unknown-target": return "Reference to nothing"
        case "catalog.orphan": return "Orphan"
        case "catalog.not-allowed": return "Kind not allowed here"
        case "catalog.target-missing": return "Target not there"
        case "catalog.removal-waiting": return "Removal waits"
        case "entity.unknown-kind": return "Unknown kind"
        default:
            let words = (code.split(separator: ".").last ?? "").replacing("-", with: " ")
            return words.prefix(1).uppercased() + words.dropFirst()
        }
    }
}
