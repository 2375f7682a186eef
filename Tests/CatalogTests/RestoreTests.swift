import CallboardTestSupport
import CatalogModel
import Store
import Testing
import Values

@testable import Catalog

private let a = "https://git.test/a.yaml"
private let b = "https://git.test/b.yaml"
private let one = "https://git.test/one.yaml"
private let two = "https://git.test/two.yaml"
private let x = "component:default/x"
private let y = "component:default/y"
private let type = ["spec", "type"]
private let orphan = ["metadata", "annotations", "backstage.io/orphan"]

/// What was removed, and comes back.
@Suite(.serialized) struct RestoreTests {
    @Test(arguments: Engine.allCases, scenarios)
    func `what was removed comes back as it was`(
        engine: Engine, scenario: Scenario
    ) async throws {
        try await withCatalog(engine) { catalog in
            var run = ScenarioRun(catalog)
            try await run.run(scenario)
        }
    }

    static let scenarios = [
        Scenario(
            "an entity that its file lost, as an orphan under its uid",
            .put(a, documents(component("x"), component("y"))), .read(a), .uid(x, isNew: true),
            .put(a, component("y")), .read(a), .removed(x), .restore(x), .components("x", "y"),
            .uid(x, isNew: false), .versions(x, 3), .value(x, orphan, "\"true\""), .removed(),
            .readAgain(a), .put(a, component("y", type: "job")), .read(a), .components("x", "y"),
            .value(x, orphan, "\"true\"")),
        Scenario(
            "what was restored is its file's again when that declares it",
            .put(a, documents(component("x"), component("y"))), .read(a), .uid(x, isNew: true),
            .put(a, component("y")), .read(a), .restore(x),
            .put(a, documents(component("x", type: "job"), component("y"))), .read(a),
            .uid(x, isNew: false), .versions(x, 4), .value(x, orphan, nil),
            .value(x, type, "\"job\""), .problems(), .put(a, component("y")), .read(a),
            .components("y"), .removed(x)),
        Scenario(
            "what was restored may be deleted, and restored again",
            .put(a, documents(component("x"), component("y"))), .read(a), .uid(x, isNew: true),
            .put(a, component("y")), .read(a), .restore(x), .delete(x), .components("y"),
            .removed(x), .restore(x), .uid(x, isNew: false), .versions(x, 5), .unregister(a),
            .components("x")),
        Scenario(
            "a location with all that it led to, though its server is away",
            .put(one, location("l", a, b)), .put(a, documents(component("x"), component("y"))),
            .put(b, component("z")), .read(one), .uid(x, isNew: true),
            .uid("location:default/l", isNew: true), .unregister(one), .components(),
            .removed(
                one, "component:default/x", "component:default/y", "component:default/z",
                SourceEntity(TestCatalog.location(one), isOptional: false).ref.canonical,
                "location:default/l"),
            .trouble(one, .unreachable), .restoreLocation(one), .components("x", "y", "z"),
            .removed(), .read(one), .components("x", "y", "z"), .trouble(one, nil), .read(one),
            .uid(x, isNew: false), .uid("location:default/l", isNew: false), .versions(x, 3),
            .value(x, orphan, nil), .problems(), .readAgain(one)),
        Scenario(
            "a restored location loses what it has lost meanwhile",
            .put(a, documents(component("x"), component("y"))), .read(a), .uid(y, isNew: true),
            .unregister(a), .put(a, documents(component("y", type: "job"), component("z"))),
            .restoreLocation(a), .read(a), .components("y", "z"), .uid(y, isNew: false),
            .value(y, type, "\"job\""), .removed(x)),
        Scenario(
            "what others declare meanwhile stays theirs",
            .put(a, documents(component("x"), component("y"))), .read(a), .unregister(a),
            .put(b, component("x", type: "job")), .read(b), .uid(x, isNew: true),
            .restoreLocation(a), .components("x", "y"), .value(x, type, "\"job\""),
            .uid(x, isNew: false), .read(a), .problems("catalog.conflict"), .unregister(b),
            .value(x, type, "\"service\"")),
        Scenario(
            "only what went with the location comes back with it",
            .put(a, documents(component("x"), component("y"))), .read(a), .put(a, component("y")),
            .read(a), .unregister(a), .restoreLocation(a), .components("y"), .removed(x)),
        Scenario(
            "what two locations led to stays with the other",
            .put(a, component("x")), .put(one, location("l", a)), .put(two, location("m", a)),
            .read(one), .read(two), .uid(x, isNew: true), .unregister(one), .restoreLocation(one),
            .read(one), .read(two), .components("x"), .uid(x, isNew: false), .unregister(two),
            .components("x")),
        Scenario(
            "a location that was registered anew is not restored",
            .put(a, component("x")), .read(a), .unregister(a), .read(a), .removed(), .unregister(a),
            .removed(
                a, x, x,
                SourceEntity(TestCatalog.location(a), isOptional: false).ref.canonical,
                SourceEntity(TestCatalog.location(a), isOptional: false).ref.canonical)),
    ]

