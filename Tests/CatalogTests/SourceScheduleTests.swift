import CatalogModel
import CallboardTestSupport
import Files
import Glibc
import Outbound
import Store
import Synchronization
import Telemetry
import Testing
import Values

@testable import Catalog

/// The schedule on real files in a temporary folder, and on addresses in memory.
struct SourceScheduleTests {
    @Test func `what changes on the disk is visible soon after`() async throws {
        try await withFolder { folder in
            try folder.put("all.yaml", location("all", "./a.yaml", "./teams/*.yaml"))
            try folder.put("a.yaml", documents(component("one"), folder.api("$text: ./def.txt")))
            try folder.put("def.txt", "first")
            try folder.put("teams/t.yaml", component("team-a"))
            try await folder.run { catalog in
                try await eventually { catalog.components == ["one", "team-a"] }
                // Young files are looked at once more when watching begins.
                try await Task.sleep(for: .milliseconds(200))
                let readings = catalog.readings.withLock { $0.count }

                // One file changes: it alone is read.
                try folder.put(
                    "a.yaml", documents(component("two"), folder.api("$text: ./def.txt")))
                try await eventually { catalog.components == ["team-a", "two"] }
                let change = catalog.readings.withLock { Array($0.dropFirst(readings)) }
                #expect(change.contains { $0.report?.files == 1 })

                // A text that a placeholder names.
                try folder.put("def.txt", "second")
                try await eventually { try await catalog.definition() == "second" }

                // A file that a pattern takes in, and one that goes.
                try folder.put("teams/u.yaml", component("team-b"))
                try await eventually { catalog.components == ["team-a", "team-b", "two"] }
                try folder.remove("teams/t.yaml")
                try await eventually { catalog.components == ["team-b", "two"] }

                // A broken file keeps what was good, and mended it goes on.
                try folder.put("a.yaml", "kind: [")
                try await eventually { !(try await catalog.problems().isEmpty) }
                #expect(catalog.components == ["team-b", "two"])
                try folder.put("a.yaml", component("three"))
                try await eventually { catalog.components == ["team-b", "three"] }
                try await eventually { try await catalog.problems().isEmpty }
            }
        }
    }

    @Test func `several changes at once are one batch`() async throws {
        try await withFolder { folder in
            try folder.put("all.yaml", location("all", "./f-*.yaml"))
            for number in 0..<20 { try folder.put("f-\(number).yaml", component("c-\(number)")) }
            try await folder.run { catalog in
                try await eventually { catalog.components.count == 20 }
                // Watching begins when the first reading is over.
                try await Task.sleep(for: .milliseconds(200))
                let revision = catalog.revision
                for number in 0..<20 {
                    try folder.put("f-\(number).yaml", component("d-\(number)"))
                }
                try await eventually { catalog.components.allSatisfy { $0.hasPrefix("d-") } }
                #expect(catalog.revision - revision <= 10)
            }
        }
    }

    @Test func `addresses are asked again with their versions, and failures wait longer`()
        async throws
    {
        let files = FakeLocations()
        files.knowsVersions(true)
        files.put("https://example.com/a.yaml", component("one"))
        try await withDatabase(.sqlite, migrations: [CatalogMigrations.set]) { database in
            let catalog = try await TestCatalog(database, files)
            var options = SourceSchedule.Options()
            options.interval = .milliseconds(30)
            options.longestPause = .seconds(60)
            let schedule = SourceSchedule(
                keeper: catalog.keeper, options: options,
                log: Log(level: .error, clock: .system, sink: SilentSink()), clock: .system)
            let task = Task { [options] in
                _ = options
                await schedule.run([(TestCatalog.location("https://example.com/a.yaml"), false)])
            }
            try await eventually { files.unchangedCount > 0 }
            #expect(catalog.components == ["one"])
            let revision = catalog.revision
            try await eventually { files.unchangedCount > 3 }
            #expect(catalog.revision == revision)
            files.put("https://example.com/a.yaml", component("two"))
            try await eventually { catalog.components == ["two"] }

            files.trouble("https://example.com/a.yaml", .unreachable)
            try await eventually { try await !catalog.problems().isEmpty }
            let before = files.readCount
            let began = ContinuousClock.now
            try await eventually { files.readCount - before >= 3 }
            // 60, 120, 240 milliseconds: at 30 it would have been there in a tenth of a second.
            #expect(ContinuousClock.now - began > .milliseconds(150))
            #expect(catalog.components == ["two"])
            task.cancel()
            await task.value
        }
    }

    @Test func `a table of times spreads, repeats and backs off`() {
        var options = SourceSchedule.Options()
        options.interval = .seconds(100)
        options.longestPause = .seconds(300)
        var table = PollTable()
        func due(_ seconds: Int) -> Set<String> {
            table.due(["a", "b"], now: .seconds(seconds), options)
        }
        #expect(due(0) == [])
        #expect(due(50) == ["a"])
        #expect(due(51) == [])
        #expect(due(100) == ["b"])
        table.finished("a", failed: true, now: .seconds(100), options)
        table.finished("b", failed: false, now: .seconds(100), options)
        #expect(due(200) == ["b"])
        #expect(due(300) == ["a", "b"])
        table.finished("a", failed: true, now: .seconds(300), options)
        // Four times the interval is beyond the longest pause.
        #expect(!due(599).contains("a"))
        #expect(due(600).contains("a"))
        table.finished("a", failed: false, now: .seconds(600), options)
        #expect(due(700).contains("a"))
        options.interval = nil
        #expect(due(9000) == [])
    }

