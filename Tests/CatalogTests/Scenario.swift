import CallboardTestSupport
import CatalogModel
import Store
import Testing
import Values

@testable import Catalog

/// What happens to files and locations, step by step, and what the catalog has to be like then.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let keepsOrphans: Bool
    let steps: [Step]

    init(_ name: String, keepsOrphans: Bool = false, _ steps: Step...) {
        self.name = name
        self.keepsOrphans = keepsOrphans
        self.steps = steps
    }

    init(_ name: String, steps: [Step]) {
        self.name = name
        keepsOrphans = false
        self.steps = steps
    }

    var testDescription: String { name }

    enum Step: Sendable {
        case put(String, String)
        case drop(String)
        case trouble(String, FakeLocations.Trouble?)
        /// Registers and reads; `isOptional` counts the first time.
        case read(String, isOptional: Bool = false)
        /// Reads and expects that nothing was written.
        case readAgain(String)
        case unregister(String)
        /// Deletes by uid and reads what led to it.
        case delete(String)
        /// Gives the word that what waits of a location may go.
        case approve(String)
        /// Restores a location.
        case restoreLocation(String)
        /// Restores the entity of a name that went last.
        case restore(String)
        /// Exactly these are listed as removed: targets of locations, then references.
        case removedAre([String])
        /// So many entities wait to be removed.
        case waits(Int)
        /// So many Components are there.
        case count(Int)
        /// Exactly these Components are there.
        case componentsAre([String])
        /// Exactly these problems are there, by their codes.
        case problemsAre([String])
        /// One of the problems' texts has this.
        case told(String)
        /// The value of the entity at a path, as JSON; nil for none.
        case value(String, [String], String?)
        /// The entity has something at a path.
        case present(String, [String])
        /// How many versions the entity has.
        case versions(String, Int)
        /// Whether the entity's uid is the one at the last such step.
        case uid(String, isNew: Bool)

        static func removed(_ names: String...) -> Step { .removedAre(names) }
        static func components(_ names: String...) -> Step { .componentsAre(names) }
        static func problems(_ codes: String...) -> Step { .problemsAre(codes) }
    }
}

/// Runs a scenario and, at its end, holds what is in memory against a restart from the database.
struct ScenarioRun {
    let catalog: TestCatalog
    private var uids: [String: String] = [:]

    init(_ catalog: TestCatalog) { self.catalog = catalog }

