import CatalogModel
import Crypto
import Values

/// A file that a walk came to.
struct WalkedFile: Sendable {
    var location: LocationRef
    /// The location that the walk began with.
    var origin: LocationRef
    var hash: [UInt8]?
    var etag: String?
    var outcome: Outcome

    enum Outcome: Sendable {
        /// The hash is the known one: nothing is to be done.
        case same
        case interpreted(Interpretation)
        case failed(Diagnostic)
    }
}

/// What a Location entity could not reach.
struct UnreachedTarget: Sendable {
    var parent: String
    var diagnostic: Diagnostic
    /// Backstage's name for it.
    var errorName: String
    /// As the Location entity has it; nil where it was reached and what it holds is the fault.
    var target: String?
}

/// A Location entity as it was read now.
struct FollowedLocation: Sendable {
    /// The file that declares it.
    var file: LocationRef
    var targets: LocationTargets
}

/// What a walk found, to be committed or shown.
struct WalkResult: Sendable {
    var files: [WalkedFile] = []
    /// Each Location entity's files, by their locations' text, in its order.
    var reach: [String: [String]] = [:]
    /// The Location entities that were followed: where each stands and what it points to.
    var followed: [String: FollowedLocation] = [:]
    var unreached: [UnreachedTarget] = []
}

/// What a walk asks of what is known already.
protocol WalkKnowledge: Sendable {
    /// The hash and etag of a file as it was last read; nil where it has to be read anew.
    func known(_ location: String) -> (hash: [UInt8], etag: String?)?
    /// What a file that did not change makes the Location fail by that leads to it.
    func failures(of location: String) -> [Diagnostic]
    /// The file that holds the name of an entity; nil where it is free.
    func holder(of ref: String) -> String?
    /// The Location entities that a file that did not change declares.
    func locations(declaredBy location: String) async throws -> [(
        ref: String, targets: LocationTargets
    )]
}

/// Follows a location through all that it points to.
///
/// It only reads. Files of one Location are read and interpreted some at a time; `deliver` gets
/// them as they come, so that a large catalog need not be held at once.
struct LocationWalk: Sendable {
    let interpreter: Interpreter
    let knowledge: any WalkKnowledge
    let origin: LocationRef
    /// How many files are in work at a time: two cores, and one that waits for its disk.
    private static let width = 3
    private static let depthLimit = 16
    private static let fileLimit = 200_000

    private struct Pending: Sendable {
        var parent: String
        var type: String
        var target: String
        var base: LocationRef
        var isOptional: Bool
        var depth: Int
    }

    /// - Parameters:
    ///   - root: the canonical reference of the source's own Location entity.
    ///   - deliver: takes what was found so far and forgets nothing that it needs.
    /// - Returns: the targets of each Location entity and what could not be reached.
    func run(
        root: String, isOptional: Bool, isolation: isolated (any Actor)? = #isolation,
        deliver: (WalkedFile) async throws -> Void
    ) async throws -> WalkResult {
        var result = WalkResult()
        result.reach[root] = []
        var visited: Set<String> = []
        var queue = [
            Pending(
                parent: root, type: origin.type, target: origin.target, base: origin,
                isOptional: isOptional, depth: 0)
        ]
        while !queue.isEmpty {
            var next: [Pending] = []
            try await withThrowingTaskGroup(of: (Int, [WalkedFile], UnreachedTarget?).self) {
                group in
                var started = 0
                var found: [Int: (files: [WalkedFile], unreached: UnreachedTarget?)] = [:]
                var done = 0
                while done < queue.count {
                    while started < queue.count, started - done < Self.width {
                        let (index, pending) = (started, queue[started])
                        group.addTask { await self.read(pending, index) }
                        started += 1
                    }
                    guard let (index, files, unreached) = try await group.next() else { break }
                    found[index] = (files, unreached)
                    // In the order of the targets, so that the first claim on a name is the same
                    // every time.
                    while let (files, unreached) = found.removeValue(forKey: done) {
                        if let unreached { result.unreached.append(unreached) }
                        for file in files {
                            result.reach[queue[done].parent, default: []].append(
                                file.location.text)
                            result.unreached += failures(of: file, queue[done].parent)
                            guard visited.insert(file.location.text).inserted else { continue }
                            guard visited.count <= Self.fileLimit else {
                                let what = "more than \(Self.fileLimit) files"
                                result.unreached.append(tooMuch(queue[done].parent, file, what))
                                continue
                            }
                            next += try await follow(file, queue[done], &result)
                            try await deliver(file)
                        }
                        done += 1
                    }
                }
            }
            queue = next
        }
        return result
    }

