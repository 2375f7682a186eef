import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Outbound
import Portal
import Routing
import Values

/// Registering an address: looked at first, stored when it is confirmed.
///
/// At Backstage's address for it.
struct ImportRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    var routes: [Route] {
        let create = RouteAccess.permission(CatalogPermissions.createLocations)
        return [
            Route(.get, "/catalog-import", access: create) { request in
                .later { try await show(request) }
            },
            Route(
                .post, "/catalog-import", access: create, bodyLimit: ActionRoutes.bodyLimit
            ) { request in
                try services.actions.crossSite.check(request.head)
                return .later { try await register(request) }
            },
            Route(.get, "/catalog-import/{uid}", access: create) { request in
                .later { try await showRegistered(request) }
            },
        ]
    }

    private var action: Href { services.frame.links.to("catalog-import") }

    private func visit(_ request: RouteRequest) async throws -> Visit {
        try await Visit(request, services, boards, sees: services.visible(to: request))
    }

    /// The location that an address stands for, or why it stands for none.
    private func location(_ address: String) -> Result<LocationRef, RequestFault> {
        guard let parsed = WebAddress(address), ["https", "http"].contains(parsed.scheme) else {
            return .failure(
                RequestFault(
                    .input,
                    "This is no address of the web. Write it whole, beginning with `https://`, as "
                        + "the browser shows it where the file is."))
        }
        return .success(LocationRef(type: "url", target: address))
    }

    // MARK: Looking

    private func show(_ request: RouteRequest) async throws -> InboundResponse {
        let visit = try await visit(request)
        let address = trimmed(request.query["url"])
        var model = ImportModel(action: action, address: address)
        if services.actions.isReadonly {
            model.notices.append(
                Notice(
                    .warn,
                    """
                    <p>The configuration says <code>catalog.readonly</code>: addresses can be looked \
                    at, not registered.</p>
                    """))
        }
        guard !address.isEmpty else { return try await page(visit, model) }
        switch location(address) {
        case .failure(let fault): model.step = .refused(fault.message)
        case .success(let location): try await look(at: location, visit, &model)
        }
        return try await page(visit, model)
    }

    private func page(_ visit: Visit, _ model: ImportModel) async throws -> InboundResponse {
        var model = model
        if let outcome = visit.outcome() { model.notices.insert(outcome, at: 0) }
        return visit.page(ImportPage(model, in: try await visit.shell()).html, tellsOutcome: true)
    }

    private func look(
        at location: LocationRef, _ visit: Visit, _ model: inout ImportModel
    ) async throws {
        if let source = services.keeper.sources.first(where: { $0.location == location }) {
            model.notices.append(
                Notice(
                    .info,
                    """
                    <p>This address is registered already. \
                    <a href="\(visit.links.to("catalog-import", source.uid))">See what came from \
                    it</a></p>
                    """))
            model.actions = [register(location, "Read it again now", icon: .refresh)]
            return
        }
        let run = try await services.keeper.dryRunSoon(
            location, isOptional: false, within: services.actions.patience)
        guard let run else {
            model.notices.append(
                Notice(
                    .warn,
                    """
                    <p>Its server is slow: not all of it was read in the time that a page can wait. \
                    Look again, or register the address as it is: it is then read when \
                    its server is ready, and what is wrong is listed under Problems.</p>
                    """))
            model.actions = [register(location, "Register it unseen")]
            return
        }
        // The first is the Location entity that stands for the address itself.
        let contents = run.entities.dropFirst().compactMap { try? JSON.parse($0) }
        let found = contents.map { self.found($0, visit) }.sorted {
            ($0.isTaken ? 1 : 0, folded($0.link.title)) < (
                $1.isTaken ? 1 : 0, folded($1.link.title)
            )
        }
        model.step = .found(found, cards(run, visit))
        let taken = found.count { $0.isTaken }
        if taken > 0 {
            let names = taken == 1 ? "One of the names is" : "\(taken.grouped) of the names are"
            model.notices.append(
                Notice(
                    .warn,
                    """
                    <p>\(names) in the catalog already, declared by another file. That one keeps \
                    the name; the one here would be listed under Problems until either is \
                    renamed.</p>
                    """))
        }
        if found.isEmpty {
            model.notices.append(
                Notice(
                    .warn,
                    """
                    <p>Nothing that could become an entity was found there. Mend what is listed \
                    below and look again; registered as it is, the address is read again from time \
                    to time.</p>
                    """))
        }
        let new = found.count - taken
        model.actions = [
            register(
                location,
                new == 0
                    ? "Register it all the same"
                    : "Register \(new.counted("entity", "entities"))", isPrimary: new > 0)
        ]
        if services.actions.isReadonly { model.actions = [] }
    }

    private func register(
        _ location: LocationRef, _ label: String, icon: Icon = .plus, isPrimary: Bool = false
    ) -> Button {
        Button(
            label, .post(action, fields: [QueryItem("url", location.target)]), icon: icon,
            style: isPrimary ? .primary : .plain)
    }

    private func found(_ content: JSON, _ visit: Visit) -> ImportModel.Found {
        let ref = EntityRef(
            kind: content["kind"]?.string ?? "",
            namespace: content.at("metadata", "namespace")?.string ?? EntityRef.defaultNamespace,
            name: content.at("metadata", "name")?.string ?? "")
        let known = visit.reader.entity(ref.canonical)
        let href = known.map { _ in
            visit.links.entity(
                namespace: folded(ref.namespace), kind: folded(ref.kind), name: folded(ref.name))
        }
        let title = services.names.title(of: content)
        // Without its file's name: it may be one that the person may not see.
        let isTaken = services.keeper.holder(of: ref.canonical) != nil
        return ImportModel.Found(
            EntityLink(.kind(folded(ref.kind)), title, href: href), ref: ref.canonical,
            state: isTaken ? State("declared elsewhere", .warn) : State("new", .ok),
            isTaken: isTaken)
    }

    private func cards(_ run: DryRun, _ visit: Visit) -> [DiagnosticCard] {
        let cards = ProblemCards(
            reader: visit.reader, labels: EntityLabels(links: visit.links),
            names: services.names, now: visit.now)
        return run.faults.map { cards.card($0, isOpen: true) }
            + run.missing.map { cards.card($0, isOpen: true) }
    }

    // MARK: Registering

    private func register(_ request: RouteRequest) async throws -> InboundResponse {
        guard !services.actions.isReadonly else { throw RequestFault.readonly }
        let address = trimmed(QueryItems(bytes: request.body)["url"])
        let location = try location(address).get()
        let author = request.principal.name
        let (source, existed) = try await services.keeper.add(
            location, .registered, isOptional: false, author: author)
        let outcome = await services.keeper.refreshSoon(
            source, author: author, within: services.actions.patience)
        return services.done(
            services.frame.links.to("catalog-import", source.uid),
            existed ? Outcome(outcome) : nil)
    }

    private func showRegistered(_ request: RouteRequest) async throws -> InboundResponse {
        let visit = try await visit(request)
        let uid = folded(request.parameter("uid"))
        guard
            let source = services.keeper.sources.first(where: {
                $0.uid == uid && $0.origin == .registered
            })
        else { throw RequestFault(.notFound, "there is no registered address \(uid)") }
        let root = SourceEntity(source.location, isOptional: source.isOptional).ref
        let entities = services.keeper.entities(broughtBy: source, in: visit.reader)
        let contents = try await visit.reader.contents(entities)
        let isWhole = services.keeper.wasRead(source)
        let found = zip(entities, contents).compactMap { entity, content in
            let ref = visit.reader.snapshot.ref(of: entity)
            return ref == root.canonical ? nil : registered(ref, content, visit)
        }.sorted { $0.ref < $1.ref }
        let refs = Set(entities.map { visit.reader.snapshot.ref(of: $0) } + [root.canonical])
        let problems = visit.board.problems.filter { problem in
            problem.ref.map(refs.contains) ?? false
                || problem.location.map { $0 == source.location.text } ?? false
        }
        var model = ImportModel(action: action, address: source.location.target)
        let cards = ProblemCards(
            reader: visit.reader,
            labels: try await EntityLabels.load(ProblemCards.refs(problems), visit),
            names: services.names, now: visit.now)
        model.step = .registered(
            found,
            try await visit.reader.located(Array(problems.prefix(20))).map {
                cards.card($0, isOpen: true)
            }, isWhole: isWhole)
        model.notices = [registered(source, found.count, isWhole, visit)]
        model.actions = actions(source, found, isWhole, visit)
        return try await page(visit, model)
    }

    private func registered(_ ref: String, _ content: JSON, _ visit: Visit) -> ImportModel.Found {
        let parsed = (try? EntityRef.parse(ref)) ?? EntityRef(kind: "", name: ref)
        let link = EntityLink(
            .kind(parsed.kind), services.names.title(of: content),
            href: visit.links.entity(
                namespace: parsed.namespace, kind: parsed.kind, name: parsed.name))
        let worst = visit.board.worst(of: ref)
        return ImportModel.Found(
            link, ref: ref,
            state: worst.map { State($0 == .bad ? "refused" : "has problems", $0) }
                ?? State("in the catalog", .ok))
    }

    private func registered(_ source: Source, _ count: Int, _ isWhole: Bool, _ visit: Visit)
        -> Notice
    {
        if !isWhole {
            return Notice(
                .info,
                """
                <p>The address is registered, and its server is slow to answer. It is still being \
                read; this page shows what came whenever it is loaded again.</p>
                """)
        }
        if count == 0 {
            return Notice(
                .warn,
                """
                <p>The address is registered; nothing came from it yet. It is read again from time \
                to time.</p>
                """)
        }
        return Notice(
            .ok,
            """
            <p>The address is registered; \(count.counted("entity", "entities")) came from it. It is \
            read again from time to time.</p>
            """)
    }

    private func actions(
        _ source: Source, _ found: [ImportModel.Found], _ isWhole: Bool, _ visit: Visit
    ) -> [Button] {
        let page = visit.links.to("catalog-import", source.uid)
        var actions: [Button] = []
        if !isWhole {
            actions.append(Button("Look again", .open(page), icon: .refresh, style: .primary))
        } else if let first = found.first, let href = first.link.href {
            let title = first.link.title
            actions.append(
                Button(
                    "Open \(title.prefix(40))", .open(href), icon: first.link.icon,
                    style: .primary))
        }
        actions.append(Button("Register another", .open(action), icon: .plus))
        return actions
    }

    private func trimmed(_ text: String?) -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        let start = (text ?? "").drop { blanks.contains($0) }
        return String(start.reversed().drop { blanks.contains($0) }.reversed())
    }
}
