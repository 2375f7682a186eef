package import Routing
package import Settings
package import Store

/// What a part of the product hands over to the portal: one value, one line in `Features.swift`.
package struct Feature: Sendable {
    /// Namespaces its tables, its configuration and its log lines: `catalog-api`.
    package let id: String
    /// For people: `Catalog API`.
    package let title: String
    /// Its tables; nil where it has none.
    package var migrations: MigrationSet?
    package var routes: [Route]
    /// What its tables keep of persons, for `callboard erase`.
    package var personalData: [PersonalData]
    /// The configuration that it reads.
    package var configuration: [ConfigKey]
    /// Its entries in the navigation, in order.
    package var navigation: [NavigationEntry]

    package init(
        id: String, title: String, migrations: MigrationSet? = nil,
        personalData: [PersonalData] = [], routes: [Route] = [],
        configuration: [ConfigKey] = [], navigation: [NavigationEntry] = []
    ) {
        self.id = id
        self.title = title
        self.migrations = migrations
        self.personalData = personalData
        self.routes = routes
        self.configuration = configuration
        self.navigation = navigation
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
