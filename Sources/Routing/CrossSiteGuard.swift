package import Inbound

/// Tells whether a request that changes something was sent by a page of another site, which a
/// browser sends with the session cookie all the same.
///
/// Ask it for every form, and for every changing request that a cookie speaks for; who sends a
/// token proves enough by that.
package struct CrossSiteGuard: Sendable {
    private let ownOrigins: Set<String>
    private let trust: ProxyTrust

    /// - Parameters:
    ///   - ownOrigins: of the app and the back end, such as `https://portal.example.com`; nil for an
    ///     address that has none.
    ///   - trust: whose word is taken for the host that was asked for.
    package init(ownOrigins: [String?], trust: ProxyTrust = .nobody) {
        self.ownOrigins = Set(ownOrigins.compactMap { $0?.lowercased() })
        self.trust = trust
    }

    /// Whether the request comes from a page of our own, or changes nothing.
    ///
    /// Browsers say so by `Sec-Fetch-Site` where the connection is trustworthy, and by `Origin`
    /// everywhere; one that says neither is refused. The portal may be reached by other names than
    /// the configured ones: an origin that is the request's own host counts too.
    package func admits(_ head: RequestHead) -> Bool {
        switch head.method {
        case .get, .head, .options: return true
        case .post, .put, .patch, .delete: break
        }
        let origin = head.headers["Origin"]?.lowercased()
        if let origin, ownOrigins.contains(origin) { return true }
        if let site = head.headers["Sec-Fetch-Site"] {
            return site == "same-origin" || site == "none"
        }
        guard let origin, let host = trust.host(of: head)?.lowercased() else { return false }
        if let scheme = trust.scheme(of: head) { return origin == "\(scheme)://\(host)" }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Refuses what `admits` does not.
    package func check(_ head: RequestHead) throws(RequestFault) {
        guard !admits(head) else { return }
        throw RequestFault(
            .notAllowed,
            "the request was sent by a page of another site, or by a browser that does not say "
                + "which; open the portal itself and try again")
    }
}
