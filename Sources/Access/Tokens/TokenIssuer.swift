package import Crypto
package import Store
package import Telemetry
import Values

/// What tokens of users are like.
package struct UserTokenSettings: Sendable {
    /// `iss`: the address under which the auth API is reached, without a slash at the end.
    package let issuer: String
    /// `auth.backstageTokenExpiration`, held between 10 minutes and 24 hours as Backstage does.
    package let lifetime: Duration
    /// Whether `ent` is left out (`auth.omitIdentityTokenOwnershipClaim`).
    ///
    /// The recorded Backstage does so unless it is set to false; the database keeps in either case
    /// through what the user owns things.
    package let omitsOwnership: Bool

    package init(
        issuer: String, lifetime: Duration = .seconds(3600), omitsOwnership: Bool = true
    ) {
        self.issuer = issuer
        self.lifetime = min(max(lifetime, .seconds(600)), .seconds(86_400))
        self.omitsOwnership = omitsOwnership
    }
}

/// A token that was made for a user.
package struct IssuedToken: Sendable {
    package let token: Secret
    package let user: Principal.User
    package let issuedAt: Instant
    package let expiresAt: Instant

    /// How long it lasts, in whole seconds.
    package var lifetimeSeconds: Int { Int(clamping: expiresAt.seconds &- issuedAt.seconds) }
}

/// Makes user tokens in Backstage's form.
package final class TokenIssuer: Sendable {
    package let settings: UserTokenSettings
    private let keys: SigningKeys
    private let database: Database
    private let clock: Clock

    package init(
        settings: UserTokenSettings, keys: SigningKeys, database: Database, clock: Clock
    ) {
        self.settings = settings
        self.keys = keys
        self.database = database
        self.clock = clock
    }

    /// Makes a token for a user who proved to be one, and keeps the user's ownership for as long as
    /// the token lasts.
    ///
    /// Throws ``TokenFault`` where the token would be longer than any is read (32 KiB), `StoreError`
    /// where the database cannot keep what it has to.
    package func issue(for user: Principal.User) async throws -> IssuedToken {
        let key = try await keys.present()
        // Tokens count whole seconds; what the database keeps ends no earlier than they do.
        let now = clock.now
        let issuedAt = Instant(seconds: now.seconds)
        let expiresAt = issuedAt.adding(settings.lifetime)
        let proof = try limited(user.ref, from: issuedAt, until: expiresAt, by: key)
        var claims = JSONWriter(capacity: 512)
        claims.raw(#"{"iss":"#)
        claims.string(settings.issuer)
        claims.raw(#","sub":"#)
        claims.string(user.ref)
        if !settings.omitsOwnership {
            claims.raw(#","ent":"#)
            claims.strings(user.ownership)
        }
        claims.raw(#","aud":"backstage","iat":"#)
        claims.integer(Int(issuedAt.seconds))
        claims.raw(#","exp":"#)
        claims.integer(Int(expiresAt.seconds))
        claims.raw(#","uip":"#)
        claims.string(Base64.encode(proof.signature, .url))
        claims.raw("}")
        let token = try Token.signed(
            claims.bytes, type: TokenAuthenticator.UserTokenType.full.rawValue, with: key)
        try await database.write {
            try AccessQueries.keepOwnership($0, of: user, until: expiresAt, at: now)
        }
        return IssuedToken(
            token: Secret(token.text), user: user, issuedAt: issuedAt, expiresAt: expiresAt)
    }

    /// Makes the limited token for the user cookie out of a user token that was found genuine; nil
    /// where it is no token of this user.
    package func limited(from token: String, of user: Principal.User) async throws -> IssuedToken? {
        guard let token = try? Token(token), let claims = try? TokenClaims(token),
            token.header.typ == TokenAuthenticator.UserTokenType.full.rawValue,
            claims.subject == user.ref, let expiresAt = claims.expiresAt
        else { return nil }
        let issuedAt = Instant(seconds: clock.now.seconds)
        let limited = try limited(
            user.ref, from: issuedAt, until: expiresAt, by: try await keys.present())
        return IssuedToken(
            token: Secret(limited.text), user: user, issuedAt: issuedAt, expiresAt: expiresAt)
    }

    /// The three claims in this order: the signature stands in full tokens as `uip`, and whoever
    /// writes the claims again has to get the same bytes.
    private func limited(
        _ ref: String, from issuedAt: Instant, until expiresAt: Instant, by key: SigningKey
    ) throws(TokenFault) -> Token {
        var claims = JSONWriter(capacity: 128)
        claims.raw(#"{"sub":"#)
        claims.string(ref)
        claims.raw(#","iat":"#)
        claims.integer(Int(issuedAt.seconds))
        claims.raw(#","exp":"#)
        claims.integer(Int(expiresAt.seconds))
        claims.raw("}")
        return try Token.signed(
            claims.bytes, type: TokenAuthenticator.UserTokenType.limited.rawValue, with: key)
    }
}
