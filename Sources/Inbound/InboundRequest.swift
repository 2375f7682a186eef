/// What a request says before its body, checked by the gate and otherwise as it was sent.
package struct RequestHead: Sendable {
    package let method: HTTPMethod
    /// Path and query as sent: visible ASCII, begins with `/`, or is `*` for OPTIONS.
    package let target: String
    /// The target before its first `?`, still percent-encoded.
    package let path: String
    /// What follows the first `?`, still encoded; empty where there is none.
    package let query: String
    package let headers: HTTPHeaders
    /// The address of the caller's socket, such as `127.0.0.1` or `::1`; empty on a Unix socket.
    ///
    /// Behind a proxy this is the proxy.
    package let peer: String
    /// Names this request in log lines and in the answer; never taken from the caller.
    package let id: String
    /// Whether this server itself spoke TLS with the caller.
    package let isSecure: Bool

    /// Builds a head without a server, for tests and for calls within the process.
    package init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], peer: String = "",
        id: String = "", isSecure: Bool = false
    ) {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        self.method = method
        self.target = target
        path = mark.map { String(target[..<$0]) } ?? target
        query = mark.map { String(target[target.utf8.index(after: $0)...]) } ?? ""
        self.headers = headers
        self.peer = peer
        self.id = id
        self.isSecure = isSecure
    }
}

/// A whole request: nothing of it is still to come.
package struct InboundRequest: Sendable {
    package let head: RequestHead
    /// The body as sent, without the framing of a chunked one; never longer than its limit.
    package let body: [UInt8]

    package init(head: RequestHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}

/// How much body a request may bring.
package struct BodyLimit: Sendable, Equatable {
    /// The largest body in bytes, inclusive.
    package let bytes: Int

    package init(bytes: Int) {
        self.bytes = max(0, bytes)
    }

    /// No body at all.
    package static let none = BodyLimit(bytes: 0)
}
