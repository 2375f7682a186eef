package import CatalogModel
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
            _ = try await add(location, .configuration, isOptional: isOptional, author: "configuration")
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
        _ = try await transact(author: author, cause: "register") { planner, batch in
            // Another replica may have been first.
            guard !self.registry.sources.contains(where: { $0.location == location }) else { return }
            let next = (self.registry.sources.map(\.number).max() ?? 0) + 1
            batch.addedSources = [
                Source(
                    number: next, uid: uid, location: location, origin: origin,
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
        let root = SourceEntity(source.location, isOptional: source.isOptional)
        var report = RefreshReport()
        report.add(
            try await transact(author: author, cause: "unregister") { planner, batch in
                batch.removedSources = [source.number]
                batch.reach[root.ref.canonical] = []
                guard let item = self.registry.item(at: root.itemLocation) else { return }
                for entity in planner.snapshot.entities(declaredBy: item.number) {
                    planner.remove(entity, .removed)
                }
                batch.removedItems.append(item.number)
                self.removeUnreached(&planner, &batch, alwaysRemoves: true)
            })
        try await settleConflicts(author: author)
        await compact()
    }

    /// Removes entities and items that no Location entity leads to any more.
    func sweep(author: String, _ report: inout RefreshReport) async throws {
        report.add(
            try await transact(author: author, cause: "read") { planner, batch in
                self.removeUnreached(&planner, &batch, alwaysRemoves: false)
            })
    }

    /// Follows from parents that are gone to what only they reached.
    private nonisolated func removeUnreached(
        _ planner: inout BatchPlanner, _ batch: inout CatalogBatch, alwaysRemoves: Bool
    ) {
        let keeps = options.keepsOrphans && !alwaysRemoves
        // What waits goes with the item that its problem belongs to.
        var lost: Set<String> = []
        for item in batch.removedItems { lost.formUnion(registry.refsWithProblems(of: item)) }
        var isDone = false
        var dead: Set<UInt32> = Set(batch.removedItems)
        while !isDone {
            isDone = true
            var reached: Set<UInt32> = []
            for parent in Set(registry.reachingRefs).union(batch.reach.keys) {
                let isAlive =
                    planner.snapshot.entity(parent) != nil && !planner.removed.contains(parent)
                    || registry.held(parent) != nil && !lost.contains(parent)
                if isAlive {
                    reached.formUnion(batch.reach[parent] ?? registry.reach(of: parent))
                } else if !registry.reach(of: parent).isEmpty, batch.reach[parent] == nil {
                    batch.reach[parent] = []
                }
            }
            for item in registry.items where !item.location.hasPrefix("source ") {
                guard !reached.contains(item.number), !dead.contains(item.number) else { continue }
                dead.insert(item.number)
                for entity in planner.snapshot.entities(declaredBy: item.number) {
                    planner.remove(entity, keeps ? .orphaned : .removed)
                    isDone = false
                }
                if !keeps { batch.removedItems.append(item.number) }
            }
        }
    }

    // MARK: Conflicts

    /// Where the holder of a name went, the first that lost against it takes its place; the others
    /// are told who has it now.
    func settleConflicts(author: String) async throws {
        _ = try await transact(author: author, cause: "settle") { planner, _ in
            var taken: [String: UInt32] = [:]
            for (item, problems) in self.registry.conflicts {
                var left: [Problem] = []
                for problem in problems {
                    guard problem.isConflict, let ref = problem.ref else {
                        left.append(problem)
                        continue
                    }
                    let holder =
                        taken[ref]
                        ?? planner.snapshot.entity(ref).map { planner.snapshot.stamp(of: $0).item }
                    if let holder {
                        left.append(problem.held(by: self.registry.item(holder)?.location))
                    } else if let content = problem.candidate.flatMap({ try? JSON.parse($0) }) {
                        taken[ref] = item
                        planner.add(
                            EntityChange(
                                ref: ref,
                                content: EntityMark.change(content, declaredRelations(of: content)),
                                known: nil, uid: planner.newUID(), item: item, cause: .created))
                    } else {
                        left.append(problem)
                    }
                }
                planner.setProblems(left, of: item)
            }
        }
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
        _ = try await transact(author: author, cause: "delete") { planner, batch in
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
