import CatalogModel
import Store
import Telemetry
package import Values

/// What a source does not have any more and what goes only on an operator's word.
package struct WaitingRemoval: Sendable {
    package let source: Source
    /// Milliseconds since 1970.
    package let since: Int64
    /// How many complete readings in a row said the same, up to two.
    package let readings: Int
    /// How many entities the source has in all; nil for those who may not see all of them.
    package let total: Int?
    /// Who said that they may go: they do with the next complete reading that says the same.
    package let approvedBy: String?
    /// The references of those that may be seen, in order.
    package let refs: [String]

    /// What is said of it under Problems.
    package var diagnostic: Diagnostic {
        let count = total.map { "\(refs.count) of \($0) entities" } ?? "\(refs.count) entities"
        let names = refs.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
        let more = refs.count > 3 ? " and \(refs.count - 3) more" : ""
        let seen =
            switch readings {
            case 0: "a reading that was not complete"
            case 1: "a complete reading"
            default: "two complete readings"
            }
        let next =
            approvedBy.map {
                "\($0) said that they may go: the next complete reading that says the same "
                    + "removes them"
            }
            ?? "more than \(PendingRemoval.floor) and more than a tenth go only after two complete "
            + "readings and an operator's word"
        return Diagnostic(
            "catalog.removal-waiting", severity: .warning, file: source.location.target,
            "\(count) of `\(source.location.text)` would be removed, and wait",
            reason: "\(seen) did not find \(names)\(more) any more; \(next)",
            remedy: approvedBy == nil
                ? "mend the source if they are missing by mistake: then they simply stay; if they "
                    + "are meant to go, confirm it on the page of problems, or with "
                    + "`callboard removals approve \(source.uid)`"
                : "have the location read again, if it should be done at once")
    }

    /// As an object of the API and of the command line.
    package func write(to json: inout JSONWriter) {
        json.raw(#"{"id":"#)
        json.string(source.uid)
        json.raw(#","type":"#)
        json.string(source.location.type)
        json.raw(#","target":"#)
        json.string(source.location.target)
        json.raw(#","since":"#)
        json.string(Instant(milliseconds: since).iso8601)
        json.raw(#","completeReadings":"#)
        json.integer(readings)
        if let total {
            json.raw(#","totalEntities":"#)
            json.integer(total)
        }
        if let approvedBy {
            json.raw(#","approvedBy":"#)
            json.string(approvedBy)
        }
        json.raw(#","entityRefs":["#)
        for (index, ref) in refs.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(ref)
        }
        json.raw(#"],"diagnostic":"#)
        diagnostic.write(to: &json)
        json.raw("}")
    }
}

extension CatalogReader {
    /// What waits to be removed, by the order of the sources; of each only what may be seen.
    package func waitingRemovals() async throws -> [WaitingRemoval] {
        let (sources, pending) = try await bodies.database.read { reader in
            (try CatalogQueries.sources(reader), try CatalogQueries.pendingRemovals(reader))
        }
        guard !pending.isEmpty else { return [] }
        let visible = select(nil)
        let seesAll = visibility.predicate == nil
        return sources.compactMap { source in
            guard let removal = pending[source.number] else { return nil }
            let refs = removal.refs.keys.filter { ref in
                snapshot.entity(ref).map { isIn(visible, $0) } ?? false
            }
            guard seesAll || !refs.isEmpty else { return nil }
            return WaitingRemoval(
                source: source, since: removal.since, readings: removal.readings,
                total: seesAll ? removal.total : nil, approvedBy: removal.approvedBy,
                refs: refs.sorted())
        }
    }

    /// What waits, as problems: one for each location.
    package func waitingProblems() async throws -> [CatalogProblem] {
        try await waitingRemovals().map { removal in
            var owners: Set<String> = []
            for ref in removal.refs {
                if let entity = snapshot.entity(ref) {
                    owners.formUnion(snapshot.owners(of: entity))
                }
            }
            return CatalogProblem(
                diagnostic: removal.diagnostic, ref: nil, item: nil,
                location: removal.source.location.text, owners: owners.sorted(), missing: nil,
                since: removal.since, concerned: removal.refs)
        }
    }
}
