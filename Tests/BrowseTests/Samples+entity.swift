import Browse
import Markup

extension Samples {
    static func link(_ kind: String, _ title: String, aside: String? = nil) -> EntityLink {
        EntityLink(
            .kind(kind), title, href: links.entity(namespace: "default", kind: kind, name: title),
            aside: aside)
    }

    static let diagnostics: [DiagnosticCard] = [
        DiagnosticCard(
            .bad, code: "catalog.unknown-owner",
            sentence: "The owner group:default/paymnts is not in the catalog.",
            place: .init(
                "services/cart/catalog-info.yaml:22:10",
                href: .external("https://git.example.org/acme/shop/blob/main/catalog-info.yaml#L22")
            ),
            subject: link("component", "Cart service"),
            reason: "spec.owner names a group that no source has delivered.",
            remedy:
                "Write group:default/payments, which exists and differs by one letter, or register the group.",
            actions: [
                Button(
                    "Propose the change", .open(links.to("propose")), icon: .branch, isSmall: true
                ).html
            ],
            excerpt: Excerpt(
                firstLine: 20,
                lines: [
                    "  type: service", "  lifecycle: production", "  owner: group:paymnts",
                    "  system: checkout",
                ],
                line: 22, column: 10), age: TimeText(now - 7_400, now: now), isOpen: true),
        DiagnosticCard(
            .warn, code: "catalog.missing-target",
            sentence:
                "It depends on resource:default/cart-db-replica-eu-central-1-reporting-and-analytics-readonly, which is not in the catalog.",
            place: .init("services/cart/catalog-info.yaml:25:7", href: nil),
            subject: link("component", longTitle), reason: "No source has delivered it.",
            remedy: nil, age: TimeText(now - 200_000, now: now)),
        DiagnosticCard(
            .bad, code: "catalog.unreadable",
            sentence: "The document could not be read: a tab is used for indentation.",
            place: .init("決済/catalog-info.yaml:4:1", href: .external("javascript:alert(1)")),
            remedy: "Indent with spaces.",
            excerpt: Excerpt(
                firstLine: 3, lines: ["metadata:", "\tname: <b>gateway</b>"], line: 4, column: 2),
            age: TimeText(now - 60, now: now)),
        DiagnosticCard(
            .info, code: "catalog.orphan", sentence: "Nothing delivers notifier any more.",
            place: nil, subject: link("component", "notifier"),
            reason: "The location that named it no longer does. It is kept for seven days.",
            remedy: "Delete it, or name it again.", age: TimeText(now - 90_000, now: now)),
    ]

    /// As the page of the entity itself shows them: without naming it again.
    static let ownDiagnostics = diagnostics.map { card in
        var card = card
        card.subject = nil
        return card
    }

    static func tabs(_ current: String) -> [Tabs.Tab] {
        [
            ("Overview", nil), ("Relations", 71), ("YAML", nil), ("History", 12),
            ("Diagnostics", 2),
        ].map { label, count in
            .init(
                label,
                links.to(
                    ["catalog", "default", "component", "cart"], query: [.init("tab", label)]),
                count: count, isCurrent: label == current, isBad: label == "Diagnostics")
        }
    }

    static let relations: [RelationList] = [
        RelationList(
            "Depended on by",
            (1...9).map { link("component", "consumer-\($0)", aside: "service") }
                + [link("component", longTitle, aside: "website")]),
        RelationList(
            "Depends on",
            [
                link("resource", "cart-db", aside: "database"),
                link("component", "finance/ledger-core", aside: "service"),
                EntityLink(.resource, "cart-db-replica-eu-central-1-reporting", href: nil),
            ]),
        RelationList("Provides APIs", [link("api", "cart-api", aside: "openapi")]),
        RelationList(
            "Consumes APIs",
            [link("api", "ledger-events", aside: "asyncapi"), link("api", "商品 API", aside: "grpc")]),
    ]

