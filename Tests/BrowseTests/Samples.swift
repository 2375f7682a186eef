import Browse
import Markup

/// Models with the data that real catalogs have: long titles, many things, nearly nothing, other
/// scripts, hostile text.
enum Samples {
    /// 24 November 2026, 16:09 UTC.
    static let now = 1_795_536_540
    static let links = Links(basePath: "/portal")
    static let longTitle = """
        Payments settlement and reconciliation service for card, transfer and wallet transactions \
        (formerly "Ledger 2 <beta>")
        """

    static let person = SignedIn(
        Who(
            "Alice Ágústsdóttir",
            href: links.entity(namespace: "default", kind: "user", name: "alice")),
        detail: "user:default/alice",
        items: [
            .init("Your page", icon: .user, .open(links.to("catalog", "default", "user", "alice"))),
            .init("Settings", icon: .settings, .open(links.to("settings"))),
            .init(
                "Sign out", icon: .signOut,
                .post(links.to("sign-out"), fields: [.init("token", "t0k\"en")])),
        ])

    static func shell(theme: Theme = .auto, signedIn: Bool = true) -> Shell {
        Shell(
            site: Site(name: "Acme", links: links, assets: Assets()), theme: theme,
            places: [
                .init(id: "home", "Home", icon: .home, links.to(), key: "h"),
                .init(id: "catalog", "Catalog", icon: .catalog, links.to("catalog"), key: "c"),
                .init(id: "apis", "APIs", icon: .api, links.to("api-docs"), key: "a"),
                .init(id: "problems", "Problems", icon: .problems, links.to("problems"), count: 14),
            ],
            laterPlaces: [.init(id: "settings", "Settings", icon: .settings, links.to("settings"))],
            search: links.to("search"), person: signedIn ? person : nil)
    }

    static let teams: [Who] = [
        "payments", "Site Reliability Engineering", "平台工程", "contractors/team-a", "Команда поиска",
        "data-platform-and-analytics-enablement-group",
    ].map { Who($0, href: links.to("catalog", "default", "group", $0), isGroup: true) }

    static func list(_ chips: [QueryItem]) -> Href {
        links.to(["catalog"], query: [.init("filters[kind]", "component")] + chips)
    }

    static let rows: [CatalogRow] = names.enumerated().map { index, entry in
        let (title, ref) = entry
        var row = CatalogRow(
            .component, title, ref: ref,
            href: links.entity(namespace: "default", kind: "component", name: ref ?? title))
        guard index != 4 else { return row }
        row.owner = teams[index % teams.count]
        row.system =
            index % 3 == 1
            ? nil : EntityLink(.system, index % 2 == 0 ? "Checkout" : "ledger", href: links.to("s"))
        row.type = ["service", "website", "library", "batch"][index % 4]
        row.lifecycle = ["production", "production", "experimental", "deprecated"][index % 4]
        row.tags =
            [["go", "grpc", "tier-1", "pci", "eu"], [], ["java"], ["typescript", "web"]][index % 4]
        row.updated = now - [42, 780, 9_000, 90_000, 400_000, 9_000_000][index % 6]
        row.problem = index == 2 ? .bad : index == 6 ? .warn : nil
        return row
    }

    static let names: [(String, String?)] = [
        ("Cart service", "cart"), (longTitle, "payments-settlement-and-reconciliation"),
        ("ledger-core", "finance/ledger-core"), ("Zażółć gęślą jaźń 🦊", "pangram"), ("lonely", nil),
        ("決済ゲートウェイ", "payment-gateway"), ("product-svc", nil), ("storefront", nil),
        ("<script>alert(1)</script>", "finance/script"), ("خدمة المدفوعات", "payments-ar"),
        ("inventory-sync", nil), ("checkout-web", nil), ("fraud-scoring", nil), ("notifier", nil),
        ("image-resizer", nil), ("nested-one", "finance/nested-one"), ("search-indexer", nil),
        ("shipping-rates", nil), ("tax-engine", nil), ("user-profile", nil),
        ("feature-flags", nil), ("rate-limiter", nil), ("audit-log", nil), ("mailer", nil),
    ]

