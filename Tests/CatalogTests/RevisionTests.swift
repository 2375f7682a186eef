import CallboardTestSupport
import CatalogModel
import Store
import Testing
import Values

@testable import Catalog

@Suite struct RevisionTests {
    /// A file of some Components, which differ between two rounds.
    static func file(_ prefix: String, _ count: Int, round: Int = 0) -> String {
        (0..<count).map { component("\(prefix)\($0)", title: "round \(round)") }
            .joined(separator: "---\n")
    }

    /// That all keepers answer the same, and the same as one that reads all from the database.
    static func expectAgreement(_ catalogs: TestCatalog...) async throws {
        for catalog in catalogs { try await catalog.keeper.catchUp() }
        let rebuilt = try await catalogs[0].another()
        let wanted = try await rebuilt.allAnswers()
        for catalog in catalogs {
            #expect(catalog.revision == rebuilt.revision)
            #expect(try await catalog.allAnswers() == wanted)
        }
    }

    @Test(arguments: Engine.allCases)
    func `keepers of one database that commit at once lose nothing and agree`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { first in
            let second = try await first.another()
            let rounds = 6
            try await withThrowingTaskGroup { group in
                for (number, catalog) in [first, second].enumerated() {
                    group.addTask {
                        for round in 0..<rounds {
                            let target = "https://git.test/\(number)-\(round % 3).yaml"
                            catalog.files.put(
                                target, Self.file("k\(number)f\(round % 3)n", 4, round: round))
                            try await catalog.read(target)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await Self.expectAgreement(first, second)
            #expect(first.components.count == 2 * 3 * 4)
            let revisions = try await first.database.read { reader in
                try reader.all("SELECT revision FROM change ORDER BY revision") { try $0.int64(0) }
            }
            #expect(revisions == Array(1...first.revision))
            for name in first.components {
                let title = try await first.json("component:default/\(name)")?
                    .at("metadata", "title")?.string
                #expect(["round 3", "round 4", "round 5"].contains(title))
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a batch that another keeper overtook is worked out anew`(engine: Engine) async throws {
        try await withCatalog(engine) { first in
            let second = try await first.another()
            let (a, b) = ("https://git.test/a.yaml", "https://git.test/b.yaml")
            first.files.put(a, component("x"))
            first.files.put(b, component("x", type: "job"))
            // Both read before either commits; the second is first.
            let door = first.files.hold(a)
            async let slow = first.read(a)
            try await door.arrival()
            try await second.read(b)
            door.open()
            _ = try await slow
            // The first worked on what was before: it has to see that the name is taken.
            let type = try await first.json("component:default/x")?.at("spec", "type")?.string
            #expect(type == "job")
            let conflicts = try await first.database.read {
                try CatalogQueries.problems($0, ref: nil)
            }
            #expect(conflicts.map(\.diagnostic.code) == ["catalog.conflict"])
            try await Self.expectAgreement(first, second)
        }
    }

    @Test(arguments: Engine.allCases)
    func `what is compressed with a new dictionary can be read after a commit that failed first`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { first in
            let second = try await first.another()
            let (a, b) = ("https://git.test/a.yaml", "https://git.test/b.yaml")
            first.files.put(a, Self.file("a", 600))
            first.files.put(b, component("x"))
            // The first's batch, large enough for a dictionary, is stale when it commits.
            let door = first.files.hold(a)
            async let slow = first.read(a)
            try await door.arrival()
            try await second.read(b)
            door.open()
            _ = try await slow
            #expect(first.components.count == 601)
            try await Self.expectAgreement(first, second)
        }
    }

    @Test(arguments: Engine.allCases)
    func `two keepers that both make a dictionary can read each other`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { first in
            let second = try await first.another()
            for (index, catalog) in [first, second].enumerated() {
                let target = "https://git.test/\(index).yaml"
                catalog.files.put(target, Self.file("k\(index)n", 600))
            }
            async let one = first.read("https://git.test/0.yaml")
            async let two = second.read("https://git.test/1.yaml")
            _ = try await (one, two)
            try await Self.expectAgreement(first, second)
            #expect(first.components.count == 1200)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a keeper that is behind by many commits catches up at once`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { first in
            let follower = try await first.another()
            let a = "https://git.test/a.yaml"
            first.files.put(a, documents(component("x"), component("y"), component("z")))
            try await first.read(a)
            try await follower.keeper.catchUp()
            // Changed, removed, removed and made again, made and removed.
            first.files.put(a, documents(component("x", type: "job"), component("z")))
            try await first.read(a)
            first.files.put(a, documents(component("x"), component("y"), component("n")))
            try await first.read(a)
            first.files.put(a, documents(component("x"), component("y")))
            try await first.read(a)
            #expect(follower.components == ["x", "y", "z"])
            try await Self.expectAgreement(first, follower)
            #expect(follower.components == ["x", "y"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `a reader keeps its own state while others write and segments are merged`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            let a = "https://git.test/a.yaml"
            catalog.files.put(a, Self.file("n", 40))
            try await catalog.read(a)
            let reader = catalog.reader
            let entities = reader.snapshot.page(reader.select(nil), EntityOrder())
            let before = try await reader.json(Array(entities.prefix(10)))
            // Every body has to come from the database: nothing in memory may help.
            let cold = CatalogReader(
                reader.snapshot,
                bodies: BodyStore(
                    database: catalog.database, codec: catalog.keeper.bodies.codec, cacheBytes: 0),
                visibility: .everything(because: "test"))
            for round in 1...6 {
                catalog.files.put(a, Self.file("n", 40 - round, round: round))
                try await catalog.read(a)
                let late = try await cold.json(Array(entities.suffix(20)))
                for (entity, bytes) in zip(entities.suffix(20), late) {
                    let json = try JSON.parse(bytes)
                    let ref = reader.snapshot.ref(of: entity)
                    #expect(ref.hasSuffix(json.at("metadata", "name")?.string ?? "?"))
                    #expect(json.at("metadata", "title")?.string ?? "round 0" == "round 0")
                }
            }
            await catalog.keeper.compact(fully: true)
            #expect(catalog.keeper.state.snapshot.parts.count == 1)
            #expect(try await cold.json(Array(entities.prefix(10))) == before)
            #expect(reader.select(nil).count == 41)
            #expect(catalog.components.count == 34)
        }
    }

    @Test func `who wrote is not answered from before the write`() async throws {
        try await withCatalog(.sqlite) { catalog in
            let state = catalog.keeper.state
            async let waited = state.snapshot(reaching: 1, within: .seconds(10))
            catalog.files.put("https://git.test/a.yaml", component("x"))
            try await catalog.read("https://git.test/a.yaml")
            #expect(await waited.revision >= 1)
            // What does not come is not waited for longer than was said.
            let start = ContinuousClock.now
            let late = await state.snapshot(reaching: 1_000, within: .milliseconds(50))
            #expect(late.revision == catalog.revision)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }
}
