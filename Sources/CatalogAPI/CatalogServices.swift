package import Access
package import Catalog
import CatalogModel
import Inbound
package import Routing
import Values

/// What the catalog's routes work with.
package struct CatalogServices: Sendable {
    package let keeper: CatalogKeeper
    /// Whether locations may not be added or removed (`catalog.readonly`).
    package let isReadonly: Bool
    package let policy: any AccessPolicy

    package init(keeper: CatalogKeeper, isReadonly: Bool, policy: any AccessPolicy) {
        self.keeper = keeper
        self.isReadonly = isReadonly
        self.policy = policy
    }

    /// The catalog as whoever asks may see it now.
    func reader(_ request: RouteRequest) -> CatalogReader {
        CatalogReader(
            keeper.state.snapshot, bodies: keeper.bodies, visibility: visibility(request))
    }

    /// What may be read, whatever else the route needed.
    func visibility(_ request: RouteRequest) -> Visibility {
        policy.decide(CatalogPermissions.read, plugin: "catalog", for: request.principal)
            .visibility
    }
}

/// All routes below `/api/catalog`, and those of the catalog below `/api/callboard/v1`.
package func catalogRoutes(_ services: CatalogServices) -> [Route] {
    EntityRoutes(services: services).routes + LookupRoutes(services: services).routes
        + LocationRoutes(services: services).routes + CheckRoutes(services: services).routes
        + RemovalRoutes(services: services).routes + RestoreRoutes(services: services).routes
}

extension InboundResponse {
    /// Adds the revision that the answer is true of, so that a client can ask for at least it.
    func at(_ reader: CatalogReader) -> InboundResponse {
        var response = self
        response.headers.set(Router.revision, String(reader.snapshot.revision))
        return response
    }
}
