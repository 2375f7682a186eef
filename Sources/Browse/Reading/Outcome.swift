import Catalog
import Inbound
import Markup
import Routing
import Values

/// What came of an action, told on the page that follows it.
///
/// It travels in a cookie that the page takes away: nothing of it stays in an address, and loading
/// the page again does not tell it again.
enum Outcome: Sendable, Equatable {
    /// A source was read again: how many entities it wrote and took away, how many faults its
    /// files have, how much could not be reached.
    case refreshed(put: Int, removed: Int, faults: Int, unreached: Int)
    /// Reading again takes longer.
    case goesOn
    /// Reading again failed for a reason of ours.
    case failed
    /// An address was unregistered, with so many entities.
    case unregistered(Int, target: String)
    /// An entity was deleted.
    case deleted(String)

    static let cookie = "callboard-outcome"

    init(_ refresh: RefreshOutcome) {
        switch refresh {
        case .done(let report):
            self = .refreshed(
                put: report.put, removed: report.removed, faults: report.problems.count,
                unreached: report.unreached.count)
        case .failed: self = .failed
        case .goesOn: self = .goesOn
        }
    }

    // MARK: The cookie

    /// Reads a cookie's value; nil for anything that was not written here.
    init?(cookie: String) {
        let parts = cookie.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.dropFirst().compactMap { Int($0) }.filter { $0 >= 0 }
        switch (parts.first, parts.count) {
        case ("refreshed", 5) where numbers.count == 4:
            self = .refreshed(
                put: numbers[0], removed: numbers[1], faults: numbers[2], unreached: numbers[3])
        case ("goes-on", 1): self = .goesOn
        case ("failed", 1): self = .failed
        case ("unregistered", 3):
            guard let count = numbers.first, let target = Self.decoded(parts[2]) else { return nil }
            self = .unregistered(count, target: target)
        case ("deleted", 2):
            guard let ref = Self.decoded(parts[1]) else { return nil }
            self = .deleted(ref)
        default: return nil
        }
    }

    /// The value of the cookie.
    var text: String {
        switch self {
        case .refreshed(let put, let removed, let faults, let unreached):
            "refreshed:\(put):\(removed):\(faults):\(unreached)"
        case .goesOn: "goes-on"
        case .failed: "failed"
        case .unregistered(let count, let target):
            "unregistered:\(count):\(encodedSegment(String(target.prefix(1000))))"
        case .deleted(let ref): "deleted:\(encodedSegment(ref))"
        }
    }

    private static func decoded(_ text: String) -> String? {
        QueryItems(bytes: Array("a=\(text)".utf8))["a"]
    }

    // MARK: Words

    /// As a page tells it.
    ///
    /// - Parameter isOwnPage: whether it stands on the page of the entity that was read again.
    func notice(_ links: Links, diagnostics: Href? = nil) -> Notice {
        switch self {
        case .refreshed(let put, let removed, let faults, let unreached):
            return refreshed(put, removed, faults, unreached, diagnostics ?? links.to("problems"))
        case .goesOn:
            return Notice(
                .info,
                """
                <p>Its source is slow to answer. It is still being read; load this page again to \
                see what came of it.</p>
                """)
        case .failed:
            return Notice(
                .bad,
                """
                <p>It could not be read again: something went wrong here. What was read before \
                stays. Whoever runs the portal finds the reason in its log.</p>
                """)
        case .unregistered(let count, let target):
            let again = links.to(["catalog-import"], query: [QueryItem("url", target)])
            return Notice(
                .ok,
                """
                <p><span class="mono">\(target)</span> is no longer registered; \
                \(count.counted("entity", "entities")) went with it.</p>
                """,
                action: Button("Register it again", .open(again), isSmall: true).html)
        case .deleted(let ref):
            return Notice(
                .ok,
                """
                <p><span class="mono">\(ref)</span> was deleted. Its history is kept at its \
                address.</p>
                """)
        }
    }

    private func refreshed(
        _ put: Int, _ removed: Int, _ faults: Int, _ unreached: Int, _ diagnostics: Href
    ) -> Notice {
        var changes: [String] = []
        if put > 0 { changes.append("\(put.counted("entity", "entities")) changed") }
        if removed > 0 { changes.append("\(removed.counted("entity", "entities")) went") }
        let what = changes.isEmpty ? "nothing had changed" : Words.list(changes)
        if unreached > 0 {
            return Notice(
                .warn,
                """
                <p>Read again just now: \(what), and not all of its source could be reached. \
                <a href="\(diagnostics)">What is wrong</a></p>
                """)
        }
        guard faults > 0 else { return Notice(.ok, "<p>Read again just now: \(what).</p>") }
        return Notice(
            .warn,
            """
            <p>Read again just now: \(what), and \(faults.counted("problem was", "problems were")) \
            found. <a href="\(diagnostics)">What is wrong</a></p>
            """)
    }
}
