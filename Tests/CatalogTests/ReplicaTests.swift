import CallboardTestSupport
import CatalogModel
import Glibc
import Jobs
import Store
import Synchronization
import Telemetry
import Testing
import Values

@testable import Catalog

/// Several keepers on one database, as replicas of a portal are.
@Suite struct ReplicaTests {
    private static let all = "https://git.test/all.yaml"
    private static let silent = Log(level: .error, clock: .system, sink: SilentSink())

    /// One that holds leases for a time, and whose clock is wrong by some.
    private static func replica(
        _ database: Database, _ files: FakeLocations, _ id: String,
        clockError: Duration = .zero
    ) async throws -> TestCatalog {
        var timing = LeaseHolder.Timing()
        timing.lifetime = .seconds(60)
        let clock = Clock(
            now: { Clock.system.now.adding(clockError) },
            monotonic: { Clock.system.monotonic + clockError })
        return try await TestCatalog(
            database, files,
            leases: LeaseHolder(database: database, id: id, timing: timing, log: silent),
            clock: clock)
    }

    private static func withReplicas(
        clockError: Duration = .zero,
        _ body: (_ first: TestCatalog, _ second: TestCatalog) async throws -> Void
    ) async throws {
        let tables = [CatalogMigrations.set, JobsMigrations.set]
        try await withDatabase(.postgres, migrations: tables) { database in
            let files = FakeLocations()
            let first = try await replica(database, files, "first")
            let second = try await replica(
                database, files, "second", clockError: clockError)
            try await body(first, second)
        }
    }

    /// Runs the schedule of a replica while the body runs; counts what it reads.
    private static func running(
        _ catalog: TestCatalog, _ locations: [String], _ count: Counter = Counter(),
        _ body: () async throws -> Void
    ) async throws {
        var options = SourceSchedule.Options()
        options.interval = .milliseconds(40)
        let schedule = SourceSchedule(
            keeper: catalog.keeper, options: options, log: silent, clock: .system
        ) { _ in count.increment() }
        let task = Task { await schedule.run(locations.map { (TestCatalog.location($0), false) }) }
        do { try await body() } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        await task.value
    }

    @Test
    func `two that have the same source, one with a wrong clock, disturb each other in nothing`()
        async throws
    {
        try await Self.withReplicas(clockError: .seconds(-3600)) { first, second in
            first.files.put(Self.all, location("all", "https://git.test/in/*.yaml"))
            first.files.put("https://git.test/in/0.yaml", component("c0"))
            let (one, two) = (Counter(), Counter())
            try await Self.running(first, [Self.all], one) {
                try await Self.running(second, [Self.all], two) {
                    for number in 1...30 {
                        first.files.put(
                            "https://git.test/in/\(number).yaml", component("c\(number)"))
                        try await Task.sleep(for: .milliseconds(15))
                    }
                    for catalog in [first, second] {
                        try await eventually { catalog.components.count == 31 }
                    }
                }
            }
            // One read, the other followed; nothing went and came again.
            #expect(min(one.value, two.value) == 0 && max(one.value, two.value) > 0)
            let versions = try await first.database.read { try CatalogQueries.versionCount($0) }
            #expect(versions == first.keeper.state.snapshot.count)
        }
    }

