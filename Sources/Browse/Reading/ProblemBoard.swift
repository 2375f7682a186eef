import Catalog
import CatalogModel
import Markup
import Synchronization
import Values

/// All that is wrong in the catalog at one revision, ordered: the worst first, then the newest.
struct ProblemBoard: Sendable {
    let problems: [CatalogProblem]
    private let byRef: [String: [Int]]
    private let byItem: [UInt32: [Int]]

    /// - Parameter problems: some of those that ``sorted(_:)`` gave, in that order.
    init(sorted problems: [CatalogProblem]) {
        self.problems = Self.distinct(problems)
        var byRef: [String: [Int]] = [:]
        var byItem: [UInt32: [Int]] = [:]
        for (index, problem) in self.problems.enumerated() {
            if let ref = problem.ref {
                byRef[ref, default: []].append(index)
            } else if let item = problem.item {
                byItem[item, default: []].append(index)
            }
            for ref in problem.concerned { byRef[ref, default: []].append(index) }
        }
        self.byRef = byRef
        self.byItem = byItem
    }

    /// The worst first, then the newest.
    static func sorted(_ problems: [CatalogProblem]) -> [CatalogProblem] {
        problems.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            if a.diagnostic.severity != b.diagnostic.severity {
                return a.diagnostic.severity.weight > b.diagnostic.severity.weight
            }
            let (sinceA, sinceB) = (a.since ?? 0, b.since ?? 0)
            return sinceA == sinceB ? left.offset < right.offset : sinceA > sinceB
        }.map(\.element)
    }

    /// A file that cannot be read is a problem of its own and of the location that leads to it;
    /// once is enough, and it is the file's.
    private static func distinct(_ problems: [CatalogProblem]) -> [CatalogProblem] {
        let key: (CatalogProblem) -> String = { problem in
            let diagnostic = problem.diagnostic
            return "\(diagnostic.code) \(diagnostic.location) \(diagnostic.summary)"
        }
        let isOfLocation: (CatalogProblem) -> Bool = { $0.ref?.hasPrefix("location:") ?? false }
        let others = Set(problems.filter { !isOfLocation($0) }.map(key))
        return problems.filter { problem in
            !isOfLocation(problem) || problem.diagnostic.file == nil
                || !others.contains(key(problem))
        }
    }

    /// What is wrong with an entity, and with the file as a whole that declares it.
    func problems(of ref: String, item: UInt32?) -> [CatalogProblem] {
        let own = byRef[ref] ?? []
        let file = item.flatMap { byItem[$0] } ?? []
        return (own + file).map { problems[$0] }
    }

    /// The worst of what is wrong with an entity.
    func worst(of ref: String) -> Tone? {
        byRef[ref]?.first.map { problems[$0].diagnostic.severity.tone }
    }

    /// The entities of which something is wrong.
    var refs: Dictionary<String, [Int]>.Keys { byRef.keys }
}

extension CatalogProblem {
    /// Whether it concerns someone who owns things through these references.
    func concerns(_ ownership: Set<String>) -> Bool {
        owners.contains { ownership.contains($0) } || ref.map(ownership.contains) ?? false
    }
}

extension Diagnostic.Severity {
    /// How bad it is, the greater the worse.
    var weight: Int {
        switch self {
        case .error: 2
        case .warning: 1
        case .info: 0
        }
    }

    var tone: Tone {
        switch self {
        case .error: .bad
        case .warning: .warn
        case .info: .info
        }
    }

    /// For people, in the plural.
    var plural: String {
        switch self {
        case .error: "Errors"
        case .warning: "Warnings"
        case .info: "Notes"
        }
    }
}

/// All problems are read once a revision; those who may see only a part get that part of them.
final class ProblemBoards: Sendable {
    /// Everything there is, in order, and the board of those who may see it.
    private struct Whole: Sendable {
        let sorted: [CatalogProblem]
        let board: ProblemBoard
    }

    private struct State {
        var revision: Int64 = -1
        var whole: Task<Whole, any Error>?
    }

    private let state = Mutex(State())

    func board(_ reader: CatalogReader) async throws -> ProblemBoard {
        let whole = try await whole(reader)
        guard reader.visibility.predicate != nil else { return whole.board }
        let visible = reader.select(nil)
        // What is about nothing in the catalog is for those who may see everything; of what waits
        // to be removed each is told their own part.
        let seen = whole.sorted.filter { problem in
            problem.ref.flatMap { reader.snapshot.entity($0) }
                .map { reader.isIn(visible, $0) } ?? false
        }
        let waiting = try await reader.waitingProblems()
        return ProblemBoard(sorted: waiting.isEmpty ? seen : ProblemBoard.sorted(seen + waiting))
    }

    private func whole(_ reader: CatalogReader) async throws -> Whole {
        let revision = reader.snapshot.revision
        let everything = reader.seeing(.everything(because: "each person gets their part of it"))
        // Requests that come together wait for one reading.
        let task = state.withLock { state in
            if state.revision == revision, let whole = state.whole { return whole }
            let whole = Task {
                let sorted = ProblemBoard.sorted(try await everything.problems())
                return Whole(sorted: sorted, board: ProblemBoard(sorted: sorted))
            }
            (state.revision, state.whole) = (revision, whole)
            return whole
        }
        do {
            return try await task.value
        } catch {
            state.withLock { if $0.revision == revision { $0 = State() } }
            throw error
        }
    }
}