    /// What the Location entities of a file point to.
    private func follow(
        _ file: WalkedFile, _ pending: Pending, _ result: inout WalkResult
    ) async throws -> [Pending] {
        let locations: [(ref: String, targets: LocationTargets)]
        switch file.outcome {
        case .interpreted(let found):
            locations = found.entities.compactMap { entity in
                entity.location.map { (entity.ref.canonical, $0) }
            }
        case .same, .failed:
            locations = try await knowledge.locations(declaredBy: file.location.text)
        }
        var next: [Pending] = []
        for (ref, targets) in locations {
            // What lost its name is no entity and leads nowhere: it must not change where the one
            // that has the name leads.
            let holder =
                result.followed[ref]?.file.text ?? knowledge.holder(of: ref)
                ?? file.location.text
            guard holder == file.location.text else { continue }
            guard pending.depth < Self.depthLimit else {
                result.unreached.append(tooMuch(ref, file, "more than \(Self.depthLimit) deep"))
                continue
            }
            result.followed[ref] = FollowedLocation(file: file.location, targets: targets)
            result.reach[ref] = result.reach[ref] ?? []
            next += targets.targets.map {
                Pending(
                    parent: ref, type: targets.type ?? file.location.type, target: $0,
                    base: file.location, isOptional: targets.isOptional,
                    depth: pending.depth + 1)
            }
        }
        return next
    }

    private func tooMuch(_ parent: String, _ file: WalkedFile, _ what: String) -> UnreachedTarget {
        UnreachedTarget(
            parent: parent,
            diagnostic: Diagnostic(
                "catalog.location-size", file: file.location.target,
                "`\(parent)` leads too far and is not followed",
                reason: "\(origin.text) leads \(what)",
                remedy: "register a part of it as a location of its own"),
            errorName: "InputError")
    }

    private func failures(of file: WalkedFile, _ parent: String) -> [UnreachedTarget] {
        switch file.outcome {
        case .same:
            knowledge.failures(of: file.location.text).map {
                UnreachedTarget(parent: parent, diagnostic: $0, errorName: "InputError")
            }
        case .failed(let diagnostic):
            [UnreachedTarget(parent: parent, diagnostic: diagnostic, errorName: "InputError")]
        case .interpreted(let found):
            found.failures.map {
                UnreachedTarget(
                    parent: parent, diagnostic: $0.diagnostic, errorName: $0.errorName)
            }
        }
    }

    private func read(_ pending: Pending, _ index: Int) async
        -> (Int, [WalkedFile], UnreachedTarget?)
    {
        let location: LocationRef
        if pending.depth == 0 {
            location = origin
        } else {
            switch interpreter.reader.resolve(
                pending.target, type: pending.type, from: pending.base)
            {
            case .success(let resolved): location = resolved
            case .failure(let diagnostic):
                return (index, [], unreached(pending, diagnostic, "InputError"))
            }
        }
        let known = knowledge.known(location.text)
        switch await interpreter.reader.read(location, etag: known?.etag) {
        case .files(let readings):
            var files: [WalkedFile] = []
            for reading in readings { files.append(await file(reading)) }
            return (index, files, nil)
        case .missing(let diagnostic):
            let isFine = pending.isOptional
            return (index, [], isFine ? nil : unreached(pending, diagnostic, "NotFoundError"))
        case .failed(let diagnostic):
            return (index, [], unreached(pending, diagnostic, "InputError"))
        }
    }

    private func unreached(
        _ pending: Pending, _ diagnostic: Diagnostic, _ errorName: String
    ) -> UnreachedTarget {
        var diagnostic = diagnostic
        if diagnostic.file == nil { diagnostic.file = pending.base.target }
        return UnreachedTarget(
            parent: pending.parent, diagnostic: diagnostic, errorName: errorName,
            target: pending.target)
    }

    private func file(_ reading: FileReading) async -> WalkedFile {
        var file = WalkedFile(location: reading.location, origin: origin, outcome: .same)
        let known = knowledge.known(reading.location.text)
        switch reading.content {
        case .unchanged:
            file.hash = known?.hash
            file.etag = known?.etag
        case .failed(let diagnostic):
            file.outcome = .failed(diagnostic)
        case .bytes(let bytes, let etag):
            let hash = SHA256.hash(bytes)
            file.hash = hash
            file.etag = etag
            if hash != known?.hash {
                file.outcome = .interpreted(
                    await interpreter.interpret(bytes, reading.location, origin: origin))
            }
        }
        return file
    }
}
