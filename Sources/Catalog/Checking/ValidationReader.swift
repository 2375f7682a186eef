import CatalogModel
import Synchronization
import Values

/// Reads for a validation: keeps what was read, so that faults can be shown with their line, and
/// leaves addresses alone unless they may be read.
final class ValidationReader: LocationReader {
    private struct State {
        var texts: [String: [UInt8]] = [:]
        var skipped: Set<String> = []
    }

    private let base: any LocationReader
    private let readsAddresses: Bool
    private let state = Mutex(State())

    init(_ base: any LocationReader, readsAddresses: Bool) {
        self.base = base
        self.readsAddresses = readsAddresses
    }

    /// The bytes of a file that was read.
    func text(of location: String) -> [UInt8]? { state.withLock { $0.texts[location] } }
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
                    guard case .bytes(let bytes, _) = file.content else { continue }
                    state.texts[file.location.text] = bytes
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