    static func entity(_ tab: String, _ content: EntityModel.Content) -> EntityModel {
        var model = EntityModel(
            title: "Cart service", icon: .component, kindAndType: "component · service",
            ref: "component:default/cart", content: content)
        model.crumbs = [
            Crumb("Catalog", links.to("catalog")), Crumb("Components", list([])),
        ]
        model.owner = teams[0]
        model.lifecycle = State("production", icon: .lifecycle)
        model.partOf = link("system", "Checkout")
        model.actions = [
            Button("Star", .post(links.to("star"), fields: [.init("token", "t")]), icon: .star),
            Button(
                "Edit", .open(.external("https://git.example.org/edit")), icon: .edit, shortcut: "e"
            ),
        ]
        model.menu = [
            .init("View the source", icon: .code, .open(.external("https://git.example.org"))),
            .init("Read it again", icon: .refresh, .post(links.to("refresh"), fields: [])),
            .init("Unregister", icon: .remove, .open(links.to("unregister")), isDanger: true),
        ]
        model.tabs = tabs(tab)
        return model
    }

    static let overview: EntityModel = {
        var overview = EntityModel.Overview()
        overview.description = """
            Keeps what a customer is about to buy, across devices and sessions, and hands it to checkout. \
            Prices are not kept here: they are asked from pricing when the cart is shown.
            """
        overview.links = [
            .init("Dashboard", .external("https://grafana.example.org/d/cart"), icon: .gauge),
            .init("Runbook", .external("https://wiki.example.org/cart"), icon: .docs),
            .init("#payments", .external("https://chat.example.org/payments"), icon: .chat),
            .init("evil", .external("javascript:alert(1)")),
        ]
        overview.facts = [
            .code(
                "Source", "acme/shop/services/cart/catalog-info.yaml",
                href: .external("https://git.example.org/acme/shop")),
            Fact("Changed", "\(TimeText(now - 9_000, now: now)) by \(Who("Bob", href: nil))"),
            Fact(
                "Mail",
                "<a href=\"\(Href.external("mailto:payments@example.org"))\">payments@example.org</a>"
            ),
            Fact(
                "Labels",
                "<span class=\"mono\">tier=1</span>, <span class=\"mono\">example.com/language=Go</span>"
            ),
        ]
        overview.tags = ["go", "grpc", "tier-1"].map { Badge($0, href: list([.init("tags", $0)])) }
        overview.attention = Array(ownDiagnostics.prefix(2))
        overview.relations = relations
        return entity("Overview", .overview(overview))
    }()

    /// An entity that has one field.
    static let bare: EntityModel = {
        var overview = EntityModel.Overview()
        overview.describe = .external("https://git.example.org/edit")
        var model = EntityModel(
            title: "lonely", icon: .component, kindAndType: "component",
            ref: "component:default/lonely",
            content: .overview(overview))
        model.crumbs = [Crumb("Catalog", links.to("catalog")), Crumb("Components", list([]))]
        model.tabs = Array(tabs("Overview").prefix(1))
        model.notices = [
            Notice(
                .warn,
                "<p>Nothing delivers this entity any more. It will be deleted on 1 Dec 2026.</p>",
                action: Button("Keep it", .post(links.to("keep"), fields: []), isSmall: true).html)
        ]
        return model
    }()

    /// A group with 60 services and a title of 120 characters.
    static let group: EntityModel = {
        var overview = EntityModel.Overview()
        overview.description = "Everything about money."
        overview.facts = [
            Fact("Parent", link("group", "Commerce").inline),
            Fact("Mail", "<a href=\"\(Href.external("mailto:p@example.org"))\">p@example.org</a>"),
        ]
        overview.members = [
            "Alice Ágústsdóttir", "Bob", "田中 太郎", "Иван Петров",
            "Maximiliane-Theodora von und zu Hohenlohe-Waldenburg",
            "محمد علي", "Carol Danvers", "Dan O'Neil",
        ].map {
            .init(
                Who($0, href: links.to("catalog", "default", "user", $0)),
                detail: $0 == "Bob" ? nil : "engineer")
        }
        overview.ownership = [
            .init("Components", icon: .component, count: 60, href: list([])),
            .init("APIs", icon: .api, count: 22, href: list([])),
            .init("Resources", icon: .resource, count: 1, href: list([])),
        ]
        overview.relations = [
            RelationList(
                "Owns", (1...60).map { link("component", "service-\($0)", aside: "service") },
                total: 83,
                all: list([])),
            RelationList("Child groups", [link("group", "settlement"), link("group", "平台工程")]),
        ]
        var model = entity("Overview", .overview(overview))
        model.title = longTitle
        model.icon = .group
        model.kindAndType = "group · team"
        model.ref = "group:default/payments"
        model.owner = nil
        model.needsOwner = false
        model.partOf = nil
        model.crumbs = [Crumb("Catalog", links.to("catalog")), Crumb("Groups", list([]))]
        model.lifecycle = nil
        return model
    }()

