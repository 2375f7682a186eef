package import Access
package import Catalog
import CatalogModel
import Inbound
package import Outbound
package import Routing
import Values

/// What the catalog's routes work with.
package struct CatalogServices: Sendable {
    package let keeper: CatalogKeeper
    /// Whether locations may not be added or removed (`catalog.readonly`).
    package let isReadonly: Bool
    package let policy: any AccessPolicy
    /// Who a token is that stands in a body.
    package let authenticator: any Authenticator
    /// Where repositories are known to be kept.
    package let hosts: RepositoryHosts

    package init(
        keeper: CatalogKeeper, isReadonly: Bool, policy: any AccessPolicy,
        authenticator: any Authenticator, hosts: RepositoryHosts
    ) {
        self.keeper = keeper
        self.isReadonly = isReadonly
        self.policy = policy
        self.authenticator = authenticator
        self.hosts = hosts
    }

    /// The catalog as whoever asks may see it now.
    func reader(_ request: RouteRequest) -> CatalogReader { reader(for: request.principal) }

    /// The catalog as someone may read it now, whatever else the route needed.
    func reader(for principal: Principal) -> CatalogReader {
        let decision = policy.decide(CatalogPermissions.read, plugin: "catalog", for: principal)
        return CatalogReader(
            keeper.state.snapshot, bodies: keeper.bodies, visibility: decision.visibility)
    }
}

/// All routes below `/api/catalog`, and those of the catalog below `/api/callboard/v1`.
package func catalogRoutes(_ services: CatalogServices) -> [Route] {
    EntityRoutes(services: services).routes + LookupRoutes(services: services).routes
        + LocationRoutes(services: services).routes + CheckRoutes(services: services).routes
        + RemovalRoutes(services: services).routes + RestoreRoutes(services: services).routes
        + PermissionRoutes(services: services).routes
}

extension InboundResponse {
    /// Adds the revision that the answer is true of, so that a client can ask for at least it.
    func at(_ reader: CatalogReader) -> InboundResponse {
        var response = self
        response.headers.set(Router.revision, String(reader.snapshot.revision))
        return response
    }
}
