import Access
import Catalog
import CatalogModel
import Inbound
import Routing
import Values

/// What waits to be removed, and the operator's word for it: Callboard's own, Backstage has nothing
/// like it.
struct RemovalRoutes: Sendable {
    let services: CatalogServices

    private static let base = "/api/callboard/v1/catalog/removals"

    var routes: [Route] {
        [
            Route(
                .get, Self.base, access: .reading(CatalogPermissions.readIngestion), handler: list),
            Route(
                .post, "\(Self.base)/{id}/approve",
                access: .permission(CatalogPermissions.manageIngestion),
                bodyLimit: BodyLimit(bytes: 1 << 10), handler: approve),
        ]
    }

    private func list(_ request: RouteRequest) throws -> RouteReply {
        if case .deny = request.decision {
            throw RequestFault(.notAllowed, "you may not see how reading goes")
        }
        let reader = services.reader(request)
        return .later {
            let waiting = try await reader.waitingRemovals()
            var json = JSONWriter()
            json.raw(#"{"items":["#)
            for (index, removal) in waiting.enumerated() {
                if index > 0 { json.raw(",") }
                removal.write(to: &json)
            }
            json.raw(#"],"totalItems":"#)
            json.integer(waiting.count)
            json.raw("}")
            return .json(json.bytes).at(reader)
        }
    }

    /// Says whether they are gone when this is answered, and what waits otherwise.
    private func approve(_ request: RouteRequest) throws -> RouteReply {
        let id = request.parameter("id")
        guard let source = services.keeper.sources.first(where: { $0.uid == id }) else {
            throw RequestFault(.notFound, "there is no location with the id \(id)")
        }
        return .later {
            let author = request.principal.name
            guard try await services.keeper.approveRemoval(of: source, author: author) else {
                throw RequestFault(
                    .notFound, "nothing of \(source.location.text) waits to be removed")
            }
            // What is removed is what the source does not have now, not a while ago.
            await services.keeper.refreshSoon(source, author: author, within: .seconds(10))
            let reader = services.reader(request)
            let left = try await reader.waitingRemovals().first { $0.source.uid == id }
            var json = JSONWriter()
            json.raw(#"{"removed":"#)
            json.bool(left == nil)
            if let left {
                json.raw(#","waiting":"#)
                left.write(to: &json)
            }
            json.raw("}")
            return .json(json.bytes).at(reader)
        }
    }
}
