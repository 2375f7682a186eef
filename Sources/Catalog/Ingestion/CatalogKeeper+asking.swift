package import CatalogModel
import Synchronization
import Telemetry
package import Values

/// What a location would bring, without anything being stored.
package struct DryRun: Sendable {
    package var exists: Bool
    /// The source's own Location entity first; as they would be stored.
    package var entities: [[UInt8]]
    package var faults: [Diagnostic]
    /// References that would lead nowhere, the first 100.
    package var missing: [CatalogProblem] = []
}

/// A fault of an entity that was sent to be checked.
package struct ValidationFault: Sendable {
    package let errorName: String
    package let diagnostic: Diagnostic
}

extension CatalogKeeper {
    /// Where reading begins, as of the last commit; answered from memory.
    package nonisolated var sources: [Source] { registry.sources }

    /// The catalog as it is now, for the portal's operator.
    package nonisolated func reader(because reason: StaticString) -> CatalogReader {
        CatalogReader(state.snapshot, bodies: bodies, visibility: .everything(because: reason))
    }

    /// The Location entities that lead to an entity, each as often as it lists the entity's file.
    package nonisolated func parents(of entity: IndexedEntity, in snapshot: Snapshot) -> [String] {
        registry.parents(of: snapshot.stamp(of: entity).item)
    }

    /// The location that reading began with when an entity was read.
    package nonisolated func origin(of entity: IndexedEntity, in snapshot: Snapshot) -> String? {
        registry.item(snapshot.stamp(of: entity).item)?.origin
    }

    /// The sources that lead to an entity.
    package nonisolated func sources(of entity: IndexedEntity, in snapshot: Snapshot) -> [Source] {
        let origin = origin(of: entity, in: snapshot)
        return registry.sources.filter { $0.location.text == origin }
    }

    /// The visible entities that were read from a source's own file.
    package nonisolated func entities(from source: Source, in reader: CatalogReader)
        -> [IndexedEntity]
    {
        guard let item = registry.item(at: source.location.text) else { return [] }
        return reader.snapshot.entities(declaredBy: item.number).filter { reader.isVisible($0) }
    }

    /// Refreshes sources after a while; nobody waits for it.
    package nonisolated func refreshLater(
        _ sources: [Source], author: String, after delay: Duration
    ) {
        Task {
            try? await Task.sleep(for: delay)
            for source in sources {
                await refreshSoon(source, author: author, within: .seconds(600))
            }
        }
    }

    /// The visible entities that reading a source led to first.
    package nonisolated func entities(broughtBy source: Source, in reader: CatalogReader)
        -> [IndexedEntity]
    {
        registry.items.filter { $0.origin == source.location.text }.flatMap {
            reader.snapshot.entities(declaredBy: $0.number)
        }.filter { reader.isVisible($0) }
    }

    /// Whether a source was read to its end since it was added.
    package nonisolated func wasRead(_ source: Source) -> Bool {
        registry.item(at: SourceEntity(source).itemLocation) != nil
    }

    /// Refreshes a source, and comes back when that is done or the time is over; it then goes on.
    ///
    /// Failures are logged: they are also among the problems.
    @discardableResult
    package nonisolated func refreshSoon(
        _ source: Source, author: String, within limit: Duration
    ) async -> RefreshOutcome {
        await resultSoon(within: limit) { [self] in
            do {
                return RefreshOutcome.done(try await refresh(source, author: author))
            } catch {
                log.error(
                    "A location could not be refreshed",
                    [
                        "location": .string(source.location.text),
                        "error": .string(String(describing: error)),
                    ])
                return .failed(error)
            }
        } ?? .goesOn
    }

    /// What registering a location would bring; nil where reading it takes longer.
    package nonisolated func dryRunSoon(
        _ location: LocationRef, isOptional: Bool, within limit: Duration
    ) async throws -> DryRun? {
        let result = await resultSoon(within: limit) { [self] () -> Result<DryRun, any Error> in
            do {
                return .success(try await dryRun(location, isOptional: isOptional))
            } catch {
                return .failure(error)
            }
        }
        return try result?.get()
    }

