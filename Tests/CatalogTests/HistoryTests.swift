import CallboardTestSupport
import CatalogModel
import Glibc
import Jobs
import Store
import Telemetry
import Testing
import Values

@testable import Catalog

/// What stays of the past, and what goes for good.
@Suite struct HistoryTests {
    private static let a = "https://git.test/a.yaml"
    private static let day: Int64 = 86_400_000

    private static func rule(
        keepAllDays: Int?, _ thinning: HistoryRule.Thinning = .daily, forgetDays: Int? = nil
    ) -> HistoryRule {
        var rule = HistoryRule()
        rule.keepAll = keepAllDays.map { .seconds($0 * 86_400) }
        rule.thenKeep = thinning
        rule.forgetAfter = forgetDays.map { .seconds($0 * 86_400) }
        return rule
    }

    /// Ages of versions in days, the newest first, and the ages of those that go.
    static let rules: [(rule: HistoryRule, ages: [Double], gone: [Double])] = [
        (HistoryRule(), [0, 100, 100.1, 300, 364], []),
        // The last of a day stays, and the first of all.
        (rule(keepAllDays: 10), [0, 20.1, 20.2, 20.3, 30.1, 30.2, 30.3], [20.2, 20.3, 30.2]),
        // What was so until yesterday is not old.
        (rule(keepAllDays: 10), [1, 50], []),
        (rule(keepAllDays: 10), [500], []),
        (rule(keepAllDays: 10, .weekly), [0, 21.1, 22.1, 23.1, 29.1], [22.1, 23.1]),
        (rule(keepAllDays: 10, .none), [0, 9, 11, 12], [12]),
        (rule(keepAllDays: nil), [0, 1000.1, 1000.2, 1000.3], []),
        (rule(keepAllDays: nil, forgetDays: 100), [0, 50, 110, 120, 130], [120, 130]),
        (rule(keepAllDays: 10, forgetDays: 100), [0, 20.1, 20.2, 120.1, 120.2], [20.2, 120.2]),
    ]

    @Test(arguments: rules)
    func `a rule keeps all for a time, then some, then none`(
        rule: HistoryRule, ages: [Double], gone: [Double]
    ) {
        // Noon of some day: a fraction of an age is a time of a day, and 7 days end with a day.
        let now = 7 * 3000 * Self.day
        let versions = ages.enumerated().map { index, age in
            HistoryRule.Version(
                slot: Int64(ages.count - index), at: now - Int64(age * Double(Self.day)))
        }
        let slots = Set(rule.superfluous(versions, now: now))
        let found = zip(versions, ages).filter { slots.contains($0.0.slot) }.map(\.1)
        #expect(found == gone)
    }

