import CatalogModel
import Postings
import Telemetry
import Values

/// What one file, read whole, does not declare any more.
struct ItemReading: Sendable {
    var item: UInt32
    var hash: [UInt8]?
    var etag: String?
    /// References of entities that it declared before.
    var missed: [String]
}

/// What a reading of a source proves of what is to go.
struct ReadingProof: Sendable {
    var source: Source
    /// Whether everything that the source leads to was read.
    var isComplete: Bool
    /// Files that are asked for later what becomes of what they declare no more.
    var items: [ItemReading]
    /// The Location entities as they are now.
    var followed: [String: FollowedLocation]
}

// Who removes a great deal at once by hand means it: unregisters, deletes, edits a file on this
// machine. A server that answers something else than yesterday, or files that are missing where
// yesterday there were some, may mean an outage: docs/decisions/0013-removals-wait.md.
extension CatalogKeeper {
    /// Whether what a file declares no more is decided about when its source was read to the end:
    /// what a server answers is nobody's act.
    nonisolated func decidesLater(_ item: Item) -> Bool {
        !options.keepsOrphans && item.location.hasPrefix("url:")
    }

    /// Removes what a reading proved to be gone; where that is much, and nobody did it by hand, lets
    /// it wait for a second complete reading and an operator's word.
    ///
    /// Belongs into the transaction that writes what the source leads to now: the registry still
    /// says what led where before.
    nonisolated func removeGone(
        _ proof: ReadingProof, _ planner: inout BatchPlanner, _ batch: inout CatalogBatch
    ) {
        let source = proof.source
        let waiting = registry.removal(of: source.number)
        var undeclared = undeclaredRefs(proof, waiting, planner)
        var gone: [Item] = []
        // What moved is not gone; and where a Location moved, what it leads to is not either.
        repeat {
            gone = proof.isComplete ? unreached(source, undeclared, planner, batch) : []
        } while handOver(&undeclared, gone, of: source, &planner)
        let (asked, byHand) = sorted(undeclared, gone, proof, waiting, planner)
        let verdict = verdict(asked, proof, waiting, planner, batch)
        if verdict != waiting {
            let none = PendingRemoval(
                source: source.number, since: 0, readings: 0, total: 0, refs: [:])
            batch.removals[source.number] = PendingRemovalChange(verdict ?? none, from: waiting)
        }
        if verdict == nil {
            if let word = waiting?.approvedBy, !asked.isEmpty { batch.author = word }
            for ref in asked.keys.sorted() {
                if let entity = planner.snapshot.entity(ref) { planner.remove(entity, .removed) }
            }
        }
        for entity in byHand { planner.remove(entity, options.keepsOrphans ? .orphaned : .removed) }
        forgetItems(gone, keeping: verdict?.refs ?? [:], planner, &batch)
        rememberItems(proof, &batch)
        clearReach(planner, &batch)
        if !asked.isEmpty || !byHand.isEmpty {
            settle(&planner, without: Set(batch.removedItems))
        }
    }

    /// What goes only if it is not too much, and what somebody made go by hand.
    private nonisolated func sorted(
        _ undeclared: Set<String>, _ gone: [Item], _ proof: ReadingProof,
        _ waiting: PendingRemoval?, _ planner: BatchPlanner
    ) -> (asked: [String: Bool], byHand: [IndexedEntity]) {
        let snapshot = planner.snapshot
        var asked = Dictionary(uniqueKeysWithValues: undeclared.map { ($0, true) })
        var byHand: [IndexedEntity] = []
        var acts = HandActs(
            keeper: self, planner: planner, undeclared: undeclared,
            gone: Set(gone.map(\.number)), followed: proof.followed)
        for item in gone {
            for entity in snapshot.entities(declaredBy: item.number) {
                let ref = snapshot.ref(of: entity)
                guard asked[ref] == nil, planner.holder(of: ref) == item.number else { continue }
                if let known = waiting?.refs[ref] {
                    asked[ref] = known
                } else if options.keepsOrphans || acts.explain(item.number) {
                    byHand.append(entity)
                } else {
                    asked[ref] = false
                }
            }
        }
        if options.keepsOrphans {
            // Nothing is lost by it: what waited before becomes an orphan too.
            return ([:], byHand + asked.keys.sorted().compactMap { snapshot.entity($0) })
        }
        // What an incomplete reading says nothing about goes on waiting.
        if !proof.isComplete, let waiting {
            for (ref, isUndeclared) in waiting.refs where !isUndeclared {
                if planner.holder(of: ref) != nil { asked[ref] = false }
            }
        }
        return (asked, byHand)
    }

