import Access
import CatalogModel
import Crypto
import Inbound
import Routing
import SignIn
import Store
import Synchronization
import Telemetry
import Values

/// A portal with nothing but signing in and one API route, answering in process.
struct TestPortal: Sendable {
    static let start = Instant(seconds: 1_800_000_000)

    let router: Router
    let time = ManualClock(Self.start)
    let log = CollectedLog()

    /// What a test changes.
    struct Options: Sendable {
        var guest = try? GuestProvider(isAllowed: true)
        var resolvers = [
            SignInResolver(.userName(provided: "user")), SignInResolver(.profileEmail),
        ]
        var allowsAnonymous = false
        var readiness = SignInServices.Readiness.ready
        var basePath = ""
        var backend = "http://localhost:7007"
        var host = "localhost"
        var isSecure = false
    }

    init(_ database: Database, _ options: Options = Options()) {
        let clock = time.clock
        let log = Log(level: .trace, clock: clock, sink: log)
        let keys = SigningKeys(
            database: database, clock: clock, ids: .random, lifetime: .seconds(3600))
        let sessions = Sessions(database: database, clock: clock)
        var providers = [
            SignInProvider.header(.oauth2Proxy, resolvers: options.resolvers)
        ]
        if let guest = options.guest { providers.insert(.guest(guest), at: 0) }
        let services = SignInServices(
            providers: providers, people: OnePerson(),
            issuer: TokenIssuer(
                settings: UserTokenSettings(issuer: "\(options.backend)/api/auth"), keys: keys,
                database: database, clock: clock),
            keys: keys, sessions: sessions,
            addresses: SignInServices.Addresses(
                backend: options.backend, host: options.host, isSecure: options.isSecure,
                basePath: options.basePath),
            crossSite: CrossSiteGuard(ownOrigins: [options.backend]),
            plugins: ["auth", "catalog", "techdocs"], readiness: { options.readiness }, log: log)
        let whoami = Route(.get, "/api/catalog/whoami", access: .signedIn) { request in
            .ready(.text(request.principal.name))
        }
        let restricted = [AccessRestriction(plugin: "catalog")]
        router = Router(
            routes: signInRoutes(services) + [whoami], basePath: options.basePath,
            authenticator: TokenAuthenticator(
                external: [
                    .fixed(Secret("program-0123456789"), subject: "program"),
                    .fixed(
                        Secret("restricted-0123456789"), subject: "restricted",
                        restrictions: restricted),
                ], keys: keys, sessions: sessions, database: database, clock: clock),
            policy: SignedInPolicy(allowsAnonymous: options.allowsAnonymous),
            answers: HTTPPolicy(), log: log, compress: { $0 })
    }

    /// An answer with its body read.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        var json: JSON { (try? JSON.parse(text)) ?? .null }

        /// The name and value of each cookie that is set, and its attributes.
        var cookies: [(pair: String, attributes: Set<String>)] {
            headers.all("Set-Cookie").map { line in
                let parts = line.split(separator: "; ").map(String.init)
                return (parts.first ?? "", Set(parts.dropFirst()))
            }
        }
    }

    func ask(
        _ method: HTTPMethod, _ target: String, _ headers: [String: String] = [:],
        body: String = ""
    ) async -> Answer {
        var fields = HTTPHeaders()
        for (name, value) in headers { fields.add(name, value) }
        let head = RequestHead(method: method, target: target, headers: fields, id: "1")
        let response: InboundResponse
        switch router.handle(InboundRequest(head: head, body: Array(body.utf8))) {
        case .ready(let ready): response = ready
        case .later(let run): response = await run()
        }
        var text = ""
        if case .bytes(let body) = response.body {
            text = String(decoding: body.bytes, as: UTF8.self)
        }
        return Answer(status: response.status, headers: response.headers, text: text)
    }

    /// A token of the guest.
    func guestToken() async -> String {
        await ask(.get, "/api/auth/guest/refresh").json.at("backstageIdentity", "token")?.string
            ?? ""
    }
}

/// A catalog of one person.
private struct OnePerson: PeopleDirectory {
    let alice = Person(ref: "user:default/alice", groups: ["group:default/team-a"])

    func person(_ ref: EntityRef) async throws -> Person? {
        ref.canonical == alice.ref ? alice : nil
    }

    func people(with value: String, at key: String) async throws -> [Person] {
        value == "alice@example.com" ? [alice] : []
    }
}

/// What was logged, as text.
final class CollectedLog: LogSink {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    func take(_ entry: LogEntry) {
        lines.withLock { $0.append("\(entry.message) \(entry.fields)") }
    }
}
