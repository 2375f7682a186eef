import Synchronization

/// Entities as answers have them, kept with the snapshot that they are true of.
///
/// A page of twenty costs most where its entities are unpacked and their relations are gathered, and
/// pages are asked for again. Bounded: what was not asked for while 4 MB came goes.
final class ComposedEntities: Sendable {
    private struct State {
        var young: [UInt64: [UInt8]] = [:]
        var old: [UInt64: [UInt8]] = [:]
        var youngBytes = 0
    }

    private let state = Mutex(State())
    private static let generationBytes = 4 << 20
    /// What an entry costs beside its bytes, as in ``BodyCache``.
    private static let overhead = 96

    func bytes(of entity: IndexedEntity) -> [UInt8]? {
        let key = Self.key(entity)
        return state.withLock { state in
            if let known = state.young[key] { return known }
            guard let known = state.old.removeValue(forKey: key) else { return nil }
            Self.insert(key, known, &state)
            return known
        }
    }

    func insert(_ entity: IndexedEntity, _ bytes: [UInt8]) {
        state.withLock { Self.insert(Self.key(entity), bytes, &$0) }
    }

    private static func insert(_ key: UInt64, _ bytes: [UInt8], _ state: inout State) {
        let cost = bytes.count + overhead
        guard cost <= generationBytes / 8, state.young[key] == nil else { return }
        if state.youngBytes + cost > generationBytes {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
        state.young[key] = bytes
        state.youngBytes += cost
    }

    private static func key(_ entity: IndexedEntity) -> UInt64 {
        UInt64(truncatingIfNeeded: entity.part) << 32
            | UInt64(truncatingIfNeeded: entity.document)
    }
}
