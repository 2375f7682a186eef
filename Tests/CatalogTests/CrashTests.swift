import CallboardTestSupport
import Glibc
import Store
import Testing
import Values

@testable import Catalog

/// The portal's own process, killed with -9 while it reads, and what the database has then.
///
/// A few times here; as often as wanted with
/// `CALLBOARD_CRASHES=50 script/with-postgres swift test --disable-xctest --filter CrashTests`.
/// The binary is the one beside the tests, or what CALLBOARD_BINARY names.
@Suite(.serialized) struct CrashTests {
    private static let fileCount = 6
    private static let entityCount = 40

    private static var crashes: Int {
        getenv("CALLBOARD_CRASHES").flatMap { Int(String(cString: $0)) } ?? 5
    }

    @Test(arguments: Engine.allCases)
    func `what was answered once is there after any crash`(engine: Engine) async throws {
        let seed = UInt64.random(in: 1...1_000_000)
        var random = Seeded(seed)
        try await withTemporaryFolder { folder in
            try await withDatabaseLocation(engine) { location in
                mkdir("\(folder)/files", 0o700)
                try Self.write(Self.configuration(location), to: "\(folder)/app-config.yaml")
                var generation = 0
                var seen = [Int](repeating: -1, count: Self.fileCount)
                var log = ""
                for crash in 0..<Self.crashes {
                    let life = Duration.milliseconds(Int.random(in: 30...900, using: &random))
                    let portal = try RunningPortal(in: folder)
                    let end = ContinuousClock.now + life
                    while ContinuousClock.now < end || (crash == 0 && seen.contains(-1)) {
                        generation += 1
                        let file = Int.random(in: 0..<Self.fileCount, using: &random)
                        let files = generation == 1 ? Array(0..<Self.fileCount) : [file]
                        for file in files {
                            try Self.write(
                                Self.file(file, generation), to: "\(folder)/files/\(file).yaml")
                        }
                        for file in files {
                            guard let found = await portal.generation(of: file) else { continue }
                            seen[file] = max(seen[file], found)
                        }
                        try await Task.sleep(for: .milliseconds(20))
                        // The first one has to come up, however busy the machine is.
                        guard ContinuousClock.now < end + .seconds(60) else { break }
                    }
                    log = portal.log
                    portal.kill()
                    try await Self.check(location, folder, seen, "seed \(seed), crash \(crash)")
                }
                #expect(seen.max() ?? -1 > 0, "nothing was ever answered: \(log.suffix(2000))")
            }
        }
    }

    /// All that was answered is there, and all that is derived fits.
    private static func check(
        _ location: StoreLocation, _ folder: String, _ seen: [Int], _ place: String
    ) async throws {
        let database = try await Database.open(location)
        try await database.migrate([CatalogMigrations.set])
        let imagePath = "\(folder)/data/catalog.image"
        let report = try await CatalogCheck(database: database, imagePath: imagePath).run(
            repairs: false)
        #expect(report.isClean, "\(place): \(report.findings.map { $0.report() })")
        let revisions = try await database.read { reader in
            try reader.all("SELECT revision FROM change ORDER BY revision") { try $0.int64(0) }
        }
        #expect(revisions == Array(1..<Int64(revisions.count + 1)), "\(place)")
        var options = KeeperOptions.forTests
        options.imagePath = imagePath
        let mapped = try await TestCatalog(database, FakeLocations(), options: options)
        let rebuilt = try await TestCatalog(database, FakeLocations())
        #expect(try await mapped.allAnswers() == rebuilt.allAnswers(), "\(place)")
        for (file, answered) in seen.enumerated() where answered >= 0 {
            // A file is one batch: all its entities are of one generation, and none older.
            var titles: Set<Int> = []
            for number in 0..<entityCount {
                let json = try await rebuilt.json("component:default/f\(file)n\(number)")
                titles.insert(json?.at("metadata", "title")?.string.flatMap { Int($0) } ?? -1)
            }
            #expect(titles.count == 1, "\(place): \(titles) of file \(file)")
            #expect(titles.min() ?? -1 >= answered, "\(place): file \(file)")
        }
        await database.close()
    }

    private static func file(_ file: Int, _ generation: Int) -> String {
        (0..<entityCount).map { component("f\(file)n\($0)", title: "'\(generation)'") }
            .joined(separator: "---\n")
    }

    // MARK: Files

    /// Replaces a file at once, so that nobody reads half of it.
    private static func write(_ text: String, to path: String) throws {
        let file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        let bytes = Array(text.utf8)
        let count = Glibc.write(file, bytes, bytes.count)
        close(file)
        try #require(count == bytes.count && rename("\(path).new", path) == 0)
    }

    private static func configuration(_ location: StoreLocation) -> String {
        var lines = [
            "backend:", "  listen: {host: 127.0.0.1, port: 0}",
            "  auth: {dangerouslyDisableDefaultAuthPolicy: true}", "  database:",
        ]
        switch location {
        case .sqliteFile(let path):
            lines += ["    client: better-sqlite3", "    connection: {filename: '\(path)'}"]
        case .sqliteTemporary: break
        case .postgres(let place):
            lines += ["    client: pg", "    schema: \(place.schema)", "    connection:"]
            let parts = [
                ("connectionString", place.connectionString), ("host", place.host),
                ("port", place.port.map(String.init)), ("user", place.user),
                ("password", place.password), ("database", place.database),
            ]
            for (name, value) in parts {
                if let value {
                    lines.append("      \(name): \(name == "port" ? value : "'\(value)'")")
                }
            }
        }
        lines += [
            "callboard: {dataFolder: ./data}", "catalog:", "  locations:",
            "    - {type: file, target: './files/*.yaml'}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension RunningPortal {
    /// Which generation of a file the portal answers; nil where it does not answer yet.
    fileprivate func generation(of file: Int) async -> Int? {
        guard let port, let client = try? BlockingClient(port: port) else { return nil }
        let path = "/api/catalog/entities/by-name/component/default/f\(file)n0"
        guard (try? client.send("GET \(path) HTTP/1.0\r\nHost: a\r\n\r\n")) != nil,
            let answer = try? await client.receive(atLeast: .max),
            let start = answer.range(of: "\"title\":\"")
        else { return nil }
        return Int(answer[start.upperBound...].prefix { $0 != "\"" })
    }
}

extension String {
    /// Where a text begins and ends in this one for the first time.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
