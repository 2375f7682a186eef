package import Crypto
import Telemetry
import Values

/// A token of a program outside, as `backend.auth.externalAccess` and `backend.auth.keys` name them.
package struct ExternalToken: Sendable {
    /// How its bearer proves to have it.
    enum Proof: Sendable {
        /// By the SHA-256 of the token itself, which is compared in constant time.
        case same([UInt8])
        /// By a token of HS256 that was signed with the shared secret.
        case signed(TokenVerifier)
        /// By a token of an issuer elsewhere, which also names its subject.
        case foreign(ForeignTokens)
    }

    let proof: Proof
    /// As whom the bearer acts; for a foreign token its own subject comes after it.
    let subject: String
    /// nil: everything is allowed.
    let restrictions: [AccessRestriction]?

    /// A fixed token (`type: static`).
    ///
    /// - Parameter restrictions: what it may do; nil for everything.
    package static func fixed(
        _ token: Secret, subject: String, restrictions: [AccessRestriction]? = nil
    ) -> ExternalToken {
        let hash = token.withBytes { SHA256.hash([UInt8]($0)) }
        return ExternalToken(
            proof: .same(hash), subject: "external:\(subject)", restrictions: restrictions)
    }

    /// A shared secret that tokens are signed with (`type: legacy`).
    ///
    /// - Parameter secret: decoded; configurations have it in base64.
    package static func legacy(
        _ secret: Secret, subject: String, restrictions: [AccessRestriction]? = nil
    ) throws(CryptoError) -> ExternalToken {
        let key = try VerificationKey(sharedSecret: secret, id: nil)
        return ExternalToken(
            proof: .signed(TokenVerifier(keys: [key], algorithms: [.hs256])),
            subject: "external:\(subject)", restrictions: restrictions)
    }

    /// Tokens of an issuer elsewhere (`type: jwks`).
    ///
    /// - Parameter subjectPrefix: what comes before their own subjects, so that those of two issuers
    ///   cannot be the same; nil for nothing.
    package static func foreign(
        _ tokens: ForeignTokens, subjectPrefix: String?, restrictions: [AccessRestriction]? = nil
    ) -> ExternalToken {
        ExternalToken(
            proof: .foreign(tokens),
            subject: "external:" + (subjectPrefix.map { "\($0):" } ?? ""),
            restrictions: restrictions)
    }

    /// The secret of an entry of the old list `backend.auth.keys`, which names no subject.
    package static func oldKey(_ secret: Secret) throws(CryptoError) -> ExternalToken {
        try legacy(secret, subject: "backstage-plugin")
    }

    /// As whom the bearer acts.
    ///
    /// - Parameter own: the subject that a foreign token names.
    func service(_ own: String = "") -> Principal.Service {
        Principal.Service(subject: subject + own, restrictions: restrictions)
    }

    /// The subject of every token that is signed with a shared secret.
    static let legacyUser = "backstage-server"
}
