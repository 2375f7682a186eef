import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Values

/// The page of an entity with its tabs, at Backstage's addresses.
struct EntityRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    /// The views of an entity; the overview has the page's own address.
    enum Tab: String, CaseIterable, Sendable {
        case overview, relations, yaml, history, diagnostics

        var title: String {
            self == .yaml ? "YAML" : rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    static let pattern = "/catalog/{namespace}/{kind}/{name}"

    var routes: [Route] {
        let read = RouteAccess.permission(CatalogPermissions.read)
        return Tab.allCases.map { tab in
            let path = tab == .overview ? Self.pattern : "\(Self.pattern)/\(tab.rawValue)"
            return Route(.get, path, access: read) { request in
                .later { try await show(request, tab) }
            }
        }
    }

    private func show(_ request: RouteRequest, _ tab: Tab) async throws -> InboundResponse {
        let visit = try await Visit(request, services, boards)
        let ref = EntityRef(
            kind: request.parameter("kind"), namespace: request.parameter("namespace"),
            name: request.parameter("name"))
        guard let indexed = visit.reader.entity(ref.canonical) else {
            return try await gone(visit, ref, tab)
        }
        let content = try await visit.reader.contents([indexed]).first ?? .null
        let entity = ShownEntity(visit, indexed, content)
        if request.head.wantsJSON { return try await data(entity, tab) }
        var model = try await EntityHead(entity).model(tab)
        switch tab {
        case .overview: model.content = try await EntityOverviewContent(entity).content()
        case .relations: model.content = try await EntityRelations(entity).content()
        case .yaml: model.content = source(entity)
        case .history: model.content = try await history(entity)
        case .diagnostics: model.content = .diagnostics(try await entity.cards(isOpen: true))
        }
        return visit.page(
            EntityPage(model, in: try await visit.shell()).html, tellsOutcome: true)
    }

    private func source(_ entity: ShownEntity) -> EntityModel.Content {
        let yaml = YAMLText(entity: entity.content)
        var marks: [Int: Tone] = [:]
        for problem in entity.problems {
            guard let line = ProblemLines(entity.content).line(of: problem, in: yaml) else {
                continue
            }
            let tone = problem.diagnostic.severity.tone
            if marks[line] != .bad { marks[line] = tone }
        }
        return .source(
            text: yaml.text, path: "Read from \(entity.fileName)", href: entity.fileAddress,
            marks: marks)
    }

    private func history(_ entity: ShownEntity) async throws -> EntityModel.Content {
        let visit = entity.visit
        let found = try await visit.reader.history(
            of: entity.ref.canonical, before: EntityTimeline.start(visit.request),
            limit: EntityTimeline.pageSize)
        guard let found else { return .history([], pager: nil) }
        return try await EntityTimeline(visit, entity.ref, found).content()
    }

    // MARK: What is not there

    /// The page of what was removed, with its history; else what may have been meant.
    private func gone(_ visit: Visit, _ ref: EntityRef, _ tab: Tab) async throws -> InboundResponse
    {
        let history = try await visit.reader.history(
            of: ref.canonical, before: EntityTimeline.start(visit.request),
            limit: EntityTimeline.pageSize)
        guard let history, !visit.request.head.wantsJSON else {
            return try await unknown(visit, ref)
        }
        let timeline = EntityTimeline(visit, ref, history)
        var model = EntityModel(
            title: timeline.lastTitle ?? ref.name, icon: .kind(folded(ref.kind)),
            kindAndType: Words.kind(ref.kind), ref: ref.canonical,
            content: try await timeline.content())
        model.needsOwner = false
        model.crumbs = EntityHead.crumbs(visit, ref)
        let removed = history.versions.first { $0.content == nil }
        let when: HTML? = removed.map { " \(TimeText(Int($0.at / 1000), now: visit.now))" }
        model.notices = [
            Notice(
                .warn,
                "<p>It is no longer in the catalog. It was removed\(when); what is known of it is below.</p>"
            )
        ]
        model.tabs = [
            .init(
                Tab.history.title, ShownEntity.href(visit, ref, .history), isCurrent: true)
        ]
        return visit.page(EntityPage(model, in: try await visit.shell()).html, status: 410)
    }

    private func unknown(_ visit: Visit, _ ref: EntityRef) async throws -> InboundResponse {
        guard !visit.request.head.wantsJSON else {
            throw RequestFault(.notFound, "there is no entity \(ref.canonical) in the catalog")
        }
        let near = NearMisses(visit.reader).refs(like: ref.canonical, limit: 6, otherKinds: true)
        let labels = try await EntityLabels.load(near, visit)
        var search = ListState()
        search.kind = "all"
        search.text = ref.name
        let model = ErrorModel(
            status: 404, title: "There is no \(Words.kind(ref.kind)) called \(Words.short(ref))",
            explanation: """
                Nothing in the catalog has the reference \(ref.canonical). It may have another \
                name or kind, or its descriptor has not been registered.
                """,
            suggestions: near.map {
                labels.link($0, aside: (try? EntityRef.parse($0)).map { Words.kind($0.kind) })
            },
            actions: [
                Button(
                    "Find “\(ref.name)” in the catalog",
                    .open(visit.links.to(["catalog"], query: search.query)), icon: .search)
            ])
        return visit.page(ErrorPage(model, in: try await visit.shell()).html, status: 404)
    }

    // MARK: For programs

    private func data(_ entity: ShownEntity, _ tab: Tab) async throws -> InboundResponse {
        let visit = entity.visit
        switch tab {
        case .overview, .yaml, .relations:
            let bytes = try await visit.reader.json([entity.indexed]).first ?? []
            return visit.at(.data { $0.raw(bytes) })
        case .history:
            let found = try await visit.reader.history(
                of: entity.ref.canonical, before: EntityTimeline.start(visit.request),
                limit: EntityTimeline.pageSize)
            return visit.at(
                .data { json in
                    json.list(found?.versions ?? []) { EntityTimeline.write($0, &$1) }
                })
        case .diagnostics:
            let problems = try await visit.reader.located(entity.problems)
            return visit.at(.data { json in json.list(problems) { $0.write(to: &$1) } })
        }
    }
}

extension CatalogProblem {
    /// As an object: the diagnostic with what it is about.
    func write(to json: inout JSONWriter) {
        json.raw(#"{"ref":"#)
        json.optional(ref)
        json.raw(#","location":"#)
        json.optional(location)
        json.raw(#","owners":"#)
        json.list(owners) { $1.string($0) }
        json.raw(#","diagnostic":"#)
        diagnostic.write(to: &json)
        json.raw("}")
    }
}
