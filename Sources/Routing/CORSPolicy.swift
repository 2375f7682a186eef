import Inbound

/// Which other origins may call from a browser: `backend.cors`.
package struct CORSPolicy: Sendable {
    private let origins: [OriginPattern]
    private let methods: String
    private let allowedHeaders: String?
    private let exposedHeaders: String?
    private let allowsCredentials: Bool
    private let maxAge: String?

    /// - Parameters:
    ///   - origins: each an origin, or a pattern with `*`, `?` and `{a,b}`.
    ///   - methods: nil for all.
    ///   - allowedHeaders: nil for those that a preflight asks for.
    ///   - maxAgeSeconds: how long a browser may remember a preflight; nil for its own default.
    package init(
        origins: [String], methods: [String]? = nil, allowedHeaders: [String]? = nil,
        exposedHeaders: [String] = [], allowsCredentials: Bool = false, maxAgeSeconds: Int? = nil
    ) {
        self.origins = origins.flatMap(OriginPattern.all)
        self.methods = (methods ?? ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"])
            .joined(separator: ",")
        self.allowedHeaders = allowedHeaders?.joined(separator: ",")
        self.exposedHeaders =
            exposedHeaders.isEmpty ? nil : exposedHeaders.joined(separator: ",")
        self.allowsCredentials = allowsCredentials
        maxAge = maxAgeSeconds.map(String.init)
    }

    /// Whether an origin may call; `null`, which any sandboxed page has, never may.
    package func allows(_ origin: String) -> Bool {
        origin != "null" && origin.utf8.count <= 512
            && origins.contains { $0.matches(origin) }
    }

    /// The headers of an answer to an origin that may call.
    func add(to headers: inout HTTPHeaders, for origin: String) {
        headers.set("Access-Control-Allow-Origin", origin)
        headers.vary(by: "Origin")
        if allowsCredentials { headers.set("Access-Control-Allow-Credentials", "true") }
        if let exposedHeaders { headers.set("Access-Control-Expose-Headers", exposedHeaders) }
    }

    /// What the answer to a preflight has besides.
    func addPreflight(to headers: inout HTTPHeaders, for head: RequestHead) {
        headers.set("Access-Control-Allow-Methods", methods)
        if let allowedHeaders {
            headers.set("Access-Control-Allow-Headers", allowedHeaders)
        } else {
            headers.vary(by: "Access-Control-Request-Headers")
            if let asked = head.headers["Access-Control-Request-Headers"] {
                headers.set("Access-Control-Allow-Headers", asked)
            }
        }
        if let maxAge { headers.set("Access-Control-Max-Age", maxAge) }
    }
}

/// An origin in which `*` stands for any number of characters but a slash, and `?` for one; letters
/// match in either case.
struct OriginPattern: Sendable {
    private let pattern: [UInt8]

    /// The patterns of a text with `{a,b}` alternatives; at most 64.
    static func all(_ text: String) -> [OriginPattern] {
        var expanded: [String] = []
        var open = [text]
        while let text = open.popLast(), expanded.count + open.count < 64 {
            guard let start = text.firstIndex(of: "{"),
                let end = text[start...].firstIndex(of: "}")
            else {
                expanded.append(text)
                continue
            }
            let parts = text[text.index(after: start)..<end].split(
                separator: ",", omittingEmptySubsequences: false)
            open += parts.map { "\(text[..<start])\($0)\(text[text.index(after: end)...])" }
        }
        return expanded.map { OriginPattern(pattern: Array($0.lowercased().utf8)) }
    }

    func matches(_ origin: String) -> Bool {
        let text = Array(origin.lowercased().utf8)
        var at = 0
        var next = 0
        /// Where the last star stands, and how far what it stands for reaches.
        var star: (at: Int, reach: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = (next, at)
                next += 1
            } else if next < pattern.count,
                pattern[next] == text[at]
                    || pattern[next] == UInt8(ascii: "?") && text[at] != UInt8(ascii: "/")
            {
                at += 1
                next += 1
            } else if let last = star, text[last.reach] != UInt8(ascii: "/") {
                star = (last.at, last.reach + 1)
                at = last.reach + 1
                next = last.at + 1
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension HTTPHeaders {
    /// Adds a name to the one `Vary` field; some readers look at the first field only.
    fileprivate mutating func vary(by name: String) {
        set("Vary", (all("Vary") + [name]).joined(separator: ", "))
    }
}
