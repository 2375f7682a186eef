import Synchronization
import Telemetry

/// Who the bearer of a token or cookie was found to be, so that a signature is checked once and the
/// database asked rarely.
///
/// Keys are SHA-256 hashes, never the tokens. At most `limit` are held: they are kept in two
/// generations, and when the younger one is full the older one is dropped; whoever is asked for
/// moves to the younger. May be used from any thread.
final class RememberedPrincipals: Sendable {
    struct Entry: Sendable {
        let principal: Principal
        /// When it has to be found out anew.
        let freshUntil: Instant
        /// When the token or session ends.
        let end: Instant
    }

    private struct Generations {
        var younger: [[UInt8]: Entry] = [:]
        var older: [[UInt8]: Entry] = [:]
    }

    private let limit: Int
    private let generations = Mutex(Generations())

    init(limit: Int = 20_000) {
        self.limit = max(2, limit)
    }

    /// What is remembered of a hash, if its token has not ended; it may be due to be found out anew.
    func find(_ hash: [UInt8], at now: Instant) -> Entry? {
        generations.withLock { generations in
            if let entry = generations.younger[hash] { return entry.end > now ? entry : nil }
            guard let entry = generations.older[hash], entry.end > now else { return nil }
            insert(entry, hash, into: &generations)
            return entry
        }
    }

    func remember(_ entry: Entry, for hash: [UInt8]) {
        generations.withLock { insert(entry, hash, into: &$0) }
    }

    func forget(_ hash: [UInt8]) {
        generations.withLock {
            $0.younger[hash] = nil
            $0.older[hash] = nil
        }
    }

    private func insert(_ entry: Entry, _ hash: [UInt8], into generations: inout Generations) {
        if generations.younger.count >= limit / 2 {
            generations.older = generations.younger
            generations.younger = [:]
        }
        generations.younger[hash] = entry
    }
}
