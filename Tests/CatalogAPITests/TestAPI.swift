import Access
import CallboardTestSupport
import Catalog
import CatalogAPI
import CatalogModel
import Inbound
import Outbound
import Routing
import Store
import Telemetry
import Testing

/// Who asks, by the token that is sent.
enum Who: String, Sendable {
    case anonymous, stranger, user, service
    /// A service whose token is for another plugin.
    case elsewhere
    /// A service that may only read the catalog.
    case reader
    /// A user who may see and delete Components only.
    case limited
}

struct TestAuthenticator: Authenticator {
    func authenticate(_ credentials: Credentials) -> Authentication {
        guard let header = credentials.authorization else { return .known(.anonymous) }
        switch Who(rawValue: String(header.dropFirst("Bearer ".count))) {
        case .user: return .known(.user(.init(ref: "user:default/ann", ownership: [])))
        case .limited: return .known(.user(.init(ref: "user:default/lim", ownership: [])))
        case .service: return .known(.service(.init(subject: "external:all")))
        case .elsewhere:
            let restriction = AccessRestriction(plugin: "scaffolder")
            return .known(.service(.init(subject: "external:s", restrictions: [restriction])))
        case .reader:
            let restriction = AccessRestriction(plugin: "catalog", actions: ["read"])
            return .known(.service(.init(subject: "external:r", restrictions: [restriction])))
        default: return .refused("the token is not known")
        }
    }
}

struct TestPolicy: AccessPolicy {
    static let components = Predicate.equals("kind", ["component"])

    func decide(_ permission: Permission, plugin: String, for principal: Principal) -> Decision {
        guard principal.name != "user:default/lim" else {
            return permission.resourceType == nil ? .deny : .conditional(Self.components)
        }
        return SignedInPolicy().decide(permission, plugin: plugin, for: principal)
    }
}

struct PlainAnswers: AnswerPolicy {
    func preflight(_ head: RequestHead) -> InboundResponse? { nil }
    func finish(_ response: inout InboundResponse, for head: RequestHead) {}
}

/// An answer, read to its end.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// The catalog's routes over a catalog, without a socket.
struct TestAPI: Sendable {
    let catalog: TestCatalog
    let routes: [Route]
    let router: Router

    init(_ catalog: TestCatalog, isReadonly: Bool = false) {
        self.catalog = catalog
        routes = catalogRoutes(
            CatalogServices(
                keeper: catalog.keeper, isReadonly: isReadonly, policy: TestPolicy(),
                authenticator: TestAuthenticator(), hosts: RepositoryHosts()))
        router = Router(
            routes: routes, basePath: "", authenticator: TestAuthenticator(), policy: TestPolicy(),
            answers: PlainAnswers(),
            log: Log(level: .error, clock: .system, sink: SilentSink()), compress: { $0 },
            reach: catalog.keeper.state.wait(reaching:))
    }

    func send(
        _ method: HTTPMethod, _ target: String, as who: Who = .user, body: [UInt8] = [],
        type: String = "application/json", headers extra: [(String, String)] = []
    ) async -> Answer {
        var headers = HTTPHeaders()
        if who != .anonymous { headers.add("Authorization", "Bearer \(who.rawValue)") }
        if !body.isEmpty { headers.add("Content-Type", type) }
        for (name, value) in extra { headers.add(name, value) }
        let head = RequestHead(method: method, target: target, headers: headers)
        if body.count > router.limit(for: head).bytes {
            // The server itself refuses what is over the route's limit.
            let refusal = Refusal(
                reason: .bodyTooLarge(limitBytes: router.limit(for: head).bytes), id: "", peer: "",
                head: head)
            return Self.answer(router.refused(refusal))
        }
        switch router.handle(InboundRequest(head: head, body: body)) {
        case .ready(let response): return Self.answer(response)
        case .later(let run): return Self.answer(await run())
        }
    }

    func send(
        _ method: HTTPMethod, _ target: String, as who: Who = .user, json: String
    ) async -> Answer {
        await send(method, target, as: who, body: Array(json.utf8))
    }

    private static func answer(_ response: InboundResponse) -> Answer {
        var bytes: [UInt8] = []
        if case .bytes(let body) = response.body { bytes = body.bytes }
        return Answer(status: response.status, headers: response.headers, bytes: bytes)
    }
}

/// Gives the body an API over a small catalog: three Components, a Group, an API, two locations.
func withAPI<Value: Sendable>(
    _ engine: Engine = .sqlite, isReadonly: Bool = false, _ body: (TestAPI) async throws -> Value
) async throws -> Value {
    try await withCatalog(engine) { catalog in
        catalog.files.put(
            "https://git.test/a.yaml",
            documents(
                component("cart", title: "The Cart"), component("pay", type: "job"),
                component("old", owner: "group:default/nobody"),
                entity("Group", "team", spec: "type: team\nchildren: []"),
                entity(
                    "API", "api",
                    spec: "type: openapi\nlifecycle: production\nowner: team\ndefinition: secret")))
        catalog.files.put("https://git.test/l.yaml", location("l", "./b.yaml"))
        catalog.files.put("https://git.test/b.yaml", component("nested"))
        try await catalog.read("https://git.test/a.yaml")
        try await catalog.read("https://git.test/l.yaml")
        return try await body(TestAPI(catalog, isReadonly: isReadonly))
    }
}