    static let catalog: CatalogModel = {
        var model = CatalogModel(
            title: "Components", noun: "components", clear: list([]),
            columns: [
                .init(.name, "Name", sort: list([.init("order", "-name")]), order: .ascending),
                .init(.owner, "Owner", sort: list([.init("order", "owner")])),
                .init(.system, "System", sort: list([.init("order", "system")])),
                .init(.type, "Type", sort: list([.init("order", "type")])),
                .init(.lifecycle, "Lifecycle", sort: list([.init("order", "lifecycle")])),
                .init(.tags, "Tags"),
                .init(.updated, "Changed", sort: list([.init("order", "-updated")])),
            ], now: now)
        model.actions = [Button("Register", .open(links.to("catalog-import")), icon: .plus)]
        model.scopes = [
            .init("All", list([]), count: 12_380, isCurrent: true),
            .init("Owned", list([.init("user", "owned")]), count: 64),
            .init("Starred", list([.init("user", "starred")]), count: 0),
        ]
        model.facets = facets
        model.chips = [
            .init("Type", "service", remove: list([])),
            .init("Owner", "data-platform-and-analytics-enablement-group", remove: list([])),
        ]
        model.shown = 1_204
        model.total = 12_380
        model.rows = rows
        model.pager = Pager(
            51...74, of: 1_204, "components", previous: list([.init("cursor", "a=")]),
            next: list([.init("cursor", "b=")]))
        model.exports = [("CSV", links.to("export.csv")), ("NDJSON", links.to("export.ndjson"))]
        return model
    }()

    static let emptyCatalog: CatalogModel = {
        var model = catalog
        model.rows = []
        model.shown = 0
        model.pager = nil
        model.chips = [.init("Type", "<b>cobol</b>", remove: list([]))]
        return model
    }()

    static let facets: [Facet] = [
        Facet(
            "Kind",
            [
                ("Components", 12_380, Icon.component), ("APIs", 3_104, .api),
                ("Resources", 5_220, .resource), ("Systems", 412, .system),
                ("Domains", 31, .domain),
                ("Groups", 188, .group), ("Users", 2_941, .user), ("Templates", 27, .template),
                ("Locations", 1_866, .location),
            ].enumerated().map {
                .init($1.0, count: $1.1, list([]), isChosen: $0 == 0, icon: $1.2)
            }, isSingle: true, visible: 9),
        Facet(
            "Type",
            [("service", 1_204), ("website", 340), ("library", 2_877), ("batch", 96)].map {
                .init($0.0, count: $0.1, list([]), isChosen: $0.0 == "service")
            }),
        Facet(
            "Lifecycle",
            [("production", 9_840), ("experimental", 1_530), ("deprecated", 1_010)].map {
                .init($0.0, count: $0.1, list([]))
            }),
        Facet(
            "Owner",
            (teams.map(\.name) + (1...34).map { "team-\($0)" }).enumerated().map {
                .init($1, count: 640 - $0 * 13, list([]), isChosen: $0 == 5)
            }, visible: 5),
        Facet(
            "State",
            [.init("Has problems", count: 14, list([])), .init("Orphan", count: 3, list([]))]),
        Facet("Nothing", []),
    ]

    static let yaml = """
        # Owned by the payments team; ask in #payments before changing.
        apiVersion: backstage.io/v1alpha1
        kind: Component
        metadata:
          name: cart
          title: "Cart service"
          description: |
            Keeps what a customer is about to buy.
            <script>alert("no")</script>
          annotations:
            backstage.io/techdocs-ref: dir:.   # built on push
            example.org/replicas: 3
            example.org/public: true
          tags: [go, grpc, tier-1]
          links:
            - url: https://grafana.example.org/d/cart
              title: 'Dashboard'
              icon: dashboard
        spec:
          type: service
          lifecycle: production
          owner: group:payments
          system: checkout
          dependsOn:
            - resource:cart-db
            - component:finance/ledger-core
          providesApis: [cart-api]
        """
}
