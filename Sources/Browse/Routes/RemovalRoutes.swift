import Access
import Catalog
import Inbound
import Markup
import Portal
import Routing

/// The operator's word that what waits may be removed, given by the button under Problems.
struct RemovalRoutes: Sendable {
    let services: BrowseServices

    var routes: [Route] {
        [
            Route(
                .post, "/problems/removals/{id}",
                access: .permission(CatalogPermissions.manageIngestion),
                bodyLimit: BodyLimit(bytes: 1 << 10), handler: approve)
        ]
    }

    /// Goes back to the problems, where it shows if something still waits.
    private func approve(_ request: RouteRequest) throws -> RouteReply {
        let keeper = services.keeper
        let id = request.parameter("id")
        guard let source = keeper.sources.first(where: { $0.uid == id }) else {
            throw RequestFault(.notFound, "there is no location with the id \(id)")
        }
        let back = services.frame.links.to("problems").text
        return .later {
            let author = request.principal.name
            if try await keeper.approveRemoval(of: source, author: author) {
                await keeper.refreshSoon(source, author: author, within: .seconds(10))
            }
            return InboundResponse(status: 303, headers: ["Location": back])
        }
    }
}
