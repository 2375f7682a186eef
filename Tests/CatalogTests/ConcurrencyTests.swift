import CallboardTestSupport
import CatalogModel
import Store
import Testing
import Values

@testable import Catalog

/// What happens to one keeper from several sides at once.
@Suite struct ConcurrencyTests {
    private static let a = "https://git.test/a.yaml"
    private static let b = "https://git.test/b.yaml"

    @Test(arguments: Engine.allCases)
    func `locations that are registered at once are all there`(engine: Engine) async throws {
        try await withCatalog(engine) { catalog in
            let targets = (0..<12).map { "https://git.test/\($0).yaml" }
            for (index, target) in targets.enumerated() {
                catalog.files.put(
                    target,
                    documents(location("l\(index)", "./in\(index).yaml"), component("c\(index)")))
                catalog.files.put("https://git.test/in\(index).yaml", component("d\(index)"))
            }
            try await withThrowingTaskGroup { group in
                for target in targets { group.addTask { try await catalog.read(target) } }
                try await group.waitForAll()
            }
            #expect(catalog.components.count == 24)
            let rebuilt = try await catalog.another()
            #expect(try await rebuilt.allAnswers() == catalog.allAnswers())
        }
    }

    @Test(arguments: Engine.allCases)
    func `a location that is registered several times at once is one`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.put(Self.a, documents(component("x"), component("y")))
            try await withThrowingTaskGroup { group in
                for _ in 0..<6 { group.addTask { try await catalog.read(Self.a) } }
                try await group.waitForAll()
            }
            #expect(catalog.components == ["x", "y"])
            #expect(catalog.keeper.sources.count == 1)
        }
    }

    @Test func `a slow reading does not bring back what a quicker one replaced`() async throws {
        try await withCatalog(.sqlite) { catalog in
            catalog.files.put(Self.a, component("x"))
            let door = catalog.files.hold(Self.a)
            async let slow = catalog.read(Self.a)
            try await door.arrival()
            catalog.files.put(Self.a, component("x", type: "job"))
            async let quick = catalog.read(Self.a)
            try await Task.sleep(for: .milliseconds(50))
            door.open()
            _ = try await (slow, quick)
            let type = try await catalog.json("component:default/x")?.at("spec", "type")?.string
            #expect(type == "job")
        }
    }

    @Test func `reading another location does not remove what a slow one has read so far`()
        async throws
    {
        try await withCatalog(.sqlite) { catalog in
            let slow = "https://git.test/slow.yaml"
            catalog.files.put(Self.a, documents(location("l", slow), RevisionTests.file("n", 6000)))
            catalog.files.put(slow, component("x"))
            catalog.files.put(Self.b, component("y"))
            let door = catalog.files.hold(slow)
            async let first = catalog.read(Self.a)
            try await door.arrival()
            try await catalog.read(Self.b)
            catalog.files.put(Self.b, component("z"))
            try await catalog.read(Self.b)
            door.open()
            _ = try await first
            #expect(catalog.components.count == 6002)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a location that is removed while it is read leaves nothing`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.put(Self.a, documents(location("l", Self.b), component("x")))
            catalog.files.put(Self.b, component("y"))
            let door = catalog.files.hold(Self.b)
            async let reading = try? catalog.read(Self.a)
            try await door.arrival()
            async let removal: Void = catalog.unregister(Self.a)
            try await Task.sleep(for: .milliseconds(20))
            door.open()
            _ = try await (reading, removal)
            #expect(catalog.components == [])
            #expect(try await catalog.allAnswers() == [])
            let rebuilt = try await catalog.another()
            #expect(rebuilt.keeper.registry.items == [])
        }
    }

    @Test func `queries go on while segments come, go and are merged`() async throws {
        try await withCatalog(.sqlite) { catalog in
            catalog.files.put(Self.b, RevisionTests.file("still", 100))
            try await catalog.read(Self.b)
            async let writes: Void = {
                for round in 0..<40 {
                    catalog.files.put(Self.a, RevisionTests.file("n", 5, round: round))
                    try await catalog.read(Self.a)
                }
            }()
            var counts: Set<Int> = []
            for _ in 0..<200 {
                let reader = catalog.reader
                let entities = reader.snapshot.page(
                    reader.select(.hasPrefix("metadata.name", "still")), EntityOrder())
                counts.insert(entities.count)
                _ = try await reader.json(Array(entities.prefix(5)))
            }
            try await writes
            #expect(counts == [100])
            #expect(catalog.components.count == 105)
            #expect(catalog.keeper.state.snapshot.parts.count < 12)
        }
    }
}