    /// What is there although its file, which is there too, does not declare it.
    private nonisolated func undeclaredRefs(
        _ proof: ReadingProof, _ waiting: PendingRemoval?, _ planner: BatchPlanner
    ) -> Set<String> {
        let readNow = Set(proof.items.map(\.item))
        var found = Set(proof.items.flatMap(\.missed))
        for (ref, isUndeclared) in waiting?.refs ?? [:] where isUndeclared {
            // A file that was not read anew says what it said before.
            if let holder = planner.holder(of: ref), !readNow.contains(holder) {
                found.insert(ref)
            }
        }
        return found.filter { ref in
            guard let entity = planner.snapshot.entity(ref) else { return false }
            return planner.holder(of: ref) == planner.snapshot.stamp(of: entity).item
        }
    }

    /// The items that a source answers for and nothing leads to.
    private nonisolated func unreached(
        _ source: Source, _ undeclared: Set<String>, _ planner: BatchPlanner, _ batch: CatalogBatch
    ) -> [Item] {
        let reached = reached(planner, batch, without: undeclared)
        let others = otherOrigins(than: source, batch)
        return registry.items.filter { item in
            item.isFile && !reached.contains(item.number) && !others.contains(item.origin)
        }.sorted { $0.number < $1.number }
    }

    /// Gives what moved to another file of the same source to that file.
    ///
    /// - Returns: whether something moved.
    private nonisolated func handOver(
        _ undeclared: inout Set<String>, _ gone: [Item], of source: Source,
        _ planner: inout BatchPlanner
    ) -> Bool {
        guard !undeclared.isEmpty || !gone.isEmpty else { return false }
        let refs = undeclared
        let numbers = Set(gone.map(\.number))
        let snapshot = planner.snapshot
        let hasMoved = settle(&planner, without: numbers) { ref, item in
            guard registry.item(item)?.origin == source.location.text else { return false }
            let holder = snapshot.entity(ref).map { snapshot.stamp(of: $0).item }
            return refs.contains(ref) || holder.map(numbers.contains) ?? false
        }
        undeclared = undeclared.filter { !planner.isClaimed($0) }
        return hasMoved
    }

    /// What is left to wait; nil where nothing is: then what was asked for goes.
    private nonisolated func verdict(
        _ asked: [String: Bool], _ proof: ReadingProof, _ waiting: PendingRemoval?,
        _ planner: BatchPlanner, _ batch: CatalogBatch
    ) -> PendingRemoval? {
        // About files that were not looked for nothing is decided now.
        let isOpen = !proof.isComplete && asked.values.contains(false)
        guard isOpen || asked.count > PendingRemoval.floor else { return nil }
        let others = otherOrigins(than: proof.source, batch)
        let total = registry.items.filter { $0.isFile && !others.contains($0.origin) }
            .reduce(0) { $0 + planner.snapshot.entities(declaredBy: $1.number).count }
        guard isOpen || PendingRemoval.mustWait(asked.count, of: total) else { return nil }
        var verdict = PendingRemoval(
            source: proof.source.number, since: waiting?.since ?? 0,
            readings: proof.isComplete ? 1 : 0, total: total, approvedBy: nil, refs: asked)
        // Whoever gave a word gave it for what was asked for then, or for a part of it.
        if let waiting, asked.keys.allSatisfy({ waiting.refs[$0] != nil }) {
            verdict.readings = min(2, waiting.readings + verdict.readings)
            verdict.approvedBy = waiting.approvedBy
        }
        return proof.isComplete && verdict.readings >= 2 && verdict.approvedBy != nil
            ? nil : verdict
    }

    private nonisolated func forgetItems(
        _ gone: [Item], keeping refs: [String: Bool], _ planner: BatchPlanner,
        _ batch: inout CatalogBatch
    ) {
        for item in gone {
            if options.keepsOrphans {
                forget(item, &batch)
                continue
            }
            let waits =
                !refs.isEmpty
                && planner.snapshot.entities(declaredBy: item.number).contains {
                    refs[planner.snapshot.ref(of: $0)] != nil
                }
            if !waits { batch.removedItems.append(item.number) }
        }
    }

