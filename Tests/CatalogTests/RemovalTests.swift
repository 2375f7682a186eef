import CallboardTestSupport
import Store
import Testing
import Values

@testable import Catalog

private let a = "https://git.test/a.yaml"
private let b = "https://git.test/b.yaml"
private let one = "https://git.test/one.yaml"
private let two = "https://git.test/two.yaml"

/// A file of Components.
private func crowd(_ numbers: Range<Int>, _ prefix: String = "n", more: String...) -> String {
    (numbers.map { component("\(prefix)\($0)") } + more).joined(separator: "---\n")
}

/// What goes at once, and what waits for a second reading and an operator's word.
@Suite(.serialized) struct RemovalTests {
    @Test(arguments: Engine.allCases, scenarios)
    func `much does not go because of one reading`(
        engine: Engine, scenario: Scenario
    ) async throws {
        var options = KeeperOptions.forTests
        options.keepsOrphans = scenario.keepsOrphans
        try await withCatalog(engine, options: options) { catalog in
            var run = ScenarioRun(catalog)
            try await run.run(scenario)
        }
    }

    static let scenarios = words + sizes + patterns + hands + others

    // MARK: Readings and words

    private static let words = [
        Scenario(
            "two readings alone do nothing, and the third writes nothing",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a), .count(200),
            .waits(180), .read(a), .readAgain(a), .count(200), .waits(180),
            .versions("component:default/n100", 1)),
        Scenario(
            "a word after two readings",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a), .read(a),
            .approve(a), .count(200), .read(a), .count(20), .waits(0), .readAgain(a)),
        Scenario(
            "a word after one reading waits for the second",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a), .approve(a),
            .count(200), .read(a), .count(20), .waits(0)),
        Scenario(
            "what comes back was never away",
            .put(a, crowd(0..<200)), .read(a), .uid("component:default/n100", isNew: true),
            .put(a, crowd(0..<20)), .read(a), .read(a), .put(a, crowd(0..<200)), .read(a),
            .count(200), .waits(0), .versions("component:default/n100", 1),
            .uid("component:default/n100", isNew: false), .approve(a), .readAgain(a)),
        Scenario(
            "a word is for what it was given for and not for more",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<100)), .read(a), .approve(a),
            .put(a, crowd(0..<50)), .read(a), .count(200), .waits(150), .read(a), .count(200),
            .approve(a), .read(a), .count(50), .waits(0)),
        Scenario(
            "a word is for less, too",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<100)), .read(a), .approve(a),
            .put(a, crowd(0..<140)), .read(a), .count(140), .waits(0)),
        Scenario(
            "what waits is edited all the same when it comes back",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a),
            .put(a, crowd(0..<120, more: component("n150", type: "job"))), .read(a), .waits(79),
            .value("component:default/n150", ["spec", "type"], "\"job\"")),
    ]

    // MARK: How much is much

    private static let sizes = [
        Scenario(
            "fifty go, whatever is left", .put(a, crowd(0..<60)), .read(a), .put(a, crowd(0..<10)),
            .read(a), .count(10), .waits(0)),
        Scenario(
            "fifty-one of sixty wait", .put(a, crowd(0..<60)), .read(a), .put(a, crowd(0..<9)),
            .read(a), .count(60), .waits(51)),
        Scenario(
            "a tenth goes", .put(a, crowd(0..<600)), .read(a), .put(a, crowd(0..<540)),
            .read(a), .count(540), .waits(0)),
        Scenario(
            "more than a tenth waits", .put(a, crowd(0..<600)), .read(a),
            .put(a, crowd(0..<539)), .read(a), .count(600), .waits(61)),
        Scenario(
            "an empty answer removes nothing", .put(a, crowd(0..<60)), .read(a), .put(a, ""),
            .read(a), .count(60), .waits(60)),
        Scenario(
            "of what waited the rest goes when it is little",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a),
            .put(a, crowd(0..<170)), .read(a), .count(170), .waits(0)),
    ]

    // MARK: Files that are missing

    private static let patterns = [
        Scenario(
            "files that a pattern does not find any more",
            .put("/r/a.yaml", crowd(0..<60, "a")), .put("/r/b.yaml", crowd(0..<60, "b")),
            .put("/r/c.yaml", crowd(0..<60, "c")), .read("/r/*.yaml"), .drop("/r/b.yaml"),
            .drop("/r/c.yaml"), .read("/r/*.yaml"), .count(180), .waits(120), .read("/r/*.yaml"),
            .readAgain("/r/*.yaml"), .put("/r/c.yaml", crowd(0..<60, "c")), .read("/r/*.yaml"),
            .waits(60), .versions("component:default/c1", 1), .approve("/r/*.yaml"),
            .read("/r/*.yaml"), .count(120), .waits(0), .readAgain("/r/*.yaml")),
        Scenario(
            "files below a Location's pattern",
            .put("/l.yaml", location("l", "./d/*.yaml", "./e.yaml")),
            .put("/d/a.yaml", crowd(0..<60, "a")), .put("/d/b.yaml", crowd(0..<60, "b")),
            .put("/e.yaml", component("e")), .read("/l.yaml"), .drop("/d/b.yaml"),
            .read("/l.yaml"), .count(121), .waits(60), .put("/d/b.yaml", crowd(0..<60, "b")),
            .read("/l.yaml"), .waits(0)),
        Scenario(
            "an optional target that is missing",
            .put("/l.yaml", location("l", "./a.yaml", "./e.yaml", isOptional: true)),
            .put("/a.yaml", crowd(0..<60)), .put("/e.yaml", component("e")), .read("/l.yaml"),
            .drop("/a.yaml"), .read("/l.yaml"), .count(61), .waits(60)),
        Scenario(
            "another source that is read does not take what waits",
            .put("/r/a.yaml", crowd(0..<60, "a")), .put("/r/b.yaml", crowd(0..<60, "b")),
            .put(a, component("x")), .read("/r/*.yaml"), .read(a), .drop("/r/b.yaml"),
            .read("/r/*.yaml"), .put(a, component("y")), .read(a), .count(121), .waits(60)),
    ]

    // MARK: What is done by hand

    private static let hands = [
        Scenario(
            "an edited file", .put("/a.yaml", crowd(0..<200)), .read("/a.yaml"),
            .put("/a.yaml", crowd(0..<20)), .read("/a.yaml"), .count(20), .waits(0)),
        Scenario(
            "a target taken out of a Location's file",
            .put("/l.yaml", location("l", "./a.yaml", "./b.yaml")), .put("/a.yaml", crowd(0..<100)),
            .put("/b.yaml", crowd(0..<100, "b")), .read("/l.yaml"), .count(200),
            .put("/l.yaml", location("l", "./a.yaml")), .read("/l.yaml"), .count(100), .waits(0)),
        Scenario(
            "a Location taken out of a file, with all below it",
            .put("/l.yaml", documents(location("l", "./m.yaml"), component("x"))),
            .put("/m.yaml", location("m", "./a.yaml")), .put("/a.yaml", crowd(0..<100)),
            .read("/l.yaml"), .count(101), .put("/l.yaml", component("x")), .read("/l.yaml"),
            .count(1), .waits(0)),
        Scenario(
            "a target taken out of a file, with what its Location leads to",
            .put("/l.yaml", location("l", "./m.yaml", "./x.yaml")), .put("/x.yaml", component("x")),
            .put("/m.yaml", location("m", "./a.yaml")), .put("/a.yaml", crowd(0..<100)),
            .read("/l.yaml"), .put("/l.yaml", location("l", "./x.yaml")), .read("/l.yaml"),
            .count(1), .waits(0)),
        Scenario(
            "a pattern taken out of a Location's file",
            .put("/l.yaml", location("l", "./d/*.yaml", "./e.yaml")),
            .put("/d/a.yaml", crowd(0..<60, "a")), .put("/e.yaml", component("e")),
            .read("/l.yaml"), .put("/l.yaml", location("l", "./e.yaml")), .read("/l.yaml"),
            .count(1), .waits(0)),
        Scenario(
            "an unregistered location, also one of which much waits",
            .put(a, crowd(0..<200)), .put(b, component("x")), .read(a), .read(b),
            .put(a, crowd(0..<20)), .read(a), .waits(180), .unregister(a), .components("x"),
            .waits(0)),
        Scenario(
            "one that waits and is deleted",
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a), .waits(180),
            .delete("component:default/n100"), .count(199), .waits(179)),
    ]

    // MARK: Locations of addresses, moves, orphans

    private static let others = [
        Scenario(
            "an address's Location that lost a target",
            .put(one, location("l", a, b)), .put(a, crowd(0..<100)), .put(b, crowd(0..<100, "b")),
            .read(one), .put(one, location("l", a)), .read(one), .count(200), .waits(100),
            .read(one), .readAgain(one), .approve(one), .read(one), .count(100), .waits(0)),
        Scenario(
            "an address that lost a Location waits with all that it leads to",
            .put(one, documents(location("l", two), component("x"))), .put(two, location("m", a)),
            .put(a, crowd(0..<100)), .read(one), .put(one, component("x")), .read(one),
            .waits(102), .count(101), .read(one), .readAgain(one), .waits(102),
            .put(one, documents(location("l", two), component("x"))), .read(one), .waits(0),
            .count(101), .readAgain(one)),
        Scenario(
            "what moves to a file that is read later goes on under its uid",
            .put(one, location("l", a, b)), .put(a, crowd(0..<100)), .put(b, component("x")),
            .read(one), .uid("component:default/n50", isNew: true), .put(a, component("y")),
            .put(b, crowd(0..<100, more: component("x"))), .read(one), .count(102), .waits(0),
            .problems(), .uid("component:default/n50", isNew: false),
            .versions("component:default/n50", 2), .readAgain(one)),
        Scenario(
            "what moves to a file that is read earlier goes on under its uid",
            .put(one, location("l", a, b)), .put(b, crowd(0..<100)), .put(a, component("x")),
            .read(one), .uid("component:default/n50", isNew: true), .put(b, component("y")),
            .put(a, crowd(0..<100, more: component("x"))), .read(one), .count(102), .waits(0),
            .problems(), .uid("component:default/n50", isNew: false),
            .versions("component:default/n50", 2), .readAgain(one)),
        Scenario(
            "what moves to another file of a pattern, while its own is gone",
            .put("/r/a.yaml", component("x")), .put("/r/b.yaml", crowd(0..<100)),
            .read("/r/*.yaml"), .uid("component:default/n50", isNew: true), .drop("/r/b.yaml"),
            .put("/r/a.yaml", crowd(0..<100, more: component("x"))), .read("/r/*.yaml"),
            .count(101), .waits(0), .problems(), .uid("component:default/n50", isNew: false)),
        Scenario(
            "a Location that moves to another file takes along what it leads to",
            .put(one, location("l", a, b)), .put(a, documents(location("m", two), component("x"))),
            .put(b, component("y")), .put(two, crowd(0..<100)), .read(one),
            .put(a, component("x")), .put(b, documents(component("y"), location("m", two))),
            .read(one), .count(102), .waits(0), .problems(), .read(one), .readAgain(one)),
        Scenario(
            "a name that another source wants is its own when the removal is confirmed",
            .put(a, crowd(0..<100)), .put(b, component("n50", type: "job")), .read(a), .read(b),
            .problems("catalog.conflict"), .put(a, crowd(0..<10)), .read(a), .read(a), .count(100),
            .problems("catalog.conflict"), .approve(a), .read(a), .count(11), .problems(),
            .value("component:default/n50", ["spec", "type"], "\"job\"")),
        Scenario(
            "a reading that was not complete does not count",
            .put(one, location("l", a, b)), .put(a, crowd(0..<100)), .put(b, component("x")),
            .read(one), .put(a, crowd(0..<10)), .trouble(b, .unreachable), .read(one),
            .count(101), .waits(90), .approve(one), .read(one), .read(one), .count(101),
            .trouble(b, nil), .read(one), .count(101), .read(one), .count(11), .waits(0)),
        Scenario(
            "a reading that was not complete leaves what waits",
            .put(one, location("l", a, b)), .put(a, crowd(0..<100)), .put(b, component("x")),
            .read(one), .put(one, location("l", b)), .read(one), .waits(100),
            .trouble(b, .unreachable), .read(one), .waits(100), .count(101),
            .delete("component:default/n0"), .waits(99), .approve(one), .read(one), .count(100),
            .trouble(b, nil), .read(one), .count(1), .waits(0)),
        Scenario(
            "orphans that stay need nobody's word", keepsOrphans: true,
            .put(a, crowd(0..<200)), .read(a), .put(a, crowd(0..<20)), .read(a), .count(200),
            .waits(0), .versions("component:default/n100", 2)),
    ]

    // MARK: Between the steps

    /// What a start finds when the portal ended between writing a file and deciding about what it
    /// lost: all is there, and the next reading asks.
    @Test(arguments: Engine.allCases)
    func `an end in the middle of a reading removes nothing and forgets nothing`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            // More than a batch holds, so that it is committed while the next file is read.
            catalog.files.put(one, location("l", a, b, two))
            catalog.files.put(a, crowd(0..<3500))
            catalog.files.put(b, component("x"))
            catalog.files.put(two, component("y"))
            try await catalog.read(one)
            catalog.files.put(a, crowd(0..<3000).replacing("service", with: "job"))
            let before = catalog.revision
            let door = catalog.files.hold(two)
            async let reading = catalog.read(one)
            try await door.arrival()
            while catalog.revision == before { try await Task.sleep(for: .milliseconds(5)) }
            let restarted = try await catalog.another()
            let check = CatalogCheck(database: catalog.database, imagePath: nil)
            #expect(try await check.run(repairs: false).findings == [])
            #expect(restarted.components.count == 3502)
            #expect(restarted.keeper.registry.item(at: "url:\(a)")?.hash == nil)
            try await restarted.read(one)
            let waiting = try await restarted.reader.waitingRemovals()
            #expect(waiting.map(\.refs.count) == [500])
            #expect(waiting.first?.total == 3503)
            let text = waiting.first?.diagnostic.report() ?? ""
            #expect(text.contains("500 of 3503 entities of `url:\(one)`"), "\(text)")
            #expect(text.contains("`component:default/n3000`"), "\(text)")
            // Its first life goes on, as another replica would.
            door.open()
            _ = try await reading
            #expect(catalog.components.count == 3502)
            #expect(try await check.run(repairs: false).findings == [])
        }
    }
}
