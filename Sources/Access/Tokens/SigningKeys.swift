package import Crypto
package import Store
import Synchronization
package import Telemetry

/// The public half of a signing key, and how long it is shown to verifiers.
struct PublishedKey: Sendable {
    let verification: VerificationKey
    let until: Instant
}

/// The keys that user tokens are signed with.
///
/// Each process makes its own when it first signs, and a new one when that is as old as a token may
/// get. The private half stays in memory; the public half is in the database before the first token
/// is signed, and stays there for three lifetimes, so that the tokens of every replica, and those
/// from before a restart, verify everywhere. May be used from any thread.
package final class SigningKeys: Sendable {
    private struct State {
        var present: (key: SigningKey, madeAt: Instant)?
        var making: Task<SigningKey, any Error>?
        var known: [String: PublishedKey] = [:]
        var reloadedAt: Duration?
    }

    private let database: Database
    private let clock: Clock
    private let ids: IDGenerator
    /// How long a token lasts, and a key signs.
    private let lifetime: Duration
    private let state = Mutex(State())

    /// - Parameter lifetime: how long a token lasts.
    package init(database: Database, clock: Clock, ids: IDGenerator, lifetime: Duration) {
        self.database = database
        self.clock = clock
        self.ids = ids
        self.lifetime = lifetime
    }

    private enum Present {
        case ready(SigningKey)
        case beingMade(Task<SigningKey, any Error>)
    }

    /// The key to sign with now; made and published first where there is none, or it is too old.
    ///
    /// Throws `StoreError` where it cannot be published.
    func present() async throws -> SigningKey {
        let now = clock.now
        let present: Present = state.withLock { state in
            if let present = state.present, now < present.madeAt.adding(lifetime) {
                return .ready(present.key)
            }
            // Whoever signs meanwhile waits for the same key.
            let making = state.making ?? Task { try await self.make(at: now) }
            state.making = making
            return .beingMade(making)
        }
        switch present {
        case .ready(let key): return key
        case .beingMade(let making): return try await making.value
        }
    }

    private func make(at now: Instant) async throws -> SigningKey {
        defer { state.withLock { $0.making = nil } }
        let key = try SigningKey.generate(id: ids.uuid())
        let published = PublishedKey(
            verification: key.verification, until: now.adding(lifetime * 3))
        try await database.write { try AccessQueries.publish($0, published, at: now) }
        state.withLock { state in
            state.present = (key, now)
            if let id = key.id { state.known[id] = published }
        }
        return key
    }

    /// The key of the name, as far as this process knows it.
    func verification(named id: String) -> VerificationKey? {
        guard let key = state.withLock({ $0.known[id] }), key.until > clock.now else { return nil }
        return key.verification
    }

    /// Learns the keys that other processes published since; nothing where that was just done, so
    /// that tokens with made-up key names cost no more than four reads a second.
    func learn() async throws {
        let now = clock.monotonic
        let isDue = state.withLock { state in
            if let last = state.reloadedAt, now - last < .milliseconds(250) { return false }
            state.reloadedAt = now
            return true
        }
        if isDue { _ = try await published() }
    }

    /// The public keys that valid tokens may have been signed with, of all processes, oldest first;
    /// none before the first token.
    package func keySet() async throws -> [JWK] {
        try await published().compactMap(\.verification.jwk)
    }

    private func published() async throws -> [PublishedKey] {
        let now = clock.now
        let keys = try await database.read { try AccessQueries.publishedKeys($0, at: now) }
        state.withLock { state in
            state.known = [:]
            for key in keys {
                if let id = key.verification.id { state.known[id] = key }
            }
        }
        return keys
    }
}
