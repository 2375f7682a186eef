package import Crypto
package import Store
package import Telemetry

/// The sign-ins of the portal's own pages.
///
/// The browser holds a random value in a cookie, the database its hash with the user. A session
/// ends by signing out or after a fixed time; another replica learns of it within a minute. May be
/// used from any thread.
package final class Sessions: Sendable {
    /// How long what the database said is believed.
    private static let freshness: Duration = .seconds(60)

    /// A session that was begun.
    package struct Begun: Sendable {
        /// The cookie's value.
        package let value: Secret
        package let expiresAt: Instant
    }

    private let database: Database
    private let clock: Clock
    private let lifetime: Duration
    private let remembered = RememberedPrincipals()

    /// - Parameter lifetime: how long one stays signed in.
    package init(database: Database, clock: Clock, lifetime: Duration = .seconds(12 * 3600)) {
        self.database = database
        self.clock = clock
        self.lifetime = lifetime
    }

    /// Begins a session of a user who proved to be one.
    package func begin(for user: Principal.User) async throws -> Begun {
        let value = Base64.encode(randomBytes(32), .url)
        let hash = SHA256.hash(value)
        let now = clock.now
        let end = now.adding(lifetime)
        try await database.write {
            try AccessQueries.begin($0, hash, of: user, until: end, at: now)
        }
        remember(user, until: end, hash)
        return Begun(value: Secret(value), expiresAt: end)
    }

    /// Ends the session of a cookie's value, if there is one.
    package func end(_ value: String) async throws {
        let hash = SHA256.hash(value)
        remembered.forget(hash)
        try await database.write { try AccessQueries.end($0, hash) }
        // Whoever read it meanwhile may have remembered it again.
        remembered.forget(hash)
    }

    /// Whose session it is; nobody's, not a refusal, where it has ended: a browser keeps sending
    /// such a cookie, also for what is open to all.
    func authenticate(_ value: String) -> Authentication {
        // 32 bytes in base64url, as `begin` makes them.
        guard value.utf8.count == 43 else { return .known(.anonymous) }
        let hash = SHA256.hash(value)
        let now = clock.now
        let entry = remembered.find(hash, at: now)
        if let entry, entry.freshUntil > now { return .known(entry.principal) }
        return .later { [self] in await find(hash, remembered: entry) }
    }

    private func find(_ hash: [UInt8], remembered entry: RememberedPrincipals.Entry?) async
        -> Authentication
    {
        let now = clock.now
        do {
            let found = try await database.read { try AccessQueries.session($0, hash, at: now) }
            guard let found else {
                remembered.forget(hash)
                return .known(.anonymous)
            }
            remember(found.user, until: found.end, hash)
            return .known(.user(found.user))
        } catch {
            // A database that is away for a moment signs nobody out.
            guard let entry else {
                return .refused("the session could not be read from the database")
            }
            return .known(entry.principal)
        }
    }

    private func remember(_ user: Principal.User, until end: Instant, _ hash: [UInt8]) {
        let fresh = min(clock.now.adding(Self.freshness), end)
        remembered.remember(
            .init(principal: .user(user), freshUntil: fresh, end: end), for: hash)
    }
}
