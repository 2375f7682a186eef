/// What a request brought to say who asks.
package struct Credentials: Sendable {
    /// The `Authorization` header.
    package let authorization: String?
    /// The session cookie's value.
    package let cookie: String?

    package init(authorization: String?, cookie: String?) {
        self.authorization = authorization
        self.cookie = cookie
    }
}

/// What is made of credentials.
package enum Authentication: Sendable {
    case known(Principal)
    /// They are wrong or expired; the reason is for the log and the answer.
    case refused(String)
    /// Another service has to be asked.
    case later(@Sendable () async -> Authentication)
}

/// Says who asks. Quick: what costs a signature check is remembered.
package protocol Authenticator: Sendable {
    func authenticate(_ credentials: Credentials) -> Authentication
}
