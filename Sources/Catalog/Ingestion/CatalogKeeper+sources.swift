package import CatalogModel
import Jobs
import Postings
import Store
import Telemetry
import Values

extension CatalogKeeper {
    /// Makes the sources of the configuration the ones that are kept, beside those registered.
    ///
    /// What left the configuration is removed with all that only it led to.
    package func setConfigured(_ locations: [(location: LocationRef, isOptional: Bool)])
        async throws -> [Source]
    {
        let wanted = Set(locations.map(\.location))
        for source in registry.sources
        where source.origin == .configuration && !wanted.contains(source.location) {
            try await remove(source, author: "configuration")
        }
        for (location, isOptional) in locations {
            _ = try await add(
                location, .configuration, isOptional: isOptional, author: "configuration")
        }
        return registry.sources.filter { wanted.contains($0.location) }
    }

    /// Adds a source, if it is not there yet; does not read it.
    ///
    /// - Parameter uid: the id of a source that it takes the place of; nil for a new one.
    /// - Returns: the source and whether it was there.
    package func add(
        _ location: LocationRef, _ origin: Source.Origin, isOptional: Bool, author: String,
        uid: String? = nil
    ) async throws -> (source: Source, existed: Bool) {
        if let known = registry.sources.first(where: { $0.location == location }) {
            return (known, true)
        }
        let uid = uid ?? ids.uuid()
        try await transact(author: author, cause: "register") { planner, batch in
            // Another replica may have been first.
            guard !self.registry.sources.contains(where: { $0.location == location }) else {
                return
            }
            batch.addedSources = [
                Source(
                    number: self.registry.newSourceNumber, uid: uid, location: location,
                    origin: origin,
                    isOptional: isOptional)
            ]
        }
        let source = registry.sources.first { $0.location == location }
        return (
            source
                ?? Source(
                    number: 0, uid: uid, location: location, origin: origin, isOptional: isOptional),
            source?.uid != uid
        )
    }

    /// Removes a source, its Location entity, and at once all that only it led to.
    package func remove(_ source: Source, author: String) async throws {
        try await transact(author: author, cause: "unregister") { planner, batch in
            self.planRemoval(of: source, &planner, &batch)
        }
        try await settleConflicts(author: author)
        await compact()
    }

    /// What removing a source would take away; changes nothing.
    package func removal(of source: Source) -> SourceRemoval {
        var planner = planner(state.snapshot)
        var batch = CatalogBatch(author: "", cause: "")
        planRemoval(of: source, &planner, &batch)
        let gone = planner.removedRefs
        let items = Set(batch.removedItems)
        var successors: [(ref: String, location: String)] = []
        for (item, problems) in registry.conflicts where !items.contains(item) {
            for problem in problems where problem.isConflict {
                guard let ref = problem.ref, gone.contains(ref),
                    !successors.contains(where: { $0.ref == ref }),
                    let location = registry.item(item)?.location
                else { continue }
                successors.append((ref, location))
            }
        }
        return SourceRemoval(refs: gone.sorted(), successors: successors)
    }

    private nonisolated func planRemoval(
        of source: Source, _ planner: inout BatchPlanner, _ batch: inout CatalogBatch
    ) {
        let root = SourceEntity(source.location, isOptional: source.isOptional)
        let before = reached(planner, batch)
        batch.removedSources = [source.number]
        if !registry.reach(of: root.ref.canonical).isEmpty {
            batch.reach[root.ref.canonical] = []
        }
        if let item = registry.item(at: root.itemLocation) {
            for entity in planner.snapshot.entities(declaredBy: item.number) {
                planner.remove(entity, .removed)
            }
            batch.removedItems.append(item.number)
        }
        removeLeft(by: source, before: before, &planner, &batch)
    }

    /// Removes what nothing leads to any more once a source is gone.
    ///
    /// - Parameter before: what was led to as long as the source was there.
    private nonisolated func removeLeft(
        by source: Source, before: Set<UInt32>, _ planner: inout BatchPlanner,
        _ batch: inout CatalogBatch
    ) {
        let reached = reached(planner, batch)
        let others = otherOrigins(than: source, batch)
        for item in registry.items where item.isFile {
            if reached.contains(item.number) {
                if item.origin == source.location.text { forget(item, &batch) }
            } else if before.contains(item.number) || !others.contains(item.origin) {
                for entity in planner.snapshot.entities(declaredBy: item.number) {
                    planner.remove(entity, .removed)
                }
                batch.removedItems.append(item.number)
            }
        }
        clearReach(planner, &batch)
    }

    /// The origins of items that a source does not answer for: it does for those that were first
    /// read through it or through a source that is gone.
    ///
    /// Those of other sources are none of its business: they may be in the middle of being read.
    nonisolated func otherOrigins(than source: Source, _ batch: CatalogBatch) -> Set<String> {
        Set(
            registry.sources.filter {
                $0.number != source.number && !batch.removedSources.contains($0.number)
            }.map(\.location.text))
    }

