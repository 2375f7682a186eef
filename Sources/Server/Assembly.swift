import Access
import Browse
import Catalog
import CatalogAPI
import CatalogModel
import Compression
import Files
import Inbound
import Jobs
import Markup
import Outbound
import Portal
import Routing
import Settings
import SignIn
import Store
import Telemetry
import Values

/// The parts of a running portal: the one place where they meet.
struct Assembly: Sendable {
    let configuration: PortalConfiguration
    let database: Database
    let keeper: CatalogKeeper
    /// Held, and with it the lock of the data folder, as long as the portal runs.
    let replica: Replica
    /// This process among those that share the database; nil with SQLite, which has one.
    let leases: LeaseHolder?
    let client: OutboundClient
    let access: AccessConfiguration
    let authenticator: TokenAuthenticator
    let crossSite: CrossSiteGuard
    let features: [Feature]
    let life: PortalLife
    let browse: BrowseFeature
    let metrics: Metrics
    let log: Log

    /// All tables, in the order in which they are made.
    static let migrations =
        [CatalogMigrations.set, AccessMigrations.set, JobsMigrations.set]
        + featureStorage.map(\.migrations)

    /// Brings the database's tables up to date and makes everything; reads no source yet.
    static func make(
        _ settings: PortalSettings, _ configuration: PortalConfiguration, _ database: Database,
        _ context: CommandContext, log: Log
    ) async throws -> Assembly {
        try await database.migrate(migrations)
        let workingFolder = context.workingFolder
        let replica = Replica(dataFolder: configuration.dataFolder, log: log)
        let leases = database.engine == .postgres ? replica.leases(database) : nil
        let client = OutboundClient()
        let reader = SourceReader(
            roots: roots(configuration, workingFolder), workingFolder: workingFolder,
            client: client,
            policy: OutboundPolicy(allowing: configuration.reading, and: configuration.hosts),
            hosts: configuration.hosts)
        var options = KeeperOptions()
        options.keepsOrphans = configuration.catalog.keepsOrphans
        options.rules = configuration.catalog.rules
        options.imagePath = configuration.imagePath
        let keeper = CatalogKeeper(
            database: database, bodies: BodyStore(database: database, codec: BodyCodec()),
            reader: reader, options: options, leases: leases, log: log, ids: .random,
            clock: .system)
        let metrics = Metrics()
        metrics.observeProcess()
        let access = try AccessConfiguration(
            settings, backendURL: configuration.backendURL,
            .init(client: client, clock: .system, environment: context.environment))
        for warning in access.warnings {
            log.warning("The configuration is not safe", ["reason": .string(warning)])
        }
        let keys = SigningKeys(
            database: database, clock: .system, ids: .random, lifetime: access.tokens.lifetime)
        let sessions = Sessions(database: database, clock: .system)
        let life = PortalLife()
        let crossSite = CrossSiteGuard(
            ownOrigins: [configuration.backendURL, configuration.appURL].map {
                WebAddress($0)?.origin
            }, trust: configuration.trust)
        let signIn = signInServices(
            configuration, access, crossSite, keeper, keys, sessions, database, life, log)
        let authenticator = TokenAuthenticator(
            external: access.external, keys: keys, sessions: sessions, database: database,
            clock: .system)
        let catalog = CatalogServices(
            keeper: keeper, isReadonly: configuration.catalog.isReadonly,
            policy: SignedInPolicy(allowsAnonymous: access.allowsAnonymous),
            authenticator: authenticator, hosts: configuration.hosts)
        let navigation = Navigation()
        let browse = BrowseFeature(
            BrowseServices(
                keeper: keeper,
                frame: PageFrame(
                    title: configuration.title, basePath: configuration.basePath,
                    navigation: navigation, account: account(configuration.basePath)),
                clock: .system,
                actions: BrowseActions(
                    database: database, policy: catalog.policy, crossSite: crossSite,
                    cookies: PortalCookies(
                        basePath: configuration.basePath,
                        isSecure: WebAddress(configuration.backendURL)?.scheme == "https"),
                    isReadonly: catalog.isReadonly),
                workingFolder: workingFolder,
                offers: access.providers.map {
                    SignInOffer(
                        title: $0.title, action: SignInForm.action(provider: $0.id),
                        returnField: SignInForm.returnField)
                }))
        let features = portalFeatures(catalog, signIn, browse)
        navigation.fill(features)
        return Assembly(
            configuration: configuration, database: database, keeper: keeper, replica: replica,
            leases: leases, client: client, access: access, authenticator: authenticator,
            crossSite: crossSite, features: features, life: life, browse: browse, metrics: metrics,
            log: log)
    }

    /// The entries of the person's menu.
    private static func account(_ basePath: String) -> @Sendable (RouteRequest) -> [Menu.Item] {
        let action = Links(basePath: basePath).to("sign-out")
        return { _ in [Menu.Item("Sign out", icon: .signOut, .post(action, fields: []))] }
    }

    private static func signInServices(
        _ configuration: PortalConfiguration, _ access: AccessConfiguration,
        _ crossSite: CrossSiteGuard, _ keeper: CatalogKeeper, _ keys: SigningKeys,
        _ sessions: Sessions,
        _ database: Database, _ life: PortalLife, _ log: Log
    ) -> SignInServices {
        let backend = WebAddress(configuration.backendURL)
        return SignInServices(
            providers: access.providers, people: CatalogPeople(state: keeper.state),
            issuer: TokenIssuer(
                settings: access.tokens, keys: keys, database: database, clock: .system),
            keys: keys, sessions: sessions,
            addresses: SignInServices.Addresses(
                backend: configuration.backendURL, host: backend?.host ?? "localhost",
                isSecure: backend?.scheme == "https", basePath: configuration.basePath),
            crossSite: crossSite, plugins: ["auth", "catalog"], readiness: { life.readiness },
            log: log)
    }

    /// The folders that files may be read in: the working folder, and those of configured files.
    private static func roots(
        _ configuration: PortalConfiguration, _ workingFolder: String
    ) -> [FileRoot] {
        var paths = [workingFolder]
        for (location, _) in configuration.catalog.locations where location.type == "file" {
            let fixed = location.target.split(separator: "/").prefix {
                !$0.contains { "*?[{".contains($0) }
            }
            let folder = "/" + fixed.dropLast().joined(separator: "/")
            let isInside = paths.contains { folder == $0 || folder.hasPrefix("\($0)/") }
            if !isInside { paths.append(folder) }
        }
        var roots: [FileRoot] = []
        for path in paths {
            // A folder that is not there now gives its diagnostic when it is read.
            if let root = try? FileRoot(path) { roots.append(root) }
        }
        return roots
    }
}
