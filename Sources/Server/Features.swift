import Browse
import CatalogAPI
import Portal

/// The features of the portal, in the order of its navigation: one line each.
func portalFeatures(_ catalog: CatalogServices, _ browse: BrowseFeature) -> [Feature] {
    [
        Feature(id: "catalog-api", title: "Catalog API", routes: catalogRoutes(catalog)),
        browse.feature,
    ]
}