    /// Lets files count as read, now that it is decided what becomes of what they declare no more.
    private nonisolated func rememberItems(_ proof: ReadingProof, _ batch: inout CatalogBatch) {
        for reading in proof.items where !reading.missed.isEmpty {
            guard !batch.removedItems.contains(reading.item),
                var item = registry.item(reading.item)
            else { continue }
            (item.hash, item.etag) = (reading.hash, reading.etag)
            batch.items.append(item)
        }
    }

    /// Takes from what waits what the batch removes, or gives to another item.
    nonisolated func dropSettledRemovals(from batch: inout CatalogBatch, _ planner: BatchPlanner) {
        for (source, removal) in registry.removals where batch.removals[source] == nil {
            var left = removal
            if batch.removedSources.contains(source) { left.refs = [:] }
            for change in planner.changes where left.refs[change.ref] != nil {
                let holder = planner.snapshot.entity(change.ref).map {
                    planner.snapshot.stamp(of: $0).item
                }
                if change.content == nil || change.item != holder { left.refs[change.ref] = nil }
            }
            if left != removal {
                batch.removals[source] = PendingRemovalChange(left, from: removal)
            }
        }
    }

    /// Gives an operator's word: what waits of a source may go.
    ///
    /// It goes with the next complete reading that says the same, if that is not the first: have
    /// the source read afterwards. Where a later reading misses more than this, the word is void.
    ///
    /// - Returns: whether something waits.
    package func approveRemoval(of source: Source, author: String) async throws -> Bool {
        try await transact(author: author, cause: "approve") { _, batch in
            guard let waiting = self.registry.removal(of: source.number) else { return }
            var approved = waiting
            approved.approvedBy = author
            guard approved != waiting else { return }
            batch.removals[source.number] = PendingRemovalChange(approved, from: waiting)
        }
        return registry.removal(of: source.number) != nil
    }

    /// Says in the log that a removal waits, once.
    func tellOfWaiting(_ source: Source, since before: PendingRemoval?) {
        guard let waiting = registry.removal(of: source.number),
            before?.refs.count ?? 0 < waiting.refs.count
        else { return }
        log.warning(
            "A location lost so much that its removal waits; see Problems",
            [
                "location": .string(source.location.text), "entities": .int(waiting.refs.count),
                "of": .int(waiting.total),
            ])
    }
}

/// Tells what is missing because somebody edited a file on this machine from what just was not
/// found any more.
private struct HandActs {
    let keeper: CatalogKeeper
    let planner: BatchPlanner
    let undeclared: Set<String>
    let gone: Set<UInt32>
    let followed: [String: FollowedLocation]
    private var known: [UInt32: Bool] = [:]

    init(
        keeper: CatalogKeeper, planner: BatchPlanner, undeclared: Set<String>, gone: Set<UInt32>,
        followed: [String: FollowedLocation]
    ) {
        self.keeper = keeper
        self.planner = planner
        self.undeclared = undeclared
        self.gone = gone
        self.followed = followed
    }

    /// Whether all that led to an item before does not lead there any more because it was edited
    /// or removed here.
    mutating func explain(_ item: UInt32) -> Bool {
        if let known = known[item] { return known }
        // Locations that only lead to each other explain nothing by themselves.
        known[item] = true
        let parents = Set(keeper.registry.parents(of: item))
        var explains = !parents.isEmpty
        for parent in parents where explains { explains = wasEdited(parent, awayFrom: item) }
        known[item] = explains
        return explains
    }

    private mutating func wasEdited(_ parent: String, awayFrom item: UInt32) -> Bool {
        guard !keeper.isRoot(parent), !undeclared.contains(parent) else { return false }
        guard let declaring = planner.holder(of: parent) else { return true }
        if gone.contains(declaring) { return explain(declaring) }
        guard let file = keeper.registry.item(declaring), file.location.hasPrefix("file:"),
            let now = followed[parent], let missing = keeper.registry.item(item)
        else { return false }
        // What it still points to is missing, and was not edited away.
        return !now.leads(to: missing.location, keeper.reader)
    }
}

extension FollowedLocation {
    /// Whether one of the targets is a location, or a pattern that takes it in.
    func leads(to location: String, _ reader: any LocationReader) -> Bool {
        targets.targets.contains { target in
            guard
                case .success(let place) = reader.resolve(
                    target, type: targets.type ?? file.type, from: file)
            else { return false }
            if place.text == location { return true }
            var plan = WatchPlan()
            plan.add(place, source: "")
            guard let missing = LocationRef.parse(location), missing.type == "file" else {
                return false
            }
            return plan.targets.contains { $0.takesIn(missing.target) }
        }
    }
}
