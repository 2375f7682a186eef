/// The permissions of the catalog, by Backstage's names.
package enum CatalogPermissions {
    /// To see entities; a policy may allow some of them only.
    package static let read = Permission(
        "catalog.entity.read", action: .read, resourceType: "catalog-entity")
    /// To bring back an entity that was removed.
    package static let create = Permission("catalog.entity.create", action: .create)
    /// To have an entity's file read again at once.
    package static let refresh = Permission(
        "catalog.entity.refresh", action: .update, resourceType: "catalog-entity")
    /// To remove an entity from the catalog.
    package static let delete = Permission(
        "catalog.entity.delete", action: .delete, resourceType: "catalog-entity")
    /// To have a document checked without it being stored.
    package static let validate = Permission("catalog.entity.validate")
    /// To see which locations are registered.
    package static let readLocations = Permission("catalog.location.read", action: .read)
    /// To register a location, or to try one without registering it.
    package static let createLocations = Permission("catalog.location.create", action: .create)
    /// To take a registered location out, with what only it leads to.
    package static let deleteLocations = Permission("catalog.location.delete", action: .delete)
    /// To ask what is found at an address before it is registered.
    package static let analyze = Permission("catalog.location.analyze")
    /// To see how reading goes and what failed.
    package static let readIngestion = Permission("catalog.ingestion.read", action: .read)
    /// To start and stop reading.
    package static let manageIngestion = Permission("catalog.ingestion.manage", action: .update)

    /// All of them.
    package static let all = [
        read, create, refresh, delete, validate, readLocations, createLocations, deleteLocations,
        analyze, readIngestion, manageIngestion,
    ]
}
