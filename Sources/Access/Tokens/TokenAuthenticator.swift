import Crypto
package import Store
package import Telemetry

/// Says who asks by the tokens that the portal knows: its own user tokens, those of programs
/// outside, the session cookie, and the user cookie where a route takes it.
///
/// Answers at once from what it remembers; a signature is checked once for each token. What only
/// the database knows (keys of other processes, ownership, sessions) is `.later`. Reasons of
/// refusals never contain any part of a token.
package final class TokenAuthenticator: Authenticator {
    /// The types of the portal's own tokens, as their headers name them.
    enum UserTokenType: String {
        case full = "vnd.backstage.user"
        case limited = "vnd.backstage.limited-user"
    }

    /// How long what the database said about ownership is believed.
    private static let freshness: Duration = .seconds(60)

    private let external: [ExternalToken]
    private let foreign: [(access: ExternalToken, tokens: ForeignTokens)]
    private let keys: SigningKeys
    private let sessions: Sessions
    private let database: Database
    private let clock: Clock
    private let remembered = RememberedPrincipals()

    /// - Parameters:
    ///   - external: the tokens of programs; of those of issuers elsewhere the first that fits counts.
    ///   - keys: which the portal's own tokens are signed with.
    package init(
        external: [ExternalToken], keys: SigningKeys, sessions: Sessions, database: Database,
        clock: Clock
    ) {
        self.external = external
        foreign = external.compactMap { access in
            if case .foreign(let tokens) = access.proof { (access, tokens) } else { nil }
        }
        self.keys = keys
        self.sessions = sessions
        self.database = database
        self.clock = clock
    }

    /// A bearer token counts before a cookie; a header of another scheme is passed over.
    package func authenticate(_ credentials: Credentials) -> Authentication {
        if let header = credentials.authorization {
            switch BearerHeader(header) {
            case .token(let text): return bearer(text)
            case .malformed: return .refused("there is no token after Bearer")
            case .other: break
            }
        }
        if let text = credentials.userCookie { return user(text, .limited) }
        if let text = credentials.cookie { return sessions.authenticate(text) }
        return .known(.anonymous)
    }

    private func bearer(_ text: String) -> Authentication {
        guard text.utf8.count <= Token.limitBytes else {
            return .refused(TokenFault.tooLong.description)
        }
        let hash = SHA256.hash(text)
        // Every one is compared, so that the time tells nothing about which is nearest.
        var fixed: Principal.Service?
        for token in external {
            if case .same(let known) = token.proof, areEqualInConstantTime(known, hash),
                fixed == nil
            {
                fixed = token.service()
            }
        }
        if let fixed { return .known(.service(fixed)) }
        do throws(TokenFault) {
            let token = try Token(text)
            if token.header.alg == TokenAlgorithm.hs256.rawValue { return legacy(token, hash) }
            let isOwn = token.header.typ.flatMap(UserTokenType.init) != nil
            return isOwn || foreign.isEmpty ? user(text, .full) : foreign(token, hash)
        } catch {
            return .refused(error.description)
        }
    }

    // MARK: Legacy tokens

    private func legacy(_ token: Token, _ hash: [UInt8]) -> Authentication {
        let now = clock.now
        if let entry = remembered.find(hash, at: now) { return .known(entry.principal) }
        let claims: TokenClaims
        do throws(TokenClaims.Fault) {
            claims = try TokenClaims(token)
            guard claims.subject == ExternalToken.legacyUser, claims.audience == nil else {
                return .refused("the token is not for this service")
            }
            try claims.check(at: now)
        } catch {
            return .refused(error.reason)
        }
        for candidate in external {
            guard case .signed(let verifier) = candidate.proof,
                (try? verifier.verify(token.text)) != nil
            else { continue }
            let end = claims.expiresAt ?? now.adding(.seconds(3600))
            remembered.remember(
                .init(principal: .service(candidate.service()), freshUntil: end, end: end),
                for: hash)
            return .known(.service(candidate.service()))
        }
        return .refused("the token was signed with a secret that is not known here")
    }

    // MARK: Foreign tokens

    /// How long a foreign token is believed without a look at its issuer's keys.
    private static let foreignFreshness: Duration = .seconds(600)

    private func foreign(_ token: Token, _ hash: [UInt8]) -> Authentication {
        if let entry = remembered.find(hash, at: clock.now) { return .known(entry.principal) }
        return .later { [self] in await ask(foreign, token, hash) }
    }

    /// The first of the configured issuers that the token is of, as in Backstage.
    private func ask(
        _ issuers: [(access: ExternalToken, tokens: ForeignTokens)], _ token: Token,
        _ hash: [UInt8]
    ) async -> Authentication {
        let now = clock.now
        var refusals: [String] = []
        var unavailable: String?
        for (access, tokens) in issuers {
            do throws(ForeignTokens.Fault) {
                let claims = try await tokens.claims(of: token, at: now)
                guard let subject = claims.subject, Self.isName(subject) else {
                    throw .refused("the token names no subject")
                }
                let principal = Principal.service(access.service(subject))
                let fresh = now.adding(Self.foreignFreshness)
                let end = claims.expiresAt.map { min($0, fresh) } ?? fresh
                remembered.remember(
                    .init(principal: principal, freshUntil: end, end: end), for: hash)
                return .known(principal)
            } catch {
                if case .unavailable(let reason) = error { unavailable = reason }
                refusals.append(error.reason)
            }
        }
        if let unavailable { return .unavailable(unavailable) }
        // With several issuers nobody knows which was meant.
        return .refused(
            refusals.count == 1 ? refusals.joined() : "the token is of no issuer that is known here"
        )
    }

    /// Whether a subject can stand in the log and in the history.
    private static func isName(_ subject: String) -> Bool {
        (1...512).contains(subject.utf8.count)
            && subject.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }

    // MARK: User tokens

    private func user(_ text: String, _ type: UserTokenType) -> Authentication {
        // The type is part of what is remembered: a limited token is none where full ones are asked
        // for, whatever was found out about it elsewhere.
        let hash = SHA256.hash("\(type.rawValue) \(text)")
        let now = clock.now
        if let entry = remembered.find(hash, at: now) {
            guard entry.freshUntil <= now else { return .known(entry.principal) }
            return .later { [self] in await refresh(entry, hash) }
        }
        let token: Token
        let claims: UserClaims
        do {
            token = try Token(text)
            claims = try UserClaims(token, type, at: now)
        } catch {
            return .refused(Self.reason(error))
        }
        guard let key = keys.verification(named: claims.keyID) else {
            return .later { [self] in await learn(token, claims, hash) }
        }
        return check(token, claims, by: key, hash)
    }

    /// What a user token says, of the right type and at the right time, still unproven.
    private struct UserClaims {
        let keyID: String
        let ref: String
        let ownership: [String]?
        let end: Instant

        init(_ token: Token, _ type: UserTokenType, at now: Instant) throws {
            guard token.header.typ == type.rawValue, let keyID = token.header.kid else {
                throw TokenClaims.Fault(reason: "the token is of a type that is not taken here")
            }
            let claims = try TokenClaims(token)
            guard let ref = claims.subject, !ref.isEmpty, claims.issuedAt != nil,
                let end = claims.expiresAt
            else { throw TokenClaims.Fault(reason: "the token lacks a claim") }
            guard type == .limited || claims.audience?.contains("backstage") == true else {
                throw TokenClaims.Fault(reason: "the token is not for this service")
            }
            try claims.check(at: now)
            self.keyID = keyID
            self.ref = ref
            self.end = end
            ownership = claims.ownership
        }
    }

    private func learn(_ token: Token, _ claims: UserClaims, _ hash: [UInt8]) async
        -> Authentication
    {
        do {
            try await keys.learn()
        } catch {
            return .unavailable("the keys of tokens cannot be read from the database now")
        }
        guard let key = keys.verification(named: claims.keyID) else {
            return .refused(TokenFault.unknownKey(nil).description)
        }
        let authentication = check(token, claims, by: key, hash)
        guard case .later(let ask) = authentication else { return authentication }
        return await ask()
    }

    private func check(
        _ token: Token, _ claims: UserClaims, by key: VerificationKey, _ hash: [UInt8]
    ) -> Authentication {
        do throws(TokenFault) {
            _ = try TokenVerifier(keys: [key], algorithms: [.es256]).verify(token.text)
        } catch {
            return .refused(error.description)
        }
        if let ownership = claims.ownership {
            let principal = Principal.user(.init(ref: claims.ref, ownership: ownership))
            remembered.remember(
                .init(principal: principal, freshUntil: claims.end, end: claims.end), for: hash)
            return .known(principal)
        }
        let bare = Principal.User(ref: claims.ref, ownership: [claims.ref])
        let entry = RememberedPrincipals.Entry(
            principal: .user(bare), freshUntil: clock.now, end: claims.end)
        return .later { [self] in await refresh(entry, hash) }
    }

    /// Reads through what the user owns things, and remembers it for a while.
    ///
    /// Where the database cannot say, what was known before goes on to count.
    private func refresh(_ entry: RememberedPrincipals.Entry, _ hash: [UInt8]) async
        -> Authentication
    {
        guard case .user(let user) = entry.principal else { return .known(entry.principal) }
        let now = clock.now
        let found = try? await database.read {
            try AccessQueries.ownership($0, of: user.ref, at: now)
        }
        let principal = Principal.user(
            .init(ref: user.ref, ownership: (found ?? nil) ?? user.ownership))
        remembered.remember(
            .init(principal: principal, freshUntil: now.adding(Self.freshness), end: entry.end),
            for: hash)
        return .known(principal)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let fault as TokenFault: fault.description
        case let fault as TokenClaims.Fault: fault.reason
        default: "the token could not be read"
        }
    }
}
