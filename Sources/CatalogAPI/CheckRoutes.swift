import Access
import Catalog
import CatalogModel
import Inbound
import Outbound
import Routing
import Values

/// Refreshing, validating and analysing.
struct CheckRoutes: Sendable {
    let services: CatalogServices

    private static let bodyLimit = BodyLimit(bytes: 64 << 10)
    /// As much as the largest definitions that people check.
    private static let entityLimit = BodyLimit(bytes: 4 << 20)

    var routes: [Route] {
        [
            Route(
                .post, "/api/catalog/refresh", access: .permission(CatalogPermissions.refresh),
                bodyLimit: Self.bodyLimit, handler: refresh),
            Route(
                .post, "/api/catalog/validate-entity",
                access: .permission(CatalogPermissions.validate), bodyLimit: Self.entityLimit,
                handler: validate),
            Route(
                .post, "/api/catalog/analyze-location",
                access: .permission(CatalogPermissions.analyze), bodyLimit: Self.bodyLimit,
                handler: analyze),
        ]
    }

    // MARK: Refresh

    private func refresh(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let body = try request.jsonObject()
        for member in body.members {
            let name = member.key.string ?? ""
            guard name == "entityRef" || name == "authorizationToken" else {
                throw RequestFault(.input, "a refresh has an entityRef; not `\(name)`")
            }
        }
        guard let ref = try text("entityRef", of: body) else {
            throw RequestFault(.input, "`entityRef` is missing")
        }
        guard let token = try text("authorizationToken", of: body), !token.isEmpty else {
            return try refresh(ref, for: request.principal)
        }
        return .later {
            switch try refresh(ref, for: await principal(of: token)) {
            case .ready(let response): response
            case .later(let run): try await run()
            }
        }
    }

    /// As in Backstage a reference counts in its canonical form only.
    private func refresh(_ ref: String, for principal: Principal) throws -> RouteReply {
        let reader = services.reader(for: principal)
        guard let entity = reader.entity(canonical: ref) else {
            throw RequestFault(.notFound, "there is no entity \(ref), or you may not see it")
        }
        return .later {
            for source in services.keeper.sources(of: entity, in: reader.snapshot) {
                let outcome = await services.keeper.refreshSoon(
                    source, author: principal.name, within: .seconds(10))
                if case .failed(let failure) = outcome { throw failure }
            }
            return .empty(200).at(services.reader(for: principal))
        }
    }

    /// Who asks by a token in the body instead of the header's.
    private func principal(of token: String) async throws -> Principal {
        var authentication = services.authenticator.authenticate(
            Credentials(authorization: "Bearer \(token)", cookie: nil))
        if case .later(let ask) = authentication { authentication = await ask() }
        switch authentication {
        case .known(let principal):
            let decision = services.policy.decide(
                CatalogPermissions.refresh, plugin: "catalog", for: principal)
            guard case .deny = decision else { return principal }
            throw RequestFault(.notAllowed, "this needs a permission that you do not have")
        case .refused(let reason): throw RequestFault(.authentication, reason)
        case .unavailable(let reason): throw RequestFault(.unavailable, reason)
        case .later: throw RequestFault(.authentication, "who asks could not be found out")
        }
    }

    // MARK: Validate

    /// Faults come as `{errors}` and not as an error body; only a malformed request is one.
    private func validate(_ request: RouteRequest) throws -> RouteReply {
        let body = try request.jsonObject()
        guard let entity = body["entity"], entity.kind == .object,
            let text = body["location"]?.string
        else {
            throw RequestFault(.input, "`entity` (an object) and `location` (a text) are needed")
        }
        guard let location = LocationRef.parse(text), location.type == "url" else {
            return .ready(
                Self.errors([
                    ("TypeError", "the location has to be url:<address>, found `\(text)`", nil)
                ]))
        }
        return .later {
            let faults = await services.keeper.validate(entity, location: location)
            guard !faults.isEmpty else { return .empty(200) }
            return Self.errors(faults.map { ($0.errorName, $0.diagnostic.summary, $0.diagnostic) })
        }
    }

    private static func errors(_ faults: [(name: String, message: String, diagnostic: Diagnostic?)])
        -> InboundResponse
    {
        var json = JSONWriter()
        json.raw(#"{"errors":["#)
        for (index, fault) in faults.enumerated() {
            json.raw(index == 0 ? #"{"name":"# : #",{"name":"#)
            json.string(fault.name)
            json.raw(#","message":"#)
            json.string(fault.message)
            if let diagnostic = fault.diagnostic {
                json.raw(#","diagnostic":"#)
                diagnostic.write(to: &json)
            }
            json.raw("}")
        }
        json.raw("]}")
        return .json(json.bytes, status: 400)
    }

    // MARK: Analyse

    /// As in Backstage only of the hosts of `integrations` it is known what is registered already;
    /// for everywhere else an entity is proposed.
    private func analyze(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let body = try request.jsonObject()
        guard let location = body["location"], let target = location["target"]?.string,
            location["type"]?.string != nil,
            location.members.allSatisfy({
                ["type", "target", "presence"].contains($0.key.string ?? "")
            })
        else {
            throw RequestFault(.input, "`location` needs a type and a target, and nothing else")
        }
        for name in ["catalogFilename", "catalogFileName"] { _ = try text(name, of: body) }
        guard let address = WebAddress(target), address.host != nil else {
            throw RequestFault(.input, "`\(target)` is no address of a repository")
        }
        let place = services.hosts.place(target)
        let existing = services.keeper.sources.filter { source in
            place != nil && source.location.target.hasPrefix(target)
        }
        guard !existing.isEmpty else { return .ready(Self.proposal(address, place)) }
        return .later { [services] in
            var json = JSONWriter()
            json.raw(#"{"existingEntityFiles":["#)
            let reader = services.reader(request)
            var isFirst = true
            for source in existing {
                for entity in services.keeper.entities(from: source, in: reader) {
                    if !isFirst { json.raw(",") }
                    isFirst = false
                    json.raw(#"{"location":{"type":"#)
                    json.string(source.location.type)
                    json.raw(#","target":"#)
                    json.string(source.location.target)
                    json.raw(#"},"isRegistered":true,"entity":"#)
                    json.raw(try await reader.json([entity])[0])
                    json.raw("}")
                }
            }
            json.raw(#"],"generateEntities":[]}"#)
            return .json(json.bytes)
        }
    }

    /// A Component with the repository's name.
    private static func proposal(_ address: WebAddress, _ place: RepositoryURL?) -> InboundResponse
    {
        let last = address.pathSegments.last { !$0.isEmpty }.map(String.init) ?? ""
        let name = place?.repository ?? (last.hasSuffix(".git") ? String(last.dropLast(4)) : last)
        var json = JSONWriter()
        json.raw(
            #"{"existingEntityFiles":[],"generateEntities":[{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"#
        )
        json.string(name)
        if let place, let prefix = slugAnnotations[place.host.provider] {
            json.raw(#","annotations":{"#)
            json.string("\(prefix)/project-slug")
            json.raw(":")
            json.string("\(place.project ?? place.owner)/\(name)")
            json.raw("}")
        }
        json.raw(#"},"spec":{"type":"other","lifecycle":"unknown"}},"fields":[]}]}"#)
        return .json(json.bytes)
    }

    /// The hosts whose repositories Backstage's analyser annotates.
    private static let slugAnnotations: [RepositoryProvider: String] = [
        .github: "github.com", .gitlab: "gitlab.com", .azure: "dev.azure.com",
    ]
}
