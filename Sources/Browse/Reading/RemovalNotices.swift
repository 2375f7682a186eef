import Catalog
import CatalogModel
import Markup

/// What waits to be removed, each with the button that gives the word for it.
struct RemovalNotices: Sendable {
    /// How many entities are named one by one.
    private static let named = 500

    let removals: [WaitingRemoval]
    let labels: EntityLabels
    let links: Links

    /// What may be seen of it.
    static func load(_ visit: Visit) async throws -> RemovalNotices {
        let removals = try await visit.reader.waitingRemovals()
        let labels = try await EntityLabels.load(
            removals.flatMap { Array($0.refs.prefix(named)) }, visit)
        return RemovalNotices(removals: removals, labels: labels, links: visit.links)
    }

    /// One notice for each location; nothing where nothing waits.
    var html: [HTML] { removals.map { Notice(.warn, text($0), action: button($0)).html } }

    private func text(_ removal: WaitingRemoval) -> HTML {
        let count = removal.refs.count.counted("entity", "entities")
        let all: HTML? = removal.total.map { " of \($0.grouped)" }
        let word: HTML =
            removal.approvedBy.map { name in
                """
                \(name) said that they may go; they do when the location is read completely and \
                still lacks them.
                """
            }
                ?? """
                They stay until you say that they may go. If they are missing by mistake, mend the \
                location: nothing is removed then.
                """
        let named = removal.refs.prefix(Self.named)
        let rest: HTML? =
            removal.refs.count > named.count
            ? "<p>And \((removal.refs.count - named.count).grouped) more.</p>" : nil
        return """
            <strong>\(removal.source.location.text)</strong> has lost \(count)\(all). \(word)
            <details><summary>What would go</summary>
            \(RelationListBody(named.map { labels.link($0) }))\(rest)</details>
            """
    }

    private func button(_ removal: WaitingRemoval) -> HTML {
        let count = removal.refs.count.counted("entity", "entities")
        return Button(
            removal.approvedBy == nil ? "Remove \(count)" : "Read it again",
            .post(links.to("problems", "removals", removal.source.uid), fields: []),
            icon: .remove, style: .danger
        ).html
    }
}
