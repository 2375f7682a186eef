import Access
import CatalogModel
import Settings
import SignIn
import Values

// People who may come in.
extension AccessConfiguration {
    /// The configured ways to sign in, in the order of the sign-in page, and what an operator should
    /// know of them.
    static func providers(
        _ settings: PortalSettings, _ surroundings: Surroundings
    ) throws(Diagnostic) -> (providers: [SignInProvider], warnings: [String]) {
        var providers: [SignInProvider] = []
        var warnings: [String] = []
        let environment = try settings.string("auth.environment") ?? "development"
        if let guest = try guest(settings, environment) { providers.append(guest) }
        for id in proxies {
            let base = "auth.providers.\(id)"
            guard settings.has(base) else { continue }
            // Proxy-type providers have no environment level, and are taken with one too.
            let path =
                settings.has("\(base).\(environment).signIn") ? "\(base).\(environment)" : base
            var reader = ProxyReader(
                id: id, path: path, settings: settings, surroundings: surroundings)
            let provider = try reader.provider()
            warnings += reader.warnings
            providers.append(
                .header(
                    provider,
                    resolvers: try resolvers(settings, "\(path).signIn.resolvers", provider)))
        }
        return (providers, warnings)
    }

    private static func guest(
        _ settings: PortalSettings, _ environment: String
    ) throws(Diagnostic) -> SignInProvider? {
        let path = "auth.providers.guest"
        guard settings.has(path) else { return nil }
        let isAllowed = try settings.bool("\(path).dangerouslyAllowOutsideDevelopment") ?? false
        let ownership =
            settings.has("\(path).ownershipEntityRefs")
            ? try settings.strings("\(path).ownershipEntityRefs") : nil
        let ref = try settings.string("\(path).userEntityRef")
        do throws(EntityRefError) {
            return .guest(
                try GuestProvider(
                    userEntityRef: ref, ownershipEntityRefs: ownership,
                    isAllowed: environment == "development" || isAllowed))
        } catch {
            throw fault(
                settings, "\(path).userEntityRef", error.message,
                remedy: "write `userEntityRef: user:default/guest`")
        }
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

    /// The providers that stand before the portal, by their ids.
    private static let proxies = [
        "oauth2Proxy", "awsalb", "gcpIap", "gcp-iap", "cfaccess", "azureEasyAuth", "easyAuth",
    ]
}

/// Reads the configuration of one provider that stands before the portal.
private struct ProxyReader {
    let id: String
    /// Where it is configured.
    let path: String
    let settings: PortalSettings
    let surroundings: AccessConfiguration.Surroundings
    private(set) var warnings: [String] = []

    init(
        id: String, path: String, settings: PortalSettings,
        surroundings: AccessConfiguration.Surroundings
    ) {
        self.id = id
        self.path = path
        self.settings = settings
        self.surroundings = surroundings
    }

    mutating func provider() throws(Diagnostic) -> HeaderProvider {
        let clock = surroundings.clock
        switch id {
        case "awsalb": return try awsALB()
        case "gcpIap", "gcp-iap":
            let audience = try required("audience", "/projects/1234/global/backendServices/5678")
            return .gcpIAP(
                id: id, audience: audience, header: try settings.string("\(path).jwtHeader"),
                keys: try keys(HeaderProvider.gcpIAPKeys, .set), clock: clock)
        case "cfaccess": return try cloudflare()
        case "azureEasyAuth", "easyAuth": return try azureEasyAuth()
        default: return .oauth2Proxy
        }
    }

    private mutating func awsALB() throws(Diagnostic) -> HeaderProvider {
        let issuer = try required("issuer", "https://example.okta.com/oauth2/default")
        guard let address = HeaderProvider.awsALBKeys(region: try required("region", "us-east-2"))
        else {
            throw fault(
                "region", "this is no name of a region of AWS", remedy: "write `region: us-east-2`")
        }
        let signer = try settings.string("\(path).signer")
        if signer == nil {
            warnings.append(
                "auth.providers.awsalb has no signer: whoever has a load balancer in the region can "
                    + "sign in as anybody; write its ARN")
        }
        return .awsALB(
            issuer: issuer, signer: signer, keys: try keys(address, .each),
            clock: surroundings.clock)
    }

