import CallboardTestSupport
import Store
import Testing
import Values

@testable import Catalog

@Suite struct `A problem` {
    private static let all = "/all.yaml"
    private static let shop = "/shop.yaml"

    private static let files = [
        (all, location("all", "./gone.yaml", "./shop.yaml", "./copy.yaml", "./bad.yaml")),
        (
            shop,
            documents(
                component("cart", owner: "nobody"),
                entity(
                    "Component", "till",
                    spec: """
                        type: service
                        lifecycle: production
                        owner: group:default/nobody
                        dependsOn:
                          - component:cart
                          - resource:nowhere
                        """))
        ),
        ("/copy.yaml", component("cart")),
        ("/bad.yaml", "# é\n" + component("two words")),
    ]

    /// Where each is, and how the line begins that is shown for it.
    private static let expected: Set = [
        "catalog.target-missing /all.yaml:6 `  targets: ['./gone.yaml'",
        "catalog.conflict /copy.yaml:4 `  name: cart",
        "entity.bad-name /bad.yaml:5 `  name: two words",
        "catalog.unknown-owner /shop.yaml:8 `  owner: nobody",
        "catalog.unknown-owner /shop.yaml:17 `  owner: group:default/no",
        "catalog.unknown-target /shop.yaml:20 `    - resource:nowhere",
    ]

    private static func check(
        _ catalog: TestCatalog, shifted: [String: UInt32] = [:]
    ) async throws {
        let problems = try await catalog.reader.located(catalog.reader.problems())
        let found = Set(
            problems.map { problem in
                let diagnostic = problem.diagnostic
                let line = diagnostic.place.line
                let text = diagnostic.excerpt?.line(line) ?? "nothing"
                let column = Int(diagnostic.excerpt?.caret ?? 0)
                #expect(column == Int(diagnostic.place.column) && column > 0)
                let file = diagnostic.file ?? ""
                return
                    "\(diagnostic.code) \(file):\(line - (shifted[file] ?? 0)) `\(text.prefix(25))"
            })
        #expect(found.symmetricDifference(expected).sorted() == [])
    }

    @Test(arguments: Engine.allCases)
    func `carries its place and the lines around it`(engine: Engine) async throws {
        try await withCatalog(engine) { catalog in
            for (name, text) in Self.files { catalog.files.put(name, text) }
            try await catalog.read(Self.all)
            try await Self.check(catalog)
            let revision = catalog.revision
            try await catalog.read(Self.all)
            #expect(catalog.revision == revision)
            try await Self.check(catalog.another())

            // Lines move; no entity is another one by that.
            for (name, text) in Self.files { catalog.files.put(name, "# moved\n" + text) }
            try await catalog.read(Self.all)
            let shifted = Dictionary(
                uniqueKeysWithValues: Self.files.map { ($0.0, UInt32(1)) })
            try await Self.check(catalog, shifted: shifted)
            let cart = try await catalog.database.read {
                try CatalogQueries.versionSlots($0, ref: "component:default/cart")
            }
            #expect(cart.count == 1)

            try await catalog.unregister(Self.all)
            let left = try await catalog.database.read {
                try $0.one("SELECT count(*) FROM reference_place") { try $0.int64(0) }
            }
            #expect(left == 0)
        }
    }

    @Test(arguments: Engine.allCases)
    func `of before gets its lines when its file is read again after the upgrade`(engine: Engine)
        async throws
    {
        let first = MigrationSet(
            target: "catalog", migrations: [CatalogMigrations.set.migrations[0]])
        try await withDatabase(engine, migrations: [first]) { database in
            try await database.write(.interactive) {
                try $0.execute(
                    """
                    INSERT INTO item (number, location, origin, hash, etag, state, read_at)
                    VALUES (1, 'file:/a', 'file:/a', ?, 'e', 'read', 0)
                    """, [.blob([1])])
            }
            let applied = try await database.migrate([CatalogMigrations.set])
            #expect(applied.first == "catalog/0002-create-reference-place")
            let items = try await database.read { try CatalogQueries.items($0) }
            #expect(items.map(\.hash) == [nil] && items.map(\.etag) == [nil])
        }
    }
}
