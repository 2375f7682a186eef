import Access
import Catalog
import CatalogModel
import Inbound
import Markup
import Portal
import Routing
import Telemetry
import Values

/// One request for a page: who asks, and the catalog as that person may see it now.
struct Visit: Sendable {
    let request: RouteRequest
    let services: BrowseServices
    let reader: CatalogReader
    let board: ProblemBoard
    /// The references through which the person owns things, folded.
    let ownership: [String]
    /// Seconds since 1970.
    let now: Int

    /// - Parameter visibility: what whoever asks may see; nil for what the route's own permission
    ///   leaves.
    init(
        _ request: RouteRequest, _ services: BrowseServices, _ boards: ProblemBoards,
        sees visibility: Visibility? = nil
    ) async throws {
        self.request = request
        self.services = services
        reader = CatalogReader(
            services.keeper.state.snapshot, bodies: services.keeper.bodies,
            visibility: visibility ?? request.decision.visibility)
        board = try await boards.board(reader)
        now = Int(services.clock.now.seconds)
        if case .user(let user) = request.principal {
            ownership = user.ownership.map { folded($0) }
        } else {
            ownership = []
        }
    }

    var links: Links { services.frame.links }

    /// Whether there is a person who can own something.
    var isPerson: Bool { !ownership.isEmpty }

    /// What is wrong with what the person owns.
    var ownProblems: [CatalogProblem] {
        guard isPerson else { return [] }
        let mine = Set(ownership)
        return board.problems.filter { $0.concerns(mine) }
    }

    /// Whether whoever asks may do something, to one entity where one is named.
    func may(_ permission: Permission, _ entity: IndexedEntity? = nil) -> Bool {
        switch services.actions.policy.decide(permission, plugin: "", for: request.principal) {
        case .allow: return true
        case .deny: return false
        case .conditional(let predicate):
            return entity.map { reader.isIn(reader.select(predicate), $0) } ?? true
        }
    }

    /// The canonical references of what the person marked with a star, the newest first.
    func stars() async throws -> [String] {
        guard case .user(let user) = request.principal else { return [] }
        return try await services.actions.stars.refs(of: folded(user.ref))
    }

    /// What came of the action that led here.
    func outcome(diagnostics: Href? = nil) -> Notice? {
        request.head.cookie(Outcome.cookie).flatMap(Outcome.init)?
            .notice(links, diagnostics: diagnostics)
    }

    /// What the person owns.
    var owned: Predicate { .relation("ownedby", ownership) }

    /// The frame of the page.
    func shell(query: String = "") async throws -> Shell {
        guard case .user(let user) = request.principal else {
            let count = board.problems.count { $0.diagnostic.severity == .error }
            return services.frame.shell(
                request, person: nil, counts: ["/problems": count], query: query)
        }
        let ref = folded(user.ref)
        let labels = try await EntityLabels.load([ref], self)
        return services.frame.shell(
            request, person: labels.who(ref), reference: user.ref,
            counts: ["/problems": ownProblems.count], query: query)
    }

    /// Answers with a page, and says what revision it is true of.
    ///
    /// - Parameter tellsOutcome: whether the outcome of the action before stands on it, and need
    ///   not be told again.
    func page(_ html: HTML, status: Int = 200, tellsOutcome: Bool = false) -> InboundResponse {
        var response = at(.page(html, status: status))
        if tellsOutcome, request.head.cookie(Outcome.cookie) != nil {
            response.headers.add(
                "Set-Cookie", services.actions.cookies.removal(Outcome.cookie))
        }
        return response
    }

    /// Adds the revision that an answer is true of.
    func at(_ response: InboundResponse) -> InboundResponse {
        var response = response
        response.headers.set(Router.revision, String(reader.snapshot.revision))
        return response
    }
}
