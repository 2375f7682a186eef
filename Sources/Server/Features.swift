import Browse
import CatalogAPI
import Portal
import SignIn

/// The features of the portal, in the order of its navigation: one line each.
func portalFeatures(
    _ catalog: CatalogServices, _ signIn: SignInServices, _ browse: BrowseFeature
) -> [Feature] {
    [
        browse.feature,
        Feature(id: "catalog-api", title: "Catalog API", routes: catalogRoutes(catalog)),
        Feature(id: "sign-in", title: "Sign-in", routes: signInRoutes(signIn)),
    ]
}

/// What those features keep that have tables: one line each.
let featureStorage = [BrowseFeature.storage]
