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
                try RunningPortal.configure(folder, location)
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
                            try RunningPortal.write(
                                Self.file(file, generation), to: "\(folder)/files/\(file).yaml")
                        }
                        for file in files {
                            let ref = "component/default/f\(file)n0"
                            guard let found = await portal.title(of: ref) else { continue }
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
}
