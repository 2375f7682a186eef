import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Portal
import Routing
import Values

/// The first page: what is yours, what needs you, what changed.
struct HomeRoutes: Sendable {
    let services: BrowseServices
    let boards: ProblemBoards

    private static let ownedLimit = 10
    private static let attentionLimit = 4
    private static let changeLimit = 8
    private static let starredLimit = 12

    var routes: [Route] {
        [
            Route(.get, "/", access: .permission(CatalogPermissions.read)) { request in
                .later { try await show(request) }
            }
        ]
    }

    private func show(_ request: RouteRequest) async throws -> InboundResponse {
        let visit = try await Visit(request, services, boards)
        if request.head.wantsJSON { return data(visit) }
        var owned = ListState()
        owned.scope = .owned
        owned.kind = "all"
        var model = HomeModel(
            title: services.frame.site.name,
            ownedHref: visit.links.to(["catalog"], query: owned.query),
            attentionHref: visit.links.to(
                ["problems"], query: visit.isPerson ? [QueryItem("user", "owned")] : []),
            now: visit.now)
        let all = visit.reader.select(nil)
        model.entityCount = all.count
        if visit.may(CatalogPermissions.createLocations), !services.actions.isReadonly {
            model.firstSteps = [
                Button(
                    "Register a component", .open(visit.links.to("catalog-import")), icon: .plus,
                    style: .primary)
            ]
        }
        model.sourceCount = services.keeper.sources.count
        model.isPerson = visit.isPerson
        model.kinds = bars("kind", in: all, visit) { $0.kind = $1 }
        let components = visit.reader.select(.equals("kind", ["component"]))
        model.types = bars("spec.type", in: components, visit) { state, type in
            state.kind = "component"
            state.chosen[.type] = [type]
        }
        try await addStarred(to: &model, visit)
        try await addOwn(to: &model, visit)
        try await addChanges(to: &model, visit)
        return visit.page(HomePage(model, in: try await visit.shell()).html)
    }

    private func addStarred(to model: inout HomeModel, _ visit: Visit) async throws {
        let visible = visit.reader.select(nil)
        let refs = try await visit.stars().filter { ref in
            visit.reader.snapshot.entity(ref).map { visit.reader.isIn(visible, $0) } ?? false
        }
        let shown = Array(refs.prefix(Self.starredLimit))
        let labels = try await EntityLabels.load(shown, visit)
        model.starred = shown.map { ref in
            labels.link(ref, aside: (try? EntityRef.parse(ref)).map { Words.kind($0.kind) })
        }
        model.starredCount = refs.count
        var list = ListState()
        list.scope = .starred
        list.kind = "all"
        model.starredHref = visit.links.to(["catalog"], query: list.query)
    }

    private func addOwn(to model: inout HomeModel, _ visit: Visit) async throws {
        let problems = visit.isPerson ? visit.ownProblems : visit.board.problems
        let shown = try await visit.reader.located(
            Array(problems.prefix(Self.attentionLimit)))
        let groups = visit.ownership.filter { $0.hasPrefix("group:") }
        let labels = try await EntityLabels.load(
            ProblemCards.refs(shown) + groups, visit)
        let cards = ProblemCards(
            reader: visit.reader, labels: labels, names: services.names, now: visit.now)
        model.attention = shown.map { cards.card($0) }
        model.attentionCount = problems.count
        model.groups = groups.map(labels.who)
        guard visit.isPerson else { return }
        let owned = visit.reader.select(visit.owned)
        let first = visit.reader.snapshot.page(
            owned, ListOrder().entityOrder, limit: Self.ownedLimit)
        model.owned = try await ListRows(visit).rows(first)
        model.ownedCount = owned.count
    }

    private func addChanges(to model: inout HomeModel, _ visit: Visit) async throws {
        let changes = try await visit.reader.recentChanges(limit: Self.changeLimit, each: 3)
        model.updated = changes.first.map { Int($0.record.at / 1000) }
        let subjects = changes.flatMap(\.subjects)
        let authors = changes.map { folded($0.record.author) }
        let labels = try await EntityLabels.load(
            subjects.map(\.ref) + authors.filter { $0.contains("/") }, visit)
        for change in changes {
            let author = folded(change.record.author)
            let by = labels.has(author) ? labels.title(author) : change.record.author
            let at = Int(change.record.at / 1000)
            for (index, subject) in change.subjects.enumerated() {
                let more = change.count - change.subjects.count
                let isLast = index == change.subjects.count - 1
                var what = Self.words(subject)
                if isLast, more > 0 { what += ", as were \(more.grouped) others" }
                model.changes.append(
                    .init(
                        labels.link(subject.ref), what, by: by.isEmpty ? nil : by, at: at))
            }
        }
        model.changes = Array(model.changes.prefix(Self.changeLimit))
    }

    private static func words(_ subject: CatalogChange.Subject) -> String {
        switch subject.cause {
        case .created: return "was added"
        case .edited:
            guard let before = subject.before.flatMap({ try? JSON.parse($0) }),
                let after = subject.after.flatMap({ try? JSON.parse($0) })
            else { return "was changed" }
            return ContentChange(from: before, to: after).predicate
        case .refused: return "has a new version that was refused"
        case .recovered: return "can be read again"
        case .orphaned: return "became an orphan"
        case .removed: return "was removed"
        case .restored: return "was restored"
        }
    }

    /// How many entities have each value of a key, the most frequent first.
    private func bars(
        _ key: String, in selection: Selection, _ visit: Visit,
        _ choose: (inout ListState, String) -> Void
    ) -> [Bars.Row] {
        var counts: [(value: String, label: String, count: Int)] = []
        for found in visit.reader.snapshot.facet(key, in: selection) {
            let value = folded(found.value)
            if let known = counts.firstIndex(where: { $0.value == value }) {
                counts[known].count += found.count
            } else {
                counts.append((value, found.value, found.count))
            }
        }
        counts.sort { ($1.count, $0.value) < ($0.count, $1.value) }
        return counts.prefix(10).map { value, label, count in
            var state = ListState()
            choose(&state, value)
            let isKind = key == "kind"
            return Bars.Row(
                isKind ? Words.plural(label) : label, icon: isKind ? .kind(value) : nil,
                count: count, href: visit.links.to(["catalog"], query: state.query))
        }
    }

    private func data(_ visit: Visit) -> InboundResponse {
        let all = visit.reader.select(nil)
        let kinds = visit.reader.snapshot.facet("kind", in: all)
        let owned = visit.isPerson ? visit.reader.select(visit.owned).count : 0
        let problems = visit.isPerson ? visit.ownProblems.count : visit.board.problems.count
        return visit.at(
            .data { json in
                json.raw(#"{"entities":"#)
                json.integer(all.count)
                json.raw(#","kinds":{"#)
                for (index, kind) in kinds.enumerated() {
                    if index > 0 { json.raw(",") }
                    json.string(kind.value)
                    json.raw(":")
                    json.integer(kind.count)
                }
                json.raw(#"},"owned":"#)
                json.integer(owned)
                json.raw(#","problems":"#)
                json.integer(problems)
                json.raw("}")
            })
    }
}
