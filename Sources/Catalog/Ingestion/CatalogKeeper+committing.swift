import CatalogModel
import Jobs
import Postings
import Store
import Telemetry
import Values

extension CatalogKeeper {
    /// Works out a batch, commits and publishes it, while nothing else does.
    ///
    /// - Parameters:
    ///   - lease: what has to be held still when it is committed; nil for what anybody may do.
    ///   - plan: may be called again where another process committed in between.
    /// - Throws: `LostLease` where the lease passed to another process; nothing is then written.
    @discardableResult
    func transact(
        author: String, cause: String, _ lease: Lease? = nil,
        _ plan: @Sendable (inout BatchPlanner, inout CatalogBatch) -> Void
    ) async throws -> CommitReport {
        var empty = CatalogBatch(author: author, cause: cause)
        empty.versionsPerRevision = options.versionsPerRevision
        return try await gate.run {
            try await inTurn { attempts in
                try await transact(empty, lease, attempts: attempts, plan)
            }
        }
    }

    /// - Throws: ``StaleBatch`` where another process was first every time.
    private func transact(
        _ empty: CatalogBatch, _ lease: Lease?, attempts: Int,
        _ plan: @Sendable (inout BatchPlanner, inout CatalogBatch) -> Void
    ) async throws -> CommitReport {
        for attempt in 1...max(1, attempts) {
            let base = state.snapshot
            var (planner, batch) = await work(planner(base), empty, plan)
            try await addMarks(to: &planner)
            batch.entities = planner.changes
            let removed = Set(batch.removedItems)
            batch.problems = planner.problems.filter {
                !removed.contains($0.key) && registry.differ($0.value, of: $0.key)
            }
            dropSettledRemovals(from: &batch, planner)
            var report = CommitReport(undeclared: planner.undeclared)
            guard !batch.isEmpty else { return report }
            do {
                try await commit(batch, on: base, lease, &report)
                return report
            } catch is StaleBatch {
                // Out of step with another process that commits all the time: in step this one
                // would always be second.
                let longest = min(attempt * 4, 200)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...longest)))
                try await catchUp()
            }
        }
        throw StaleBatch()
    }

    /// Works out a batch, off the actor: a walk goes on there meanwhile.
    private nonisolated func work(
        _ planner: BatchPlanner, _ batch: CatalogBatch,
        _ plan: @Sendable (inout BatchPlanner, inout CatalogBatch) -> Void
    ) async -> (BatchPlanner, CatalogBatch) {
        var (planner, batch) = (planner, batch)
        plan(&planner, &batch)
        return (planner, batch)
    }

    func planner(_ base: Snapshot) -> BatchPlanner {
        let registry = registry
        let ids = ids
        return BatchPlanner(
            snapshot: base, locations: { registry.item($0)?.location },
            newUID: { uuidBytes(ids.uuid()) ?? [] }, keepsOrphans: options.keepsOrphans)
    }

    /// Turns marks into versions: what is refused now or became an orphan keeps its last good
    /// content, with the mark in it.
    private func addMarks(to planner: inout BatchPlanner) async throws {
        let snapshot = planner.snapshot
        for (index, change) in planner.changes.enumerated() where change.cause == .orphaned {
            guard let entity = snapshot.entity(change.ref),
                let content = try await content(of: entity, in: snapshot)
            else { continue }
            var kept = change
            kept.content = EntityMark.change(
                EntityMark.orphaned(content), snapshot.declaredRelations(of: entity))
            planner.replaceChange(at: index, with: kept)
        }
        guard !planner.marked.isEmpty else { return }
        let places = Dictionary(
            planner.changes.enumerated().map { ($1.ref, $0) }, uniquingKeysWith: { $1 })
        for mark in planner.marked {
            // The file may declare the entity a second time, and well.
            if let index = places[mark.ref], let content = planner.changes[index].content {
                var change = planner.changes[index]
                change.content = EntityMark.change(
                    EntityMark.withStatus(content.json, mark.faults, errorName: mark.errorName),
                    content.relations)
                planner.replaceChange(at: index, with: change)
                continue
            }
            guard let entity = snapshot.entity(mark.ref), !planner.isRemoved(mark.ref),
                let content = try await content(of: entity, in: snapshot)
            else { continue }
            let marked = EntityMark.change(
                EntityMark.withStatus(content, mark.faults, errorName: mark.errorName),
                snapshot.declaredRelations(of: entity))
            let stamp = snapshot.stamp(of: entity)
            guard marked.hash != stamp.hash else { continue }
            planner.add(
                EntityChange(
                    ref: mark.ref, content: marked,
                    known: (stamp.number, snapshot.slot(of: entity)), uid: stamp.uid,
                    item: stamp.item, cause: mark.faults.isEmpty ? .recovered : .refused))
        }
    }

    private func content(of entity: IndexedEntity, in snapshot: Snapshot) async throws -> JSON? {
        let bytes = try await bodies.contents([snapshot.slot(of: entity)])
        return bytes.first.flatMap { try? JSON.parse($0) }
    }

    private func commit(
        _ batch: CatalogBatch, on base: Snapshot, _ lease: Lease?, _ report: inout CommitReport
    ) async throws {
        let revision = base.revision + 1
        async let indexed = segment(of: batch, revision)
        let written = try await compressed(batch)
        let isBulk = batch.entities.count > 1000
        let leases = leases
        let before = lastChange
        let change = try await database.write(isBulk ? .bulk : .interactive) { writer in
            try lease?.confirm(in: writer)
            if try leases?.isTakenByOther(Self.turn, in: writer) ?? false { throw StaleBatch() }
            return try written.write(to: writer, revision: revision, after: before)
        }
        if let dictionary = written.dictionary { bodies.codec.didStore(dictionary.number) }
        lastChange = change.text
        registry.apply(batch, at: change.at)
        // What comes in bulk is not asked for at once: there the memory is needed.
        if !isBulk { remember(written, from: revision) }
        let gone = batch.entities.filter { $0.content == nil }.map(\.ref)
        let last = revision + Int64(batch.revisionCount - 1)
        state.publish(base.adding(await indexed, removed: gone, revision: last))
        report.revision = last
        report.put = batch.entities.count - gone.count
        report.removed = gone.count
        report.orphaned = batch.entities.count { $0.cause == .orphaned }
        report.conflicts = batch.problems.values.flatMap { $0 }.map(\.diagnostic)
            .filter { $0.code == "catalog.conflict" }
    }

    private func remember(_ batch: CatalogBatch, from revision: Int64) {
        for (index, change) in batch.entities.enumerated() {
            guard let content = change.content else { continue }
            bodies.insert(batch.slot(of: index, from: revision), compressed: content.compressed)
        }
    }

    /// Compresses what the batch puts; the first batch of some size trains the dictionary.
    private nonisolated func compressed(_ batch: CatalogBatch) async throws -> CatalogBatch {
        var batch = batch
        batch.dictionary = try bodies.codec.dictionaryToStore {
            batch.entities.compactMap { $0.content?.bytes }
        }
        for index in batch.entities.indices {
            guard let content = batch.entities[index].content else { continue }
            batch.entities[index].content?.compressed = try bodies.codec.compress(content.bytes)
        }
        batch.references = try batch.references.mapValues {
            $0.isEmpty ? [] : try bodies.codec.compress($0)
        }
        return batch
    }

    private nonisolated func segment(of batch: CatalogBatch, _ revision: Int64) async -> Segment? {
        var builder = SegmentBuilder()
        for (index, change) in batch.entities.enumerated() {
            guard let content = change.content else { continue }
            let slot = batch.slot(of: index, from: revision)
            builder.add(
                ref: change.ref, slot: slot,
                stamp: EntityStamp(
                    uid: change.uid, hash: content.hash, item: change.item,
                    number: change.known?.number ?? slot),
                content: content.json, relations: content.relations)
        }
        return builder.count > 0 ? builder.finish() : nil
    }

    // MARK: Following other processes

    /// Takes over what other processes committed.
    func catchUp() async throws {
        let base = state.snapshot
        if try await isSetBack(base) { return try await startAnew() }
        let news = try await database.read(.bulk) { reader -> (Int64, String?, Changes, Tables)? in
            let revision = try CatalogQueries.revision(reader)
            guard revision > base.revision else { return nil }
            return (
                revision, try CatalogQueries.change(reader, revision),
                try CatalogQueries.changes(reader, after: base.revision),
                try CatalogQueries.tables(reader)
            )
        }
        guard let (revision, change, changed, tables) = news else { return }
        lastChange = change
        try await loadDictionaries()
        load(tables)
        var builder = SegmentBuilder()
        for version in changed.put { try add(version, to: &builder) }
        let segment = builder.count > 0 ? builder.finish() : nil
        state.publish(base.adding(segment, removed: changed.removed, revision: revision))
    }

    /// Adds an entity as the database has it.
    nonisolated func add(_ version: StoredVersion, to builder: inout SegmentBuilder) throws {
        let bytes = try bodies.codec.decompress(version.content)
        guard let content = try? JSON.parse(bytes) else { throw MissingBody(slot: version.slot) }
        builder.add(
            ref: version.ref, slot: version.slot,
            stamp: EntityStamp(
                uid: version.uid, hash: version.hash, item: version.item, number: version.number),
            content: content, relations: declaredRelations(of: content))
    }

    private typealias Changes = (put: [StoredVersion], removed: [String])
    private typealias Tables = CatalogQueries.Tables

    func loadRegistry() async throws {
        load(try await database.read(.bulk) { try CatalogQueries.tables($0) })
    }

    private func load(_ tables: Tables) {
        registry.load(
            items: tables.items, sources: tables.sources, reach: tables.reach,
            problems: tables.problems, removals: tables.removals, last: tables.last)
    }

    func loadDictionaries() async throws {
        let stored = try await database.read { try CatalogQueries.dictionaries($0) }
        for (number, bytes) in stored {
            try bodies.codec.addDictionary(number: number, bytes)
        }
    }
}
