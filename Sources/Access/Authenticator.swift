/// What a request brought to say who asks.
package struct Credentials: Sendable {
    /// The `Authorization` header.
    package let authorization: String?
    /// The session cookie's value.
    package let cookie: String?
    /// The value of ``UserCookie/name``; only from requests for routes that take it, such as the
    /// files of a documentation site, elsewhere nil.
    package let userCookie: String?

    package init(authorization: String?, cookie: String?, userCookie: String? = nil) {
        self.authorization = authorization
        self.cookie = cookie
        self.userCookie = userCookie
    }
}

/// What is made of credentials.
package enum Authentication: Sendable {
    case known(Principal)
    /// They are wrong or expired; the reason is for the log and the answer.
    case refused(String)
    /// What would say so cannot be reached now; the reason is for the log and the answer.
    case unavailable(String)
    /// Another service has to be asked.
    case later(@Sendable () async -> Authentication)
}

/// Says who asks, quickly: what costs a signature check is remembered.
package protocol Authenticator: Sendable {
    func authenticate(_ credentials: Credentials) -> Authentication
}

/// The token of an `Authorization` header.
package enum BearerHeader: Sendable, Equatable {
    case token(String)
    /// The scheme is Bearer, but there is not exactly one token.
    case malformed
    /// Of another scheme: it is not meant for the portal, but for a proxy before it.
    case other

    /// Reads a header such as `Bearer abc`; the scheme in any case, any number of blanks.
    package init(_ header: String) {
        let words = header.split { $0 == " " || $0 == "\t" }
        guard words.first?.lowercased() == "bearer" else {
            self = .other
            return
        }
        self = words.count == 2 ? .token(String(words[1])) : .malformed
    }
}

/// The cookie with which a browser fetches what a page embeds, such as the pictures of a
/// documentation site; the routes that take it are few.
package enum UserCookie {
    package static let name = "backstage-auth"
}