    private mutating func cloudflare() throws(Diagnostic) -> HeaderProvider {
        let team = try required("teamName", "my-team")
        guard var cloudflare = CloudflareSettings(team: team) else {
            throw fault(
                "teamName", "this is no name of a team", remedy: "write `teamName: my-team`")
        }
        if let name = try text("jwtHeaderName", "customHeader") { cloudflare.header = name }
        if let name = try text("authorizationCookieName", "customCookieAuthName") {
            cloudflare.cookie = name
        }
        for entry in settings.elements("\(path).serviceTokens") {
            guard let token = try entry.string("token"), let subject = try entry.string("subject")
            else {
                throw fault(
                    "serviceTokens", "a service token needs `token` and `subject`",
                    remedy: "write `- {token: …, subject: bot@example.com}`")
            }
            cloudflare.serviceTokens.append(.init(token: token, subject: subject))
        }
        cloudflare.audiences = try audiences
        if let address = try ownKeys { cloudflare.moved(to: address) }
        return .cloudflare(
            cloudflare, keys: try keys(cloudflare.keys, .set), client: surroundings.client,
            clock: surroundings.clock)
    }

    private mutating func azureEasyAuth() throws(Diagnostic) -> HeaderProvider {
        guard let address = try ownKeys else {
            if let missing = HeaderProvider.azureEasyAuthFault(surroundings.environment) {
                throw AccessConfiguration.fault(
                    settings, path, "\(missing), so its headers prove nothing",
                    remedy: "write `callboard.signIn.\(id)` with `keys` and `audience`")
            }
            return .azureEasyAuth(id: id, tokens: nil, clock: surroundings.clock)
        }
        guard let audiences = try audiences else {
            throw AccessConfiguration.fault(
                settings, "callboard.signIn.\(id).keys",
                "without an audience the tokens of every application would count",
                remedy: "write `audience` beside it: the application's client id")
        }
        let tokens = ForeignTokens(keys: try keys(address, .set), audiences: audiences)
        return .azureEasyAuth(id: id, tokens: tokens, clock: surroundings.clock)
    }

    // MARK: Values

    private var ownKeys: String? {
        get throws(Diagnostic) { try settings.string("callboard.signIn.\(id).keys") }
    }

    private var audiences: [String]? {
        get throws(Diagnostic) {
            try AccessConfiguration.words(settings, "callboard.signIn.\(id).audience")
        }
    }

    private mutating func keys(
        _ address: String, _ form: RemoteKeys.Form
    ) throws(Diagnostic) -> RemoteKeys {
        let address = try ownKeys ?? address
        guard
            let keys = RemoteKeys(
                address, form, client: surroundings.client, clock: surroundings.clock)
        else {
            throw AccessConfiguration.fault(
                settings, "callboard.signIn.\(id).keys", "`\(address)` is no address of keys",
                remedy: "write `keys: https://keys.example.com/jwks`")
        }
        return keys
    }

    /// A text by either of two names; the second one is what the schema of Backstage says.
    private func text(_ name: String, _ other: String) throws(Diagnostic) -> String? {
        if let text = try settings.string("\(path).\(name)") { return text }
        return try settings.string("\(path).\(other)")
    }

    private func required(_ name: String, _ example: String) throws(Diagnostic) -> String {
        guard let text = try settings.string("\(path).\(name)") else {
            throw AccessConfiguration.fault(
                settings, path, "`\(path).\(name)` is missing",
                remedy: "write `\(name): \(example)`")
        }
        return text
    }

    private func fault(_ name: String, _ summary: String, remedy: String) -> Diagnostic {
        AccessConfiguration.fault(settings, "\(path).\(name)", summary, remedy: remedy)
    }
}
