package import Access
package import Inbound

/// What someone needs who asks a route.
///
/// A route without it does not compile.
package enum RouteAccess: Sendable {
    /// Everyone, also without credentials.
    case open(because: StaticString)
    /// Whoever signed in, or a service.
    case signedIn
    /// Whom the policy allows the permission, conditionally or not; the handler applies the
    /// condition by the request's decision.
    case permission(Permission)
    /// Whoever signed in; the request's decision says what of it they may see, which may be
    /// nothing. As in Backstage someone who may not read finds nothing rather than a refusal.
    case reading(Permission)
}

/// One address: what is answered there, to whom.
package struct Route: Sendable {
    package let method: HTTPMethod
    /// Segments that start at `/`; `{name}` takes one segment, `{name...}` at the end takes the
    /// rest.
    package let pattern: String
    package let access: RouteAccess
    package let bodyLimit: BodyLimit
    package let handler: @Sendable (RouteRequest) throws -> RouteReply

    /// - Parameter bodyLimit: how large a body may be, in bytes.
    package init(
        _ method: HTTPMethod, _ pattern: String, access: RouteAccess,
        bodyLimit: BodyLimit = .none,
        handler: @escaping @Sendable (RouteRequest) throws -> RouteReply
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.bodyLimit = bodyLimit
        self.handler = handler
    }

    /// The plugin in whose name it answers: `catalog` for `/api/catalog/…`; empty for pages.
    package var plugin: String {
        let segments = pattern.split(separator: "/", maxSplits: 2)
        return segments.count >= 2 && segments[0] == "api" ? String(segments[1]) : ""
    }

    /// The address with its parameters filled in, each percent-encoded.
    package func path(_ parameters: String...) -> String {
        var rest = parameters[...]
        return pattern.split(separator: "/").reduce("") { path, segment in
            guard segment.hasPrefix("{") else { return "\(path)/\(segment)" }
            return "\(path)/\(encodedSegment(rest.popFirst() ?? ""))"
        }
    }
}

/// A request with what the router found out about it.
package struct RouteRequest: Sendable {
    package let head: RequestHead
    package let body: [UInt8]
    /// The pattern's parameters, decoded.
    package let parameters: [String: String]
    package let query: QueryItems
    package let principal: Principal
    /// What the policy said to the route's permission; `allow` where the route names none.
    package let decision: Decision
    /// Under which the portal is mounted: empty, or such as `/portal`.
    package let basePath: String
    /// The host that the caller asked for, with its port; nil where that is not known.
    package let host: String?

    /// Reads the query from the head; everything else is taken as it is.
    package init(
        head: RequestHead, body: [UInt8], parameters: [String: String], principal: Principal,
        decision: Decision, basePath: String, host: String? = nil
    ) {
        self.head = head
        self.body = body
        self.parameters = parameters
        query = head.queryItems
        self.principal = principal
        self.decision = decision
        self.basePath = basePath
        self.host = host
    }

    /// A parameter of the pattern.
    package func parameter(_ name: String) -> String { parameters[name] ?? "" }
}

/// How a route answers.
package enum RouteReply: Sendable {
    /// At once, from memory: the handler runs on the server's own thread, so it may take
    /// microseconds and wait for nothing.
    case ready(InboundResponse)
    case later(@Sendable () async throws -> InboundResponse)
}

/// A path segment with everything but unreserved characters percent-encoded (RFC 3986, 2.3).
package func encodedSegment(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            out.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            out += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
    }
    return out
}
