import Catalog
import CatalogModel
import Files
import Outbound
import Settings
import Store
import Telemetry
import Values

extension CommandContext {
    /// Why there is no catalog to work on; nil where there is one.
    ///
    /// Opening would make a database where there is none.
    func whyNoCatalog(_ store: StoreLocation) -> String? {
        switch store {
        case .postgres: return nil
        case .sqliteTemporary:
            return "the configuration has no lasting database"
                + "\n  name one: `backend: {database: {connection: {directory: ./data}}}`"
        case .sqliteFile(let path):
            let names = path.split(separator: "/")
            let folder = "/" + names.dropLast().joined(separator: "/")
            guard let name = names.last, let root = try? FileRoot(folder),
                (try? root.stamp(of: String(name))) != nil
            else {
                return
                    "there is no database \(shown(path))\n  `callboard serve` makes it; is the "
                    + "configuration the portal's own?"
            }
            return nil
        }
    }

    /// Lets the body work on the portal's catalog, and says what is in its way.
    ///
    /// On the embedded database the portal has to be stopped; on PostgreSQL this is one more
    /// process beside it.
    ///
    /// - Parameter files: those of the command line; empty for the usual ones.
    func withCatalog(
        _ files: [String], _ body: (CatalogKeeper) async throws -> CommandStatus
    ) async -> CommandStatus {
        let settings: PortalSettings
        let configuration: PortalConfiguration
        do {
            (settings, configuration) = try self.configuration(files)
        } catch {
            complain(of: error)
            return .impossible
        }
        if let why = whyNoCatalog(configuration.store) {
            console.complain("callboard: \(why)")
            return .impossible
        }
        let database: Database
        do { database = try await Database.open(configuration.store) } catch {
            console.complain(
                "callboard: the database cannot be opened\n  \(error)\n  "
                    + "While the portal runs, its page of problems and its API do the same.")
            return .impossible
        }
        let status: CommandStatus
        do {
            let portal = try await Assembly.make(
                settings, configuration, database, self,
                log: Log(level: .error, clock: .system, sink: ComplainingSink(console: console)))
            _ = try await portal.keeper.start()
            status = try await body(portal.keeper)
            await portal.leave()
            portal.client.close()
        } catch {
            console.complain("callboard: it could not be done\n  \(error)")
            status = .impossible
        }
        await database.close()
        return status
    }
}

/// Log lines of a command: what went wrong is said to whoever typed it.
private struct ComplainingSink: LogSink {
    let console: Console

    func take(_ entry: LogEntry) { console.complain("callboard: \(entry.message)") }
}
