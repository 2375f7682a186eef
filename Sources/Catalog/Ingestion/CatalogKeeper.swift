package import CatalogModel
import Crypto
package import Jobs
import Postings
package import Store
package import Telemetry
import Values

/// How the catalog is kept.
package struct KeeperOptions: Sendable {
    /// Whether what no file declares any more stays, marked as an orphan
    /// (`catalog.orphanStrategy: keep`); otherwise it goes.
    package var keepsOrphans = false
    package var rules = CatalogRules.standard
    /// Where the image of the index is; nil for none.
    package var imagePath: String?
    /// More than these take several revisions; at least 1, lower than the usual only in tests.
    package var versionsPerRevision = Int(Slot.versionsPerRevision)

    package init() {}
}

/// The one writer of the catalog: reads sources, commits what changed, publishes snapshots.
///
/// Walks read without holding anything; only working out a batch, committing and publishing it
/// happen one after the other.
package actor CatalogKeeper: WalkKnowledge {
    let database: Database
    package nonisolated let state: CatalogState
    package nonisolated let bodies: BodyStore
    let reader: any LocationReader
    let options: KeeperOptions
    let log: Log
    let ids: IDGenerator
    let clock: Clock
    let gate = AsyncGate()
    /// What is known of items and sources; changes with each commit, under the gate.
    nonisolated let registry: ItemRegistry
    let merging = AsyncGate()
    /// What tells the snapshot's change from every other of its number; nil where there is none.
    var lastChange: String?
    /// How often the database was set back to an earlier state: what was read since is missing then.
    var setBacks = 0
    /// The segment that is mapped from the image file.
    var image: Segment?
    /// Lets one reading of a location at a time through, so that what was read first is not
    /// written last.
    private var readings: [LocationRef: AsyncGate] = [:]

    /// What this process may read, where others share the database; nil where it is alone.
    nonisolated let leases: LeaseHolder?

    /// Knows nothing yet: ``start()`` loads what is stored.
    ///
    /// - Parameter leases: this process among those that share the database; nil where no other
    ///   process can write to it, as with SQLite.
    package init(
        database: Database, bodies: BodyStore, reader: any LocationReader,
        options: KeeperOptions, leases: LeaseHolder? = nil, log: Log, ids: IDGenerator,
        clock: Clock
    ) {
        self.database = database
        self.leases = leases
        self.bodies = bodies
        self.reader = reader
        self.options = options
        self.log = log
        self.ids = ids
        self.clock = clock
        state = CatalogState()
        registry = ItemRegistry()
    }

    /// Interprets files by the configuration's rules.
    nonisolated var interpreter: Interpreter {
        Interpreter(reader: reader, rules: options.rules)
    }

    // MARK: What a walk asks

    nonisolated func known(_ location: String) -> (hash: [UInt8], etag: String?)? {
        registry.item(at: location).flatMap { item in item.hash.map { ($0, item.etag) } }
    }

    nonisolated func locations(declaredBy location: String) async throws
        -> [(ref: String, targets: LocationTargets)]
    {
        guard let item = registry.item(at: location) else { return [] }
        let snapshot = state.snapshot
        let prefix = Array("location:".utf8)
        let entities = snapshot.entities(declaredBy: item.number).filter {
            snapshot.name(of: $0).starts(with: prefix)
        }
        let contents = try await bodies.contents(entities.map { snapshot.slot(of: $0) })
        return zip(entities, contents).compactMap { entity, bytes in
            let ref = snapshot.ref(of: entity)
            guard !registry.isUndeclared(ref), let content = try? JSON.parse(bytes),
                let targets = LocationTargets(content)
            else { return nil }
            return (ref, targets)
        } + heldLocations(declaredBy: location)
    }

    private nonisolated func heldLocations(declaredBy location: String)
        -> [(ref: String, targets: LocationTargets)]
    {
        registry.held.compactMap { ref, bytes in
            guard let content = try? JSON.parse(bytes), let targets = LocationTargets(content),
                Self.location(of: content) == location
            else { return nil }
            return (ref, targets)
        }.sorted { $0.ref < $1.ref }
    }

    /// The file that a content was read from.
    static func location(of content: JSON) -> String? {
        content.at("metadata", "annotations", "backstage.io/managed-by-location")?.string
    }

    /// The location of the file that declares an entity, by its canonical reference; nil where the
    /// name is free, as that of an orphan is.
    package nonisolated func holder(of ref: String) -> String? {
        let snapshot = state.snapshot
        guard let entity = snapshot.entity(ref),
            !snapshot.select(
                CatalogReader.orphan,
                .everything(because: "ingestion")
            ).contains(entity)
        else { return nil }
        return registry.item(snapshot.stamp(of: entity).item)?.location
    }

    nonisolated func failures(of location: String) -> [Diagnostic] {
        guard let item = registry.item(at: location), item.state == .failed else { return [] }
        return registry.problems(of: item.number).map(\.diagnostic).filter {
            $0.severity == .error && $0.code != "catalog.conflict"
        }.prefix(1).map { $0 }
    }

    // MARK: Sources

    /// Reads a source and all that it leads to, and commits what changed.
    ///
    /// Waits for a reading of the same source that has begun. Once the source is removed nothing
    /// more is written.
    ///
    /// - Parameters:
    ///   - author: who asked, as the history shows it.
    ///   - force: whether files count as changed even if their bytes are the same.
    ///   - forgetting: files, by their locations' text, that alone count as changed.
    ///   - claim: what to do where another process reads the source.
    /// - Throws: `LostLease` where another process reads it now; what was written before that
    ///   stays.
    package func refresh(
        _ source: Source, author: String, force: Bool = false, forgetting: Set<String> = [],
        _ claim: ReadingClaim = .seize
    ) async throws -> RefreshReport {
        let knowledge: any WalkKnowledge =
            force
            ? NothingKnown(but: self) : ForgettingSome(base: self, forgotten: forgetting)
        return try await reading(of: source).run {
            try await underLease(of: source, claim) { lease in
                try await read(source, author: author, lease, knowledge)
            }
        }
    }

    /// Lets one reading of a source through at a time.
    func reading(of source: Source) -> AsyncGate {
        let reading = readings[source.location] ?? AsyncGate()
        readings[source.location] = reading
        return reading
    }

    private func read(
        _ source: Source, author: String, _ lease: Lease?, _ knowledge: any WalkKnowledge
    ) async throws -> RefreshReport {
        let root = SourceEntity(source.location, isOptional: source.isOptional)
        let walk = LocationWalk(
            interpreter: interpreter, knowledge: knowledge, origin: source.location)
        var report = RefreshReport()
        var pending: [WalkedFile] = []
        var pendingCount = 0
        var held: [InterpretedEntity] = []
        var versions: [WalkedFile] = []
        // The batch before is committed while the next is read: two are in memory at most.
        var committing: Task<CommitReport, any Error>?
        let result: WalkResult
        do {
            result = try await walk.run(root: root.ref.canonical, isOptional: source.isOptional) {
                file in
                report.count(file)
                switch file.outcome {
                case .same:
                    if let etag = file.etag, known(file.location.text)?.etag != etag {
                        versions.append(file)
                    }
                    return
                case .interpreted(let found):
                    pendingCount += found.entities.count + 1
                    held += found.entities.filter { $0.location != nil }
                case .failed: pendingCount += 1
                }
                pending.append(file)
                guard pendingCount >= Self.batchSize else { return }
                let files = pending
                (pending, pendingCount) = ([], 0)
                report.add(try await committing?.value)
                committing = Task {
                    try await commit(files, of: source, author: author, lease)
                }
            }
        } catch {
            _ = await committing?.result
            throw error
        }
        report.add(try await committing?.value)
        report.add(try await commit(pending, of: source, author: author, lease))
        try await finish(source, root, result, held, author: author, lease, &report)
        try await remember(versions)
        return report
    }

    /// Entities a batch: about 7 KB of memory each while they are in work, and two batches are.
    private static let batchSize = 3000

    func commit(
        _ files: [WalkedFile], of source: Source, author: String, _ lease: Lease?
    ) async throws -> CommitReport {
        guard !files.isEmpty else { return CommitReport() }
        var report = try await transact(author: author, cause: "read", lease) { planner, batch in
            guard self.isKept(source) else { return }
            for file in files { self.plan(file, &planner, &batch) }
        }
        for file in files {
            guard let item = registry.item(at: file.location.text),
                let missed = report.undeclared[item.number]
            else { continue }
            report.readings.append(
                ItemReading(item: item.number, hash: file.hash, etag: file.etag, missed: missed))
        }
        return report
    }

    /// Keeps what addresses and file systems call their present version, where it is another one of
    /// the same bytes: they need not be read the next time.
    ///
    /// Nothing that anybody sees changes: it takes no revision.
    private func remember(_ files: [WalkedFile]) async throws {
        guard !files.isEmpty else { return }
        try await gate.run {
            let items = files.compactMap { file -> Item? in
                guard var item = registry.item(at: file.location.text), item.hash == file.hash
                else { return nil }
                item.etag = file.etag
                return item
            }
            try await database.write { try CatalogBatch.writeVersions(of: items, to: $0) }
            registry.remember(items)
        }
    }

    /// Whether a source was not removed meanwhile.
    private nonisolated func isKept(_ source: Source) -> Bool {
        registry.sources.contains { $0.uid == source.uid && $0.location == source.location }
    }

    private nonisolated func plan(
        _ file: WalkedFile, _ planner: inout BatchPlanner, _ batch: inout CatalogBatch
    ) {
        var item =
            registry.item(at: file.location.text)
            ?? Item(
                number: registry.newNumber(in: batch), location: file.location.text,
                origin: file.origin.text, hash: nil, etag: nil, state: .read, readAt: 0)
        let before = item
        if !registry.sources.contains(where: { $0.location.text == item.origin }) {
            item.origin = file.origin.text
        }
        switch file.outcome {
        case .same: return
        case .failed(let diagnostic):
            item.state = .failed
            // When it can be read again its problems have to be found anew, even in the same bytes.
            (item.hash, item.etag) = (nil, nil)
            planner.setProblems(
                [Problem(item: item.number, ref: nil, diagnostic: diagnostic)], of: item.number)
        case .interpreted(let found):
            item.state = found.failures.isEmpty ? .read : .failed
            item.hash = file.hash
            item.etag = file.etag
            batch.references[item.number] = found.references
            let snapshot = planner.snapshot
            let defers = decidesLater(item)
            planner.add(found, item: item.number, at: item.location, defersRemovals: defers) {
                entity in
                entity.location != nil && snapshot.entity(entity.ref.canonical) == nil
            }
            // Until it is decided what becomes of that, the file does not count as read.
            if !(planner.undeclared[item.number] ?? []).isEmpty {
                (item.hash, item.etag) = (nil, nil)
            }
        }
        guard item != before || registry.item(at: item.location) == nil else { return }
        item.readAt = clock.now.milliseconds
        batch.items.append(item)
    }

    /// After the walk: the source's own Location entity, what each Location reaches, what could
    /// not be reached, and what nothing reaches any more.
    private func finish(
        _ source: Source, _ root: SourceEntity, _ result: WalkResult,
        _ declared: [InterpretedEntity], author: String, _ lease: Lease?,
        _ report: inout RefreshReport
    ) async throws {
        // What was reached and is faulty is counted with its file.
        report.unreached = result.unreached.filter { $0.target != nil }.map(\.diagnostic)
        let own = registry.item(at: root.itemLocation)
        let before = own.map { registry.refsWithProblems(of: $0.number) } ?? []
        let failed = Set(result.unreached.map(\.parent))
        // A set that is not proven complete never removes.
        let proof = ReadingProof(
            source: source, isComplete: result.unreached.isEmpty, items: report.readings,
            followed: result.followed)
        let waiting = registry.removal(of: source.number)
        let located = try await located(result)
        let committed = try await transact(author: author, cause: "read", lease) { planner, batch in
            guard self.isKept(source) else { return }
            let item = self.sourceItem(root, source, &batch)
            var held = self.putLocations(declared, root, result, item, &planner)
            planner.setProblems(
                located.map {
                    // Each content once: a Location may have thousands of targets that fail.
                    Problem(
                        item: item.number, ref: $0.parent, diagnostic: $0.diagnostic,
                        candidate: held.removeValue(forKey: $0.parent))
                }, of: item.number)
            for (parent, locations) in result.reach {
                var numbers = locations.compactMap { self.registry.item(at: $0)?.number }
                let known = self.registry.reach(of: parent)
                // What could not be read now is led to as before, or the next complete reading
                // of anything else would take it for gone.
                if failed.contains(parent) { numbers += known.filter { !numbers.contains($0) } }
                if known != numbers { batch.reach[parent] = numbers }
            }
            self.removeGone(proof, &planner, &batch)
        }
        report.add(committed)
        guard isKept(source) else { return }
        tellOfWaiting(source, since: waiting)
        try await mark(failed.union(before), result.unreached, author: author, lease, &report)
        if report.freed > 0 { try await settleConflicts(author: author) }
        await compact()
    }

    /// What could not be reached, each at the line of the target that names it.
    private func located(_ result: WalkResult) async throws -> [UnreachedTarget] {
        var places: [UInt32: ReferencePlaces] = [:]
        var located = result.unreached
        for (index, unreached) in result.unreached.enumerated() {
            guard let target = unreached.target, !unreached.diagnostic.place.isKnown,
                let item = result.followed[unreached.parent].flatMap({
                    registry.item(at: $0.file.text)
                })
            else { continue }
            if places[item.number] == nil {
                places[item.number] = try await bodies.referencePlaces(of: [item.number])[
                    item.number]
            }
            located[index].diagnostic =
                places[item.number]?.located(
                    unreached.diagnostic, target: target, of: unreached.parent)
                ?? unreached.diagnostic
        }
        return located
    }

    /// Puts the Location entities that are not in the catalog yet and lead somewhere: those of
    /// the walk, those that waited, and the source's own.
    ///
    /// As in Backstage a Location comes into the catalog when all that it points to was read for
    /// the first time; until then it is among the problems.
    ///
    /// - Returns: the contents that wait.
    private nonisolated func putLocations(
        _ declared: [InterpretedEntity], _ root: SourceEntity, _ result: WalkResult,
        _ own: Item, _ planner: inout BatchPlanner
    ) -> [String: [UInt8]] {
        let failed = Set(result.unreached.map(\.parent))
        var waiting = registry.held.filter { result.reach[$0.key] != nil }
        var candidates = [(root.entity(interpreter), own.number)]
        for entity in declared {
            waiting[entity.ref.canonical] = nil
            let file = Self.location(of: entity.content).flatMap { registry.item(at: $0) }
            if let file { candidates.append((entity, file.number)) }
        }
        for (_, bytes) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let content = try? JSON.parse(bytes),
                let checked = try? checkEntity(content, file: nil),
                let file = Self.location(of: content).flatMap({ registry.item(at: $0) })
            else { continue }
            candidates.append(
                (
                    InterpretedEntity(
                        ref: checked.ref, content: content, bytes: bytes,
                        hash: EntityMark.hash(bytes), relations: checked.relations,
                        place: .unknown), file.number
                ))
        }
        var held: [String: [UInt8]] = [:]
        for (entity, item) in candidates
        where planner.snapshot.entity(entity.ref.canonical) == nil {
            if failed.contains(entity.ref.canonical) {
                held[entity.ref.canonical] = entity.bytes
            } else if let problem = planner.addHeld(entity, item: item) {
                let known = planner.problems[item] ?? registry.problems(of: item)
                planner.setProblems(known + [problem], of: item)
            }
        }
        return held
    }

    /// The item that stands for the source itself and declares its Location entity.
    nonisolated func sourceItem(
        _ root: SourceEntity, _ source: Source, _ batch: inout CatalogBatch
    ) -> Item {
        if let known = registry.item(at: root.itemLocation) { return known }
        let item = Item(
            number: registry.newNumber(in: batch), location: root.itemLocation,
            origin: source.location.text, hash: nil, etag: nil, state: .read,
            readAt: clock.now.milliseconds)
        batch.items.append(item)
        return item
    }

    /// Writes on Location entities which of their targets could not be reached, and takes it off
    /// those whose targets are all there again.
    private func mark(
        _ parents: Set<String>, _ unreached: [UnreachedTarget], author: String, _ lease: Lease?,
        _ report: inout RefreshReport
    ) async throws {
        guard !parents.isEmpty else { return }
        let byParent = Dictionary(grouping: unreached, by: \.parent)
        report.add(
            try await transact(author: author, cause: "read", lease) { planner, _ in
                for parent in parents.sorted() {
                    let own = byParent[parent] ?? []
                    planner.mark(
                        parent, own.map(\.diagnostic), errorName: own.first?.errorName ?? "Error")
                }
            })
    }
}

/// No file is known: each is read as if for the first time.
struct NothingKnown: WalkKnowledge {
    /// Knows who holds which name; nil where there is no catalog.
    let keeper: CatalogKeeper?

    init(but keeper: CatalogKeeper? = nil) {
        self.keeper = keeper
    }

    func holder(of ref: String) -> String? { keeper?.holder(of: ref) }
    func known(_ location: String) -> (hash: [UInt8], etag: String?)? { nil }
    func failures(of location: String) -> [Diagnostic] { [] }
    func locations(declaredBy location: String) async throws
        -> [(ref: String, targets: LocationTargets)]
    { [] }
}
