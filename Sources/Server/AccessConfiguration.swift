import Access
import CatalogModel
import Crypto
import Outbound
import Routing
import Settings
import SignIn
import Values

/// Who may come in, as the configuration has it: `auth`, `backend.auth`, and the headers of answers.
struct AccessConfiguration: Sendable {
    var external: [ExternalToken]
    var allowsAnonymous: Bool
    var providers: [SignInProvider]
    var tokens: UserTokenSettings
    var answers: HTTPPolicy
}

extension AccessConfiguration {
    /// - Throws: the first ``Diagnostic``, with the place of the value that is wrong.
    init(_ settings: PortalSettings, backendURL: String) throws(Diagnostic) {
        external = try Self.external(settings)
        allowsAnonymous =
            try settings.bool("backend.auth.dangerouslyDisableDefaultAuthPolicy") ?? false
        providers = try Self.providers(settings)
        tokens = UserTokenSettings(
            issuer: "\(backendURL)/api/auth",
            lifetime: try settings.duration("auth.backstageTokenExpiration") ?? .seconds(3600),
            omitsOwnership: try settings.bool("auth.omitIdentityTokenOwnershipClaim") ?? true)
        answers = HTTPPolicy(
            contentPolicy: try Self.contentPolicy(settings), cors: try Self.cors(settings),
            referrer: try settings.string("backend.referrer.policy") ?? "no-referrer")
    }

    private static func fault(
        _ settings: PortalSettings, _ path: String, _ summary: String, remedy: String
    ) -> Diagnostic {
        let origin = settings.origin(of: path)
        return Diagnostic(
            "config.bad-value", file: origin?.file, at: origin?.place ?? .unknown, pointer: path,
            summary, remedy: remedy)
    }

    // MARK: Programs

    private static func external(_ settings: PortalSettings) throws(Diagnostic) -> [ExternalToken] {
        var tokens: [ExternalToken] = []
        for (index, entry) in settings.elements("backend.auth.externalAccess").enumerated() {
            let path = "backend.auth.externalAccess.\(index)"
            let restrictions = try restrictions(entry)
            // Early releases wrote `config` for `options`.
            let options = entry.has("options") ? "options" : "config"
            let subject = try entry.string("\(options).subject") ?? ""
            switch try entry.string("type") {
            case "static":
                guard let token = try entry.string("\(options).token"), !subject.isEmpty else {
                    throw fault(
                        settings, path, "a static token needs `token` and `subject`",
                        remedy: "write `options: {token: …, subject: …}`")
                }
                tokens.append(.fixed(Secret(token), subject: subject, restrictions: restrictions))
            case "legacy":
                guard let secret = try entry.string("\(options).secret"), !subject.isEmpty else {
                    throw fault(
                        settings, path, "a legacy token needs `secret` and `subject`",
                        remedy: "write `options: {secret: …, subject: …}`")
                }
                do throws(CryptoError) {
                    tokens.append(
                        try .legacy(
                            Secret(Base64.decodeLeniently(secret)), subject: subject,
                            restrictions: restrictions))
                } catch {
                    throw fault(
                        settings, path, "the secret cannot be used: \(error)",
                        remedy: "make one with `openssl rand -base64 32`")
                }
            case "jwks":
                throw fault(
                    settings, path, "tokens of the type `jwks` are not supported yet",
                    remedy: "use a static token until they are")
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
    private static func words(
        _ settings: PortalSettings, _ path: String
    ) throws(Diagnostic) -> [String]? {
        guard settings.has(path) else { return nil }
        return try settings.strings(path, allowsOne: true).flatMap {
            $0.split { $0 == " " || $0 == "," }.map(String.init)
        }
    }

    // MARK: People

    private static func providers(_ settings: PortalSettings) throws(Diagnostic) -> [SignInProvider]
    {
        var providers: [SignInProvider] = []
        let environment = try settings.string("auth.environment") ?? "development"
        if settings.has("auth.providers.guest") {
            let path = "auth.providers.guest"
            let isAllowed =
                try settings.bool("\(path).dangerouslyAllowOutsideDevelopment") ?? false
            let ownership =
                settings.has("\(path).ownershipEntityRefs")
                ? try settings.strings("\(path).ownershipEntityRefs") : nil
            let ref = try settings.string("\(path).userEntityRef")
            do throws(EntityRefError) {
                providers.append(
                    .guest(
                        try GuestProvider(
                            userEntityRef: ref, ownershipEntityRefs: ownership,
                            isAllowed: environment == "development" || isAllowed)))
            } catch {
                throw fault(
                    settings, "\(path).userEntityRef", error.message,
                    remedy: "write `userEntityRef: user:default/guest`")
            }
        }
        for provider in HeaderProvider.all where settings.has("auth.providers.\(provider.id)") {
            // Proxy-type providers have no environment level, and are taken with one too.
            let base = "auth.providers.\(provider.id)"
            let path =
                settings.has("\(base).\(environment).signIn") ? "\(base).\(environment)" : base
            providers.append(
                .header(
                    provider,
                    resolvers: try resolvers(settings, "\(path).signIn.resolvers", provider)))
        }
        return providers
    }

    private static func resolvers(
        _ settings: PortalSettings, _ path: String, _ provider: HeaderProvider
    ) throws(Diagnostic) -> [SignInResolver] {
        var resolvers: [SignInResolver] = []
        for (index, entry) in settings.elements(path).enumerated() {
            guard let name = try entry.string("resolver"), let rule = provider.rule(named: name)
            else {
                throw fault(
                    settings, "\(path).\(index)", "there is no such sign-in resolver",
                    remedy: "there are \(provider.ruleNames.joined(separator: ", "))")
            }
            let domains =
                entry.has("allowedDomains") ? try entry.strings("allowedDomains") : nil
            resolvers.append(
                SignInResolver(
                    rule, allowedDomains: domains,
                    allowsStrangers: try entry.bool("dangerouslyAllowSignInWithoutUserInCatalog")
                        ?? false))
        }
        return resolvers
    }

    // MARK: Answers

    private static func contentPolicy(
        _ settings: PortalSettings
    ) throws(Diagnostic) -> ContentPolicy {
        var policy = ContentPolicy()
        for (name, value) in settings.value("backend.csp")?.members ?? JSON.null.members {
            let key = name.string ?? ""
            if value.bool == false {
                policy.set(key, nil)
            } else {
                policy.set(key, try settings.strings("backend.csp.\(key)", allowsOne: true))
            }
        }
        return policy
    }

    private static func cors(_ settings: PortalSettings) throws(Diagnostic) -> CORSPolicy? {
        let path = "backend.cors"
        guard settings.has(path) else { return nil }
        func list(_ name: String) throws(Diagnostic) -> [String]? {
            settings.has("\(path).\(name)")
                ? try settings.strings("\(path).\(name)", allowsOne: true) : nil
        }
        return CORSPolicy(
            origins: try list("origin") ?? [], methods: try list("methods"),
            allowedHeaders: try list("allowedHeaders"),
            exposedHeaders: try list("exposedHeaders") ?? [],
            allowsCredentials: try settings.bool("\(path).credentials") ?? false,
            maxAgeSeconds: try settings.int("\(path).maxAge"))
    }
}
