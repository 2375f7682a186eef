import Access
import Catalog
import CatalogModel
import Crypto
import Inbound
import Outbound
import Routing
import Values

/// Registered locations.
struct LocationRoutes: Sendable {
    let services: CatalogServices

    private static let bodyLimit = BodyLimit(bytes: 64 << 10)

    var routes: [Route] {
        let read = RouteAccess.reading(CatalogPermissions.readLocations)
        let create = RouteAccess.permission(CatalogPermissions.createLocations)
        let one = "/api/catalog/locations/{id}"
        return [
            Route(.get, "/api/catalog/locations", access: read, handler: list),
            Route(
                .post, "/api/catalog/locations", access: create, bodyLimit: Self.bodyLimit,
                handler: register),
            Route(
                .post, "/api/catalog/locations/by-query", access: read,
                bodyLimit: Self.bodyLimit, handler: query),
            Route(.get, one, access: read, handler: get),
            Route(.put, one, access: create, bodyLimit: Self.bodyLimit, handler: replace),
            Route(
                .delete, one, access: .permission(CatalogPermissions.deleteLocations),
                handler: remove),
            Route(
                .get, "/api/catalog/locations/by-entity/{kind}/{namespace}/{name}", access: read,
                handler: byEntity),
        ]
    }

    /// The registered locations that whoever asks may see: all or none.
    private func registered(_ request: RouteRequest) -> [Source] {
        if case .deny = request.decision { return [] }
        return services.keeper.sources.filter { $0.origin == .registered }
    }

    private func source(_ request: RouteRequest) throws(RequestFault) -> Source {
        let id = request.parameter("id")
        guard let source = registered(request).first(where: { $0.uid == folded(id) }) else {
            throw RequestFault(.notFound, "there is no registered location with the id \(id)")
        }
        return source
    }