    mutating func run(_ scenario: Scenario) async throws {
        for (index, step) in scenario.steps.enumerated() {
            let place = "\(scenario.name), step \(index + 1)"
            if try await !act(step, place) { try await check(step, place) }
            try await expectKeptAnswers(place)
        }
        let rebuilt = try await catalog.another()
        #expect(
            try await rebuilt.allAnswers() == catalog.allAnswers(),
            "\(scenario.name): after a restart")
        #expect(
            Set(rebuilt.keeper.registry.items.map(\.location))
                == Set(catalog.keeper.registry.items.map(\.location)),
            "\(scenario.name): items after a restart")
        #expect(
            rebuilt.keeper.registry.removals == catalog.keeper.registry.removals,
            "\(scenario.name): what waits after a restart")
        let check = try await CatalogCheck(database: catalog.database, imagePath: nil).run(
            repairs: false)
        #expect(check.isClean, "\(scenario.name): \(check.findings.map { $0.report() })")
    }

    /// What was answered before and is kept is what would be composed now.
    private func expectKeptAnswers(_ place: String) async throws {
        let reader = catalog.reader
        let entities = reader.snapshot.page(reader.select(nil), EntityOrder())
        let composed = try await reader.json(entities)
        for _ in 1...2 {
            // Contents are in memory after the first time, on both engines.
            let kept = try entities.map { try reader.jsonNow($0) }
            #expect(kept == composed, "\(place): kept answers")
        }
    }

    private func act(_ step: Scenario.Step, _ place: String) async throws -> Bool {
        switch step {
        case .put(let target, let text): catalog.files.put(target, text)
        case .drop(let target): catalog.files.remove(target)
        case .trouble(let target, let trouble): catalog.files.trouble(target, trouble)
        case .read(let target, let isOptional):
            try await catalog.read(target, isOptional: isOptional)
        case .readAgain(let target):
            let before = catalog.revision
            try await catalog.read(target)
            #expect(catalog.revision == before, "\(place): something was written")
        case .unregister(let target): try await catalog.unregister(target)
        case .delete(let ref):
            let entity = try #require(catalog.reader.entity(ref), "\(place)")
            let uid = catalog.keeper.state.snapshot.stamp(of: entity).uid
            for source in try await catalog.keeper.deleteEntity(uid: uid, author: "test") {
                _ = try await catalog.keeper.refresh(source, author: "test")
            }
        case .approve(let target):
            for source in catalog.keeper.sources
            where source.location == TestCatalog.location(target) {
                _ = try await catalog.keeper.approveRemoval(of: source, author: "operator")
            }
        case .restoreLocation(let target):
            let things = try #require(try await catalog.reader.removed(after: nil, limit: 1000))
            let location = things.locations.first { $0.location == TestCatalog.location(target) }
            let source = try await catalog.keeper.restoreLocation(
                id: #require(location, "\(place)").id, author: "test")
            #expect(source.uid == location?.id, "\(place)")
        case .restore(let ref):
            let things = try #require(try await catalog.reader.removed(after: nil, limit: 1000))
            let uid = try #require(things.entities.first { $0.ref == ref }, "\(place)").uid
            let back = try await catalog.keeper.restoreEntity(
                uid: uuidBytes(uid) ?? [], author: "test")
            #expect(back == ref, "\(place)")
        default: return false
        }
        return true
    }

    private mutating func check(_ step: Scenario.Step, _ place: String) async throws {
        switch step {
        case .waits(let count):
            let waiting = try await catalog.reader.waitingRemovals()
            #expect(waiting.reduce(0) { $0 + $1.refs.count } == count, "\(place)")
        case .removedAre(let names):
            let things = try #require(try await catalog.reader.removed(after: nil, limit: 1000))
            let found =
                things.locations.map(\.location.target) + things.entities.map(\.ref).sorted()
            expectEqual(found, names, place)
            #expect(things.totalEntities == things.entities.count, "\(place)")
        case .count(let count): #expect(catalog.components.count == count, "\(place)")
        case .componentsAre(let names): expectEqual(catalog.components, names, place)
        case .problemsAre(let codes):
            expectEqual(try await problems().map(\.diagnostic.code).sorted(), codes.sorted(), place)
        case .told(let text):
            let texts = try await problems().map { $0.diagnostic.report() }
            #expect(texts.contains { $0.contains(text) }, "\(place): \(texts)")
        case .value(let ref, let path, let wanted):
            var found = try await catalog.json(ref)
            for name in path { found = found?[name] }
            #expect(found?.text == wanted, "\(place)")
        case .present(let ref, let path):
            var found = try await catalog.json(ref)
            for name in path { found = found?[name] }
            #expect(found != nil, "\(place)")
        case .versions(let ref, let count):
            let found = try await catalog.database.read {
                try CatalogQueries.versions(
                    $0, slots: CatalogQueries.versionSlots($0, ref: ref))
            }
            #expect(found.count == count, "\(place): \(found.map(\.cause.word))")
        case .uid(let ref, let isNew):
            let uid = try await catalog.json(ref)?.at("metadata", "uid")?.string
            #expect(uid != nil, "\(place): \(ref) is not there")
            if let known = uids[ref] { #expect((known != uid) == isNew, "\(place)") }
            uids[ref] = uid
        default: break
        }
    }

    private func expectEqual(_ found: [String], _ wanted: [String], _ place: String) {
        #expect(found == wanted, "\(place)")
    }

    private func problems() async throws -> [Problem] {
        try await catalog.database.read { try CatalogQueries.problems($0, ref: nil) }
    }
}