    @Test(arguments: [
        ("a: {$text: ./x.txt}\nb: [{$json: y.json}]", ["./x.txt", "y.json"]),
        ("a: $text\nb: {$ref: x}", []),
        ("a: {$text: x, more: y}", []),
        ("a: {$yaml: [x]}", []),
        ("---\na: {$yaml: one}\n---\nb: {c: {$text: two}}", ["one", "two"]),
    ])
    func `the texts that placeholders name are found`(yaml: String, targets: [String]) {
        #expect(placeholderTargets(in: Array(yaml.utf8)) == targets)
    }

    @Test func `a plan knows what a change asks for`() {
        var plan = WatchPlan()
        plan.files = ["/c/all.yaml": "file:/c/all.yaml", "/c/a.yaml": "file:/c/all.yaml"]
        plan.add(LocationRef(type: "file", target: "/c/all.yaml"), source: "file:/c/all.yaml")
        plan.add(LocationRef(type: "file", target: "/c/teams/*/t.yaml"), source: "file:/c/all.yaml")
        plan.add(LocationRef(type: "url", target: "https://example.com"), source: "url:x")
        plan.namedBy = ["/c/def.txt": ["/c/a.yaml"]]
        #expect(plan.paths == ["/c/all.yaml", "/c/a.yaml", "/c/teams", "/c/def.txt"])
        let one = plan.affected(by: ["/c/a.yaml"])
        #expect(one.files == ["/c/a.yaml"] && one.forgotten == [] && one.sources == [])
        let text = plan.affected(by: ["/c/def.txt"])
        #expect(text.files == ["/c/a.yaml"] && text.forgotten == ["/c/a.yaml"])
        let new = plan.affected(by: ["/c/teams/b/t.yaml", "/c/teams/b/other.yaml"])
        #expect(new.files == [] && new.sources == ["file:/c/all.yaml"])
        #expect(plan.affected(by: ["/c/teams/b/other.yaml"]).sources == [])
    }
}

/// Asks until something is so, two minutes at most: other tests may hold the machine.
func eventually(
    _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not become so within two minutes", sourceLocation: sourceLocation)
}

extension TestCatalog {
    fileprivate func problems() async throws -> [Problem] {
        try await database.read { try CatalogQueries.problems($0, ref: nil) }
    }
}

/// A folder of files, and a schedule that watches it.
private struct WatchedFolder {
    let path: String

    func put(_ name: String, _ text: String) throws {
        let parts = name.split(separator: "/")
        if parts.count > 1 { mkdir("\(path)/\(parts[0])", 0o755) }
        let file = try #require(fopen("\(path)/\(name)", "w"))
        fputs(text, file)
        fclose(file)
    }

    func remove(_ name: String) throws {
        #expect(unlink("\(path)/\(name)") == 0)
    }

    func api(_ definition: String) -> String {
        entity(
            "API", "def",
            spec: "type: openapi\nlifecycle: production\nowner: x\ndefinition: {\(definition)}")
    }

    struct Watched {
        let catalog: TestCatalog
        let readings: SharedReadings

        var components: [String] { catalog.components }
        var revision: Int64 { catalog.revision }
        func problems() async throws -> [Problem] { try await catalog.problems() }
        func definition() async throws -> String? {
            try await catalog.json("api:default/def")?.at("spec", "definition")?.string
        }
    }

    func run(_ body: (Watched) async throws -> Void) async throws {
        try await withDatabase(.sqlite, migrations: [CatalogMigrations.set]) { database in
            let client = OutboundClient()
            defer { client.close() }
            let reader = SourceReader(
                roots: [try FileRoot(path)], workingFolder: path, client: client,
                policy: OutboundPolicy(allowing: []), hosts: RepositoryHosts())
            let log = Log(level: .error, clock: .system, sink: SilentSink())
            let keeper = CatalogKeeper(
                database: database, bodies: BodyStore(database: database, codec: BodyCodec()),
                reader: reader, options: .forTests, log: log, ids: .random, clock: .system)
            _ = try await keeper.start()
            var options = SourceSchedule.Options()
            options.timing.debounce = .milliseconds(20)
            options.timing.settled = .milliseconds(20)
            let readings = SharedReadings()
            let schedule = SourceSchedule(
                keeper: keeper, options: options, log: log, clock: .system
            ) { reading in readings.add(reading) }
            let location = LocationRef(type: "file", target: "\(path)/all.yaml")
            let task = Task { await schedule.run([(location, false)]) }
            try await body(
                Watched(catalog: TestCatalog(keeper, database), readings: readings))
            task.cancel()
            await task.value
        }
    }
}

private final class SharedReadings: Sendable {
    private let state = Mutex<[SourceReading]>([])

    func add(_ reading: SourceReading) { state.withLock { $0.append(reading) } }
    func withLock<Value>(_ body: ([SourceReading]) -> Value) -> Value {
        state.withLock { body($0) }
    }
}

private func withFolder(_ body: (WatchedFolder) async throws -> Void) async throws {
    try await withTemporaryFolder { try await body(WatchedFolder(path: $0)) }
}