    static let history: EntityModel = {
        let by: (String, String) -> HTML = { "<b>\($0)</b> \($1)" }
        let older = yaml.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset != 12 }
            .map { $0.offset == 20 ? "  lifecycle: experimental" : String($0.element) }
            .joined(separator: "\n")
        let end: (Int, Int) -> [HTML] = {
            ["\(TimeText(now - $0, now: now))", "<span class=\"mono\">r\($1)</span>"]
        }
        return entity(
            "History",
            .history(
                [
                    .init(
                        .edit, by("Bob", "changed it"), end: end(9_000, 48_211),
                        note: "Cart goes to production & is public now",
                        diff: LineDiff(from: older, to: yaml), isOpen: true),
                    .init(
                        .refresh, by("acme/shop", "delivered it unchanged from a new place"),
                        end: end(90_000, 48_002)),
                    .init(
                        .error,
                        by("Nobody", "– its descriptor could not be read; this version was kept"),
                        end: end(400_000, 47_911),
                        diff: LineDiff(from: "a: 1\n", to: "a: 2\nb: \"<x>\"\n")),
                    .init(
                        .plus, by("Alice Ágústsdóttir", "registered it"), end: end(9_000_000, 12)),
                ],
                pager: Pager(1...4, of: 12, "changes", previous: nil, next: links.to("older"))))
    }()

    static let home: HomeModel = {
        var model = HomeModel(
            title: "Acme", ownedHref: list([.init("user", "owned")]),
            attentionHref: links.to("problems"),
            now: now)
        model.entityCount = 26_169
        model.sourceCount = 214
        model.updated = now - 12
        model.groups = Array(teams.prefix(3))
        model.owned = Array(rows.prefix(8))
        model.ownedCount = 64
        model.starred = [
            link("component", "Cart service"), link("api", "cart-api"), link("system", longTitle),
        ]
        model.attention = diagnostics.prefix(3).map { card in
            var card = card
            card.isOpen = false
            return card
        }
        model.attentionCount = 14
        model.changes = [
            .init(
                link("component", "Cart service"), "moved to production", by: "Bob", at: now - 9_000
            ),
            .init(
                link("api", "cart-api"), "has a new definition", by: "acme/shop", at: now - 12_000),
            .init(link("component", longTitle), "was registered", by: nil, at: now - 90_000),
            .init(
                EntityLink(.component, "old-cart", href: nil), "was deleted", by: "Иван Петров",
                at: now - 190_000),
            .init(link("group", "平台工程"), "has 2 new members", by: "directory", at: now - 290_000),
        ]
        model.kinds = [
            .init("Components", icon: .component, count: 12_380, href: list([])),
            .init("Resources", icon: .resource, count: 5_220, href: list([])),
            .init("APIs", icon: .api, count: 3_104, href: list([])),
            .init("Users", icon: .user, count: 2_941, href: list([])),
            .init("Systems", icon: .system, count: 412, href: list([])),
            .init("Domains", icon: .domain, count: 31, href: list([])),
        ]
        return model
    }()

    static let problems: ProblemsModel = {
        var model = ProblemsModel(clear: links.to("problems"), healthyCount: 26_155)
        model.scopes = [
            .init("Yours", links.to("problems"), count: 4, isCurrent: true),
            .init("All", links.to("problems"), count: 14),
        ]
        model.facets = [
            Facet(
                "Severity",
                [
                    .init("Error", count: 2, links.to("p"), isChosen: true, icon: .error),
                    .init("Warning", count: 9, links.to("p"), icon: .warning),
                    .init("Note", count: 3, links.to("p"), icon: .info),
                ]),
            Facet(
                "What",
                [("Unknown owner", 4), ("Missing target", 7), ("Unreadable", 1), ("Orphan", 2)].map
                {
                    .init($0.0, count: $0.1, links.to("p"))
                }),
            Facet("Owner", teams.map { .init($0.name, count: 2, links.to("p")) }),
        ]
        model.chips = [.init("Severity", "Error", remove: links.to("problems"))]
        model.shown = 4
        model.total = 14
        model.diagnostics = diagnostics
        return model
    }()
}
