import Access
import CallboardTestSupport
import Crypto
import Store
import Telemetry
import Values

/// A portal's access over a fresh database, with a clock that stands still.
struct AccessFixture: Sendable {
    static let start = Instant(seconds: 1_800_000_000)

    let database: Database
    let time: ManualClock
    let keys: SigningKeys
    let issuer: TokenIssuer
    let sessions: Sessions
    let authenticator: TokenAuthenticator

    /// - Parameter like: another process on the same database, with the same clock.
    init(
        _ database: Database, like other: AccessFixture? = nil, omitsOwnership: Bool = true,
        lifetime: Duration = .seconds(3600), external: [ExternalToken] = []
    ) {
        self.database = database
        time = other?.time ?? ManualClock(Self.start)
        let ids = IDGenerator.seeded(other == nil ? 1 : 2)
        keys = SigningKeys(database: database, clock: time.clock, ids: ids, lifetime: lifetime)
        issuer = TokenIssuer(
            settings: UserTokenSettings(
                issuer: "http://localhost:7007/api/auth", lifetime: lifetime,
                omitsOwnership: omitsOwnership),
            keys: keys, database: database, clock: time.clock)
        sessions = Sessions(database: database, clock: time.clock)
        authenticator = TokenAuthenticator(
            external: external, keys: keys, sessions: sessions, database: database,
            clock: time.clock)
    }

    static let alice = Principal.User(
        ref: "user:default/alice", ownership: ["user:default/alice", "group:default/team-a"])

    func ask(
        header: String? = nil, cookie: String? = nil, userCookie: String? = nil
    ) async -> Answer {
        let credentials = Credentials(
            authorization: header, cookie: cookie, userCookie: userCookie)
        var authentication = authenticator.authenticate(credentials)
        if case .later(let ask) = authentication { authentication = await ask() }
        switch authentication {
        case .known(let principal): return .known(principal)
        case .refused: return .refused
        case .later, .unavailable: return .unsettled
        }
    }

    enum Answer: Equatable {
        case known(Principal)
        case refused
        case unsettled
    }
}

extension IssuedToken {
    var text: String { token.revealedText() ?? "" }

    /// A member of the claims.
    func claim(_ name: String) throws -> JSON? { try JSON.parse(Token(text).payload)[name] }
}

/// Signs claims as somebody would who has the key.
func forged(_ claims: String, type: String? = "vnd.backstage.user", by key: SigningKey) throws
    -> String
{
    try Token.signed(Array(claims.utf8), type: type, with: key).text
}
