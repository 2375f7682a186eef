import CallboardTestSupport
import Catalog
import CatalogModel
import FoundationEssentials
import Store
import Telemetry
import Testing

@testable import Server

/// The commands about removals, on a database with a portal's catalog in it.
struct RemovalCommandTests {
    @Test func `what waits is listed, and goes on a word`() async throws {
        try await withTemporaryFolder { folder in
            let pattern = "\(folder)/files/*.yaml"
            try FileManager.default.createDirectory(
                atPath: "\(folder)/files", withIntermediateDirectories: true)
            try Self.write(
                """
                backend:
                  database: {client: better-sqlite3, connection: {directory: ./data}}
                  auth: {dangerouslyDisableDefaultAuthPolicy: true}
                catalog: {locations: [{type: file, target: './files/*.yaml'}]}
                """, "\(folder)/app-config.yaml")
            for file in ["a", "b"] {
                try Self.write(
                    (0..<60).map { component("\(file)\($0)") }.joined(separator: "---\n"),
                    "\(folder)/files/\(file).yaml")
            }
            let none = await CommandRun("removals", in: folder)
            #expect(none.status == .impossible && none.errors.contains("there is no database"))

            // A portal's life: all is read, a file is gone, all is read again.
            let context = CommandContext(
                console: Console(hasColor: false, showsProgress: false) { _, _ in },
                environment: [:], workingFolder: folder)
            let (settings, configuration) = try context.configuration([])
            let database = try await Database.open(configuration.store)
            let portal = try await Assembly.make(
                settings, configuration, database, context,
                log: .init(level: .error, clock: .system, sink: SilentSink()))
            _ = try await portal.keeper.start()
            let source = try #require(
                try await portal.keeper.setConfigured(configuration.catalog.locations).first)
            #expect(source.location.target == pattern)
            _ = try await portal.keeper.refresh(source, author: "test")
            try FileManager.default.removeItem(atPath: "\(folder)/files/b.yaml")
            _ = try await portal.keeper.refresh(source, author: "test")
            let busy = await CommandRun("removals", in: folder)
            #expect(busy.status == .impossible && busy.errors.contains("page of problems"))
            await portal.database.close()

            let list = await CommandRun("removals", in: folder)
            #expect(list.status == .found)
            #expect(list.output.contains("60 of 120 entities of `file:"), "\(list.output)")
            #expect(list.output.contains("removals approve \(source.uid)"))
            let json = await CommandRun("removals --format json", in: folder)
            #expect(json.output.contains("component:default/b59"))
            let wrong = await CommandRun("removals approve x", in: folder)
            #expect(wrong.status == .impossible && wrong.errors.contains("nothing waits"))
            let done = await CommandRun("removals approve \(source.uid)", in: folder)
            #expect(done.status == .done && done.output.contains("60 entities removed"))
            let after = await CommandRun("removals", in: folder)
            #expect(after.status == .done && after.output == "Nothing waits to be removed.\n")

            let removed = await CommandRun("removed", in: folder)
            let lines = removed.output.split(separator: "\n")
            #expect(lines.count == 60, "\(removed.output)")
            let line = try #require(lines.first { $0.contains("component:default/b7 ") })
            #expect(line.contains("by command line"))
            let id = line.prefix(36)
            let back = await CommandRun("restore \(id) nonsense", in: folder)
            #expect(back.status == .found && back.output == "component:default/b7 is back.\n")
            #expect(back.errors.contains("nothing with the id `nonsense`"))
            let twice = await CommandRun("restore \(id)", in: folder)
            #expect(twice.status == .found && twice.errors.contains("nothing with the id"))
            let check = await CommandRun("check", in: folder)
            #expect(check.status == .done, "\(check.output)")
        }
    }

    private static func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}
