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

    /// Refreshes a source, and comes back when that is done or the time is over; it then goes on.
    ///
    /// Failures are logged: they are also among the problems.
    package nonisolated func refreshSoon(
        _ source: Source, author: String, within limit: Duration
    ) async {
        let holder = ContinuationHolder()
        Task {
            do {
                _ = try await refresh(source, author: author)
            } catch {
                log.error(
                    "A location could not be refreshed",
                    [
                        "location": .string(source.location.text),
                        "error": .string(String(describing: error)),
                    ])
            }
            holder.resume()
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            holder.resume()
        }
        await withCheckedContinuation { holder.hold($0) }
        timer.cancel()
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
        run.faults = found.result.unreached.map(\.diagnostic)
        var seen: Set<String> = []
        for file in found.files {
            switch file.outcome {
            case .failed(let diagnostic): run.faults.append(diagnostic)
            case .same: continue
            case .interpreted(let interpretation):
                run.faults += interpretation.refused.flatMap(\.diagnostics)
                run.faults += interpretation.warnings.filter { $0.code == "catalog.declared-twice" }
                for entity in interpretation.entities
                where seen.insert(entity.ref.canonical).inserted {
                    run.entities.append(entity.bytes)
                }
            }
        }
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

    private nonisolated func collect(
        _ location: LocationRef, _ root: SourceEntity, isOptional: Bool
    ) async throws -> (files: [WalkedFile], result: WalkResult) {
        let walk = LocationWalk(
            interpreter: interpreter, knowledge: NothingKnown(but: self), origin: location)
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

/// Resumes a continuation once, whichever of two comes first.
private final class ContinuationHolder: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, Never>?
        var isDone = false
    }

    private let state = Mutex(State())

    func hold(_ continuation: CheckedContinuation<Void, Never>) {
        let isDone = state.withLock { state in
            if !state.isDone { state.continuation = continuation }
            return state.isDone
        }
        if isDone { continuation.resume() }
    }

    func resume() {
        let waiting = state.withLock { state in
            state.isDone = true
            let waiting = state.continuation
            state.continuation = nil
            return waiting
        }
        waiting?.resume()
    }
}
