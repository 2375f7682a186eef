import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Values

/// What happened to an entity, as a page shows it.
struct EntityTimeline: Sendable {
    private let visit: Visit
    private let ref: EntityRef
    private let history: EntityHistory

    static let pageSize = 20

    init(_ visit: Visit, _ ref: EntityRef, _ history: EntityHistory) {
        self.visit = visit
        self.ref = ref
        self.history = history
    }

    /// Where a page of it begins: `before=` the slot of a version.
    static func start(_ request: RouteRequest) -> Int64? {
        request.query["before"].flatMap { Int64($0) }
    }

    /// What the entity was last called.
    var lastTitle: String? {
        history.versions.lazy.compactMap(\.content).first
            .flatMap { try? JSON.parse($0) }.map(visit.services.names.title)
    }

    /// The tab.
    func content() async throws -> EntityModel.Content {
        let authors = history.versions.map { folded($0.author) }
        let labels = try await EntityLabels.load(
            authors.filter { $0.contains("/") }, visit)
        let contents =
            history.versions.map { Self.parsed($0.content) }
            + [Self.parsed(history.contentBefore)]
        let events = history.versions.enumerated().map { index, version in
            event(
                version, contents[index], before: contents[index + 1], labels,
                isOpen: index == 0 && history.skipped == 0)
        }
        return .history(events, pager: pager)
    }

    private static func parsed(_ bytes: [UInt8]?) -> JSON? {
        bytes.flatMap { try? JSON.parse($0) }
    }

    private func event(
        _ version: EntityVersion, _ content: JSON?, before: JSON?, _ labels: EntityLabels,
        isOpen: Bool
    ) -> Timeline.Event {
        let diff = before.flatMap { before in
            content.map {
                LineDiff(from: YAMLText(entity: before).text, to: YAMLText(entity: $0).text)
            }
        }
        let author = folded(version.author)
        let by: HTML =
            labels.href(author).map {
                "by <a href=\"\($0)\"><bdi>\(labels.title(author))</bdi></a>"
            }
            ?? "by \(version.author)"
        var end: [HTML] = [
            "\(TimeText(Int(version.at / 1000), now: visit.now))",
            "<span class=\"mono\">r\(Int(version.revision))</span>",
        ]
        if let location = version.location {
            end.append("<span class=\"mono\">\(visit.services.names.name(location))</span>")
        }
        return Timeline.Event(
            version.cause.icon,
            "<b>\(sentence(version, content, before))</b> \(version.author.isEmpty ? "" : by)",
            end: end, diff: diff.flatMap { $0.hunks.isEmpty ? nil : $0 }, isOpen: isOpen)
    }

    private func sentence(_ version: EntityVersion, _ content: JSON?, _ before: JSON?) -> String {
        switch version.cause {
        case .created: return "Came into the catalog"
        case .edited:
            guard let before, let content else { return "Changed" }
            return ContentChange(from: before, to: content).heading
        case .refused: return "Its new version was refused"
        case .recovered: return "Can be read again"
        case .orphaned: return "Is declared by nothing any more"
        case .removed: return "Was removed"
        case .restored: return "Was restored"
        }
    }

    private var pager: Pager? {
        let shown = history.versions.count
        guard shown > 0 else { return nil }
        let hasMore = history.skipped + shown < history.total
        let link: (Int64?) -> Href = { slot in
            let path = [
                "catalog", folded(ref.namespace), folded(ref.kind), folded(ref.name), "history",
            ]
            let query = slot.map { [QueryItem("before", String($0))] } ?? []
            return visit.links.to(path, query: query)
        }
        return Pager(
            (history.skipped + 1)...(history.skipped + shown), of: history.total, "versions",
            previous: history.skipped > 0 ? link(nil) : nil,
            next: hasMore ? link(history.versions.last?.slot) : nil)
    }

    /// A version for programs.
    static func write(_ version: EntityVersion, _ json: inout JSONWriter) {
        json.raw(#"{"revision":"#)
        json.integer(Int(version.revision))
        json.raw(#","at":"#)
        json.integer(Int(version.at))
        json.raw(#","cause":"#)
        json.string(version.cause.word)
        json.raw(#","author":"#)
        json.string(version.author)
        json.raw(#","location":"#)
        json.optional(version.location)
        json.raw(#","content":"#)
        if let content = version.content { json.raw(content) } else { json.raw("null") }
        json.raw("}")
    }
}

extension Cause {
    var icon: Icon {
        switch self {
        case .created: .plus
        case .edited: .edit
        case .refused: .error
        case .recovered: .ok
        case .orphaned: .warning
        case .removed: .remove
        case .restored: .refresh
        }
    }
}