    @Test func `where another holds a source, asking still reads it at once`() async throws {
        try await Self.withReplicas { first, second in
            first.files.put(Self.all, component("x"))
            try await first.read(Self.all)
            first.files.put(Self.all, component("y"))
            try await second.read(Self.all)
            #expect(second.components == ["y"])
            #expect(
                second.keeper.leases?.lease(second.keeper.sources[0].leaseName)?.generation == 2)
            // The first does not know yet that it is not its own any more, and is asked in turn.
            first.files.put(Self.all, component("z"))
            try await first.read(Self.all)
            #expect(first.components == ["z"])
            try await RevisionTests.expectAgreement(first, second)
            // What does not ask leaves it.
            let source = second.keeper.sources[0]
            try await second.keeper.leases?.renew()
            await #expect(throws: LostLease.self) {
                _ = try await second.keeper.refresh(source, author: "test", .leave)
            }
        }
    }

    @Test func `a paused reading that goes on when another took over writes nothing`() async throws
    {
        try await Self.withReplicas { first, second in
            first.files.put(Self.all, documents(location("l", "./slow.yaml"), component("old")))
            first.files.put("https://git.test/slow.yaml", component("slow"))
            try await first.read(Self.all)
            first.files.put(Self.all, documents(location("l", "./slow.yaml"), component("late")))
            let door = first.files.hold("https://git.test/slow.yaml")
            let source = first.keeper.sources[0]
            let late = Task { try await first.keeper.refresh(source, author: "test", .leave) }
            try await door.arrival()
            // The first is silent for longer than its lifetime.
            try await first.database.write { writer in
                try writer.execute("UPDATE lease_holder SET alive_until = {now} - 1")
            }
            try await second.keeper.catchUp()
            first.files.put(Self.all, documents(location("l", "./slow.yaml"), component("new")))
            #expect(try await second.keeper.takeUp([source]) == [source])
            _ = try await second.keeper.refresh(source, author: "test", .leave)
            let revision = second.revision
            door.open()
            await #expect(throws: LostLease.self) { _ = try await late.value }
            try await RevisionTests.expectAgreement(first, second)
            #expect(second.components == ["new", "slow"] && second.revision == revision)
        }
    }

    @Test func `a large batch gets its turn beside one that commits all the time`() async throws {
        try await Self.withReplicas { first, second in
            first.files.put(Self.all, RevisionTests.file("n", 2500))
            let isDone = Mutex(false)
            async let small: Void = {
                var round = 0
                while !isDone.withLock({ $0 }), !Task.isCancelled {
                    round += 1
                    let target = "https://git.test/\(round % 5).yaml"
                    second.files.put(target, component("s\(round % 5)", title: "round \(round)"))
                    try await second.read(target)
                }
            }()
            try await Task.sleep(for: .milliseconds(100))
            let before = second.revision
            let report = try await first.read(Self.all)
            let meanwhile = (report.revision ?? 0) - before
            isDone.withLock { $0 = true }
            try await small
            #expect(first.components.count >= 2500)
            // It was overtaken, and did not wait for the other to rest.
            #expect(meanwhile > 1)
            try await RevisionTests.expectAgreement(first, second)
        }
    }

    @Test func `what is alone asks for no lease`() async throws {
        let tables = [CatalogMigrations.set, JobsMigrations.set]
        try await withDatabase(.sqlite, migrations: tables) { database in
            let catalog = try await TestCatalog(database, FakeLocations())
            catalog.files.put(Self.all, component("x"))
            try await Self.running(catalog, [Self.all]) {
                try await eventually { catalog.components == ["x"] }
            }
            let rows = try await database.read { reader in
                try reader.one(
                    "SELECT (SELECT count(*) FROM lease) + (SELECT count(*) FROM lease_holder)"
                ) { try $0.int64(0) }
            }
            #expect(rows == 0)
        }
    }

    @Test(arguments: [SIGKILL, SIGSTOP, SIGTERM])
    func `when the process that reads is gone the other goes on within seconds`(
        signal: Int32
    ) async throws {
        try await withTemporaryFolder { folder in
            try await withDatabaseLocation(.postgres) { location in
                try RunningPortal.configure(folder, location)
                let file = "\(folder)/files/a.yaml"
                try RunningPortal.write(component("x", title: "'1'"), to: file)
                let first = try RunningPortal(in: folder, log: "first")
                defer { first.kill() }
                try await eventually { await first.title(of: Self.x) == 1 }
                let second = try RunningPortal(in: folder, log: "second")
                defer { second.kill() }
                try await eventually { await second.title(of: Self.x) == 1 }
                try RunningPortal.write(component("x", title: "'2'"), to: file)
                try await eventually { await second.title(of: Self.x) == 2 }
                #expect(!second.log.contains("A change was read"), "the first reads")

                first.signal(signal)
                try RunningPortal.write(component("x", title: "'3'"), to: file)
                let gone = ContinuousClock.now
                try await eventually { await second.title(of: Self.x) == 3 }
                // 6 s until it counts as dead and 2 s until the other looks; the rest is for a
                // busy machine. One that stops as it should says so.
                let limit: Duration = signal == SIGTERM ? .seconds(15) : .seconds(30)
                #expect(ContinuousClock.now - gone < limit)
                guard signal == SIGSTOP else { return }
                first.signal(SIGCONT)
                try RunningPortal.write(component("x", title: "'4'"), to: file)
                for portal in [first, second] {
                    try await eventually { await portal.title(of: Self.x) == 4 }
                }
            }
        }
    }

    private static let x = "component/default/x"
}

/// Counts from any thread.
private final class Counter: Sendable {
    private let state = Mutex(0)
    var value: Int { state.withLock { $0 } }
    func increment() { state.withLock { $0 += 1 } }
}
