/// The members of a JSON Web Key that are used here; reading and writing its JSON is the caller's.
///
/// Numbers are in base64url without filling, most significant byte first.
package struct JWK: Sendable, Equatable {
    /// The type of key, `EC`, `RSA` or `OKP`; others are refused.
    package var kty: String
    /// The key's name, by which tokens refer to it.
    package var kid: String?
    /// The algorithm the key is for, if its owner says so, such as `ES256`.
    package var alg: String?
    /// What the key is for, if its owner says so: `sig`.
    package var use: String?
    /// The curve of an `EC` or `OKP` key.
    package var crv: String?
    /// The first coordinate of an `EC` key, or the whole of an `OKP` key.
    package var x: String?
    /// The second coordinate of an `EC` key.
    package var y: String?
    /// The modulus of an `RSA` key.
    package var n: String?
    /// The exponent of an `RSA` key.
    package var e: String?

    /// Makes a key of which only the type is known; set the rest member by member.
    package init(kty: String) {
        self.kty = kty
    }

    /// The members that are present, by their JSON names, for writing.
    package var members: [(name: String, value: String)] {
        let all = [
            ("kty", kty), ("kid", kid), ("alg", alg), ("use", use), ("crv", crv), ("x", x),
            ("y", y), ("n", n), ("e", e),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }

    /// The hash that names the key itself, in base64url (RFC 7638); nil where members are missing.
    package var thumbprint: String? {
        let named: [(String, String?)]
        switch kty {
        case "EC": named = [("crv", crv), ("kty", kty), ("x", x), ("y", y)]
        case "OKP": named = [("crv", crv), ("kty", kty), ("x", x)]
        case "RSA": named = [("e", e), ("kty", kty), ("n", n)]
        default: return nil
        }
        var parts: [String] = []
        for (name, value) in named {
            // What is neither base64url nor a known word would need JSON escapes.
            guard let value,
                value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
            else { return nil }
            parts.append("\"\(name)\":\"\(value)\"")
        }
        return Base64.encode(SHA256.hash("{\(parts.joined(separator: ","))}"), .url)
    }
}
