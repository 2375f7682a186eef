package import Inbound

/// The headers that every answer gets, and the answers to CORS preflights, as Backstage's
/// middleware has them.
///
/// A pure value of the configuration. Pages of our own (answers of `text/html`) get a stricter
/// content policy. What an answer sets itself is left as it is.
package struct HTTPPolicy: AnswerPolicy {
    private let cors: CORSPolicy?
    private let fixed: [(name: String, value: String)]
    private let apiContentPolicy: String
    private let pageContentPolicy: String

    /// - Parameters:
    ///   - contentPolicy: from `backend.csp`.
    ///   - cors: from `backend.cors`; nil where it is not configured or false.
    ///   - referrer: `backend.referrer.policy`, several joined by commas.
    package init(
        contentPolicy: ContentPolicy = ContentPolicy(), cors: CORSPolicy? = nil,
        referrer: String = "no-referrer"
    ) {
        self.cors = cors
        apiContentPolicy = contentPolicy.headerValue
        pageContentPolicy = contentPolicy.forPages.headerValue
        fixed = [
            ("Referrer-Policy", referrer),
            // 180 days; over plain HTTP browsers pass it over.
            ("Strict-Transport-Security", "max-age=15552000; includeSubDomains"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-DNS-Prefetch-Control", "off"),
            ("X-Download-Options", "noopen"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Permitted-Cross-Domain-Policies", "none"),
            ("X-XSS-Protection", "0"),
        ]
    }

    /// Answers every OPTIONS request of an origin that may call, whatever it asks for; those of
    /// other origins are requests like any other.
    package func preflight(_ head: RequestHead) -> InboundResponse? {
        guard head.method == .options, let cors, let origin = head.headers["Origin"],
            cors.allows(origin)
        else { return nil }
        var response = InboundResponse.empty(204)
        cors.addPreflight(to: &response.headers, for: head)
        finish(&response, for: head)
        return response
    }

    /// Adds security headers, and those of CORS where the page's origin may read the answer.
    package func finish(_ response: inout InboundResponse, for head: RequestHead) {
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        let isPage = type.hasPrefix("text/html")
        add("Content-Security-Policy", isPage ? pageContentPolicy : apiContentPolicy, &response)
        // Without a referrer browsers send forms with `Origin: null`, which no check can tell from
        // that of a foreign page.
        if isPage { add("Referrer-Policy", "same-origin", &response) }
        for (name, value) in fixed { add(name, value, &response) }
        guard let cors, let origin = head.headers["Origin"], cors.allows(origin) else { return }
        cors.add(to: &response.headers, for: origin)
    }

    private func add(_ name: String, _ value: String, _ response: inout InboundResponse) {
        if !value.isEmpty, response.headers[name] == nil { response.headers.add(name, value) }
    }
}

/// What a browser may load into an answer: `Content-Security-Policy`.
package struct ContentPolicy: Sendable, Equatable {
    /// A directive and its sources; none for a directive that takes none.
    package struct Directive: Sendable, Equatable {
        package let name: String
        package let sources: [String]
    }

    private var directives: [Directive]

    /// Backstage's directives: those of its middleware, with `unsafe-eval` for its web app.
    package init() {
        directives = [
            Directive(name: "default-src", sources: ["'self'"]),
            Directive(name: "base-uri", sources: ["'self'"]),
            Directive(name: "font-src", sources: ["'self'", "https:", "data:"]),
            Directive(name: "frame-ancestors", sources: ["'self'"]),
            Directive(name: "img-src", sources: ["'self'", "data:"]),
            Directive(name: "object-src", sources: ["'none'"]),
            Directive(name: "script-src", sources: ["'self'", "'unsafe-eval'"]),
            Directive(name: "script-src-attr", sources: ["'none'"]),
            Directive(name: "style-src", sources: ["'self'", "https:", "'unsafe-inline'"]),
            Directive(name: "upgrade-insecure-requests", sources: []),
        ]
    }

    /// Sets a directive in its place, or adds it at the end.
    ///
    /// nil (`false` in `backend.csp`) removes it. What may not stand in the header is left out.
    package mutating func set(_ name: String, _ sources: [String]?) {
        let place = directives.firstIndex { $0.name == name }
        guard let sources, Self.isPlain(name) else {
            if let place { directives.remove(at: place) }
            return
        }
        let directive = Directive(name: name, sources: sources.filter(Self.isPlain))
        if let place { directives[place] = directive } else { directives.append(directive) }
    }

    /// The sources of a directive; nil where there is none.
    package func sources(of name: String) -> [String]? {
        directives.first { $0.name == name }?.sources
    }

    /// The header's value; empty where no directive is left.
    package var headerValue: String {
        directives.map { ([$0.name] + $0.sources).joined(separator: " ") }
            .joined(separator: ";")
    }

    /// The policy of our own pages, which need next to nothing: where pictures come from, who may
    /// frame them and whether to upgrade is the configuration's.
    var forPages: ContentPolicy {
        var pages = ContentPolicy()
        pages.directives = [
            Directive(name: "default-src", sources: ["'none'"]),
            Directive(name: "base-uri", sources: ["'none'"]),
            Directive(name: "connect-src", sources: ["'self'"]),
            Directive(name: "font-src", sources: ["'self'"]),
            Directive(name: "form-action", sources: ["'self'"]),
            Directive(name: "manifest-src", sources: ["'self'"]),
            Directive(name: "script-src", sources: ["'self'"]),
            Directive(name: "style-src", sources: ["'self'"]),
        ]
        for name in ["frame-ancestors", "frame-src", "img-src", "upgrade-insecure-requests"] {
            if let sources = sources(of: name) { pages.set(name, sources) }
        }
        return pages
    }

    /// Visible ASCII without what separates directives and policies.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",")
            }
    }
}
