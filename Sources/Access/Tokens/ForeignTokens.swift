package import Crypto
import Telemetry

/// What the tokens of one issuer elsewhere have to be to count here.
package struct ForeignTokens: Sendable {
    private let keys: RemoteKeys
    private let algorithms: Set<TokenAlgorithm>
    private let issuers: [String]?
    private let audiences: [String]?
    private let mustEnd: Bool

    /// Many proxies make a token in the moment in which they send it.
    private static let leeway: Duration = .seconds(30)

    /// Why a token does not count; the reason is for the log and the answer.
    enum Fault: Error {
        case refused(String)
        /// The issuer's keys cannot be had now.
        case unavailable(String)

        var reason: String {
            switch self {
            case .refused(let reason), .unavailable(let reason): reason
            }
        }
    }

    /// - Parameters:
    ///   - algorithms: how they may be signed; the key of each has to fit.
    ///   - issuers: of which `iss` has to be one; nil for any.
    ///   - audiences: of which one has to be in `aud`; nil for any.
    ///   - mustEnd: whether a token without `exp` is refused.
    package init(
        keys: RemoteKeys, algorithms: Set<TokenAlgorithm> = TokenAlgorithm.ofPublicKeys,
        issuers: [String]? = nil, audiences: [String]? = nil, mustEnd: Bool = true
    ) {
        self.keys = keys
        self.algorithms = algorithms
        self.issuers = issuers
        self.audiences = audiences
        self.mustEnd = mustEnd
    }

    /// The claims of a genuine token.
    ///
    /// They are looked at before the signature: a token that says itself that it does not count is
    /// not worth a request for keys.
    func claims(of token: Token, at now: Instant) async throws(Fault) -> TokenClaims {
        let claims: TokenClaims
        do throws(TokenClaims.Fault) {
            claims = try TokenClaims(token)
            try claims.check(at: now, leeway: Self.leeway)
        } catch {
            throw .refused(error.reason)
        }
        if mustEnd, claims.expiresAt == nil { throw .refused("the token has no exp") }
        if let issuers, !issuers.contains(claims.issuer ?? "") {
            throw .refused("the token is of another issuer")
        }
        if let audiences, !(claims.audience ?? []).contains(where: audiences.contains) {
            throw .refused("the token is for another audience")
        }
        try await verify(token)
        return claims
    }

    private func verify(_ token: Token) async throws(Fault) {
        let named = token.header.alg
        guard let named, TokenAlgorithm(rawValue: named).map(algorithms.contains) ?? false else {
            throw .refused(TokenFault.algorithm(named).description)
        }
        let found: [VerificationKey]
        do throws(RemoteKeys.Fault) {
            found = try await keys.keys(for: token.header.kid)
        } catch {
            switch error {
            case .noSuchKey:
                throw .refused(TokenFault.unknownKey(token.header.kid).description)
            case .unavailable(let reason):
                throw .unavailable("the keys of the token cannot be fetched: \(reason)")
            }
        }
        do throws(TokenFault) {
            try TokenVerifier(keys: found, algorithms: algorithms).verify(token)
        } catch {
            throw .refused(error.description)
        }
    }
}
