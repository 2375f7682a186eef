import Access
import Outbound
import Routing
import Settings
import SignIn
import Telemetry
import Values

/// Who may come in, as the configuration has it: `auth`, `backend.auth`, and the headers of answers.
struct AccessConfiguration: Sendable {
    var external: [ExternalToken]
    var allowsAnonymous: Bool
    var providers: [SignInProvider]
    var tokens: UserTokenSettings
    var answers: HTTPPolicy
    /// What an operator should know of it, for the log.
    var warnings: [String]

    /// What it needs of the world.
    struct Surroundings: Sendable {
        /// Fetches the keys of others; not when the configuration is read.
        let client: OutboundClient
        let clock: Clock
        /// The environment variables.
        let environment: [String: String]
    }
}

extension AccessConfiguration {
    /// - Throws: the first ``Diagnostic``, with the place of the value that is wrong.
    init(
        _ settings: PortalSettings, backendURL: String, _ surroundings: Surroundings
    ) throws(Diagnostic) {
        external = try Self.external(settings, surroundings)
        allowsAnonymous =
            try settings.bool("backend.auth.dangerouslyDisableDefaultAuthPolicy") ?? false
        (providers, warnings) = try Self.providers(settings, surroundings)
        tokens = UserTokenSettings(
            issuer: "\(backendURL)/api/auth",
            lifetime: try settings.duration("auth.backstageTokenExpiration") ?? .seconds(3600),
            omitsOwnership: try settings.bool("auth.omitIdentityTokenOwnershipClaim") ?? true)
        answers = HTTPPolicy(
            contentPolicy: try Self.contentPolicy(settings), cors: try Self.cors(settings),
            referrer: try settings.string("backend.referrer.policy") ?? "no-referrer")
    }

    static func fault(
        _ settings: PortalSettings, _ path: String, _ summary: String, remedy: String
    ) -> Diagnostic {
        let origin = settings.origin(of: path)
        return Diagnostic(
            "config.bad-value", file: origin?.file, at: origin?.place ?? .unknown, pointer: path,
            summary, remedy: remedy)
    }

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
