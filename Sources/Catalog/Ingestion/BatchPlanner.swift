import CatalogModel
import Postings
import Values

/// Works out what a file that was read changes, against a snapshot and what the same batch already
/// changes.
///
/// Pure: it reads and writes nothing.
struct BatchPlanner: Sendable {
    let snapshot: Snapshot
    /// Locations by item number.
    let locations: @Sendable (UInt32) -> String?
    let newUID: @Sendable () -> [UInt8]
    let keepsOrphans: Bool

    private(set) var changes: [EntityChange] = []
    private(set) var problems: [UInt32: [Problem]] = [:]
    /// The locations of the items that the batch takes up; new ones are known nowhere else.
    private var taken: [UInt32: String] = [:]
    /// References that the batch puts, and for which item.
    private var claimed: [String: UInt32] = [:]
    /// References whose entity the batch takes away or makes an orphan, and which change does.
    private var removed: [String: Int] = [:]
    /// What items that were read whole declare no more, where that is decided about later; an item
    /// of which nothing is missed has an empty list.
    private(set) var undeclared: [UInt32: [String]] = [:]
    /// Entities whose last good version has to be marked with what is wrong now.
    private(set) var marked: [(ref: String, faults: [Diagnostic], errorName: String)] = []

    /// The entities that are marked as orphans.
    private lazy var orphans = snapshot.select(
        .equals("metadata.annotations.\(EntityMark.orphan)", ["true"]),
        .everything(because: "ingestion"))

    init(
        snapshot: Snapshot, locations: @escaping @Sendable (UInt32) -> String?,
        newUID: @escaping @Sendable () -> [UInt8], keepsOrphans: Bool
    ) {
        self.snapshot = snapshot
        self.locations = locations
        self.newUID = newUID
        self.keepsOrphans = keepsOrphans
    }

    /// Takes up a file that was interpreted anew.
    ///
    /// - Parameters:
    ///   - defersRemovals: whether what the file declares no more stays for now, in ``undeclared``.
    ///   - holds: which entities are held back: they count as declared, and are handed in later
    ///     with ``addHeld(_:item:)`` or not at all.
    mutating func add(
        _ interpretation: Interpretation, item: UInt32, at location: String,
        defersRemovals: Bool = false,
        holds: (InterpretedEntity) -> Bool = { _ in false }
    ) {
        taken[item] = location
        var found: [Problem] = interpretation.warnings.map {
            Problem(item: item, ref: nil, diagnostic: $0)
        }
        var declared: Set<String> = []
        for entity in interpretation.entities {
            let ref = entity.ref.canonical
            declared.insert(ref)
            if holds(entity) { continue }
            if var problem = put(entity, item) {
                problem.diagnostic.excerpt = interpretation.source.excerpt(at: entity.place)
                found.append(problem)
            }
        }
        for refused in interpretation.refused {
            let ref = refused.ref?.canonical
            if let ref { declared.insert(ref) }
            for (index, diagnostic) in refused.diagnostics.enumerated() {
                // Once is enough: the document may be large.
                let candidate = index == 0 ? refused.candidate?.bytes : nil
                found.append(
                    Problem(item: item, ref: ref, diagnostic: diagnostic, candidate: candidate))
            }
            if let ref, holder(of: ref) == item {
                marked.append((ref, refused.diagnostics, refused.errorName))
            }
        }
        if !interpretation.hidesSomething {
            let missed = undeclaredEntities(of: item, declared)
            if defersRemovals {
                undeclared[item] = missed.map { snapshot.ref(of: $0) }
            } else {
                for entity in missed { remove(entity, keepsOrphans ? .orphaned : .removed) }
            }
        }
        problems[item] = found
    }

    /// Takes up an entity that was held back.
    ///
    /// - Returns: what is in its way.
    mutating func addHeld(_ entity: InterpretedEntity, item: UInt32) -> Problem? {
        put(entity, item)
    }

    /// Replaces what is wrong with an item whose entities are left as they are.
    mutating func setProblems(_ found: [Problem], of item: UInt32) {
        problems[item] = found
    }

    /// Asks for an entity's last good version to show what is wrong; with no faults, that nothing
    /// is wrong any more.
    mutating func mark(_ ref: String, _ faults: [Diagnostic], errorName: String) {
        marked.append((ref, faults, errorName))
    }

    /// Adds a change that was worked out elsewhere.
    mutating func add(_ change: EntityChange) {
        changes.append(change)
    }

    /// Replaces the change at a place.
    mutating func replaceChange(at index: Int, with change: EntityChange) {
        changes[index] = change
    }

    /// Whether the batch takes the entity away, or makes it an orphan.
    func isRemoved(_ ref: String) -> Bool { removed[ref] != nil }

    /// The references of what it takes away or makes an orphan, in no settled order.
    var removedRefs: Dictionary<String, Int>.Keys { removed.keys }

    /// Whether the batch puts the entity.
    func isClaimed(_ ref: String) -> Bool { claimed[ref] != nil }

