import Access
import Browse
import Catalog
import CatalogModel
import Compression
import Files
import Glibc
import Inbound
import Outbound
import Portal
import Routing
import Settings
import SignIn
import Store
import Telemetry
import Values

/// `callboard serve`: runs the portal until it is told to stop.
struct ServeCommand: Sendable {
    var files: [String]
    var logFormat: LogFormat
    var environment: [String: String]
    var workingFolder: String

    /// - Returns: the exit status.
    func run() async -> Int32 {
        let log = Log(
            level: .info, clock: .system, sink: LogStream.standardOutput(format: logFormat))
        let settings: PortalSettings
        let configuration: PortalConfiguration
        do throws(SettingsFailure) {
            settings = try PortalSettings.load(
                SettingsInput(
                    files: files, environment: environment, workingFolder: workingFolder))
        } catch {
            for diagnostic in error.diagnostics { Console.complain(diagnostic.report()) }
            return 1
        }
        do throws(Diagnostic) {
            configuration = try PortalConfiguration(settings, workingFolder: workingFolder)
        } catch {
            Console.complain(error.report())
            return 1
        }
        do {
            let portal = try await Assembly.make(
                settings, configuration, workingFolder: workingFolder, log: log)
            return try await serve(portal)
        } catch {
            Console.complain("callboard: \(error)")
            return 1
        }
    }

    private func serve(_ portal: Assembly) async throws -> Int32 {
        let signals = SignalWaiter()
        let configuration = portal.configuration
        let executor = ServerExecutor(name: "handler", threads: 4)
        let start = try await portal.keeper.start()
        portal.log.info(
            "The index is ready",
            [
                "entities": .int(start.entities), "revision": .int(Int(start.revision)),
                "from": .string(start.rebuilt.map { "the database: \($0)" } ?? "its image"),
            ])
        let router = portal.router()
        var inbound = InboundConfiguration(host: configuration.host, port: configuration.port)
        inbound.threads = 2
        let server = InboundServer(configuration: inbound, handler: router, executor: executor)
        let port = try server.start()
        portal.life.readiness = .ready
        portal.log.info(
            "The portal is open",
            ["address": .string("http://\(configuration.host):\(port)\(configuration.basePath)")])
        let ingestion = Task { await portal.ingest() }
        await signals.wait()
        portal.log.info("Stopping")
        portal.life.readiness = .stopping
        ingestion.cancel()
        await server.stop(within: .seconds(10))
        await portal.keeper.saveImage()
        await portal.database.close()
        portal.client.close()
        return 0
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
            answers: access.answers, crossSite: crossSite, log: log,
            compress: { (try? gzip.compress($0)) ?? $0 }, errorPage: browse.errorPage)
    }

    private func ownRoutes() -> [Route] {
        [
            Route(.get, "/metrics", access: .open(because: "scrapers ask without credentials")) {
                [metrics] _ in
                .ready(
                    InboundResponse(
                        status: 200, headers: ["Content-Type": Metrics.mediaType],
                        body: .bytes(ByteBody(metrics.exposition))))
            },
        ]
    }

    /// Reads all sources, then goes on reading what changes.
    func ingest() async {
        do {
            let sources = try await keeper.setConfigured(configuration.catalog.locations)
            for source in sources + keeper.sources.filter({ $0.origin == .registered }) {
                await read(source)
            }
            await keeper.saveImage()
        } catch {
            log.error("The sources could not be read", ["error": .string(String(describing: error))])
        }
    }

    private func read(_ source: Source) async {
        let begin = Clock.system.monotonic
        do {
            let report = try await keeper.refresh(source, author: "configuration")
            let duration = Clock.system.monotonic - begin
            log.info(
                "A location was read",
                [
                    "location": .string(source.location.text), "files": .int(report.files),
                    "unchanged": .int(report.unchanged), "entities": .int(report.put),
                    "removed": .int(report.removed),
                    "problems": .int(report.problems.count + report.unreached.count),
                    "seconds": .double(duration / .seconds(1)),
                ])
        } catch {
            log.error(
                "A location could not be read",
                [
                    "location": .string(source.location.text),
                    "error": .string(String(describing: error)),
                ])
        }
    }
}
