package import Access
package import Inbound
import Store
package import Telemetry
import Values

/// What is done to every answer, whatever route gave it: security headers, CORS.
package protocol AnswerPolicy: Sendable {
    /// The answer to a CORS preflight; nil where the request is none that is answered here.
    func preflight(_ head: RequestHead) -> InboundResponse?
    /// Adds what the policy asks for.
    func finish(_ response: inout InboundResponse, for head: RequestHead)
}

/// A request that is over, for those who count.
package struct RequestObservation: Sendable {
    package let method: HTTPMethod
    /// The route's pattern; `none` where there is no route.
    package let route: String
    /// 0 where the client left before there was an answer.
    package let status: Int
    package let bytes: Int
    package let duration: Duration

    package init(
        method: HTTPMethod, route: String, status: Int, bytes: Int, duration: Duration
    ) {
        self.method = method
        self.route = route
        self.status = status
        self.bytes = bytes
        self.duration = duration
    }
}

/// Answers every request: finds its route, who asks, whether that is allowed, and hands it on.
package final class Router: InboundHandler {
    private let table: RouteTable
    private let basePath: String
    private let authenticator: any Authenticator
    private let policy: any AccessPolicy
    private let answers: any AnswerPolicy
    private let crossSite: CrossSiteGuard
    private let trust: ProxyTrust
    private let log: Log
    private let compress: @Sendable ([UInt8]) -> [UInt8]
    private let errorPage: @Sendable (RequestFault, RequestHead) -> InboundResponse?
    private let signInAddress: @Sendable (RequestHead) -> String?
    private let observe: @Sendable (RequestObservation) -> Void
    private let reach: @Sendable (Int64) -> (@Sendable () async -> Void)?

    /// - Parameters:
    ///   - basePath: where the portal is mounted, such as `/portal`; empty for the root.
    ///   - trust: whose word is taken for where a request came from.
    ///   - compress: gzip.
    ///   - errorPage: the page for a fault of a request that is not the API's; nil for none.
    ///   - signInAddress: where a person goes who has to sign in first; nil for a plain 401.
    ///   - observe: told of each request when it is over; returns in microseconds.
    ///   - reach: the wait for a revision of the catalog that a client has seen; nil where it is
    ///     there already. Ends after two seconds even without it.
    package init(
        routes: [Route], basePath: String, authenticator: any Authenticator,
        policy: any AccessPolicy, answers: any AnswerPolicy,
        crossSite: CrossSiteGuard = CrossSiteGuard(ownOrigins: []),
        trust: ProxyTrust = .nobody, log: Log,
        compress: @escaping @Sendable ([UInt8]) -> [UInt8],
        errorPage: @escaping @Sendable (RequestFault, RequestHead) -> InboundResponse? = {
            _, _ in nil
        },
        signInAddress: @escaping @Sendable (RequestHead) -> String? = { _ in nil },
        observe: @escaping @Sendable (RequestObservation) -> Void = { _ in },
        reach: @escaping @Sendable (Int64) -> (@Sendable () async -> Void)? = { _ in nil }
    ) {
        table = RouteTable(routes)
        self.basePath = basePath
        self.authenticator = authenticator
        self.policy = policy
        self.answers = answers
        self.crossSite = crossSite
        self.trust = trust
        self.log = log
        self.compress = compress
        self.errorPage = errorPage
        self.signInAddress = signInAddress
        self.observe = observe
        self.reach = reach
    }

    // MARK: InboundHandler

    /// The limit of the route that fits; 64 KiB where none does, enough to answer politely.
    package func limit(for head: RequestHead) -> BodyLimit {
        guard let path = localPath(head), case .route(let route, _) = table.match(head.method, path)
        else { return BodyLimit(bytes: 64 << 10) }
        return route.bodyLimit
    }

    /// Finds out who asks, then the route, then whether they may; only then calls its handler.
    package func handle(_ request: InboundRequest) -> InboundReply {
        if let preflight = answers.preflight(request.head) { return .ready(preflight) }
        let head = request.head
        let credentials = Credentials(
            authorization: head.headers["Authorization"], cookie: head.cookie(Router.sessionCookie))
        do {
            // A browser sends the cookie whatever page asks it to; a token proves more.
            if credentials.authorization == nil, credentials.cookie != nil {
                try crossSite.check(head)
            }
        } catch {
            return .ready(fault(error, head))
        }
        switch authenticator.authenticate(credentials) {
        case .later(let ask):
            return .later { [self] in await resolve(request, authentication: ask()) }
        case let authentication:
            return reply(request, authentication)
        }
    }

    /// The header that says which revision of the catalog an answer is true of.
    package static let revision = "Callboard-Revision"

    /// The cookie in which a browser carries the revision that its own action made, so that the
    /// page that follows is no older.
    package static let revisionCookie = "callboard-revision"

    /// The cookie of the portal's own pages.
    package static let sessionCookie = "callboard-session"

    private func resolve(_ request: InboundRequest, authentication: Authentication) async
        -> InboundResponse
    {
        switch reply(request, authentication) {
        case .ready(let response): response
        case .later(let run): await run()
        }
    }

    /// In the shape of Backstage's errors, with the headers of every other answer.
    package func refused(_ refusal: Refusal) -> InboundResponse {
        let kind: RequestFault.Kind = refusal.status == 413 ? .tooLarge : .input
        var response = RequestFault(kind, refusal.summary)
            .response(method: refusal.head?.method.rawValue ?? "", url: refusal.head?.target ?? "")
        // Too long an address or head is refused before anything is known of it, without words.
        if refusal.status == 414 || refusal.status == 431 { response = .empty(refusal.status) }
        response.status = refusal.status
        if let head = refusal.head { answers.finish(&response, for: head) }
        return response
    }

    /// Writes the line of the request log and tells those who count.
    package func finished(_ head: RequestHead, status: Int, bytes: Int, duration: Duration) {
        let milliseconds =
            Double(duration.components.seconds) * 1e3
            + Double(duration.components.attoseconds) / 1e15
        log.info(
            "request",
            [
                "id": .string(head.id), "method": .string(head.method.rawValue),
                "path": .string(head.path), "status": .int(status), "bytes": .int(bytes),
                "duration_ms": .double((milliseconds * 100).rounded() / 100),
                "client": .string(trust.client(of: head)),
            ])
        var route = "none"
        if let path = localPath(head), case .route(let found, _) = table.match(head.method, path) {
            route = found.pattern
        }
        observe(
            RequestObservation(
                method: head.method, route: route, status: status, bytes: bytes,
                duration: duration))
    }

    // MARK: Dispatch

    /// The path below the base path; nil where it is not below it.
    private func localPath(_ head: RequestHead) -> String? {
        guard !basePath.isEmpty else { return head.path }
        guard head.path.hasPrefix(basePath) else { return nil }
        let rest = head.path.dropFirst(basePath.count)
        return rest.isEmpty ? "/" : rest.hasPrefix("/") ? String(rest) : nil
    }

    private func reply(_ request: InboundRequest, _ authentication: Authentication) -> InboundReply
    {
        let head = request.head
        do {
            guard let path = localPath(head) else { throw NotHere() }
            switch table.match(head.method, path) {
            case .badEscape:
                // A NUL is well encoded, and no name has one.
                let kind: RequestFault.Kind = path.contains("%00") ? .notFound : .input
                throw RequestFault(kind, "the address is not percent-encoded UTF-8: \(head.path)")
            case .otherMethod(let methods) where head.method == .options:
                _ = try signedIn(authentication)
                return .ready(finish(Self.allowed(methods), head))
            case .none, .otherMethod:
                if Self.plugin(of: path).map(table.plugins.contains) ?? false {
                    _ = try signedIn(authentication)
                }
                throw NotHere()
            case .route(let route, let parameters):
                let (principal, decision) = try admit(route, authentication)
                let asked = RouteRequest(
                    head: head, body: request.body, parameters: parameters, principal: principal,
                    decision: decision, basePath: basePath, host: trust.host(of: head))
                return try call(route, asked)
            }
        } catch {
            return .ready(fault(error, head))
        }
    }

    /// Hands the request on, once the catalog is as new as what its client has seen.
    private func call(_ route: Route, _ request: RouteRequest) throws -> InboundReply {
        let head = request.head
        let told = head.headers[Router.revision] ?? head.cookie(Router.revisionCookie)
        if let seen = told.flatMap({ Int64($0) }), let wait = reach(seen) {
            return .later { [self] in
                await wait()
                do { return finish(try await Self.run(route.handler(request)), head) } catch {
                    return fault(error, head)
                }
            }
        }
        switch try route.handler(request) {
        case .ready(let response): return .ready(finish(response, head))
        case .later(let run):
            return .later { [self] in
                do { return finish(try await run(), head) } catch { return fault(error, head) }
            }
        }
    }

    private static func run(_ reply: RouteReply) async throws -> InboundResponse {
        switch reply {
        case .ready(let response): response
        case .later(let run): try await run()
        }
    }

    /// The answer to OPTIONS, as Express gives it.
    private static func allowed(_ methods: [HTTPMethod]) -> InboundResponse {
        let names = methods.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        let list = names.sorted().joined(separator: ",")
        return InboundResponse(
            status: 200, headers: ["Allow": list, "Content-Type": "text/html; charset=utf-8"],
            body: .bytes(ByteBody(list)))
    }

    /// Nothing is at this address.
    private struct NotHere: Error {}

    private static func plugin(of path: String) -> String? {
        let segments = path.split(separator: "/", maxSplits: 2)
        guard segments.count >= 2, segments[0].lowercased() == "api" else { return nil }
        return segments[1].lowercased()
    }

    private func signedIn(_ authentication: Authentication) throws(RequestFault) -> Principal {
        switch authentication {
        case .known(.anonymous):
            if case .allow = policy.decide(
                Permission("callboard.use"), plugin: "", for: .anonymous)
            {
                return .anonymous
            }
            throw RequestFault(
                .authentication, "sign in, or send a token as `Authorization: Bearer`")
        case .known(let principal): return principal
        case .refused(let reason): throw RequestFault(.authentication, reason)
        case .unavailable(let reason): throw RequestFault(.unavailable, reason)
        case .later: throw RequestFault(.authentication, "who asks could not be found out")
        }
    }

    private func admit(
        _ route: Route, _ authentication: Authentication
    ) throws(RequestFault) -> (Principal, Decision) {
        switch route.access {
        case .open:
            if case .known(let principal) = authentication { return (principal, .allow) }
            return (.anonymous, .allow)
        case .signedIn:
            return (try entitled(route, authentication), .allow)
        case .reading(let permission):
            let principal = try entitled(route, authentication)
            return (principal, policy.decide(permission, plugin: route.plugin, for: principal))
        case .permission(let permission):
            let principal = try signedIn(authentication)
            let decision = policy.decide(permission, plugin: route.plugin, for: principal)
            if case .deny = decision { throw notAllowed(route) }
            return (principal, decision)
        }
    }

    /// Who signed in, unless by a token that is restricted to other plugins.
    private func entitled(
        _ route: Route, _ authentication: Authentication
    ) throws(RequestFault) -> Principal {
        let principal = try signedIn(authentication)
        if case .service(let service) = principal, !route.plugin.isEmpty,
            let restrictions = service.restrictions,
            !restrictions.contains(where: { $0.plugin == route.plugin })
        {
            throw notAllowed(route)
        }
        return principal
    }

    private func notAllowed(_ route: Route) -> RequestFault {
        RequestFault(.notAllowed, "this needs a permission that you do not have: \(route.pattern)")
    }

    // MARK: Answers

    private func fault(_ error: any Error, _ head: RequestHead) -> InboundResponse {
        let isAPI = head.path.hasPrefix("\(basePath)/api/") || head.path.hasPrefix("/.")
        if error is NotHere {
            let page = isAPI ? nil : errorPage(RequestFault(.notFound, head.path), head)
            return finish(page ?? .empty(404), head)
        }
        let fault: RequestFault
        if let known = error as? RequestFault {
            fault = known
        } else if let known = (error as? any FaultConvertible)?.requestFault {
            fault = known
        } else if let known = (error as? StoreError)?.requestFault {
            log.warning(
                "a request could not be answered without the database",
                ["id": .string(head.id), "error": .string(String(describing: error))])
            fault = known
        } else {
            log.error(
                "a request failed",
                ["id": .string(head.id), "error": .string(String(describing: error))])
            fault = RequestFault(
                .internalError, "something went wrong here; the log has it under \(head.id)")
        }
        if fault.kind == .authentication, !isAPI, let address = signInAddress(head) {
            let redirect = InboundResponse(status: 302, headers: ["Location": address])
            return finish(redirect, head)
        }
        if !isAPI, let page = errorPage(fault, head) { return finish(page, head) }
        return finish(fault.response(method: head.method.rawValue, url: head.target), head)
    }

    /// Conditional answers, compression, and the policy's headers.
    private func finish(_ response: InboundResponse, _ head: RequestHead) -> InboundResponse {
        var response = response
        // Backstage's answers have no revision: whoever reads gets it on asking.
        if head.method == .get || head.method == .head, head.headers[Self.revision] == nil {
            response.headers.remove(Self.revision)
        }
        if response.status == 200, head.method == .get || head.method == .head,
            case .bytes(let body) = response.body, response.headers["ETag"] == nil
        {
            // Weak, as Express has it: the compressed form has the same.
            let tag = EntityTag(Self.tag(of: body.bytes), isWeak: true)
            response.headers.set("ETag", tag.headerValue)
            if head.hasCurrent(tag) {
                // The body stays: libmicrohttpd sends its length and not the body.
                response.status = 304
                response.headers.remove("Content-Type")
                answers.finish(&response, for: head)
                return response
            }
        }
        if case .bytes(let body) = response.body, body.bytes.count > 1024 {
            response.headers.add("Vary", "Accept-Encoding")
            if head.acceptsGzip, response.headers["Content-Encoding"] == nil,
                Self.isCompressible(response.headers["Content-Type"] ?? "")
            {
                response.body = .bytes(ByteBody(compress(body.bytes)))
                response.headers.set("Content-Encoding", "gzip")
            }
        }
        answers.finish(&response, for: head)
        return response
    }

    private static func tag(of bytes: [UInt8]) -> String {
        let hash = bytes.withUnsafeBytes { hashBytes($0) }
        return "\(String(bytes.count, radix: 16))-\(String(hash, radix: 36))"
    }

    private static func isCompressible(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.hasPrefix("application/json")
            || type.hasPrefix("image/svg") || type.hasPrefix("application/x-ndjson")
    }
}

/// An error of a lower target that knows how a client should see it.
package protocol FaultConvertible: Error {
    var requestFault: RequestFault { get }
}