    @Test(arguments: Engine.allCases)
    func `a number is never used twice, so that history names the right file`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.put(a, component("x"))
            try await catalog.read(a)
            let item = try #require(catalog.keeper.registry.item(at: "url:\(a)"))
            let source = try #require(catalog.keeper.sources.first)
            try await catalog.unregister(a)
            // As after a restart: nothing is in memory any more.
            let again = try await catalog.another()
            again.files.put(b, component("y"))
            try await again.read(b)
            let other = try #require(again.keeper.registry.item(at: "url:\(b)"))
            #expect(other.number > item.number)
            #expect(try #require(again.keeper.sources.first).number > source.number)
            let history = try await again.reader.history(of: x, limit: 5)
            #expect(history?.versions.map(\.location) == ["url:\(a)", "url:\(a)"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `what was removed is refused after a week, and while its name is taken`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.put(a, documents(component("x"), component("y")))
            try await catalog.read(a)
            let entity = try #require(catalog.reader.entity(x))
            let uid = catalog.keeper.state.snapshot.stamp(of: entity).uid
            let id = try #require(catalog.keeper.sources.first).uid
            try await catalog.unregister(a)
            catalog.files.put(b, component("x"))
            try await catalog.read(b)
            await #expect(throws: RestoreFault.isThere(x)) {
                try await catalog.keeper.restoreEntity(uid: uid, author: "test")
            }
            try await catalog.unregister(b)
            try await catalog.database.write {
                try $0.execute("UPDATE change SET at = at - 604900000")
            }
            await #expect(throws: RestoreFault.unknown) {
                try await catalog.keeper.restoreEntity(uid: uid, author: "test")
            }
            await #expect(throws: RestoreFault.unknown) {
                try await catalog.keeper.restoreLocation(id: id, author: "test")
            }
            let things = try await catalog.reader.removed(after: nil, limit: 10)
            #expect(things?.entities.count == 0 && things?.locations.count == 0)
        }
    }

    @Test(arguments: Engine.allCases)
    func `two that restore the same at once give one entity`(engine: Engine) async throws {
        try await withCatalog(engine) { first in
            first.files.put(a, documents(component("x"), component("y")))
            try await first.read(a)
            let entity = try #require(first.reader.entity(x))
            let uid = first.keeper.state.snapshot.stamp(of: entity).uid
            let second = try await first.another()
            first.files.put(a, component("y"))
            try await first.read(a)
            async let one = try? first.keeper.restoreEntity(uid: uid, author: "one")
            async let two = try? second.keeper.restoreEntity(uid: uid, author: "two")
            let done = [await one, await two].compactMap { $0 }
            #expect(done == [x])
            try await RevisionTests.expectAgreement(first, second)
            #expect(first.components == ["x", "y"])
            let check = CatalogCheck(database: first.database, imagePath: nil)
            #expect(try await check.run(repairs: false).findings == [])
        }
    }

    @Test(arguments: Engine.allCases)
    func `the list is paged from the last to the first`(engine: Engine) async throws {
        try await withCatalog(engine) { catalog in
            for round in 0..<3 {
                catalog.files.put(a, RevisionTests.file("r\(round)n", 7))
                try await catalog.read(a)
            }
            var cursor: String?
            var seen: [String] = []
            repeat {
                let page = try #require(try await catalog.reader.removed(after: cursor, limit: 4))
                #expect(page.totalEntities == 14)
                seen += page.entities.map(\.ref)
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == 14 && Set(seen).count == 14)
            #expect(seen.prefix(7).allSatisfy { $0.hasPrefix("component:default/r1") })
            #expect(try await catalog.reader.removed(after: "1-x", limit: 4) == nil)
            let limited = CatalogReader(
                catalog.keeper.state.snapshot, bodies: catalog.keeper.bodies,
                visibility: .matching(.equals("metadata.name", ["r0n3"])))
            let page = try await limited.removed(after: nil, limit: 100)
            #expect(page?.entities.map(\.ref) == ["component:default/r0n3"])
            #expect(page?.totalEntities == nil)
        }
    }
}
