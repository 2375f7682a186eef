package import Routing
package import Settings
package import Store

/// What a part of the product hands over to the portal: one value, one line in `Features.swift`.
package struct Feature: Sendable {
    /// Namespaces its tables, its configuration and its log lines: `catalog-api`.
    package let id: String
    /// For people: `Catalog API`.
    package let title: String
    package var routes: [Route]
    /// The configuration that it reads.
    package var configuration: [ConfigKey]
    /// Its entries in the navigation, in order.
    package var navigation: [NavigationEntry]

    package init(
        id: String, title: String, routes: [Route] = [], configuration: [ConfigKey] = [],
        navigation: [NavigationEntry] = []
    ) {
        self.id = id
        self.title = title
        self.routes = routes
        self.configuration = configuration
        self.navigation = navigation
    }
}

/// What a feature keeps, known without starting it, so that commands know it too.
package struct FeatureStorage: Sendable {
    /// Its tables.
    package let migrations: MigrationSet
    /// What is of persons in them.
    package let personalData: [PersonalData]

    package init(migrations: MigrationSet, personalData: [PersonalData] = []) {
        self.migrations = migrations
        self.personalData = personalData
    }
}

/// A page that the navigation leads to.
package struct NavigationEntry: Sendable {
    package let title: String
    /// Below the base path.
    package let path: String
    /// The name of its icon.
    package let icon: String
    /// Pressed after `g` it goes there.
    package let key: Character?

    package init(title: String, path: String, icon: String, key: Character? = nil) {
        self.title = title
        self.path = path
        self.icon = icon
        self.key = key
    }
}