    /// The item that declares an entity when the batch is done; nil where none does.
    func holder(of ref: String) -> UInt32? {
        claimed[ref] ?? current(ref).map { snapshot.stamp(of: $0).item }
    }

    /// Whether nothing declares an entity and it is there all the same: whoever declares it gets it.
    mutating func isOrphan(_ ref: String) -> Bool {
        snapshot.entity(ref).map { orphans.contains($0) } ?? false
    }

    /// The entity of the snapshot, if the batch does not take it away.
    private func current(_ ref: String) -> IndexedEntity? {
        removed.isEmpty || removed[ref] == nil ? snapshot.entity(ref) : nil
    }

    private mutating func put(_ entity: InterpretedEntity, _ item: UInt32) -> Problem? {
        let ref = entity.ref.canonical
        if let holder = holder(of: ref), holder != item, isClaimed(ref) || !isOrphan(ref) {
            return conflict(entity, item, holder: taken[holder] ?? locations(holder))
        }
        if claimed[ref] == nil, let known = current(ref) {
            let stamp = snapshot.stamp(of: known)
            if stamp.item == item, stamp.hash == entity.hash { return nil }
        }
        claim(
            ref,
            EntityChange.Content(
                bytes: entity.bytes, json: entity.content, hash: entity.hash,
                relations: entity.relations, compressed: []), for: item)
        return nil
    }

    /// Makes an entity be what an item says of it, whoever declared it before.
    ///
    /// One that is there goes on with its identity and history, also where the same batch takes it
    /// away from another item: it moved.
    mutating func claim(_ ref: String, _ content: EntityChange.Content, for item: UInt32) {
        let known = snapshot.entity(ref)
        let stamp = known.map { snapshot.stamp(of: $0) }
        claimed[ref] = item
        let change = EntityChange(
            ref: ref, content: content,
            known: known.map { (stamp?.number ?? 0, snapshot.slot(of: $0)) },
            uid: stamp?.uid ?? newUID(), item: item, cause: known == nil ? .created : .edited)
        if let index = removed.removeValue(forKey: ref) {
            changes[index] = change
        } else {
            changes.append(change)
        }
    }

    private func conflict(
        _ entity: InterpretedEntity, _ item: UInt32, holder: String?
    ) -> Problem {
        let location = CatalogKeeper.location(of: entity.content) ?? ""
        return Problem(
            item: item, ref: entity.ref.canonical,
            diagnostic: conflictDiagnostic(
                entity.ref, file: LocationRef.parse(location)?.target ?? location,
                at: entity.place, holder: holder),
            candidate: entity.bytes)
    }

    /// Brings back an entity that is gone, unless its name was given away meanwhile.
    mutating func restore(_ change: EntityChange) {
        guard snapshot.entity(change.ref) == nil, claimed[change.ref] == nil else { return }
        claimed[change.ref] = change.item
        changes.append(change)
    }

    /// What the item declared before and does not any more.
    private func undeclaredEntities(of item: UInt32, _ declared: Set<String>) -> [IndexedEntity] {
        snapshot.entities(declaredBy: item).filter { entity in
            let ref = snapshot.ref(of: entity)
            return !declared.contains(ref) && claimed[ref] == nil
        }
    }

    /// Takes an entity away; with `orphaned` the keeper writes a marked version instead.
    mutating func remove(_ entity: IndexedEntity, _ cause: Cause) {
        // What is an orphan already stays as it is.
        if cause == .orphaned, orphans.contains(entity) { return }
        let ref = snapshot.ref(of: entity)
        guard removed[ref] == nil else { return }
        removed[ref] = changes.count
        let stamp = snapshot.stamp(of: entity)
        changes.append(
            EntityChange(
                ref: ref, content: nil, known: (stamp.number, snapshot.slot(of: entity)),
                uid: stamp.uid, item: stamp.item, cause: cause))
    }
}

/// What is said where two places declare the same entity.
func conflictDiagnostic(
    _ ref: EntityRef, file: String, at place: TextPosition, holder: String?
) -> Diagnostic {
    Diagnostic(
        "catalog.conflict", file: file, at: place, "`\(ref)` is declared elsewhere too",
        reason: Problem.conflict(with: holder),
        remedy: "give one of the two another name, or remove one; when the other goes, "
            + "this one takes its place")
}

extension Snapshot {
    /// The living entities that an item declares.
    func entities(declaredBy item: UInt32) -> [IndexedEntity] {
        var item = String(item)
        return item.withUTF8 { item in
            parts.indices.flatMap { part -> [IndexedEntity] in
                guard let column = parts[part].segment.column(itemKey) else { return [] }
                var found = Bitmap(size: parts[part].segment.count)
                for value in column.values(equal: item) { found.formUnion(column.postings(value)) }
                found.formIntersection(parts[part].living)
                return found.documents.map { IndexedEntity(part: part, document: $0) }
            }
        }
    }
}
