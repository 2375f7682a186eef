package import Catalog
package import CatalogModel
package import Jobs
package import Store
package import Telemetry
package import Values

/// A catalog over files in memory, and short words for what tests do with it.
package struct TestCatalog: Sendable {
    package let files: FakeLocations
    package let keeper: CatalogKeeper
    package let database: Database

    /// Makes a keeper and starts it; several may share one database, as replicas do.
    package init(
        _ database: Database, _ files: FakeLocations, options: KeeperOptions = .forTests,
        leases: LeaseHolder? = nil, clock: Clock = .system
    ) async throws {
        self.files = files
        self.database = database
        keeper = CatalogKeeper(
            database: database, bodies: BodyStore(database: database, codec: BodyCodec()),
            reader: files, options: options, leases: leases,
            log: Log(level: .error, clock: .system, sink: SilentSink()), ids: .random,
            clock: clock)
        _ = try await keeper.start()
    }

    /// The same words for a keeper that was made and started elsewhere.
    package init(_ keeper: CatalogKeeper, _ database: Database) {
        files = FakeLocations()
        self.keeper = keeper
        self.database = database
    }

    /// Another keeper on the same database and files, as after a restart or in another process.
    package func another(options: KeeperOptions = .forTests) async throws -> TestCatalog {
        try await TestCatalog(database, files, options: options)
    }

    // MARK: Doing

    /// Registers a location and reads it; one that is there already is read again.
    @discardableResult
    package func read(_ target: String, isOptional: Bool = false) async throws -> RefreshReport {
        let (source, _) = try await keeper.add(
            Self.location(target), .registered, isOptional: isOptional, author: "test")
        return try await keeper.refresh(source, author: "test")
    }

    /// Removes a location.
    package func unregister(_ target: String) async throws {
        for source in keeper.sources where source.location == Self.location(target) {
            try await keeper.remove(source, author: "test")
        }
    }

    /// The location of a target: a file where it begins with `/`, else an address.
    package static func location(_ target: String) -> LocationRef {
        LocationRef(type: target.hasPrefix("/") ? "file" : "url", target: target)
    }

    // MARK: Looking

    /// The last change that queries see.
    package var revision: Int64 { keeper.state.snapshot.revision }

    /// A reader that may see all.
    package var reader: CatalogReader {
        CatalogReader(
            keeper.state.snapshot, bodies: keeper.bodies, visibility: .everything(because: "test"))
    }

    /// The references of all entities but the generated Location entities of sources, in order.
    package var refs: [String] {
        let snapshot = keeper.state.snapshot
        return snapshot.page(reader.select(nil), EntityOrder()).map { snapshot.ref(of: $0) }
            .filter { !$0.hasPrefix("location:default/generated-") }
    }

    /// The names of all Components, in order.
    package var components: [String] {
        refs.compactMap { ref in
            let start = "component:default/"
            return ref.hasPrefix(start) ? String(ref.dropFirst(start.count)) : nil
        }
    }

    /// An entity as it is answered; nil where it is not there.
    package func json(_ ref: String) async throws -> JSON? {
        guard let entity = reader.entity(ref) else { return nil }
        return try JSON.parse(try await reader.json([entity])[0])
    }

    /// Every entity as it is answered, with its revision out of the account: what two keepers of
    /// one database have to agree about.
    package func allAnswers() async throws -> [String] {
        let reader = reader
        let entities = reader.snapshot.page(reader.select(nil), EntityOrder())
        return try await reader.json(entities).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension KeeperOptions {
    /// All kinds from everywhere; removed entities go.
    package static var forTests: KeeperOptions {
        var options = KeeperOptions()
        options.rules = CatalogRules([
            CatalogRules.Rule(
                allow: KindRegistry.builtIn.definitions.map { .init(kind: $0.name) })
        ])
        return options
    }
}

/// Gives the body a catalog in a fresh database of the engine.
package func withCatalog<Value: Sendable>(
    _ engine: Engine, options: KeeperOptions = .forTests,
    _ body: (TestCatalog) async throws -> Value
) async throws -> Value {
    try await withDatabase(engine, migrations: [CatalogMigrations.set]) { database in
        try await body(TestCatalog(database, FakeLocations(), options: options))
    }
}

/// Drops every line.
package struct SilentSink: LogSink {
    package init() {}
    /// Does nothing.
    package func take(_ entry: LogEntry) {}
}

/// The YAML of one entity; several are put together with ``documents(_:)``.
package func entity(
    _ kind: String, _ name: String, spec: String, title: String? = nil
) -> String {
    var text = "apiVersion: backstage.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\n"
    if let title { text += "  title: \(title)\n" }
    return text + "spec:\n" + spec.split(separator: "\n").map { "  \($0)\n" }.joined()
}

/// A Component.
package func component(
    _ name: String, type: String = "service", owner: String = "team", title: String? = nil
) -> String {
    entity(
        "Component", name, spec: "type: \(type)\nlifecycle: production\nowner: \(owner)",
        title: title)
}

/// A Location entity.
package func location(_ name: String, _ targets: String..., isOptional: Bool = false) -> String {
    let list = targets.map { "'\($0)'" }.joined(separator: ", ")
    return entity(
        "Location", name, spec: "targets: [\(list)]" + (isOptional ? "\npresence: optional" : ""))
}

/// A file of several documents.
package func documents(_ texts: String...) -> String { texts.joined(separator: "---\n") }