    /// Forgets what Location entities that are gone led to.
    nonisolated func clearReach(_ planner: BatchPlanner, _ batch: inout CatalogBatch) {
        for parent in registry.reachingRefs where batch.reach[parent] == nil {
            let isHeld = registry.held(parent) != nil
            if !isHeld, planner.holder(of: parent) == nil, !isRoot(parent) {
                batch.reach[parent] = []
            }
        }
    }

    /// Makes a file be interpreted anew when it is read the next time, for another source answers
    /// for it then.
    nonisolated func forget(_ item: Item, _ batch: inout CatalogBatch) {
        guard item.hash != nil else { return }
        var item = item
        (item.hash, item.etag) = (nil, nil)
        batch.items.append(item)
    }

    nonisolated func isRoot(_ ref: String) -> Bool {
        registry.sources.contains { SourceEntity($0).ref.canonical == ref }
    }

    /// The items that the sources lead to, through Location entities that are there or wait.
    ///
    /// Followed from the sources on: Locations that only lead to each other keep nothing.
    ///
    /// - Parameter without: Location entities that are about to go and lead nowhere any more.
    nonisolated func reached(
        _ planner: BatchPlanner, _ batch: CatalogBatch, without: Set<String> = []
    ) -> Set<UInt32> {
        var declared: [UInt32: [String]] = [:]
        for parent in Set(registry.reachingRefs).union(batch.reach.keys)
        where !without.contains(parent) {
            if let item = planner.holder(of: parent) ?? heldItem(parent, planner) {
                declared[item, default: []].append(parent)
            }
        }
        var reached: Set<UInt32> = []
        var queue = registry.sources.filter { !batch.removedSources.contains($0.number) }
            .map { SourceEntity($0).ref.canonical }
        var seen = Set(queue)
        while let parent = queue.popLast() {
            for item in batch.reach[parent] ?? registry.reach(of: parent)
            where reached.insert(item).inserted {
                queue += (declared[item] ?? []).filter { seen.insert($0).inserted }
            }
        }
        return reached
    }

    /// The item of a Location entity that never passed.
    private nonisolated func heldItem(_ ref: String, _ planner: BatchPlanner) -> UInt32? {
        guard !planner.isRemoved(ref) else { return nil }
        return registry.held(ref).flatMap { try? JSON.parse($0) }.flatMap { content in
            Self.location(of: content).flatMap { registry.item(at: $0)?.number }
        }
    }

    // MARK: Conflicts

    /// Where the holder of a name went or is an orphan, the first that lost against it takes its
    /// place; the others are told who has it now.
    func settleConflicts(author: String) async throws {
        try await transact(author: author, cause: "settle") { planner, _ in
            self.settle(&planner)
        }
    }

    /// Hands names over that are free.
    ///
    /// - Parameters:
    ///   - without: items that get nothing, because they are about to go.
    ///   - givesWay: whether an item may have a name although another holds it.
    /// - Returns: whether one was handed over.
    @discardableResult
    nonisolated func settle(
        _ planner: inout BatchPlanner, without: Set<UInt32> = [],
        givesWay: (_ ref: String, _ item: UInt32) -> Bool = { _, _ in false }
    ) -> Bool {
        var isChanged = false
        for (item, known) in registry.conflicts where !without.contains(item) {
            var left: [Problem] = []
            for problem in planner.problems[item] ?? known {
                guard problem.isConflict, let ref = problem.ref else {
                    left.append(problem)
                    continue
                }
                let holder = planner.holder(of: ref)
                let isFree =
                    holder == nil
                    || !planner.isClaimed(ref) && (planner.isOrphan(ref) || givesWay(ref, item))
                if isFree, let content = problem.candidate.flatMap({ try? JSON.parse($0) }) {
                    planner.claim(
                        ref, EntityMark.change(content, declaredRelations(of: content)), for: item)
                    isChanged = true
                } else if let holder {
                    left.append(problem.held(by: registry.item(holder)?.location))
                } else {
                    left.append(problem)
                }
            }
            planner.setProblems(left, of: item)
        }
        return isChanged
    }

    // MARK: Single entities

    /// Removes an entity; if a file still declares it, reading that file brings it back, as in
    /// Backstage with a new uid.
    ///
    /// - Returns: the sources that lead to it and have to be read again.
    package func deleteEntity(uid: [UInt8], author: String) async throws -> [Source] {
        var origins: Set<String> = []
        if let entity = state.snapshot.entity(uid: uid),
            let item = registry.item(state.snapshot.stamp(of: entity).item)
        {
            origins.insert(item.origin)
        }
        try await transact(author: author, cause: "delete") { planner, batch in
            guard let entity = planner.snapshot.entity(uid: uid) else { return }
            planner.remove(entity, .removed)
            if var item = self.registry.item(planner.snapshot.stamp(of: entity).item) {
                item.hash = nil
                item.etag = nil
                batch.items.append(item)
            }
        }
        try await settleConflicts(author: author)
        return registry.sources.filter { origins.contains($0.location.text) }
    }
}

/// What goes with a source.
package struct SourceRemoval: Sendable {
    /// The entities, in order; the source's own Location entity is among them.
    package let refs: [String]
    /// The names of them that others claim too, and from where they are then taken.
    package let successors: [(ref: String, location: String)]
}
