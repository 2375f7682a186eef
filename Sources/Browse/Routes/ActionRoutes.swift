import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Portal
import Routing
import Values

/// What can be done with an entity from its page: forms that work without a script.
///
/// Each answers with the page that follows, which tells what came of it.
struct ActionRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    /// The forms have a few short fields.
    static let bodyLimit = BodyLimit(bytes: 16 << 10)

    var routes: [Route] {
        let page = EntityRoutes.pattern
        let delete = RouteAccess.permission(CatalogPermissions.delete)
        let unregister = RouteAccess.permission(CatalogPermissions.deleteLocations)
        return [
            form("\(page)/refresh", .permission(CatalogPermissions.refresh), refresh),
            form("\(page)/star", .permission(CatalogPermissions.read), star),
            Route(.get, "\(page)/unregister", access: unregister) { request in
                .later { try await askToUnregister(request) }
            },
            form("\(page)/unregister", unregister, self.unregister),
            Route(.get, "\(page)/delete", access: delete) { request in
                .later { try await askToDelete(request) }
            },
            form("\(page)/delete", delete, self.delete),
        ]
    }

    /// A form that only our own pages can send.
    private func form(
        _ pattern: String, _ access: RouteAccess,
        _ handler: @escaping @Sendable (RouteRequest) async throws -> InboundResponse
    ) -> Route {
        Route(.post, pattern, access: access, bodyLimit: Self.bodyLimit) { request in
            try services.actions.crossSite.check(request.head)
            return .later { try await handler(request) }
        }
    }

    /// The entity that the address names, if whoever asks may see it, and do what is asked with it.
    private func entity(_ request: RouteRequest, _ visit: Visit) throws -> IndexedEntity {
        let ref = EntityRef(
            kind: request.parameter("kind"), namespace: request.parameter("namespace"),
            name: request.parameter("name"))
        guard let entity = visit.reader.entity(ref.canonical) else {
            throw RequestFault(.notFound, "there is no entity \(ref.canonical) in the catalog")
        }
        // Under a condition only what it holds for may be touched.
        guard visit.reader.seeing(request.decision.visibility).isVisible(entity) else {
            throw RequestFault(.notAllowed, "you may not do this with \(ref.canonical)")
        }
        return entity
    }

    private func shown(_ request: RouteRequest) async throws -> ShownEntity {
        let visit = try await Visit(request, services, boards, sees: services.visible(to: request))
        let indexed = try entity(request, visit)
        return ShownEntity(
            visit, indexed, try await visit.reader.contents([indexed]).first ?? .null)
    }

    // MARK: Reading again, stars

    private func refresh(_ request: RouteRequest) async throws -> InboundResponse {
        let entity = try await shown(request)
        var outcome = Outcome.goesOn
        let sources = services.keeper.sources(of: entity.indexed, in: entity.visit.reader.snapshot)
        guard !sources.isEmpty else {
            throw RequestFault(.conflict, "nothing leads to \(entity.ref) that could be read again")
        }
        for source in sources {
            outcome = Outcome(
                await services.keeper.refreshSoon(
                    source, author: request.principal.name, within: services.actions.patience))
        }
        // The entity may be gone now; its address then tells so.
        return services.done(entity.href(tab(request)), outcome)
    }

    /// The view that the form stood on.
    private func tab(_ request: RouteRequest) -> EntityRoutes.Tab {
        EntityRoutes.Tab(rawValue: QueryItems(bytes: request.body)["tab"] ?? "") ?? .overview
    }

    private func star(_ request: RouteRequest) async throws -> InboundResponse {
        let entity = try await shown(request)
        guard case .user(let user) = request.principal else {
            throw RequestFault(.notAllowed, "only a person can mark something with a star")
        }
        let isStarred = QueryItems(bytes: request.body)["star"] != "off"
        try await services.actions.stars.set(
            isStarred, entity.ref.canonical, for: folded(user.ref))
        return .seeOther(entity.href(tab(request)))
    }

    // MARK: Unregistering

    /// The registered address that an entity comes from.
    private func registered(_ entity: ShownEntity) -> Source? {
        services.keeper.sources(of: entity.indexed, in: entity.visit.reader.snapshot).first {
            $0.origin == .registered
        }
    }

    private func askToUnregister(
        _ request: RouteRequest, _ notices: [Notice] = []
    ) async throws -> InboundResponse {
        let entity = try await shown(request)
        var model = try await Removal(entity).unregistering(registered(entity))
        model.notices += notices
        return entity.visit.page(
            RemovalPage(model, in: try await entity.visit.shell()).html,
            status: notices.isEmpty ? 200 : 409)
    }

    private func unregister(_ request: RouteRequest) async throws -> InboundResponse {
        guard !services.actions.isReadonly else { throw RequestFault.readonly }
        let entity = try await shown(request)
        guard let source = registered(entity) else {
            throw RequestFault(.conflict, "\(entity.ref) comes from no registered address")
        }
        let removal = await services.keeper.removal(of: source)
        guard QueryItems(bytes: request.body)["what"] == Removal.mark(removal, source) else {
            let changed = Notice(
                .warn, "<p>The catalog changed in between: this is what would go now.</p>")
            return try await askToUnregister(request, [changed])
        }
        try await services.keeper.remove(source, author: request.principal.name)
        return services.done(
            services.frame.links.to("catalog"),
            .unregistered(removal.refs.count, target: source.location.target))
    }

    // MARK: Deleting

    private func askToDelete(_ request: RouteRequest) async throws -> InboundResponse {
        let entity = try await shown(request)
        let model = Removal(entity).deleting
        return entity.visit.page(RemovalPage(model, in: try await entity.visit.shell()).html)
    }

    private func delete(_ request: RouteRequest) async throws -> InboundResponse {
        let entity = try await shown(request)
        guard entity.isOrphan else {
            throw RequestFault(
                .conflict,
                "\(entity.ref) is declared by \(entity.fileName): read again it would come back")
        }
        let snapshot = entity.visit.reader.snapshot
        let sources = try await services.keeper.deleteEntity(
            uid: snapshot.stamp(of: entity.indexed).uid, author: request.principal.name)
        for source in sources {
            await services.keeper.refreshSoon(
                source, author: request.principal.name, within: services.actions.patience)
        }
        return services.done(
            services.frame.links.to("catalog"), .deleted(entity.ref.canonical))
    }
}

extension RequestFault {
    /// The configuration takes away what the person's rights would allow.
    static let readonly = RequestFault(
        .notAllowed, "the catalog is read-only (`catalog.readonly` of the configuration)")
}

extension InboundResponse {
    /// Leads from a form to the page that follows it.
    static func seeOther(_ href: Href) -> InboundResponse {
        InboundResponse(status: 303, headers: ["Location": href.text])
    }
}
