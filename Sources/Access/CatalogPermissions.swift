/// The permissions of the catalog, by Backstage's names.
package enum CatalogPermissions {
    package static let read = Permission(
        "catalog.entity.read", action: .read, resourceType: "catalog-entity")
    package static let create = Permission("catalog.entity.create", action: .create)
    package static let refresh = Permission(
        "catalog.entity.refresh", action: .update, resourceType: "catalog-entity")
    package static let delete = Permission(
        "catalog.entity.delete", action: .delete, resourceType: "catalog-entity")
    package static let validate = Permission("catalog.entity.validate")
    package static let readLocations = Permission("catalog.location.read", action: .read)
    package static let createLocations = Permission("catalog.location.create", action: .create)
    package static let deleteLocations = Permission("catalog.location.delete", action: .delete)
    package static let analyze = Permission("catalog.location.analyze")
    package static let readIngestion = Permission("catalog.ingestion.read", action: .read)
    package static let manageIngestion = Permission("catalog.ingestion.manage", action: .update)

    /// All of them.
    package static let all = [
        read, create, refresh, delete, validate, readLocations, createLocations, deleteLocations,
        analyze, readIngestion, manageIngestion,
    ]
}
