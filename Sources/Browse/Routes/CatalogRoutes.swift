import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Values

/// The list of the catalog, and all of it as a file.
struct CatalogRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    var routes: [Route] {
        let read = RouteAccess.permission(CatalogPermissions.read)
        return [
            Route(.get, "/catalog", access: read, handler: list),
            Route(.get, "/catalog.csv", access: read) { try export($0, .csv) },
            Route(.get, "/catalog.ndjson", access: read) { try export($0, .ndjson) },
        ]
    }

    private func list(_ request: RouteRequest) throws -> RouteReply {
        let state = try ListState(request.query)
        return .later {
            let visit = try await Visit(request, services, boards)
            let selection = try ListSelection(state, visit, stars: try await visit.stars())
            let page = ListPage(selection)
            if request.head.wantsJSON { return try await data(visit, page) }
            let model = try await model(visit, selection, page)
            let shell = try await visit.shell(query: request.query["query"] ?? "")
            return visit.page(CatalogPage(model, in: shell).html, tellsOutcome: true)
        }
    }

    private func model(
        _ visit: Visit, _ selection: ListSelection, _ page: ListPage
    ) async throws -> CatalogModel {
        let state = selection.state
        let href: (ListState) -> Href = { visit.links.to(["catalog"], query: $0.query) }
        let kind = selection.kind ?? "all"
        let noun = Words.pluralInText(kind)
        var whole = ListState()
        whole.kind = state.kind
        whole.order = state.order
        var model = CatalogModel(
            title: selection.kind == nil ? "Catalog" : Words.plural(kind), noun: noun,
            clear: href(whole), columns: ListColumns.columns(selection.kind, state, visit.links),
            now: visit.now)
        let (facets, owners) = try await ListFacets(selection: selection, visit: visit).facets()
        model.facets = facets
        model.chips = chips(state, owners, href)
        model.scopes = try scopes(visit, selection, href)
        model.notices = [visit.outcome()].compactMap { $0 }
        model.empty = empty(selection, noun, href)
        if visit.may(CatalogPermissions.createLocations), !services.actions.isReadonly {
            model.actions = [
                Button("Register", .open(visit.links.to("catalog-import")), icon: .plus)
            ]
        }
        model.find = .init(
            action: visit.links.to("catalog"),
            fields: state.with { $0.text = "" }.query, name: "text", value: state.text,
            label: "Find \(noun)")
        model.shown = selection.all.count
        model.total = selection.total
        model.rows = try await ListRows(visit).rows(page.entities)
        model.pager = page.pager(noun, href)
        model.exports = [("CSV", "csv"), ("NDJSON", "ndjson")].map { label, ending in
            let query = state.with { $0.limit = ListState.defaultLimit }.query
            return (label, visit.links.to(["catalog.\(ending)"], query: query))
        }
        return model
    }

    private func chips(
        _ state: ListState, _ owners: EntityLabels, _ href: (ListState) -> Href
    ) -> [ListBar.Chip] {
        var chips: [ListBar.Chip] = []
        for property in ListState.Property.allCases {
            for value in state.chosen[property] ?? [] {
                let title = property == .tag ? "Tag" : property.title
                chips.append(
                    .init(
                        title, property == .owner ? owners.title(value) : value,
                        remove: href(state.toggling(property, value))))
            }
        }
        for flag in state.flags {
            chips.append(
                .init(
                    "State", flag.title,
                    remove: href(state.with { $0.flags.removeAll { $0 == flag } })))
        }
        for filter in state.filters {
            chips.append(
                .init(
                    "Filter", filter,
                    remove: href(state.with { $0.filters.removeAll { $0 == filter } })))
        }
        if !state.text.isEmpty {
            chips.append(.init("Text", state.text, remove: href(state.with { $0.text = "" })))
        }
        return chips
    }

    private func scopes(
        _ visit: Visit, _ selection: ListSelection, _ href: (ListState) -> Href
    ) throws -> [Tabs.Tab] {
        guard visit.isPerson else { return [] }
        let state = selection.state
        return try ListState.Scope.allCases.map { scope in
            .init(
                scope.title, href(state.with { $0.scope = scope }),
                count: scope == .all ? nil : try selection.count(scope, visit),
                isCurrent: state.scope == scope)
        }
    }

    /// What is said where nothing is the person's own, or has their star.
    private func empty(
        _ selection: ListSelection, _ noun: String, _ href: (ListState) -> Href
    ) -> EmptyState? {
        let state = selection.state
        let all = Button(
            "All \(noun)", .open(href(state.with { $0.scope = .all })), icon: .catalog
        ).html
        switch state.scope {
        case .all: return nil
        case .owned:
            return EmptyState(
                "None of the \(noun) are yours.",
                why: """
                    What you and your groups own is listed here. A thing has the owner that \
                    <code>spec.owner</code> of its descriptor names.
                    """, actions: [all])
        case .starred:
            return EmptyState(
                "None of the \(noun) have your star.",
                why: """
                    The star at the top of an entity’s page puts it here and on your start page. \
                    Only you see it.
                    """, actions: [all])
        }
    }

    private func data(_ visit: Visit, _ page: ListPage) async throws -> InboundResponse {
        let items = try await visit.reader.json(page.entities)
        return visit.at(
            .data { json in
                json.raw(#"{"items":"#)
                json.list(items) { item, json in json.raw(item) }
                json.raw(#","totalItems":"#)
                json.integer(page.selection.all.count)
                json.raw(#","next":"#)
                json.optional(page.next?.text)
                json.raw(#","previous":"#)
                json.optional(page.previous?.text)
                json.raw("}")
            })
    }

    // MARK: Export

    private func export(_ request: RouteRequest, _ format: ListExport.Format) throws -> RouteReply {
        let state = try ListState(request.query)
        return .later {
            let visit = try await Visit(request, services, boards)
            let selection = try ListSelection(state, visit, stars: try await visit.stars())
            return visit.at(
                try await ListExport(visit: visit, format: format).response(selection))
        }
    }
}

/// One page of a list.
struct ListPage: Sendable {
    let selection: ListSelection
    let entities: [IndexedEntity]
    /// How many come before them.
    private let skipped: Int
    let next: ListCursor?
    let previous: ListCursor?

    init(_ selection: ListSelection) {
        self.selection = selection
        let snapshot = selection.reader.snapshot
        let state = selection.state
        let order = state.order.entityOrder
        let isBackwards = state.cursor?.isBackwards ?? false
        var found = snapshot.page(
            selection.all, order, from: state.cursor?.position, backwards: isBackwards,
            limit: state.limit + 1)
        let hasMore = found.count > state.limit
        if hasMore { found.removeLast() }
        if isBackwards { found.reverse() }
        entities = found
        let before = state.cursor?.skipped ?? 0
        skipped = isBackwards ? (hasMore ? max(0, before - found.count) : 0) : before
        let hasNext = isBackwards ? state.cursor != nil : hasMore
        let hasPrevious = isBackwards ? hasMore : state.cursor != nil
        let position: (IndexedEntity?) -> OrderPosition? = { entity in
            entity.map { snapshot.position(of: $0, in: order) }
        }
        let (start, count) = (skipped, found.count)
        next =
            !hasNext
            ? nil
            : position(found.last).map {
                ListCursor(isBackwards: false, skipped: start + count, position: $0)
            }
        previous =
            !hasPrevious
            ? nil
            : position(found.first).map {
                ListCursor(isBackwards: true, skipped: start, position: $0)
            }
    }

    func pager(_ noun: String, _ href: (ListState) -> Href) -> Pager? {
        guard !entities.isEmpty else { return nil }
        let link: (ListCursor) -> Href = { cursor in
            href(selection.state.with { $0.cursor = cursor })
        }
        let total = selection.all.count
        let last = max(skipped + 1, min(skipped + entities.count, max(total, 1)))
        return Pager(
            (skipped + 1)...last, of: total, noun, previous: previous.map(link),
            next: next.map(link))
    }
}
