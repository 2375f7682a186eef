package import Markup

/// The page of an entity.
package struct EntityPage: Sendable {
    let model: EntityModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: EntityModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        shell.page(
            title: model.title, current: "catalog",
            """
            \(head)
            \(model.tabs.isEmpty ? nil : Tabs("Views", model.tabs))
            \(model.notices.map(\.html))
            \(content)
            """)
    }

    private var head: PageHead {
        var facts: [HTML] = ["\(model.kindAndType)"]
        if let owner = model.owner {
            facts.append("<span class=\"hidden-text\">Owner </span>\(owner)")
        } else if model.needsOwner {
            facts.append("\(State("No owner", .warn))")
        }
        if let lifecycle = model.lifecycle { facts.append(lifecycle.html) }
        if let partOf = model.partOf { facts.append(partOf.inline) }
        facts.append(
            """
            <span class="with-copy"><span class="mono clip">\(model.ref)</span>\
            \(CopyButton(model.ref, what: "the reference"))</span>
            """)
        return PageHead(
            model.title, icon: model.icon, crumbs: model.crumbs, facts: facts,
            actions: model.actions.map(\.html) + [Menu("More actions", model.menu).html])
    }

    private var content: HTML {
        switch model.content {
        case .overview(let overview): return EntityOverview(overview).html
        case .relations(let lists):
            return lists.isEmpty
                ? EmptyState(
                    "Nothing is related to it.",
                    why: """
                        Relations come from fields such as <code>dependsOn</code>, \
                        <code>providesApis</code> and <code>system</code>, in its own descriptor \
                        or in another's.
                        """
                ).html
                : "<section><h2 class=\"hidden-text\">Relations</h2>\(Relations(lists))</section>"
        case .source(let text, let path, let href, let marks):
            return CodeBlock(
                text, language: .yaml, id: "source", title: path, href: href, marks: marks,
                linePrefix: "L"
            ).html
        case .history(let events, let pager):
            return """
                <section class="section"><h2 class="hidden-text">History</h2>\(Timeline(events))\
                \(pager)</section>
                """
        case .diagnostics(let cards):
            return cards.isEmpty
                ? EmptyState(
                    "Nothing is wrong.",
                    why: "Its descriptor was read in full, and everything it names exists."
                ).html
                : """
                <section><h2 class="hidden-text">Diagnostics</h2>\
                \(DiagnosticList(cards))</section>
                """
        }
    }
}

/// The first tab of an entity's page.
struct EntityOverview: Part {
    let overview: EntityModel.Overview

    init(_ overview: EntityModel.Overview) {
        self.overview = overview
    }

    var html: HTML {
        let people: HTML = "<ul class=\"people\">\(overview.members.map(member))</ul>"
        let relations = Relations(overview.relations)
        return """
            <div class="stack">\(description)
            \(facts)
            \(overview.attention.isEmpty ? nil : attention)
            \(overview.members.isEmpty
                ? nil : Section("Members", count: overview.members.count, people))
            \(overview.ownership.isEmpty ? nil : Section("Owns", Bars(overview.ownership).html))
            \(overview.relations.isEmpty ? nil : Section("Relations", relations.html))
            </div>
            """
    }

    private var description: HTML {
        if let text = overview.description, !text.isEmpty {
            return "<p class=\"prose description\">\(text)</p>"
        }
        let link: HTML? = overview.describe.map { " <a href=\"\($0)\">Describe it</a>" }
        return "<p class=\"empty-line\">No description.\(link)</p>"
    }

    private var facts: HTML? {
        var facts: [Fact] = []
        if !overview.links.isEmpty {
            let items: [HTML] = overview.links.map(link)
            facts.append(Fact("Links", "<ul class=\"inline-list\">\(items)</ul>", isWide: true))
        }
        facts += overview.facts
        if !overview.tags.isEmpty {
            facts.append(
                Fact("Tags", "<span class=\"badges\">\(overview.tags.map(\.html))</span>"))
        }
        return facts.isEmpty ? nil : Facts(facts).html
    }

    private func link(_ link: EntityModel.Link) -> HTML {
        guard !link.href.isRefused else {
            return """
                <li class="who">\(link.icon)<span>\(link.title)</span>\
                \(State("unsafe address", .warn))</li>
                """
        }
        return """
            <li class="who">\(link.icon)<a href="\(link.href)"\
            \(attribute: "rel", link.href.isExternal ? "noreferrer" : nil)>\(link.title)</a></li>
            """
    }

    private var attention: Section {
        Section(
            "Needs attention", count: overview.attention.count,
            DiagnosticList(overview.attention).html)
    }

    private func member(_ member: EntityModel.Member) -> HTML {
        let disc = Disc(name: member.who.name, picture: member.who.picture, isLarge: true)
        let solo: HTML? = member.detail == nil ? " class=\"solo\"" : nil
        let name: HTML =
            member.who.href.map {
                "<a href=\"\($0)\"\(solo)><bdi>\(member.who.name)</bdi></a>"
            }
            ?? "<span><bdi>\(member.who.name)</bdi></span>"
        let detail: HTML? = member.detail.map { "<span class=\"small\">\($0)</span>" }
        return "<li>\(disc)\(name)\(detail)</li>"
    }
}
