import CallboardTestSupport
import Store
import Testing

@testable import Catalog

private let a = "https://git.test/a.yaml"
private let b = "https://git.test/b.yaml"
private let c = "https://git.test/c.yaml"
private let one = "https://git.test/one.yaml"
private let two = "https://git.test/two.yaml"
private let type = ["spec", "type"]
private let orphan = ["metadata", "annotations", "backstage.io/orphan"]
private let origin = ["metadata", "annotations", "backstage.io/managed-by-origin-location"]
private let status = ["status"]
private let broken = entity("Component", "y", spec: "type: service\nlifecycle: production")

@Suite struct IngestionTests {
    @Test(arguments: Engine.allCases, scenarios)
    func `files become entities`(engine: Engine, scenario: Scenario) async throws {
        var options = KeeperOptions.forTests
        options.keepsOrphans = scenario.keepsOrphans
        try await withCatalog(engine, options: options) { catalog in
            var run = ScenarioRun(catalog)
            try await run.run(scenario)
        }
    }

    static let scenarios =
        changes + conflicts + faults + failures + locations + removals + orphans

    // MARK: What changes

    private static let changes = [
        Scenario(
            "an unchanged file writes nothing",
            .put(a, documents(component("x"), component("y"))), .read(a), .components("x", "y"),
            .readAgain(a), .readAgain(a), .versions("component:default/x", 1)),
        Scenario(
            "one changed entity of a file is one new version",
            .put(a, documents(component("x"), component("y"), component("z"))), .read(a),
            .uid("component:default/y", isNew: true),
            .put(a, documents(component("x"), component("y", type: "job"), component("z"))),
            .read(a), .versions("component:default/x", 1), .versions("component:default/y", 2),
            .versions("component:default/z", 1), .value("component:default/y", type, "\"job\""),
            .uid("component:default/y", isNew: false)),
        Scenario(
            "other bytes with the same meaning are no new version",
            .put(a, component("x")), .read(a), .put(a, "# a comment\n" + component("x")), .read(a),
            .versions("component:default/x", 1), .readAgain(a)),
        Scenario(
            "what a file does not declare any more goes, and comes again with a new uid",
            .put(a, documents(component("x"), component("y"))), .read(a),
            .uid("component:default/y", isNew: true), .put(a, component("x")), .read(a),
            .components("x"), .put(a, documents(component("y"), component("x"))), .read(a),
            .components("x", "y"), .uid("component:default/y", isNew: true),
            .versions("component:default/y", 3)),
        Scenario(
            "a name that changes its case only is the same entity",
            .put(a, component("x")), .read(a), .uid("component:default/x", isNew: true),
            .put(a, component("X")), .read(a), .components("x"),
            .uid("component:default/x", isNew: false),
            .value("component:default/x", ["metadata", "name"], "\"X\"")),
        Scenario(
            "of two documents of one name in a file the last counts",
            .put(a, documents(component("x"), component("x", type: "job"))), .read(a),
            .value("component:default/x", type, "\"job\""), .problems("catalog.declared-twice"),
            .readAgain(a), .put(a, component("x")), .read(a), .problems()),
        Scenario(
            "an entity may move to a file that is read later",
            .put(a, documents(component("x"), component("y"))), .put(b, component("z")),
            .put(one, location("l", a, b)), .read(one), .put(a, component("y")),
            .put(b, documents(component("z"), component("x", type: "job"))), .read(one),
            .components("x", "y", "z"), .value("component:default/x", type, "\"job\""),
            .problems(), .readAgain(one)),
        Scenario(
            "an entity may move to a file that is read earlier",
            .put(a, component("y")), .put(b, documents(component("z"), component("x"))),
            .put(one, location("l", a, b)), .read(one), .put(b, component("z")),
            .put(a, documents(component("y"), component("x", type: "job"))), .read(one),
            .components("x", "y", "z"), .value("component:default/x", type, "\"job\""),
            .problems(), .readAgain(one)),
    ]

    // MARK: Conflicts

