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
    }

    let proof: Proof
    let service: Principal.Service

    /// A fixed token (`type: static`).
    ///
    /// - Parameter restrictions: what it may do; nil for everything.
    package static func fixed(
        _ token: Secret, subject: String, restrictions: [AccessRestriction]? = nil
    ) -> ExternalToken {
        let hash = token.withBytes { SHA256.hash([UInt8]($0)) }
        return ExternalToken(
            proof: .same(hash),
            service: .init(subject: "external:\(subject)", restrictions: restrictions))
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
            service: .init(subject: "external:\(subject)", restrictions: restrictions))
    }

    /// The secret of an entry of the old list `backend.auth.keys`, which names no subject.
    package static func oldKey(_ secret: Secret) throws(CryptoError) -> ExternalToken {
        try legacy(secret, subject: "backstage-plugin")
    }

    /// The subject of every token that is signed with a shared secret.
    static let legacyUser = "backstage-server"
}
