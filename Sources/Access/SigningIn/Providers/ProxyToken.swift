import Crypto
import Telemetry

extension ForeignTokens {
    /// The claims of a token that a proxy sent.
    ///
    /// - Parameters:
    ///   - source: where it stood, for messages, such as the name of a header.
    ///   - allowsFilling: see `Token`.
    /// - Throws: ``SignInFault``, with the reason.
    func proven(
        _ text: String, from source: String, allowsFilling: Bool = false, at now: Instant
    ) async throws(SignInFault) -> (token: Token, claims: TokenClaims) {
        let token: Token
        do throws(TokenFault) {
            token = try Token(text, allowsFilling: allowsFilling)
        } catch {
            throw .unproven("\(source) proves nothing: \(error.description)")
        }
        do throws(Fault) {
            return (token, try await claims(of: token, at: now))
        } catch {
            switch error {
            case .refused(let reason): throw .unproven("\(source) proves nothing: \(reason)")
            case .unavailable(let reason): throw .unavailable(reason)
            }
        }
    }
}

extension ProxyRequest {
    /// The value of a header that the proxy never leaves out.
    func required(_ name: String, of proxy: String) throws(SignInFault) -> String {
        guard let value = header(name) else {
            throw .unproven("\(proxy) sent no header \(name); was the portal asked directly?")
        }
        return value
    }
}
