import CatalogModel
import Synchronization
import Values

/// Reads for a validation: remembers what was read, and leaves addresses alone unless they may be
/// read.
final class ValidationReader: LocationReader {
    private struct State {
        var read: Set<String> = []
        var skipped: Set<String> = []
    }

    private let base: any LocationReader
    private let readsAddresses: Bool
    private let state = Mutex(State())

    init(_ base: any LocationReader, readsAddresses: Bool) {
        self.base = base
        self.readsAddresses = readsAddresses
    }

    /// Whether a file was read.
    func hasRead(_ location: String) -> Bool { state.withLock { $0.read.contains(location) } }
    /// The addresses that were named and not read.
    var skipped: [String] { state.withLock { $0.skipped.sorted() } }

    func read(_ location: LocationRef, etag: String?) async -> Reading {
        guard location.type != "url" || readsAddresses else {
            state.withLock { _ = $0.skipped.insert(location.target) }
            return .files([])
        }
        let reading = await base.read(location, etag: etag)
        if case .files(let files) = reading {
            state.withLock { state in
                for file in files {
                    guard case .bytes = file.content else { continue }
                    state.read.insert(file.location.text)
                }
            }
        }
        return reading
    }

    func resolve(_ target: String, type: String, from base: LocationRef)
        -> Result<LocationRef, Diagnostic>
    {
        self.base.resolve(target, type: type, from: base)
    }

    func readText(_ target: String, from base: LocationRef) async
        -> Result<(location: LocationRef, bytes: [UInt8]), Diagnostic>
    {
        let isAddress = base.type == "url" || target.contains("://")
        guard !isAddress || readsAddresses else {
            state.withLock { _ = $0.skipped.insert(target) }
            // A text that is good as text, as JSON and as YAML.
            return .success((base, Array(#""not read""#.utf8)))
        }
        return await self.base.readText(target, from: base)
    }

    func annotations(of location: LocationRef) -> [(name: String, value: String)] {
        base.annotations(of: location)
    }
}
