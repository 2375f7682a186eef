package import Catalog
package import CatalogModel
import Synchronization
package import Values

/// Locations whose files are in memory: they can be changed, removed, made to fail, and counted.
///
/// A target that begins with `/` is a file, any other an address; `*` in the last segment stands
/// for anything. Safe from any thread.
package final class FakeLocations: LocationReader {
    /// What is answered instead of a file's bytes.
    package enum Trouble: Sendable {
        /// The whole location cannot be reached.
        case unreachable
        /// The file is among those found, and cannot be read.
        case unreadable
    }

    private struct State: Sendable {
        var files: [String: [UInt8]] = [:]
        var troubles: [String: Trouble] = [:]
        var doors: [String: Door] = [:]
        var readCount = 0
        var unchangedCount = 0
        var knowsVersions = false
        var versions: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// No files yet.
    package init() {}

    // MARK: Changing

    /// Puts a file in place, or another text into it.
    package func put(_ target: String, _ text: String) {
        put(target, bytes: Array(text.utf8))
    }

    /// The same for what is no text.
    package func put(_ target: String, bytes: [UInt8]) {
        state.withLock { $0.files[target] = bytes }
    }

    /// Takes a file away.
    package func remove(_ target: String) {
        state.withLock { $0.files[target] = nil }
    }

    /// Makes reading fail from now on; nil mends it.
    package func trouble(_ target: String, _ trouble: Trouble?) {
        state.withLock { $0.troubles[target] = trouble }
    }

    /// Whether addresses give an etag and answer "unchanged" to the one that they gave.
    package func knowsVersions(_ knows: Bool) {
        state.withLock { $0.knowsVersions = knows }
    }

    /// The etag of a target from now on, whatever its bytes; before, it follows them.
    package func version(_ target: String, _ etag: String) {
        state.withLock { $0.versions[target] = etag }
    }

    /// The next reading of a target takes its bytes and then waits for the door to be opened.
    package func hold(_ target: String) -> Door {
        let door = Door()
        state.withLock { $0.doors[target] = door }
        return door
    }

    // MARK: Counting

    /// How many locations were read.
    package var readCount: Int { state.withLock { $0.readCount } }
    /// How many of them were answered with "unchanged".
    package var unchangedCount: Int { state.withLock { $0.unchangedCount } }

    // MARK: LocationReader

    /// Waits at the location's door, if it has one, after the state was looked at.
    package func read(_ location: LocationRef, etag: String?) async -> Reading {
        let (reading, door) = state.withLock { state in
            state.readCount += 1
            let door = state.doors.removeValue(forKey: location.target)
            return (Self.reading(location, etag, &state), door)
        }
        await door?.pass()
        return reading
    }

    private static func reading(
        _ location: LocationRef, _ etag: String?, _ state: inout State
    ) -> Reading {
        if case .unreachable = state.troubles[location.target] {
            return .failed(Diagnostic("catalog.unreachable", "`\(location.target)` is down"))
        }
        let targets =
            location.target.contains("*")
            ? state.files.keys.filter { matches($0, location.target) }.sorted()
            : [location.target]
        var found: [FileReading] = []
        for target in targets {
            let place = LocationRef(type: location.type, target: target)
            if case .unreadable = state.troubles[target] {
                let fault = Diagnostic("catalog.unreadable-file", "`\(target)` cannot be read")
                found.append(FileReading(location: place, content: .failed(fault)))
                continue
            }
            guard let bytes = state.files[target] else { continue }
            let own = state.versions[target] ?? "\(hashBytes(of: bytes))"
            let version = state.knowsVersions ? own : nil
            if let etag, etag == version {
                state.unchangedCount += 1
                found.append(FileReading(location: place, content: .unchanged))
            } else {
                found.append(FileReading(location: place, content: .bytes(bytes, etag: version)))
            }
        }
        guard found.isEmpty else { return .files(found) }
        return .missing(Diagnostic("catalog.target-missing", "`\(location.target)` is not there"))
    }

    private static func hashBytes(of bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func matches(_ target: String, _ pattern: String) -> Bool {
        let parts = pattern.split(
            separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        return target.utf8.count >= pattern.utf8.count - 1 && target.hasPrefix(parts[0])
            && target.hasSuffix(parts[1])
    }

    /// Puts a relative target into the folder of the file that names it.
    package func resolve(_ target: String, type: String, from base: LocationRef)
        -> Result<LocationRef, Diagnostic>
    {
        guard type == "file" || type == "url" else {
            return .failure(Diagnostic("catalog.location-type", "there is no type `\(type)`"))
        }
        guard !target.hasPrefix("/"), !target.contains("://") else {
            return .success(LocationRef(type: type, target: target))
        }
        var folder = base.target.split(separator: "/", omittingEmptySubsequences: false)
        folder.removeLast()
        let name = target.hasPrefix("./") ? String(target.dropFirst(2)) : target
        return .success(
            LocationRef(type: type, target: folder.joined(separator: "/") + "/" + name))
    }

    /// Takes the file as it is: no trouble, no door, not counted.
    package func readText(_ target: String, from base: LocationRef) async
        -> Result<(location: LocationRef, bytes: [UInt8]), Diagnostic>
    {
        switch resolve(target, type: base.type, from: base) {
        case .failure(let fault): return .failure(fault)
        case .success(let location):
            guard let bytes = state.withLock({ $0.files[location.target] }) else {
                return .failure(Diagnostic("catalog.target-missing", "there is no `\(target)`"))
            }
            return .success((location, bytes))
        }
    }

    /// None: files in memory can be seen nowhere.
    package func annotations(of location: LocationRef) -> [(name: String, value: String)] { [] }
}

/// Where a task waits until a test lets it go on.
package final class Door: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrived = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How many tasks came to the door.
    package var arrivedCount: Int { state.withLock { $0.arrived } }

    /// Lets all through, now and from now on.
    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Waits for `open`.
    package func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.arrived += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Waits until somebody stands at the door, ten seconds at most.
    package func arrival() async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while arrivedCount == 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
