import Access
import Crypto
import Settings
import Values

// Programs that may come in.
extension AccessConfiguration {
    /// The tokens of `backend.auth.externalAccess` and of the old `backend.auth.keys`.
    static func external(
        _ settings: PortalSettings, _ surroundings: Surroundings
    ) throws(Diagnostic) -> [ExternalToken] {
        var tokens: [ExternalToken] = []
        for (index, entry) in settings.elements("backend.auth.externalAccess").enumerated() {
            let path = "backend.auth.externalAccess.\(index)"
            // Early releases wrote `config` for `options`.
            let options = entry.section(entry.has("options") ? "options" : "config")
            let restrictions = try restrictions(entry)
            switch try entry.string("type") {
            case "static": tokens.append(try fixed(settings, path, options, restrictions))
            case "legacy": tokens.append(try legacy(settings, path, options, restrictions))
            case "jwks":
                let rules = try foreign(settings, path, options, surroundings)
                tokens.append(
                    .foreign(
                        rules, subjectPrefix: try options.string("subjectPrefix"),
                        restrictions: restrictions))
            default:
                throw fault(
                    settings, path, "the type of an external access is static, legacy or jwks",
                    remedy: "write `type: static`")
            }
        }
        for (index, entry) in settings.elements("backend.auth.keys").enumerated() {
            guard let secret = try entry.string("secret") else { continue }
            do throws(CryptoError) {
                tokens.append(try .oldKey(Secret(Base64.decodeLeniently(secret))))
            } catch {
                throw fault(
                    settings, "backend.auth.keys.\(index)", "the secret cannot be used: \(error)",
                    remedy: "make one with `openssl rand -base64 32`")
            }
        }
        return tokens
    }

    private static func fixed(
        _ settings: PortalSettings, _ path: String, _ options: PortalSettings,
        _ restrictions: [AccessRestriction]?
    ) throws(Diagnostic) -> ExternalToken {
        guard let token = try options.string("token"), let subject = try options.string("subject")
        else {
            throw fault(
                settings, path, "a static token needs `token` and `subject`",
                remedy: "write `options: {token: …, subject: …}`")
        }
        return .fixed(Secret(token), subject: subject, restrictions: restrictions)
    }

    private static func legacy(
        _ settings: PortalSettings, _ path: String, _ options: PortalSettings,
        _ restrictions: [AccessRestriction]?
    ) throws(Diagnostic) -> ExternalToken {
        guard let secret = try options.string("secret"), let subject = try options.string("subject")
        else {
            throw fault(
                settings, path, "a legacy token needs `secret` and `subject`",
                remedy: "write `options: {secret: …, subject: …}`")
        }
        do throws(CryptoError) {
            return try .legacy(
                Secret(Base64.decodeLeniently(secret)), subject: subject, restrictions: restrictions
            )
        } catch {
            throw fault(
                settings, path, "the secret cannot be used: \(error)",
                remedy: "make one with `openssl rand -base64 32`")
        }
    }

    private static func foreign(
        _ settings: PortalSettings, _ path: String, _ options: PortalSettings,
        _ surroundings: Surroundings
    ) throws(Diagnostic) -> ForeignTokens {
        guard let url = try options.string("url"),
            let keys = RemoteKeys(url, .set, client: surroundings.client, clock: surroundings.clock)
        else {
            throw fault(
                settings, path, "tokens of the type `jwks` need the address of their keys",
                remedy: "write `options: {url: https://issuer.example.com/keys}`")
        }
        var algorithms = TokenAlgorithm.ofPublicKeys
        if let named = try words(options, "algorithm") {
            algorithms = []
            for name in named {
                guard let algorithm = TokenAlgorithm(rawValue: name),
                    TokenAlgorithm.ofPublicKeys.contains(algorithm)
                else {
                    let known = TokenAlgorithm.ofPublicKeys.map(\.rawValue).sorted()
                    throw fault(
                        settings, path, "there is no algorithm `\(name)` for tokens",
                        remedy: "write one of \(known.joined(separator: ", "))")
                }
                algorithms.insert(algorithm)
            }
        }
        // As in Backstage, where such a token need not end.
        return ForeignTokens(
            keys: keys, algorithms: algorithms, issuers: try words(options, "issuer"),
            audiences: try words(options, "audience"), mustEnd: false)
    }

    private static func restrictions(
        _ entry: PortalSettings
    ) throws(Diagnostic) -> [AccessRestriction]? {
        guard entry.has("accessRestrictions") else { return nil }
        var found: [AccessRestriction] = []
        for restriction in entry.elements("accessRestrictions") {
            found.append(
                AccessRestriction(
                    plugin: try restriction.string("plugin") ?? "",
                    permissions: try words(restriction, "permission"),
                    actions: try words(restriction, "permissionAttribute.action")))
        }
        return found
    }

    /// A list of texts, or a text of words parted by blanks or commas; nil where there is none.
    static func words(
        _ settings: PortalSettings, _ path: String
    ) throws(Diagnostic) -> [String]? {
        guard settings.has(path) else { return nil }
        return try settings.strings(path, allowsOne: true).flatMap {
            $0.split { $0 == " " || $0 == "," }.map(String.init)
        }
    }
}
