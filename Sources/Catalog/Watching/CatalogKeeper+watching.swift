import CatalogModel
import Crypto
import Jobs
import Synchronization
import Values

/// Remembers what the placeholders of files name, as long as the files stay as they are.
final class PlaceholderCache: Sendable {
    private let known = Mutex<[String: (hash: [UInt8], targets: [String])]>([:])

    func targets(of location: String, hash: [UInt8]) -> [String]? {
        known.withLock { known in
            known[location].flatMap { $0.hash == hash ? $0.targets : nil }
        }
    }

    func remember(_ location: String, hash: [UInt8], _ targets: [String]) {
        known.withLock { $0[location] = (hash, targets) }
    }
}

extension CatalogKeeper {
    /// What is to be watched for the sources as they are now.
    nonisolated func watchPlan(_ cache: PlaceholderCache) async -> WatchPlan {
        var plan = WatchPlan()
        for source in registry.sources { plan.add(source.location, source: source.location.text) }
        for item in registry.items {
            guard let location = LocationRef.parse(item.location), location.type == "file",
                item.location.hasPrefix("file:")
            else { continue }
            plan.files[location.target] = item.origin
            for target in await placeholders(of: location, item, cache) {
                if case .success(let named) = reader.resolve(target, type: "file", from: location),
                    !target.contains("://")
                {
                    plan.namedBy[named.target, default: []].insert(location.target)
                }
            }
        }
        for (location, targets) in await declaredLocations() {
            for target in targets.targets {
                let resolved = reader.resolve(
                    target, type: targets.type ?? location.type, from: location)
                if case .success(let found) = resolved, let source = plan.files[location.target] {
                    plan.add(found, source: source)
                }
            }
        }
        return plan
    }

    /// The Location entities of files, with the file of each.
    private nonisolated func declaredLocations() async -> [(LocationRef, LocationTargets)] {
        let snapshot = state.snapshot
        let found = snapshot.select(
            .equals("kind", ["location"]), .everything(because: "watching")
        ).entities
        let stored = try? await bodies.contents(found.map { snapshot.slot(of: $0) })
        return ((stored ?? []) + registry.held.values).compactMap { bytes in
            guard let content = try? JSON.parse(bytes), let targets = LocationTargets(content),
                let text = Self.location(of: content), let location = LocationRef.parse(text),
                location.type == "file"
            else { return nil }
            return (location, targets)
        }
    }

    private nonisolated func placeholders(
        of location: LocationRef, _ item: Item, _ cache: PlaceholderCache
    ) async -> [String] {
        guard let hash = item.hash else { return [] }
        if let known = cache.targets(of: item.location, hash: hash) { return known }
        guard case .files(let files) = await reader.read(location, etag: nil),
            case .bytes(let bytes, _) = files.first?.content
        else { return [] }
        let targets = placeholderTargets(in: bytes)
        cache.remember(item.location, hash: hash, targets)
        return targets
    }

    /// Reads single files again and commits what changed in them.
    ///
    /// - Parameter forgotten: those that count as changed even if their bytes are the same.
    /// - Returns: the report, and the sources that have to be walked through because more than
    ///   the files' own entities may have changed: a Location, a file that is gone or broken.
    func reread(
        _ paths: Set<String>, forgotten: Set<String>, author: String
    ) async throws -> (report: RefreshReport, unfinished: Set<String>) {
        var report = RefreshReport()
        var unfinished: Set<String> = []
        let locations = paths.sorted().map { LocationRef(type: "file", target: $0) }
        let byOrigin = Dictionary(grouping: locations) {
            registry.item(at: $0.text)?.origin ?? ""
        }
        for source in registry.sources {
            guard let own = byOrigin[source.location.text] else { continue }
            try await reading(of: source).run {
                guard reads(source) else { return }
                let lease = leases?.lease(source.leaseName)
                var changed: [WalkedFile] = []
                for location in own {
                    switch try await reread(
                        location, isForgotten: forgotten.contains(location.target))
                    {
                    case .same: continue
                    case .changed(let file):
                        report.count(file)
                        changed.append(file)
                    case .leadsFurther: unfinished.insert(source.location.text)
                    }
                }
                report.add(try await commit(changed, of: source, author: author, lease))
            }
        }
        if report.freed > 0 { try await settleConflicts(author: author) }
        // The next change need not wait for it.
        Task { await compact() }
        return (report, unfinished)
    }

    private enum Rereading {
        case same
        case changed(WalkedFile)
        /// More than the file's own entities may have changed.
        case leadsFurther
    }

    private func reread(_ location: LocationRef, isForgotten: Bool) async throws -> Rereading {
        guard let item = registry.item(at: location.text),
            let origin = LocationRef.parse(item.origin)
        else { return .same }
        guard case .files(let files) = await reader.read(location, etag: nil),
            case .bytes(let bytes, _) = files.first?.content
        else { return .leadsFurther }
        let hash = SHA256.hash(bytes)
        guard hash != item.hash || isForgotten else { return .same }
        let found = await interpreter.interpret(bytes, location, origin: origin)
        let isPlain =
            item.state == .read && found.failures.isEmpty
            && found.entities.allSatisfy { $0.location == nil }
        guard isPlain, try await locations(declaredBy: location.text).isEmpty else {
            return .leadsFurther
        }
        return .changed(
            WalkedFile(
                location: location, origin: origin, hash: hash, outcome: .interpreted(found)))
    }
}
