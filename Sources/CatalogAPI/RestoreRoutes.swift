import Access
import Catalog
import CatalogModel
import Inbound
import Routing
import Values

/// What was removed within the last seven days, and how it comes back: Callboard's own.
struct RestoreRoutes: Sendable {
    let services: CatalogServices

    private static let base = "/api/callboard/v1/catalog/removed"
    private static let bodyLimit = BodyLimit(bytes: 1 << 10)

    var routes: [Route] {
        [
            Route(.get, Self.base, access: .reading(CatalogPermissions.read), handler: list),
            Route(
                .post, "\(Self.base)/locations/{id}/restore",
                access: .permission(CatalogPermissions.createLocations),
                bodyLimit: Self.bodyLimit, handler: restoreLocation),
            Route(
                .post, "\(Self.base)/entities/{uid}/restore",
                access: .permission(CatalogPermissions.create), bodyLimit: Self.bodyLimit,
                handler: restoreEntity),
        ]
    }

    private func list(_ request: RouteRequest) throws -> RouteReply {
        let parameters = try QueryParameters(request, singles: ["limit", "cursor"])
        let limit = min(try parameters.count("limit", minimum: 1) ?? 100, 1000)
        let cursor = parameters.one("cursor")
        let reader = services.reader(request)
        let seesLocations = services.policy.decide(
            CatalogPermissions.readLocations, plugin: "catalog", for: request.principal)
        return .later {
            guard let page = try await reader.removed(after: cursor, limit: limit) else {
                throw RequestFault(.input, "the cursor is none that was given out here")
            }
            var json = JSONWriter()
            if case .allow = seesLocations {
                page.write(to: &json)
            } else {
                page.withoutLocations.write(to: &json)
            }
            return .json(json.bytes).at(reader)
        }
    }

    /// Comes back when the location was read, or after ten seconds.
    private func restoreLocation(_ request: RouteRequest) throws -> RouteReply {
        guard !services.isReadonly else {
            throw RequestFault(.notAllowed, "the catalog is read-only (`catalog.readonly`)")
        }
        let id = request.parameter("id")
        return .later {
            let author = request.principal.name
            do {
                let source = try await services.keeper.restoreLocation(id: id, author: author)
                await services.keeper.refreshSoon(source, author: author, within: .seconds(10))
                var json = JSONWriter()
                json.raw(#"{"id":"#)
                json.string(source.uid)
                json.raw(#","type":"#)
                json.string(source.location.type)
                json.raw(#","target":"#)
                json.string(source.location.target)
                json.raw("}")
                return .json(json.bytes).at(services.reader(request))
            } catch let fault as RestoreFault {
                throw fault.requestFault("location with the id \(id)")
            }
        }
    }

    private func restoreEntity(_ request: RouteRequest) throws -> RouteReply {
        let text = request.parameter("uid")
        let uid = uuidBytes(folded(text)) ?? []
        let reader = services.reader(request)
        return .later {
            do {
                // Whoever may not see it is not told that it was there.
                guard try await reader.mayRestore(uid: uid) else { throw RestoreFault.unknown }
                let ref = try await services.keeper.restoreEntity(
                    uid: uid, author: request.principal.name)
                var json = JSONWriter()
                json.raw(#"{"entityRef":"#)
                json.string(ref)
                json.raw("}")
                return .json(json.bytes).at(services.reader(request))
            } catch let fault as RestoreFault {
                throw fault.requestFault("entity with the uid \(text)")
            }
        }
    }
}

extension RestoreFault {
    fileprivate func requestFault(_ what: String) -> RequestFault {
        switch self {
        case .unknown:
            RequestFault(.notFound, "no \(what) was removed within the last seven days")
        case .isThere(let name):
            RequestFault(.conflict, "\(name) is there; what is restored would be a second one")
        case .changed(let name):
            RequestFault(.conflict, "\(name) was just changed by somebody else; look again")
        }
    }
}