    private static func write(_ location: LocationRef, id: String, to json: inout JSONWriter) {
        json.raw(#"{"id":"#)
        json.string(id)
        json.raw(#","type":"#)
        json.string(location.type)
        json.raw(#","target":"#)
        json.string(location.target)
        json.raw(#","entityRef":"#)
        json.string(SourceEntity(location, isOptional: false).ref.canonical)
        json.raw("}")
    }

    private static func response(_ source: Source) -> InboundResponse {
        var json = JSONWriter()
        write(source.location, id: source.uid, to: &json)
        return .json(json.bytes)
    }

    // MARK: Reading

    private func list(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        var json = JSONWriter()
        json.raw("[")
        for (index, source) in registered(request).enumerated() {
            json.raw(index == 0 ? #"{"data":"# : #",{"data":"#)
            Self.write(source.location, id: source.uid, to: &json)
            json.raw("}")
        }
        json.raw("]")
        return .ready(.json(json.bytes))
    }

    private func get(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        return .ready(Self.response(try source(request)))
    }

    private func byEntity(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let reader = services.reader(request)
        let ref = EntityRef(
            kind: request.parameter("kind"), namespace: request.parameter("namespace"),
            name: request.parameter("name"))
        guard let entity = reader.entity(ref.canonical),
            let origin = services.keeper.origin(of: entity, in: reader.snapshot),
            let source = registered(request).first(where: { $0.location.text == origin })
        else {
            throw RequestFault(
                .notFound, "\(ref) is not there, or comes from no registered location")
        }
        return .ready(Self.response(source))
    }

    private func query(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let body = try request.jsonObject(required: false)
        var limit = try number("limit", of: body, minimum: 1) ?? 1000
        var after = ""
        var query = body["query"]
        if let cursor = body["cursor"] {
            guard let text = cursor.string, !text.isEmpty,
                let json = try? JSON.parse(Base64.decodeLeniently(text)), json.kind == .object,
                let stated = json["limit"]?.int, stated >= 1
            else { throw RequestFault(.input, "the cursor is none that was given out here") }
            limit = stated
            after = try CatalogAPI.text("afterId", of: json) ?? ""
            query = json["query"]
        }
        let condition = try LocationQuery(query)
        let all = registered(request).filter { condition.matches($0) }.sorted { $0.uid < $1.uid }
        let rest = all.filter { $0.uid > after }
        let page = rest.prefix(limit)
        var json = JSONWriter()
        json.raw(#"{"items":["#)
        for (index, source) in page.enumerated() {
            if index > 0 { json.raw(",") }
            Self.write(source.location, id: source.uid, to: &json)
        }
        json.raw(#"],"totalItems":"#)
        json.integer(all.count)
        json.raw(#","pageInfo":{"#)
        if rest.count > page.count, let last = page.last {
            var cursor = JSONBuilder()
            cursor.beginObject()
            cursor.key("limit")
            cursor.integer(Int64(limit))
            cursor.member("afterId", last.uid)
            if let query { cursor.member("query", query) }
            cursor.end()
            json.raw(#""nextCursor":"#)
            json.string(Base64.encode(cursor.finish().bytes))
        }
        json.raw("}}")
        return .ready(.json(json.bytes))
    }

    // MARK: Changing

    /// The location of a body, which may have nothing but what belongs into it.
    private func location(_ body: JSON) throws(RequestFault) -> (LocationRef, isOptional: Bool) {
        for member in body.members {
            let name = member.key.string ?? ""
            guard ["type", "target", "presence"].contains(name) else {
                throw RequestFault(
                    .input, "a location has type, target and presence; not `\(name)`")
            }
        }
        guard let type = body["type"]?.string, let target = body["target"]?.string,
            !target.isEmpty
        else { throw RequestFault(.input, "a location needs a type and a target, both texts") }
        guard type == "url" else {
            throw RequestFault(
                .input, "only locations of the type `url` can be registered, not `\(type)`")
        }
        // Nothing else can be read as a `url`: what is registered here would fail for ever.
        guard let address = WebAddress(target), ["https", "http"].contains(address.scheme) else {
            throw RequestFault(
                .input,
                "`\(withoutCredentials(target))` is no address of the web; write it whole, "
                    + "beginning with https://")
        }
        // Everybody who may read locations would read it.
        guard address.userInformation == nil else {
            throw RequestFault(
                .input,
                "the address holds a user name or password; leave them out, and configure a token "
                    + "for the host under `integrations`")
        }
        let presence = body["presence"]?.string ?? "required"
        guard presence == "required" || presence == "optional",
            body["presence"].map({ $0.kind == .string }) ?? true
        else { throw RequestFault(.input, "`presence` is required or optional") }
        return (LocationRef(type: type, target: target), presence == "optional")
    }

    private func register(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(request, singles: ["dryRun", "onConflict"])
        let (location, isOptional) = try location(request.jsonObject())
        let dryRun = folded(parameters.one("dryRun") ?? "")
        let onConflict = parameters.one("onConflict") ?? "reject"
        guard onConflict == "refresh" || onConflict == "reject" else {
            throw RequestFault(.input, "`onConflict` is refresh or reject")
        }
        if ["true", "yes", "y", "1", "on"].contains(dryRun) {
            return .later { try await dryRunAnswer(location, isOptional) }
        }
        guard !services.isReadonly else {
            throw RequestFault(.notAllowed, "the catalog is read-only (`catalog.readonly`)")
        }
        let refreshes = onConflict == "refresh"
        return .later {
            let (source, existed) = try await services.keeper.add(
                location, .registered, isOptional: isOptional, author: request.principal.name)
            guard !existed || refreshes else {
                throw RequestFault(.conflict, "\(location.text) is registered already")
            }
            // What the location holds is there when this is answered, if its server is quick.
            await services.keeper.refreshSoon(
                source, author: request.principal.name, within: .seconds(10))
            var json = JSONWriter()
            json.raw(#"{"location":"#)
            Self.write(source.location, id: source.uid, to: &json)
            json.raw(#","entities":[]}"#)
            return .json(json.bytes, status: 201).at(services.reader(request))
        }
    }

    private func dryRunAnswer(_ location: LocationRef, _ isOptional: Bool) async throws
        -> InboundResponse
    {
        let run = try await services.keeper.dryRun(location, isOptional: isOptional)
        guard run.faults.isEmpty else {
            throw RequestFault(
                .input, run.faults.map { "\($0.location): \($0.summary)" }.joined(separator: "; "),
                diagnostics: run.faults)
        }
        var json = JSONWriter()
        json.raw(#"{"exists":"#)
        json.bool(run.exists)
        json.raw(#","location":"#)
        Self.write(location, id: location.text, to: &json)
        json.raw(#","entities":"#)
        json.raw(joined(run.entities))
        json.raw("}")
        return .json(json.bytes, status: 201)
    }

    private func replace(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        let (location, isOptional) = try location(request.jsonObject())
        guard !services.isReadonly else {
            throw RequestFault(.notAllowed, "the catalog is read-only (`catalog.readonly`)")
        }
        let id = folded(request.parameter("id"))
        // As in Backstage this is told before whether there is anything to change.
        guard
            !services.keeper.sources.contains(where: { $0.location == location && $0.uid != id })
        else { throw RequestFault(.conflict, "\(location.text) is registered already") }
        let old = try source(request)
        return .later {
            let keeper = services.keeper
            guard location != old.location else { return Self.response(old) }
            let author = request.principal.name
            try await keeper.remove(old, author: author)
            let (source, _) = try await keeper.add(
                location, .registered, isOptional: isOptional, author: author, uid: old.uid)
            await keeper.refreshSoon(source, author: author, within: .seconds(10))
            return Self.response(source).at(services.reader(request))
        }
    }

    private func remove(_ request: RouteRequest) throws -> RouteReply {
        _ = try QueryParameters(request)
        guard !services.isReadonly else {
            throw RequestFault(.notAllowed, "the catalog is read-only (`catalog.readonly`)")
        }
        let source = try source(request)
        return .later {
            try await services.keeper.remove(source, author: request.principal.name)
            return .empty(204).at(services.reader(request))
        }
    }
}