    /// What registering a location would bring; reads all, stores nothing.
    package nonisolated func dryRun(_ location: LocationRef, isOptional: Bool) async throws
        -> DryRun
    {
        let root = SourceEntity(location, isOptional: isOptional)
        var run = DryRun(
            exists: registry.sources.contains { $0.location == location },
            entities: [root.entity(interpreter).bytes], faults: [])
        let found = try await collect(location, root, isOptional: isOptional)
        // What was reached and is faulty comes with its file.
        run.faults = found.result.unreached.filter { $0.target != nil }.map(\.diagnostic)
        var declared: [String: [InterpretedEntity]] = [:]
        for file in found.files {
            switch file.outcome {
            case .failed(let diagnostic): run.faults.append(diagnostic)
            case .same: continue
            case .interpreted(let interpretation):
                run.faults += interpretation.refused.flatMap(\.diagnostics)
                run.faults += interpretation.warnings.filter { $0.code == "catalog.declared-twice" }
                declared[file.location.text] = interpretation.entities
            }
        }
        // In Backstage's order: what was found last is taken up first.
        var seen: Set<String> = []
        func files(of ref: String) -> [InterpretedEntity] {
            (found.result.reach[ref] ?? []).flatMap { declared[$0] ?? [] }
        }
        var waiting = files(of: root.ref.canonical)
        while let entity = waiting.popLast() {
            guard seen.insert(entity.ref.canonical).inserted else {
                run.faults.append(
                    Diagnostic(
                        "catalog.declared-twice", file: location.target,
                        "`\(entity.ref)` is declared twice below this location"))
                continue
            }
            run.entities.append(entity.bytes)
            waiting += files(of: entity.ref.canonical)
        }
        run.missing = missing(in: found.files, besides: seen)
        // A presence that is optional does not save a file that is not there from being told.
        if found.files.isEmpty, run.faults.isEmpty {
            run.faults = [
                Diagnostic(
                    "catalog.target-missing", file: location.target,
                    "`\(location.target)` is not there")
            ]
        }
        return run
    }

    /// The references of files that lead to nothing in the catalog or in the files themselves.
    private nonisolated func missing(
        in files: [WalkedFile], besides declared: Set<String>
    ) -> [CatalogProblem] {
        let snapshot = state.snapshot
        var missing: [CatalogProblem] = []
        for file in files {
            guard case .interpreted(let found) = file.outcome else { continue }
            let places = ReferencePlaces(found.references)
            for entity in found.entities {
                let ref = entity.ref.canonical
                for relation in entity.relations
                where !declared.contains(relation.target)
                    && snapshot.entity(relation.target) == nil
                {
                    guard missing.count < 100 else { return missing }
                    var diagnostic = missingTarget(relation)
                    diagnostic.file = file.location.target
                    missing.append(
                        CatalogProblem(
                            diagnostic: places?.located(diagnostic, relation, of: ref)
                                ?? diagnostic,
                            ref: ref, item: nil, location: file.location.text, owners: [],
                            missing: relation, since: nil))
                }
            }
        }
        return missing
    }

    private nonisolated func collect(
        _ location: LocationRef, _ root: SourceEntity, isOptional: Bool
    ) async throws -> (files: [WalkedFile], result: WalkResult) {
        // As in Backstage it does not matter who holds a name already.
        let walk = LocationWalk(
            interpreter: interpreter, knowledge: NothingKnown(), origin: location)
        let files = Mutex<[WalkedFile]>([])
        let result = try await walk.run(root: root.ref.canonical, isOptional: isOptional) { file in
            files.withLock { $0.append(file) }
        }
        return (files.withLock { $0 }, result)
    }

    /// Checks one entity as if it had been read from a location; stores nothing.
    package nonisolated func validate(_ entity: JSON, location: LocationRef) async
        -> [ValidationFault]
    {
        let open = Interpreter(
            reader: reader,
            rules: CatalogRules([
                CatalogRules.Rule(
                    allow: KindRegistry.builtIn.definitions.map { .init(kind: $0.name) })
            ]))
        do throws(RefusedDocument) {
            let (name, _) = checkEnvelope(entity, file: location.target)
            _ = try await open.entity(entity, name, location, location)
            return []
        } catch {
            return error.diagnostics.map {
                ValidationFault(errorName: error.errorName, diagnostic: $0)
            }
        }
    }
}

/// What came of a refresh within the time that somebody waited for it.
package enum RefreshOutcome: Sendable {
    case done(RefreshReport)
    /// Nothing could be stored; the log knows it, too.
    case failed(any Error)
    /// It is still being read.
    case goesOn
}

/// The result of some work, if it is there in time; the work goes on in any case.
private func resultSoon<Value: Sendable>(
    within limit: Duration, _ work: @escaping @Sendable () async -> Value
) async -> Value? {
    let first = FirstResult<Value?>()
    Task { first.give(await work()) }
    let timer = Task {
        try? await Task.sleep(for: limit)
        first.give(nil)
    }
    defer { timer.cancel() }
    return await withCheckedContinuation { first.wait($0) }
}

/// Hands on whichever of several results comes first.
private final class FirstResult<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case given(Value)
        case done
    }

    private let state = Mutex(State.empty)

    func wait(_ continuation: CheckedContinuation<Value, Never>) {
        let given = state.withLock { state -> Value? in
            guard case .given(let value) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .done
            return value
        }
        if let given { continuation.resume(returning: given) }
    }

    func give(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .given, .done: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}
