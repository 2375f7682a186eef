import Markup

extension DesignPage {
    var table: Section {
        let columns: [Table.Column] = [
            .init("Name", sort: here, order: .ascending),
            .init("Owner", width: .large, sort: here),
            .init("Type", width: .small, priority: .medium),
            .init("Uses", width: .tiny, isNumber: true, sort: here),
        ]
        let rows: [[HTML]] = [
            ("Cart service", "cart", 12_380, Tone?.none), (DesignPage.longName, "ledger", 3, .bad),
            ("決済ゲートウェイ", "payment-gateway", 0, .warn),
        ].map { title, ref, uses, tone in
            [
                NameCell(.component, title, ref: ref, href: here, mark: tone.map(ProblemMark.init))
                    .html,
                Who("payments", href: here, isGroup: true).html, "service", "\(uses.grouped)",
            ]
        }
        let list = ListBar(
            chips: [
                .init("Type", "service", remove: here), .init("Owner", "payments", remove: here),
            ],
            clear: here, shown: 1_204, total: 12_380, noun: "components")
        return Section(
            "Table",
            """
            <div class="browse-list">\(list)\
            \(Table("Services", columns: columns, rows: rows))\
            \(Table("Services, compact", columns: columns, rows: rows, isCompact: true))\
            \(Pager(51...100, of: 1_204, "components", previous: here, next: here))</div>
            """)
    }

    var facts: Section {
        Section(
            "Facts",
            Facts([
                Fact("Description", "\(DesignPage.longName)", isWide: true),
                .code("Reference", "component:default/cart"),
                Fact("Owner", "\(Who("payments", href: here, isGroup: true))"),
                Fact("Changed", "\(TimeText(now - 9_000, now: now))"),
                Fact(
                    "Tags", "<span class=\"badges\">\(["go", "grpc"].map { Badge($0).html })</span>"
                ),
            ]).html)
    }

    var relations: Section {
        let items = (1...12).map {
            EntityLink(.component, "consumer-\($0)", href: here, aside: "service")
        }
        return Section(
            "Relations",
            Relations([
                RelationList("Depended on by", items, total: 60, all: here),
                RelationList(
                    "Depends on",
                    [
                        EntityLink(.resource, "cart-db", href: here),
                        EntityLink(.resource, "cart-db-replica-eu-central-1", href: nil),
                        EntityLink(.component, DesignPage.longName, href: here, aside: "service"),
                    ]),
            ]).html)
    }

    var bars: Section {
        let rows: [Bars.Row] = [
            .init("Components", icon: .component, count: 12_380, href: here),
            .init("APIs", icon: .api, count: 3_104), .init("Domains", icon: .domain, count: 31),
            .init("Templates", icon: .template, count: 0),
        ]
        return Section("Counts", "\(Bars(rows))\(Bars(rows, tone: .warn))")
    }

    var diagnostics: Section {
        let excerpt = Excerpt(
            firstLine: 21, lines: ["  lifecycle: production", "  owner: group:paymnts"], line: 22,
            column: 10)
        let cards = [Tone.bad, .warn, .info].map { tone in
            DiagnosticCard(
                tone, code: "catalog.unknown-owner",
                sentence: "The owner group:default/paymnts is not in the catalog.",
                place: .init("services/cart/catalog-info.yaml:22:10", href: here),
                subject: EntityLink(.component, "Cart service", href: here),
                reason: "spec.owner names a group that no source has delivered.",
                remedy: "Write group:default/payments, which differs by one letter.",
                excerpt: excerpt, age: TimeText(now - 7_400, now: now), isOpen: tone != .info)
        }
        return Section("Diagnostics", count: 3, DiagnosticList(cards).html)
    }

    var code: Section {
        let yaml = """
            # A comment
            kind: Component # and another
            metadata:
              name: "cart"
              description: |
                Line one <b>
                line two
              tags: [go, grpc]
            spec: { replicas: 3, public: true }
            """
        let json = #"{"name": "cart", "replicas": 3, "public": true, "tags": ["<b>", null]}"#
        let first = CodeBlock(
            yaml, language: .yaml, id: "design-yaml", title: "catalog-info.yaml",
            marks: [4: .bad, 8: .warn])
        let second = CodeBlock(json, language: .json, id: "design-json", title: "cart.json")
        return Section("Code", "\(first)\(second)")
    }

    var history: Section {
        let diff = LineDiff(
            from: "spec:\n  type: service\n  lifecycle: experimental\n  owner: payments\n",
            to:
                "spec:\n  type: service\n  lifecycle: production\n  owner: payments\n  system: a\n"
        )
        return Section(
            "History",
            Timeline([
                .init(
                    .edit, "<b>Bob</b> changed it",
                    end: [
                        "\(TimeText(now - 9_000, now: now))", "<span class=\"mono\">r48211</span>",
                    ],
                    note: "Cart goes to production", diff: diff, isOpen: true),
                .init(
                    .plus, "<b>Alice</b> registered it",
                    end: ["\(TimeText(now - 9_000_000, now: now))"]),
            ]).html)
    }

    var empty: Section {
        Section(
            "Nothing here",
            EmptyState(
                "No components match.", why: "Of 12,380 none has Type cobol.",
                actions: [Button("Clear the filters", .open(here), icon: .close).html]
            ).html)
    }
}
