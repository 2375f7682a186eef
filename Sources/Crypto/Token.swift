/// A signed token in its compact form, taken apart: `header.payload.signature`.
///
/// Parsing proves nothing; only `TokenVerifier` does. What the payload claims (issuer, audience,
/// expiry) is always the caller's to check.
package struct Token: Sendable {
    /// The longest token that is read or written, in bytes (Backstage's limit).
    package static let limitBytes = 32_768

    /// What the header says about verification.
    package let header: TokenHeader
    /// The header's JSON, decoded.
    package let headerBytes: [UInt8]
    /// The payload, decoded: for a JSON Web Token the JSON of its claims.
    package let payload: [UInt8]
    /// The signature, decoded.
    package let signature: [UInt8]
    /// The token as it came or goes.
    package let text: String
    /// How much of the text, in bytes, the signature is over.
    let signedCount: Int

    /// Takes a token apart, without believing it.
    ///
    /// Refused: what is longer than 32 KiB, has not three parts, is not strict base64url, or has a
    /// header that is not a plain JSON object. The payload may be any bytes.
    ///
    /// - Parameter allowsFilling: whether its parts may be filled with `=`, against the standard, as
    ///   load balancers of AWS write them.
    package init(_ text: String, allowsFilling: Bool = false) throws(TokenFault) {
        guard text.utf8.count <= Token.limitBytes else { throw .tooLong }
        let parts = Array(text.utf8).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        func decoded(_ part: ArraySlice<UInt8>) -> [UInt8]? {
            var digits = Array(part)
            if allowsFilling, digits.count.isMultiple(of: 4) {
                for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
            }
            return Base64.decode(digits, .url)
        }
        guard parts.count == 3, let headerBytes = decoded(parts[0]),
            let payload = decoded(parts[1]), let signature = decoded(parts[2])
        else { throw .malformed }
        guard let header = TokenHeader(json: headerBytes) else { throw .malformed }
        self.header = header
        self.headerBytes = headerBytes
        self.payload = payload
        self.signature = signature
        self.text = text
        signedCount = parts[0].count + 1 + parts[1].count
    }

    /// Signs a payload.
    ///
    /// The header has `typ` (if given), `alg` and `kid` (if the key has a name), in this order. The
    /// signature alone is of use too: Backstage's user token carries one of a smaller token as proof.
    package static func signed(
        _ payload: [UInt8], type: String?, with key: SigningKey
    ) throws(TokenFault) -> Token {
        let header = TokenHeader.json(
            type: type, algorithm: key.verification.algorithm, kid: key.id)
        let input =
            Base64.encode(Array(header.utf8), .url) + "." + Base64.encode(payload, .url)
        let signature: [UInt8]
        do {
            signature = try key.sign(Array(input.utf8))
        } catch {
            throw .unsigned(error)
        }
        return try Token(input + "." + Base64.encode(signature, .url))
    }
}

/// Why a token was refused, or could not be made.
package enum TokenFault: Error, Equatable, CustomStringConvertible {
    /// It has more than 32 KiB.
    case tooLong
    /// It is not three parts of base64url with a JSON header.
    case malformed
    /// It demands extensions (`crit`), of which none are known.
    case criticalExtension
    /// Its algorithm is missing, `none`, or not one that is accepted here; the token's word for it.
    case algorithm(String?)
    /// None of the keys at hand has its name; the key set may have to be read again.
    case unknownKey(String?)
    /// No key finds its signature genuine.
    case signature
    /// It could not be signed.
    case unsigned(CryptoError)

    package var description: String {
        switch self {
        case .tooLong: "The token has more than \(Token.limitBytes) bytes."
        case .malformed: "The token is not a signed token in compact form."
        case .criticalExtension: "The token demands an extension that is not known here."
        case .algorithm: "The token's algorithm is not accepted here."
        case .unknownKey: "The token was signed with a key that is not known here."
        case .signature: "The token's signature is wrong."
        case .unsigned(let error): "The token could not be signed. \(error)"
        }
    }
}

/// Verifies tokens with a set of keys.
///
/// May be used from any thread.
package struct TokenVerifier: Sendable {
    private let keys: [VerificationKey]
    private let algorithms: Set<TokenAlgorithm>

    /// Makes a verifier that accepts only the given algorithms, each with the keys made for it.
    package init(keys: [VerificationKey], algorithms: Set<TokenAlgorithm>) {
        self.keys = keys.filter { !algorithms.isDisjoint(with: $0.algorithms) }
        self.algorithms = algorithms
    }

    /// Verifies the signature of a token; its claims remain to be checked.
    ///
    /// The key is the one of the token's name and algorithm. Keys without a name are tried for every
    /// token, and all keys for a token without one, but not more than 8.
    package func verify(_ text: String) throws(TokenFault) -> Token {
        let token = try Token(text)
        try verify(token)
        return token
    }

    /// Verifies the signature of a token that was taken apart, as `verify` does one in text.
    package func verify(_ token: Token) throws(TokenFault) {
        guard !token.header.isCritical else { throw .criticalExtension }
        guard let named = token.header.alg, let algorithm = TokenAlgorithm(rawValue: named),
            algorithms.contains(algorithm)
        else { throw .algorithm(token.header.alg) }
        let kid = token.header.kid
        let fitting = keys.filter { kid == nil || $0.id == nil || $0.id == kid }
        guard !fitting.isEmpty else { throw .unknownKey(kid) }
        // A key of another algorithm is not used, whatever the token asks for.
        let candidates = fitting.filter { $0.algorithms.contains(algorithm) }.prefix(8)
        guard !candidates.isEmpty else { throw .algorithm(named) }
        // Over the bytes that came, never over something written anew.
        let input = Array(token.text.utf8.prefix(token.signedCount))
        guard
            candidates.contains(where: { $0.verifies(token.signature, of: input, with: algorithm) })
        else { throw .signature }
    }
}
