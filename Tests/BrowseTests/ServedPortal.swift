import Access
import CallboardTestSupport
import Catalog
import CatalogModel
import Inbound
import Markup
import Portal
import Routing
import Store
import Telemetry
import Testing
import Values

@testable import Browse

/// The pages over a small catalog in memory, answering in process.
struct ServedPortal: Sendable {
    /// Who asks; their policy is their own.
    enum Visitor: String, Sendable {
        /// Signed in, sees everything, belongs to the group `payments`.
        case alice
        /// Signed in, sees only what `payments` owns.
        case limited
        case nobody
    }

    let catalog: TestCatalog
    let router: Router
    let services: BrowseServices

    init(
        _ catalog: TestCatalog, basePath: String = "/portal", isReadonly: Bool = false,
        patience: Duration = .seconds(10)
    ) {
        self.catalog = catalog
        let navigation = Navigation()
        services = BrowseServices(
            keeper: catalog.keeper,
            frame: PageFrame(title: "Acme", basePath: basePath, navigation: navigation),
            clock: .system,
            actions: BrowseActions(
                database: catalog.database, policy: ByVisitor(),
                crossSite: CrossSiteGuard(ownOrigins: ["https://portal.example"]),
                cookies: PortalCookies(basePath: basePath, isSecure: true),
                isReadonly: isReadonly, patience: patience),
            workingFolder: "/files")
        let browse = BrowseFeature(services)
        navigation.fill([browse.feature])
        router = Router(
            routes: browse.feature.routes, basePath: basePath, authenticator: ByHeader(),
            policy: ByVisitor(), answers: Untouched(),
            log: Log(level: .error, clock: .system, sink: SilentSink()), compress: { $0 },
            errorPage: browse.errorPage)
    }

    /// A portal with the catalog of ``files``, read.
    static func serve<Value: Sendable>(
        _ body: (ServedPortal) async throws -> Value
    ) async throws -> Value {
        try await over(.sqlite) { catalog in
            for (name, text) in files { catalog.files.put("/files/\(name)", text) }
            try await catalog.read("/files/all.yaml")
            return try await body(ServedPortal(catalog))
        }
    }

    /// An empty catalog in a database that the pages can use too.
    static func over<Value: Sendable>(
        _ engine: Engine, _ body: (TestCatalog) async throws -> Value
    ) async throws -> Value {
        try await withDatabase(
            engine, migrations: [CatalogMigrations.set, BrowseMigrations.set]
        ) { database in
            try await body(TestCatalog(database, FakeLocations()))
        }
    }

    /// A target below the base path, as a browser asks for it.
    func get(
        _ target: String, as visitor: Visitor = .alice, accept: String = "text/html"
    ) async -> InboundResponse {
        await ask(.get, target, as: visitor, ["Accept": accept])
    }

    func ask(
        _ method: HTTPMethod, _ target: String, as visitor: Visitor, _ headers: [String: String],
        body: String = ""
    ) async -> InboundResponse {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        if visitor != .nobody { fields.add("Authorization", visitor.rawValue) }
        let head = RequestHead(
            method: method, target: "/portal\(target)", headers: fields, id: "request-1")
        switch router.handle(InboundRequest(head: head, body: Array(body.utf8))) {
        case .ready(let response): return response
        case .later(let run): return await run()
        }
    }

    /// A form that one of our own pages sends, with the cookies of the answers before.
    func post(
        _ target: String, as visitor: Visitor = .alice, _ form: String = "",
        origin: String? = "https://portal.example"
    ) async -> InboundResponse {
        var headers = ["Accept": "text/html", "Host": "portal.example"]
        headers["Origin"] = origin
        return await ask(.post, target, as: visitor, headers, body: form)
    }

    /// The page that an answer leads to, asked for with its cookies.
    func follow(
        _ answer: InboundResponse, as visitor: Visitor = .alice
    ) async -> InboundResponse {
        let target = (answer.headers["Location"] ?? "").replacing(
            "/portal", with: "", maxReplacements: 1)
        let cookies = answer.headers.all("Set-Cookie").map { $0.prefix { $0 != ";" } }
        return await ask(
            .get, target, as: visitor,
            ["Accept": "text/html", "Cookie": cookies.joined(separator: "; ")])
    }

    static let files: [(String, String)] = [
        (
            "all.yaml",
            location("all", ["./org.yaml", "./shop.yaml", "./broken.yaml"])
        ),
        (
            "org.yaml",
            """
            apiVersion: backstage.io/v1alpha1
            kind: Group
            metadata: {name: payments, title: Payments, description: Everything about money.}
            spec: {type: team, children: [], profile: {email: p@example.org}}
            ---
            apiVersion: backstage.io/v1alpha1
            kind: User
            metadata: {name: alice}
            spec: {memberOf: [payments], profile: {displayName: Alice A, email: a@example.org}}
            ---
            apiVersion: backstage.io/v1alpha1
            kind: Group
            metadata: {name: search}
            spec: {type: team, children: []}
            """
        ),
        (
            "shop.yaml",
            """
            apiVersion: backstage.io/v1alpha1
            kind: System
            metadata: {name: shop}
            spec: {owner: payments}
            ---
            apiVersion: backstage.io/v1alpha1
            kind: Component
            metadata:
              name: cart
              title: Cart <b>service</b>
              description: Keeps what is about to be bought.
              tags: [go, tier-1]
              labels: {tier: one}
              annotations: {github.com/project-slug: acme/cart}
              links: [{url: "javascript:alert(1)", title: bad}, {url: "https://x.example", icon: chat}]
            spec: {type: service, lifecycle: production, owner: payments, system: shop, dependsOn: ["component:index", "resource:gone"]}
            ---
            apiVersion: backstage.io/v1alpha1
            kind: Component
            metadata: {name: index, tags: [go]}
            spec: {type: library, lifecycle: experimental, owner: search}
            ---
            apiVersion: backstage.io/v1alpha1
            kind: Component
            metadata: {name: lonely}
            spec: {type: service, lifecycle: production, owner: paymnts}
            """
        ),
        ("broken.yaml", component("Not legal", owner: "payments")),
    ]

    private static func location(_ name: String, _ targets: [String]) -> String {
        entity("Location", name, spec: "targets: [\(targets.joined(separator: ", "))]")
    }
}

private struct ByHeader: Authenticator {
    func authenticate(_ credentials: Credentials) -> Authentication {
        guard let name = credentials.authorization else { return .known(.anonymous) }
        return .known(
            .user(
                .init(
                    ref: "user:default/\(name)",
                    ownership: ["user:default/\(name)", "group:default/payments"])))
    }
}

private struct ByVisitor: AccessPolicy {
    func decide(_ permission: Permission, plugin: String, for principal: Principal) -> Decision {
        guard case .user(let user) = principal else { return .deny }
        return user.ref == "user:default/limited"
            ? .conditional(.relation("ownedby", ["group:default/payments"])) : .allow
    }
}

private struct Untouched: AnswerPolicy {
    func preflight(_ head: RequestHead) -> InboundResponse? { nil }
    func finish(_ response: inout InboundResponse, for head: RequestHead) {}
}

extension InboundResponse {
    /// The body, where it is no stream.
    var text: String {
        if case .bytes(let body) = body { return String(decoding: body.bytes, as: UTF8.self) }
        return ""
    }
}