    @Test(arguments: Engine.allCases)
    func `thinning takes out what is superfluous, and nothing else changes`(
        engine: Engine
    ) async throws {
        let tables = [CatalogMigrations.set, JobsMigrations.set]
        try await withDatabase(engine, migrations: tables) { database in
            let catalog = try await TestCatalog(database, FakeLocations())
            for round in 1...6 {
                catalog.files.put(
                    Self.a, documents(component("x", title: "round \(round)"), component("y")))
                try await catalog.read(Self.a)
            }
            // All but the last version are of one day, two years ago.
            try await database.write { writer in
                try writer.execute(
                    "UPDATE change SET at = \(700 * Self.day) + revision WHERE revision < ?",
                    [.integer(catalog.revision)])
            }
            let before = try await catalog.allAnswers()
            let log = Log(level: .error, clock: .system, sink: SilentSink())
            func upkeep(_ leases: LeaseHolder?) -> HistoryUpkeep {
                HistoryUpkeep(
                    database: database, rule: HistoryRule(), leases: leases, log: log,
                    clock: .system)
            }
            let (one, two) = (
                LeaseHolder(database: database, id: "one", log: log),
                LeaseHolder(database: database, id: "two", log: log)
            )
            // Five of that day: the last of them is past only since just now, and stays; so does
            // the first.
            #expect(try await upkeep(one).thin() == 3)
            #expect(try await upkeep(two).thin() == nil)
            #expect(try await upkeep(one).thin() == 0)
            let history = try #require(
                await catalog.reader.history(of: "component:default/x", limit: 10))
            let titles = try history.versions.map { version in
                try JSON.parse(version.content ?? []).at("metadata", "title")?.string
            }
            #expect(titles == ["round 6", "round 5", "round 1"])
            #expect(try await catalog.allAnswers() == before)
            try await expectClean(database)
        }
    }

    // MARK: Erasing

    static let texts: [(text: String, isMember: Bool, clean: String?)] = [
        ("user:default/jane.doe", false, "user:default/erased"),
        ("USER:jane.doe", false, "user:default/erased"),
        ("ask user:default/jane.doe, or bob", false, "ask user:default/erased, or bob"),
        ("jane.doe", true, "erased"), ("default/Jane.Doe", true, "erased"),
        ("user:other/jane.doe", true, nil), ("jane.doe2", true, nil),
        ("jane.doe", false, nil), ("user:default/jane.doe-2", false, nil),
        ("superuser:default/jane.doe", false, nil),
        ("mailto:Jane.Doe@Example.com", false, "mailto:erased"),
        ("xjane.doe@example.com", false, nil),
        ("written by JANE Doe and Jane Doe", false, "written by erased and erased"),
        ("Jane", false, nil), ("", false, nil),
    ]

    @Test(arguments: texts)
    func `a person is known by reference, address and full name`(
        text: String, isMember: Bool, clean: String?
    ) throws {
        var traces = PersonTraces(try EntityRef.parse("user:default/jane.doe"))
        traces.learn(
            try JSON.parse(
                #"{"spec":{"profile":{"email":"jane.doe@example.com","displayName":"Jane Doe"}}}"#))
        #expect(traces.erased(from: text, isMember: isMember) == clean)
        if clean != nil { #expect(traces.mayOccur(in: Array(text.utf8))) }
    }

    private static let person = entity(
        "User", "jane.doe",
        spec: "profile: {email: jane.doe@example.com, displayName: Jane Doe}\nmemberOf: []")

    private static func team(_ members: String, contact: String) -> String {
        documents(
            entity("Group", "team", spec: "type: team\nchildren: []\nmembers: [\(members)]"),
            entity(
                "Component", "x",
                spec: "type: service\nlifecycle: \(contact)\nowner: user:jane.doe"),
            component("y", owner: "team"))
    }

    /// Reads as the person, who leaves then, if so.
    private func fill(_ catalog: TestCatalog, leaves: Bool) async throws -> Source {
        catalog.files.put(
            Self.a, documents(Self.person, Self.team("jane.doe, bob", contact: "Jane Doe")))
        let source = try await catalog.keeper.add(
            TestCatalog.location(Self.a), .registered, isOptional: false,
            author: "user:default/jane.doe"
        ).source
        _ = try await catalog.keeper.refresh(source, author: "user:default/jane.doe")
        catalog.files.put(
            Self.a,
            documents(
                Self.person.replacing("memberOf: []", with: "memberOf: [team]"),
                Self.team("jane.doe", contact: "jane.doe@example.com")))
        _ = try await catalog.keeper.refresh(source, author: "user:default/bob")
        if leaves {
            catalog.files.put(
                Self.a,
                documents(
                    entity("Group", "team", spec: "type: team\nchildren: []\nmembers: [bob]"),
                    component("x", owner: "team"), component("y", owner: "team")))
            _ = try await catalog.keeper.refresh(source, author: "user:default/bob")
        }
        return source
    }

    @Test(arguments: Engine.allCases, [true, false])
    func `a person who is erased is nowhere but where sources say so`(
        engine: Engine, leaves: Bool
    ) async throws {
        let notes = Migration(
            "0001-notes", "CREATE TABLE note (who {text} NOT NULL, said {text} NOT NULL) {strict}")
        let tables = [CatalogMigrations.set, MigrationSet(target: "test", migrations: [notes])]
        try await withDatabaseLocation(engine) { location in
            let database = try await Database.open(location)
            try await database.migrate(tables)
            let catalog = try await TestCatalog(database, FakeLocations())
            _ = try await fill(catalog, leaves: leaves)
            try await database.write { writer in
                for who in ["user:default/jane.doe", "user:default/jane.doe", "user:default/bob"] {
                    try writer.execute("INSERT INTO note VALUES (?, 'x')", [.text(who)])
                }
            }
            let before = try await catalog.allAnswers()
            let erasure = PersonErasure(
                database: database,
                others: [PersonalData(what: "notes", table: "note", column: "who")])
            let person = try EntityRef.parse("user:default/jane.doe")
            let preview = try await erasure.preview(of: person)
            #expect(preview.versions == (leaves ? 2 : 1))
            #expect(preview.mentions == (leaves ? 4 : 2))
            #expect(preview.authorships == 3 && preview.others.map(\.count) == [2])
            #expect(
                preview.remaining
                    == (leaves
                        ? [] : ["component:default/x", "group:default/team", person.canonical]))
            #expect(try await erasure.preview(of: person) == preview)

            let report = try await erasure.erase(person)
            #expect(report == preview)
            let after = try await erasure.preview(of: person)
            #expect(after.isEmpty && after.remaining == preview.remaining)
            let record = try await database.read { reader in
                try reader.all("SELECT counts FROM erasure") { try $0.text(0) }
            }
            #expect(record.count == 1 && record.allSatisfy { !$0.contains("jane") })
            #expect(record[0].contains("authorships=3"))
            #expect(try await catalog.allAnswers() == before)
            #expect(try await catalog.another().allAnswers() == before)
            try await expectClean(database)
            let history = try #require(
                await catalog.reader.history(of: "group:default/team", limit: 10))
            let first = try #require(history.versions.last)
            #expect(first.author == "erased")
            let members = try JSON.parse(first.content ?? []).at("spec", "members")
            #expect(Set(members?.elements.compactMap(\.string) ?? []) == ["erased", "bob"])
            await database.close()
            // Not even in what the file does not use any more.
            if leaves, case .sqliteFile(let path) = location {
                #expect(!RunningPortal.text(of: path).contains("jane.doe"))
            }
        }
    }

    @Test func `an image from before an erasure is not used`() async throws {
        try await withTemporaryFolder { folder in
            var options = KeeperOptions.forTests
            options.imagePath = "\(folder)/image"
            try await withCatalog(.sqlite, options: options) { catalog in
                let source = try await fill(catalog, leaves: false)
                await catalog.keeper.saveImage()
                catalog.files.put(Self.a, component("z"))
                _ = try await catalog.keeper.refresh(source, author: "user:default/bob")
                let person = try EntityRef.parse("user:default/jane.doe")
                _ = try await PersonErasure(database: catalog.database, others: []).erase(person)
                let later = CatalogKeeper(
                    database: catalog.database,
                    bodies: BodyStore(database: catalog.database, codec: BodyCodec()),
                    reader: catalog.files, options: options,
                    log: Log(level: .error, clock: .system, sink: SilentSink()), ids: .random,
                    clock: .system)
                #expect(try await later.start().rebuilt != nil)
                #expect(TestCatalog(later, catalog.database).refs == ["component:default/z"])
            }
        }
    }

    private func expectClean(_ database: Database) async throws {
        let check = try await CatalogCheck(database: database, imagePath: nil).run(repairs: false)
        #expect(check.isClean, "\(check.findings.map { $0.report() })")
    }
}