    private static let conflicts = [
        Scenario(
            "the first keeps a name, and the other takes it when the first goes",
            .put(a, component("x")), .put(b, component("x", type: "job")), .read(a), .read(b),
            .value("component:default/x", type, "\"service\""), .problems("catalog.conflict"),
            .told(a), .readAgain(b), .put(a, component("w")), .read(a), .components("w", "x"),
            .value("component:default/x", type, "\"job\""), .problems(), .readAgain(b)),
        Scenario(
            "a file that lost several names gets all of them",
            .put(a, documents(component("x"), component("y"))),
            .put(b, documents(component("x", type: "job"), component("y", type: "job"))), .read(a),
            .read(b), .problems("catalog.conflict", "catalog.conflict"), .put(a, component("w")),
            .read(a), .components("w", "x", "y"),
            .value("component:default/x", type, "\"job\""),
            .value("component:default/y", type, "\"job\""), .problems()),
        Scenario(
            "unregistering the holder hands the name over",
            .put(a, component("x")), .put(b, component("x", type: "job")), .read(a), .read(b),
            .unregister(a), .value("component:default/x", type, "\"job\""), .problems()),
        Scenario(
            "the loser that goes away leaves no problem",
            .put(a, component("x")), .put(b, component("x", type: "job")), .read(a), .read(b),
            .put(b, component("y")), .read(b), .components("x", "y"), .problems(),
            .value("component:default/x", type, "\"service\"")),
        Scenario(
            "the name is handed over even while another target is down",
            .put(a, component("x")), .put(c, component("z")), .put(one, location("l", a, c)),
            .put(b, component("x", type: "job")), .read(one), .read(b), .put(a, component("y")),
            .trouble(c, .unreachable), .read(one), .components("x", "y", "z"),
            .value("component:default/x", type, "\"job\"")),
        Scenario(
            "of two losers the first takes the name and the other is told who has it now",
            .put(a, component("x")), .put(b, component("x", type: "job")),
            .put(c, component("x", type: "cron")), .read(a), .read(b), .read(c),
            .problems("catalog.conflict", "catalog.conflict"), .unregister(a),
            .value("component:default/x", type, "\"job\""), .problems("catalog.conflict"),
            .told("url:\(b)"), .unregister(b), .value("component:default/x", type, "\"cron\""),
            .problems()),
        Scenario(
            "a second Location of a name does not take the targets of the first",
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a)),
            .put(two, location("l", b)), .read(one), .read(two), .components("x"), .read(one),
            .components("x"), .read(two), .components("x"), .unregister(one), .read(two),
            .components("y"), .problems()),
    ]

    // MARK: Documents that are wrong

    private static let faults = [
        Scenario(
            "a bad document hurts only itself, and its last good version stays with its status",
            .put(a, documents(component("x"), component("y"))), .read(a),
            .value("component:default/y", status, nil),
            .put(a, documents(component("x", type: "job"), broken)), .read(a),
            .components("x", "y"), .value("component:default/x", type, "\"job\""),
            .value("component:default/y", type, "\"service\""),
            .present("component:default/y", ["status", "items"]),
            .problems("entity.missing-field"), .readAgain(a),
            .put(a, documents(component("x", type: "job"), component("y"))), .read(a),
            .value("component:default/y", status, nil), .problems(), .readAgain(a)),
        Scenario(
            "a new bad document is a problem and no entity",
            .put(a, documents(component("x"), broken)), .read(a), .components("x"),
            .problems("entity.missing-field"), .put(a, documents(component("x"), component("y"))),
            .read(a), .components("x", "y"), .problems()),
        Scenario(
            "broken YAML removes nothing",
            .put(a, documents(component("x"), component("y"))), .read(a),
            .put(a, documents(component("x", type: "job"), "metadata: [\n")), .read(a),
            .components("x", "y"), .put(a, "metadata: [\n"), .read(a), .components("x", "y"),
            .put(a, documents(component("x"), component("y", type: "job"))), .read(a),
            .components("x", "y"), .value("component:default/y", type, "\"job\""), .problems(),
            .value("component:default/x", status, nil)),
        Scenario(
            "bytes that are no text remove nothing",
            .put(a, component("x")), .read(a), .put(a, "\u{0}\u{1}\u{2}"), .read(a),
            .components("x"), .put(a, component("x")), .read(a), .components("x"), .problems()),
        Scenario(
            "a document without a name removes nothing of its file",
            .put(a, documents(component("x"), component("y"))), .read(a),
            .put(a, documents(component("x"), "kind: Component\nmetadata: {}\n")), .read(a),
            .components("x", "y"), .put(a, component("x")), .read(a), .components("x")),
        Scenario(
            "a good and a bad document of one name: the good one's changes are seen",
            .put(a, component("y")), .read(a),
            .put(a, documents(component("y", type: "job"), broken)), .read(a),
            .value("component:default/y", type, "\"job\""), .problems("entity.missing-field")),
        Scenario(
            "a problem that moves to another entity is taken off the first",
            .put(a, documents(component("y"), component("z"))), .read(a),
            .put(a, documents(broken, component("z"))), .read(a),
            .value("component:default/z", status, nil), .put(a, component("z")), .read(a),
            .components("z"), .problems()),
        Scenario(
            "an unknown kind is kept among the problems",
            .put(a, documents(component("x"), entity("Widget", "w", spec: "size: 3"))), .read(a),
            .components("x"), .problems("entity.unknown-kind"), .readAgain(a)),
    ]

    // MARK: Sources that fail

    private static let failures = [
        Scenario(
            "a location that fails keeps all, whatever else is read",
            .put(a, component("x")), .put(b, component("y")), .read(a), .read(b),
            .trouble(a, .unreachable), .read(a), .components("x", "y"), .read(b),
            .put(b, component("z")), .read(b), .components("x", "z"), .trouble(a, nil), .read(a),
            .components("x", "z"), .problems(), .readAgain(a)),
        Scenario(
            "a target that fails keeps its entities, whatever else is read",
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a, b)),
            .put(c, component("z")), .read(one), .read(c), .trouble(b, .unreachable), .read(one),
            .components("x", "y", "z"), .put(c, component("w")), .read(c),
            .components("w", "x", "y"), .put(a, component("v")), .read(one),
            .components("v", "w", "y"), .trouble(b, nil), .read(one),
            .components("v", "w", "y"), .problems(), .value("location:default/l", status, nil)),
        Scenario(
            "a target that is gone keeps its entities, and says so",
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a, b)),
            .read(one), .drop(b), .read(one), .components("x", "y"),
            .problems("catalog.target-missing"),
            .present("location:default/l", ["status", "items"]), .readAgain(one),
            .put(c, component("z")), .read(c), .components("x", "y", "z")),
        Scenario(
            "a failing location takes one revision to say so and no more",
            .put(a, component("x")), .read(a), .trouble(a, .unreachable), .read(a), .readAgain(a),
            .readAgain(a)),
        Scenario(
            "an unreadable file takes one revision to say so, and recovers with the same bytes",
            .put(a, component("x")), .read(a), .trouble(a, .unreadable), .read(a),
            .components("x"), .problems("catalog.unreadable-file", "catalog.unreadable-file"),
            .readAgain(a),
            .trouble(a, nil), .read(a), .components("x"), .problems(), .readAgain(a)),
        Scenario(
            "an unreadable file forgets neither its conflicts nor its faults",
            .put(a, component("x")), .put(b, documents(component("x", type: "job"), broken)),
            .read(a), .read(b), .problems("catalog.conflict", "entity.missing-field"),
            .trouble(b, .unreadable), .read(b), .trouble(b, nil), .read(b),
            .problems("catalog.conflict", "entity.missing-field"), .unregister(a),
            .value("component:default/x", type, "\"job\"")),
        Scenario(
            "a pattern that finds less removes, one that finds nothing does not",
            .put("/r/a.yaml", component("x")), .put("/r/b.yaml", component("y")),
            .read("/r/*.yaml"), .components("x", "y"), .drop("/r/b.yaml"), .read("/r/*.yaml"),
            .components("x"), .drop("/r/a.yaml"), .read("/r/*.yaml"), .components("x"),
            .put("/r/c.yaml", component("z")), .read("/r/*.yaml"), .components("z"), .problems()),
        Scenario(
            "one unreadable file of a pattern keeps its entities",
            .put("/r/a.yaml", component("x")), .put("/r/b.yaml", component("y")),
            .read("/r/*.yaml"), .trouble("/r/a.yaml", .unreadable),
            .put("/r/b.yaml", component("z")),
            .read("/r/*.yaml"), .components("x", "z")),
    ]

    // MARK: Locations

    private static let locations = [
        Scenario(
            "Locations nest",
            .put(one, location("l", "./two.yaml")), .put(two, location("m", "a.yaml")),
            .put(a, component("x")), .read(one), .components("x"), .put(a, component("y")),
            .read(one), .components("y"), .put(two, component("z")), .read(one),
            .components("z"), .unregister(one), .components()),
        Scenario(
            "Locations in a circle end, and go with what led to them",
            .put(one, location("l", two)),
            .put(two, documents(location("m", one, two), component("x"))),
            .read(one), .components("x"), .readAgain(one), .unregister(one), .components(),
            .value("location:default/l", [], nil), .value("location:default/m", [], nil)),
        Scenario(
            "a circle that is cut off goes",
            .put(one, location("l", a)), .put(a, documents(location("m", b), component("x"))),
            .put(b, documents(location("n", a), component("y"))), .read(one),
            .components("x", "y"), .put(c, component("z")), .put(one, location("l", c)),
            .read(one), .components("z")),
        Scenario(
            "a target that is listed twice is read once and goes when nothing lists it",
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a, a, b)),
            .read(one), .components("x", "y"), .readAgain(one), .put(one, location("l", a, b)),
            .read(one), .components("x", "y"), .put(one, location("l", b)), .read(one),
            .components("y"), .problems()),
        Scenario(
            "an optional target may be missing, and goes when it is",
            .put(one, location("l", a, b, isOptional: true)), .put(a, component("x")), .read(one),
            .components("x"), .problems(), .put(b, component("y")), .read(one),
            .components("x", "y"), .drop(b), .read(one), .components("x"), .problems(),
            .trouble(a, .unreachable), .read(one), .components("x"),
            .problems("catalog.unreachable")),
        Scenario(
            "an optional source may be missing",
            .read(a, isOptional: true), .problems(), .put(a, component("x")), .read(a),
            .components("x")),
        Scenario(
            "a Location that changes its targets changes what is there",
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a)),
            .read(one), .put(one, location("l", b)), .read(one), .components("y"),
            .put(one, location("l", a, b)), .read(one), .components("x", "y")),
        Scenario(
            "a Location that was deleted comes again with all that it leads to",
            .put(a, component("x")), .put(one, location("l", a)), .read(one),
            .uid("location:default/l", isNew: true), .delete("location:default/l"),
            .uid("location:default/l", isNew: true), .components("x")),
        Scenario(
            "Locations that nest too deeply are told about, and what was reached is kept",
            steps: (0..<20).map { depth in
                .put(
                    "/deep/\(depth)",
                    documents(location("l\(depth)", "\(depth + 1)"), component("c\(depth)")))
            } + [
                .read("/deep/0"),
                .componentsAre((0...16).map { "c\($0)" }.sorted()),
                .problems("catalog.location-size"), .readAgain("/deep/0"),
            ]),
    ]

    // MARK: Going

    private static let removals = [
        Scenario(
            "unregistering removes exactly what only that location led to",
            .put(a, component("x")), .put(b, component("y")), .put(c, component("z")),
            .put(one, location("l", a, b)), .put(two, location("m", b, c)), .read(one), .read(two),
            .unregister(one), .components("y", "z"), .value("location:default/l", [], nil),
            .read(two), .value("component:default/y", origin, "\"url:\(two)\""), .readAgain(two),
            .put(two, location("m", c)), .read(two), .components("z"),
            .unregister(two), .components(), .problems()),
        Scenario(
            "unregistering a location that never could be read leaves nothing",
            .read(a), .problems("catalog.target-missing"), .unregister(a), .problems(),
            .components()),
        Scenario(
            "a deleted entity comes again with a new uid while a file declares it",
            .put(a, documents(component("x"), component("y"))), .read(a),
            .uid("component:default/x", isNew: true), .uid("component:default/y", isNew: true),
            .delete("component:default/x"), .uid("component:default/x", isNew: true),
            .uid("component:default/y", isNew: false), .components("x", "y")),
        Scenario(
            "an orphan stays if it should, marked once", keepsOrphans: true,
            .put(a, documents(component("x"), component("y"))), .read(a), .put(a, component("y")),
            .read(a), .components("x", "y"), .value("component:default/x", orphan, "\"true\""),
            .versions("component:default/x", 2), .readAgain(a), .put(a, component("z")), .read(a),
            .versions("component:default/x", 2), .versions("component:default/y", 2),
            .put(a, documents(component("x"), component("y"))), .read(a),
            .value("component:default/x", orphan, nil), .value("component:default/y", orphan, nil)),
        Scenario(
            "an orphaned file stays marked once, and is an orphan no more when it is listed again",
            keepsOrphans: true,
            .put(a, component("x")), .put(b, component("y")), .put(one, location("l", a, b)),
            .read(one), .put(one, location("l", b)), .read(one), .components("x", "y"),
            .value("component:default/x", orphan, "\"true\""), .readAgain(one), .readAgain(one),
            .versions("component:default/x", 2), .put(one, location("l", a, b)), .read(one),
            .value("component:default/x", orphan, nil)),
        Scenario(
            "unregistering one location leaves the orphans of the others", keepsOrphans: true,
            .put(a, documents(component("x"), component("y"))), .put(b, component("z")), .read(a),
            .read(b), .put(a, component("y")), .read(a), .components("x", "y", "z"),
            .unregister(b), .components("x", "y")),
    ]

    // MARK: Orphans that give way

    private static let orphans = [
        Scenario(
            "an orphan gives way to a file that is read later", keepsOrphans: true,
            .put(a, documents(component("x"), component("y"))), .put(b, component("z")),
            .put(one, location("l", a, b)), .read(one), .uid("component:default/x", isNew: true),
            .put(a, component("y")),
            .put(b, documents(component("z"), component("x", type: "job"))),
            .read(one), .components("x", "y", "z"), .value("component:default/x", type, "\"job\""),
            .value("component:default/x", orphan, nil), .uid("component:default/x", isNew: false),
            .versions("component:default/x", 2), .problems(), .readAgain(one)),
        Scenario(
            "an orphan gives way to a file that was read earlier", keepsOrphans: true,
            .put(a, component("y")), .put(b, documents(component("z"), component("x"))),
            .put(one, location("l", a, b)), .read(one), .uid("component:default/x", isNew: true),
            .put(b, component("z")),
            .put(a, documents(component("y"), component("x", type: "job"))),
            .read(one), .components("x", "y", "z"), .value("component:default/x", type, "\"job\""),
            .value("component:default/x", orphan, nil), .uid("component:default/x", isNew: false),
            .versions("component:default/x", 3), .problems(), .readAgain(one)),
        Scenario(
            "an orphan gives way to another location, much later", keepsOrphans: true,
            .put(a, documents(component("x"), component("y"))), .read(a), .put(a, component("y")),
            .read(a), .uid("component:default/x", isNew: true),
            .value("component:default/x", orphan, "\"true\""), .put(b, component("x", type: "job")),
            .read(b), .value("component:default/x", orphan, nil),
            .value("component:default/x", type, "\"job\""),
            .uid("component:default/x", isNew: false),
            .versions("component:default/x", 3), .problems(),
            .put(a, documents(component("x"), component("y"))), .read(a),
            .problems("catalog.conflict"), .value("component:default/x", type, "\"job\"")),
        Scenario(
            "an orphan gives way to whoever lost against it before", keepsOrphans: true,
            .put(a, documents(component("x"), component("y"))),
            .put(b, component("x", type: "job")),
            .read(a), .read(b), .problems("catalog.conflict"),
            .uid("component:default/x", isNew: true), .put(a, component("y")), .read(a),
            .problems(), .value("component:default/x", type, "\"job\""),
            .value("component:default/x", orphan, nil), .uid("component:default/x", isNew: false)),
        Scenario(
            "a Location that was an orphan is followed where it is declared again",
            keepsOrphans: true,
            .put(a, component("x")), .put(b, component("y")),
            .put(one, documents(location("l", a), component("w"))), .read(one),
            .put(one, component("w")), .read(one), .value("location:default/l", orphan, "\"true\""),
            .readAgain(one), .put(two, location("l", b)), .read(two), .components("w", "x", "y"),
            .value("location:default/l", orphan, nil),
            .problems(), .readAgain(two), .read(one),
            .value("component:default/x", orphan, "\"true\"")),
    ]
}
