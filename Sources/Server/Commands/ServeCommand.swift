import Access
import Browse
import Catalog
import CatalogModel
import Compression
import Files
import Glibc
import Inbound
import Jobs
import Outbound
import Portal
import Routing
import Settings
import SignIn
import Store
import Telemetry
import Values

/// `callboard serve`: runs the portal until it is told to stop.
struct ServeCommand: Command {
    private let files: [String]
    private let host: String?
    private let port: Int?
    private let log: Log
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "serve", summary: "Run the portal",
        details: [
            """
            Opens the database, brings its tables up to date, and answers at the configured
            address; then reads all sources and goes on watching them. A PostgreSQL server
            that is away is waited for. SIGTERM or Ctrl-C finishes what is under way, for 10
            seconds at most; a second Ctrl-C ends at once.
            """
        ],
        options: [
            .config,
            .init(
                name: "host", value: "HOST",
                help: "the address to listen on, instead of `backend.listen`"),
            .init(
                name: "port", value: "PORT", help: "the port to listen on; 0 for any that is free"),
            .init(
                name: "log-format", value: "FORMAT", choices: LogFormat.allCases.map(\.rawValue),
                standard: "readable", help: "how log lines are written"),
            .init(
                name: "log-level", value: "LEVEL", choices: LogLevel.allCases.map(\.name),
                standard: "info", help: "the least that is logged"),
        ],
        examples: [
            .init(
                line: "callboard serve --config Resources/demo/app-config.yaml",
                meaning: "the demo company, on http://localhost:7007"),
            .init(
                line:
                    "callboard serve --config app-config.yaml --config app-config.production.yaml",
                meaning: "as Backstage is started; the second file wins"),
        ],
        exits: [
            .init(status: 0, meaning: "stopped as it was told to"),
            .init(status: 2, meaning: "could not start; the last lines say why"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        host = arguments.value("host")
        if let text = arguments.value("port") {
            guard let port = Int(text), (0...65535).contains(port) else {
                throw UsageError(
                    message: "`--port` cannot be `\(text)`",
                    remedy: "write a number from 0 to 65535")
            }
            self.port = port
        } else {
            port = nil
        }
        log = Log(
            level: arguments.value("log-level").flatMap { LogLevel(name: $0) } ?? .info,
            clock: .system,
            sink: LogStream.standardOutput(
                format: arguments.value("log-format").flatMap(LogFormat.init) ?? .readable))
        self.context = context
    }

    func run() async -> CommandStatus {
        ProcessLimits.prepare()
        let signals = SignalWaiter()
        do {
            let (settings, configuration) = try context.configuration(
                files, host: host, port: port)
            log.info(
                "The configuration was read",
                [
                    "version": .string(callboardVersion),
                    "files": .string(settings.files.joined(separator: ", ")),
                    "database": .string(configuration.store.words),
                    "data_folder": .string(configuration.dataFolder ?? "none"),
                ])
            let database = try await DatabaseStart(
                location: configuration.store, log: log, isStopping: { signals.isAsked }
            ).run()
            guard let database else { return .done }
            let portal = try await Assembly.make(
                settings, configuration, database, context, log: log)
            return try await serve(portal, signals)
        } catch {
            context.complain(of: error)
        }
        return .impossible
    }

    private func serve(_ portal: Assembly, _ signals: SignalWaiter) async throws -> CommandStatus {
        let configuration = portal.configuration
        let executor = ServerExecutor(name: "handler", threads: 4)
        let start = try await portal.keeper.start()
        observeCatalog(portal.keeper.state, in: portal.metrics)
        portal.log.info(
            "The index is ready",
            [
                "entities": .int(start.entities), "revision": .int(Int(start.revision)),
                "from": .string(start.rebuilt.map { "the database: \($0)" } ?? "its image"),
            ])
        let router = portal.router()
        var inbound = InboundConfiguration(host: configuration.host, port: configuration.port)
        inbound.threads = 2
        inbound.tls = try portal.tls()
        let server = InboundServer(configuration: inbound, handler: router, executor: executor)
        let port = try server.start()
        portal.life.readiness = .ready
        let address =
            "\(configuration.encryption.scheme)://\(configuration.host):\(port)\(configuration.basePath)"
        portal.log.info("The portal is open", ["address": .string(address)])
        let schedule = portal.schedule()
        let ingestion = Task { await schedule.run(configuration.catalog.locations) }
        let upkeep = Task { await portal.upkeep().run() }
        await signals.wait()
        // Before it is said, so that no second signal is lost.
        signals.release()
        portal.log.info("Stopping; a second signal ends at once")
        portal.life.readiness = .stopping
        ingestion.cancel()
        upkeep.cancel()
        await server.stop(within: .seconds(10))
        await portal.leave()
        await portal.keeper.saveImage()
        await portal.database.close()
        portal.client.close()
        return .done
    }
}

extension Assembly {
    /// Everything that answers requests.
    func router() -> Router {
        let gzip = Gzip(level: 1)
        return Router(
            routes: features.flatMap(\.routes) + ownRoutes(), basePath: configuration.basePath,
            authenticator: authenticator,
            policy: SignedInPolicy(allowsAnonymous: access.allowsAnonymous),
            answers: access.answers, crossSite: crossSite, trust: configuration.trust, log: log,
            compress: { (try? gzip.compress($0)) ?? $0 }, errorPage: browse.errorPage,
            signInAddress: signInAddress, observe: RequestMetrics(metrics).count,
            reach: keeper.state.wait(reaching:))
    }

    /// What thins the history.
    func upkeep() -> HistoryUpkeep {
        HistoryUpkeep(
            database: database, rule: configuration.catalog.history, leases: leases, log: log,
            clock: .system)
    }

    /// Gives back what only one process may do, so that another goes on at once.
    func leave() async {
        do {
            try await leases?.leave()
        } catch {
            log.warning(
                "The leases could not be given back; another process takes them over in some seconds",
                ["error": .string(String(describing: error))])
        }
    }

    /// The certificate and the key that the portal speaks TLS with; nil where it does not.
    func tls() throws -> InboundConfiguration.TLS? {
        switch configuration.encryption {
        case .none: return nil
        case .configured(let tls): return tls
        case .ownCertificate:
            let addresses = [configuration.backendURL, configuration.appURL]
            let certificate = OwnCertificate(
                folder: replica.folder, addresses: addresses, clock: .system, log: log)
            return try certificate.tls()
        }
    }

    /// What reads the sources, now and later.
    func schedule() -> SourceSchedule {
        var options = SourceSchedule.Options()
        options.interval = configuration.catalog.interval
        return SourceSchedule(
            keeper: keeper, options: options, log: log, clock: .system,
            observe: SourceMetrics(metrics).count)
    }

    /// Where a person goes who asks for a page without having signed in; programs get a 401.
    @Sendable private func signInAddress(_ head: RequestHead) -> String? {
        guard head.method == .get || head.method == .head,
            head.headers["Accept"]?.contains("text/html") ?? false
        else { return nil }
        return "\(configuration.basePath)/sign-in?return=\(encodedSegment(head.target))"
    }

    private func ownRoutes() -> [Route] {
        [
            Route(.get, "/metrics", access: .open(because: "scrapers ask without credentials")) {
                [metrics] _ in
                .ready(
                    InboundResponse(
                        status: 200, headers: ["Content-Type": Metrics.mediaType],
                        body: .bytes(ByteBody(metrics.exposition))))
            }
        ]
    }
}
