import Inbound
import Routing
import Testing

struct HTTPPolicyTests {
    /// What every answer has, whatever is configured.
    static let fixed = [
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=15552000; includeSubDomains",
        "x-content-type-options": "nosniff", "x-dns-prefetch-control": "off",
        "x-download-options": "noopen", "x-frame-options": "SAMEORIGIN",
        "x-permitted-cross-domain-policies": "none", "x-xss-protection": "0",
    ]

    // MARK: Content policies

    struct ContentCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let settings: [(String, [String]?)]
        let header: String
    }

    static let start = "default-src 'self';base-uri 'self';font-src 'self' https: data:;"
    static let end = "style-src 'self' https: 'unsafe-inline'"

    @Test(arguments: [
        ContentCase(
            testDescription: "nothing configured", settings: [],
            header: start + "frame-ancestors 'self';img-src 'self' data:;object-src 'none';"
                + "script-src 'self' 'unsafe-eval';script-src-attr 'none';" + end
                + ";upgrade-insecure-requests"),
        ContentCase(
            testDescription: "sources replaced and added",
            settings: [
                ("connect-src", ["'self'", "http:", "https:"]),
                ("img-src", ["'self'", "data:", "https://img.example.com"]),
            ],
            header: start + "frame-ancestors 'self';img-src 'self' data: https://img.example.com;"
                + "object-src 'none';script-src 'self' 'unsafe-eval';script-src-attr 'none';" + end
                + ";upgrade-insecure-requests;connect-src 'self' http: https:"),
        ContentCase(
            testDescription: "a directive removed",
            settings: [("upgrade-insecure-requests", nil), ("nothing-such", nil)],
            header: start + "frame-ancestors 'self';img-src 'self' data:;object-src 'none';"
                + "script-src 'self' 'unsafe-eval';script-src-attr 'none';" + end),
        ContentCase(
            testDescription: "frames and attributes",
            settings: [
                ("img-src", ["'self'"]), ("frame-ancestors", ["https://portal.example.com"]),
                ("script-src-attr", nil),
            ],
            header: start + "frame-ancestors https://portal.example.com;img-src 'self';"
                + "object-src 'none';script-src 'self' 'unsafe-eval';" + end
                + ";upgrade-insecure-requests"),
        ContentCase(
            testDescription: "nothing can be smuggled in",
            settings: [
                ("img-src", ["'self'; script-src *", "a\r\nb", "https://ok.example", "x,y"]),
                ("evil\r\nheader", ["x"]),
            ],
            header: start + "frame-ancestors 'self';img-src https://ok.example;"
                + "object-src 'none';script-src 'self' 'unsafe-eval';script-src-attr 'none';" + end
                + ";upgrade-insecure-requests"),
    ])
    func `the content policy is Backstage's with the configured directives`(given: ContentCase) {
        var policy = ContentPolicy()
        for (name, sources) in given.settings { policy.set(name, sources) }
        #expect(policy.headerValue == given.header)

        var response = InboundResponse(status: 200, headers: ["Content-Type": "application/json"])
        HTTPPolicy(contentPolicy: policy).finish(&response, for: head(.get))
        #expect(
            names(response)
                == Self.fixed.merging([
                    "content-security-policy": given.header, "content-type": "application/json",
                ]) { $1 })
    }

    @Test func `pages get a stricter policy, and say where forms come from`() {
        var policy = ContentPolicy()
        policy.set("img-src", ["'self'", "https:"])
        policy.set("frame-ancestors", ["https://portal.example.com"])
        policy.set("script-src", ["*"])
        policy.set("upgrade-insecure-requests", nil)
        var response = InboundResponse(
            status: 404, headers: ["Content-Type": "text/html; charset=utf-8"])
        HTTPPolicy(contentPolicy: policy).finish(&response, for: head(.get))
        let header = response.headers["Content-Security-Policy"] ?? ""
        let directives = Set(header.split(separator: ";").map(String.init))
        #expect(
            directives == [
                "default-src 'none'", "base-uri 'none'", "connect-src 'self'", "font-src 'self'",
                "form-action 'self'", "manifest-src 'self'", "script-src 'self'",
                "style-src 'self'", "img-src 'self' https:",
                "frame-ancestors https://portal.example.com",
            ])
        #expect(response.headers.all("Referrer-Policy") == ["same-origin"])
    }

    @Test func `what an answer says itself stays`() {
        var response = InboundResponse(
            status: 200, headers: ["content-security-policy": "sandbox", "X-Frame-Options": "DENY"])
        HTTPPolicy().finish(&response, for: head(.get))
        #expect(response.headers.all("Content-Security-Policy") == ["sandbox"])
        #expect(response.headers.all("X-Frame-Options") == ["DENY"])
    }

    // MARK: CORS

    static let one = CORSPolicy(
        origins: ["http://localhost:3000"],
        methods: ["GET", "HEAD", "PATCH", "POST", "PUT", "DELETE"], allowsCredentials: true)
    static let several = CORSPolicy(
        origins: ["http://localhost:3000", "https://*.example.com"], methods: ["GET", "POST"],
        allowedHeaders: ["Authorization", "X-Team"], exposedHeaders: ["Link"],
        allowsCredentials: true, maxAgeSeconds: 600)

    struct CORSCase: Sendable, CustomTestStringConvertible {
        let policy: CORSPolicy?
        let origin: String?
        let headers: [String: String]

        var testDescription: String { "\(origin ?? "no origin"), \(headers.count) headers" }
    }

    @Test(arguments: [
        CORSCase(policy: nil, origin: "http://localhost:3000", headers: [:]),
        CORSCase(policy: one, origin: nil, headers: [:]),
        CORSCase(policy: one, origin: "http://evil.example.com", headers: [:]),
        CORSCase(policy: one, origin: "http://localhost:3000.evil.example", headers: [:]),
        CORSCase(policy: one, origin: "null", headers: [:]),
        CORSCase(policy: CORSPolicy(origins: ["*"]), origin: "null", headers: [:]),
        CORSCase(
            policy: one, origin: "http://localhost:3000",
            headers: [
                "access-control-allow-credentials": "true",
                "access-control-allow-origin": "http://localhost:3000",
                "vary": "Accept-Encoding, Origin",
            ]),
        CORSCase(
            policy: several, origin: "https://a.b.example.com",
            headers: [
                "access-control-allow-credentials": "true",
                "access-control-allow-origin": "https://a.b.example.com",
                "access-control-expose-headers": "Link", "vary": "Accept-Encoding, Origin",
            ]),
        CORSCase(policy: several, origin: "http://a.example.com", headers: [:]),
        CORSCase(policy: several, origin: "https://example.com", headers: [:]),
        CORSCase(policy: several, origin: "http://localhost:3001", headers: [:]),
    ])
    func `an answer tells an origin that may call, and no other`(given: CORSCase) {
        var response = InboundResponse(status: 200, headers: ["Vary": "Accept-Encoding"])
        let policy = HTTPPolicy(cors: given.policy)
        policy.finish(&response, for: head(.get, origin: given.origin))
        let wanted = given.headers.merging(["vary": "Accept-Encoding"]) { own, _ in own }
        #expect(
            names(response).filter { Self.fixed[$0.key] == nil }
                .filter { $0.key != "content-security-policy" } == wanted)
        #expect(response.headers.all("Vary").count == 1)
    }

    struct PreflightCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var policy: CORSPolicy? = HTTPPolicyTests.one
        var origin: String? = "http://localhost:3000"
        var method = HTTPMethod.options
        var asked: String?
        /// nil: it is answered like any other request.
        let headers: [String: String]?
    }

    @Test(arguments: [
        PreflightCase(
            testDescription: "as asked", asked: "authorization,content-type",
            headers: [
                "access-control-allow-credentials": "true",
                "access-control-allow-headers": "authorization,content-type",
                "access-control-allow-methods": "GET,HEAD,PATCH,POST,PUT,DELETE",
                "access-control-allow-origin": "http://localhost:3000",
                "vary": "Access-Control-Request-Headers, Origin",
            ]),
        PreflightCase(
            testDescription: "nothing asked",
            headers: [
                "access-control-allow-credentials": "true",
                "access-control-allow-methods": "GET,HEAD,PATCH,POST,PUT,DELETE",
                "access-control-allow-origin": "http://localhost:3000",
                "vary": "Access-Control-Request-Headers, Origin",
            ]),
        PreflightCase(
            testDescription: "fixed headers", policy: several, origin: "https://a.example.com",
            asked: "x-other",
            headers: [
                "access-control-allow-credentials": "true",
                "access-control-allow-headers": "Authorization,X-Team",
                "access-control-allow-methods": "GET,POST",
                "access-control-allow-origin": "https://a.example.com",
                "access-control-expose-headers": "Link", "access-control-max-age": "600",
                "vary": "Origin",
            ]),
        PreflightCase(
            testDescription: "all methods without credentials",
            policy: CORSPolicy(origins: ["http://localhost:3000"]),
            headers: [
                "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
                "access-control-allow-origin": "http://localhost:3000",
                "vary": "Access-Control-Request-Headers, Origin",
            ]),
        PreflightCase(
            testDescription: "foreign", origin: "http://evil.example.com", headers: nil),
        PreflightCase(testDescription: "no origin", origin: nil, headers: nil),
        PreflightCase(testDescription: "no CORS", policy: nil, headers: nil),
        PreflightCase(testDescription: "another method", method: .get, headers: nil),
    ])
    func `a preflight is answered to an origin that may call`(given: PreflightCase) {
        let asked = given.asked.map { [("Access-Control-Request-Headers", $0)] } ?? []
        let response = HTTPPolicy(cors: given.policy).preflight(
            head(given.method, origin: given.origin, asked))
        #expect((response == nil) == (given.headers == nil))
        guard let response, let headers = given.headers else { return }
        var found = names(response)
        #expect(response.status == 204)
        #expect(found.removeValue(forKey: "content-security-policy") != nil)
        #expect(found == Self.fixed.merging(headers) { $1 })
    }

    @Test(arguments: [
        ("https://{a,b}.example.com", "https://b.example.com", true),
        ("https://{a,b}.example.com", "https://c.example.com", false),
        ("HTTPS://Portal.Example.com", "https://portal.example.com", true),
        ("http://localhost:*", "http://localhost:3000", true),
        ("http://localhost:300?", "http://localhost:3000", true),
        ("http://localhost:300?", "http://localhost:300", false),
        ("https://*.example.com", "https://evil.com/.example.com", false),
        ("https://*-*.example.com", "https://a-b-c.example.com", true),
        ("https://*-*.example.com", "https://ab.example.com", false),
        ("https://*.example.com", "https://a.example.com.evil.com", false),
        ("*", "https://a.example.com", false),
        ("*://*", "https://a.example.com", true),
        ("", "https://a.example.com", false),
    ])
    func `an origin pattern stands for what it says`(
        pattern: String, origin: String, isAllowed: Bool
    ) {
        #expect(CORSPolicy(origins: [pattern]).allows(origin) == isAllowed)
    }

    // MARK: Requests and answers

    private func head(
        _ method: HTTPMethod, origin: String? = nil, _ more: [(String, String)] = []
    ) -> RequestHead {
        var headers = HTTPHeaders()
        if let origin { headers.add("Origin", origin) }
        for (name, value) in more { headers.add(name, value) }
        return RequestHead(method: method, target: "/api/catalog/entities", headers: headers)
    }

    private func names(_ response: InboundResponse) -> [String: String] {
        Dictionary(response.headers.pairs.map { ($0.name.lowercased(), $0.value) }) {
            $0 + "|" + $1
        }
    }
}
