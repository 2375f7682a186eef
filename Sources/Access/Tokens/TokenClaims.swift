import Crypto
import Telemetry
import Values

/// The claims of a token that are checked here.
struct TokenClaims {
    /// All of them, an object.
    let json: JSON
    let issuer: String?
    let subject: String?
    /// `aud`, which may be one text or several; nil where there is none.
    let audience: [String]?
    /// `ent` of Backstage's user tokens; nil where there is none.
    let ownership: [String]?
    let issuedAt: Instant?
    let expiresAt: Instant?
    private let notBefore: Instant?

    /// Why the claims of a token do not hold.
    struct Fault: Error {
        let reason: String
    }

    /// Reads the claims; those that are there have to be of the right type.
    init(_ token: Token) throws(Fault) {
        let limits = JSONLimits(bytes: Token.limitBytes, depth: 8)
        guard let claims = try? JSON.parse(token.payload, limits: limits), claims.kind == .object
        else { throw Fault(reason: "the token's claims are not a JSON object") }
        func time(_ name: String) throws(Fault) -> Instant? {
            guard let value = claims[name] else { return nil }
            guard let seconds = value.double, seconds.magnitude < 1e15 else {
                throw Fault(reason: "the token's \(name) is no time")
            }
            return Instant(seconds: Int64(seconds))
        }
        func texts(_ name: String) throws(Fault) -> [String]? {
            guard let value = claims[name] else { return nil }
            if let text = value.string { return [text] }
            let texts = value.elements.compactMap(\.string)
            guard value.kind == .array, texts.count == value.count else {
                throw Fault(reason: "the token's \(name) is no list of texts")
            }
            return texts
        }
        json = claims
        issuer = claims["iss"]?.string
        subject = claims["sub"]?.string
        audience = try texts("aud")
        ownership = try texts("ent")
        issuedAt = try time("iat")
        expiresAt = try time("exp")
        notBefore = try time("nbf")
    }

    /// A claim that is a text and not empty.
    func text(_ name: String) -> String? {
        guard let text = json[name]?.string, !text.isEmpty else { return nil }
        return text
    }

    /// Throws where the token's time is over, or has not come.
    ///
    /// - Parameter leeway: by how much the clock of who made it may be ahead of ours.
    func check(at now: Instant, leeway: Duration = .zero) throws(Fault) {
        if let expiresAt, expiresAt <= now { throw Fault(reason: "the token has expired") }
        if let notBefore, notBefore > now.adding(leeway) {
            throw Fault(reason: "the token is not valid yet")
        }
    }
}
