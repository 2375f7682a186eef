import Jobs
import Store
import Telemetry

/// What a reading does where another process holds the source's lease.
package enum ReadingClaim: Sendable {
    /// Takes the lease: somebody asks here and waits for it.
    case seize
    /// Leaves the source to the other.
    case leave
}

extension Source {
    /// The lease under which it is read.
    var leaseName: String { "source \(uid)" }
}

// What has to be minded where several processes share one database (decision 10).
extension CatalogKeeper {
    /// The lease of who may commit while others wait.
    static let turn = "catalog turn"

    // MARK: Who reads

    /// Whether this process reads a source by itself.
    nonisolated func reads(_ source: Source) -> Bool {
        leases.map { $0.lease(source.leaseName) != nil } ?? true
    }

    /// Takes up the sources that no living process reads.
    ///
    /// - Returns: those that were taken up just now and have to be read; all, where this process
    ///   is alone.
    func takeUp(_ sources: [Source]) async throws -> [Source] {
        guard let leases else { return sources }
        let taken = Set(try await leases.acquire(sources.map(\.leaseName)).map(\.name))
        // What the one before wrote last has to be known before the first comparison.
        if !taken.isEmpty { try await gate.run { try await catchUp() } }
        return sources.filter { taken.contains($0.leaseName) }
    }

    /// Reads under the source's lease; where a paused process finds that its lease is gone, and is
    /// asked, once more under a new one.
    func underLease<Value: Sendable>(
        of source: Source, _ claim: ReadingClaim, _ body: (Lease?) async throws -> Value
    ) async throws -> Value {
        guard let leases else { return try await body(nil) }
        if let lease = leases.lease(source.leaseName) {
            do { return try await body(lease) } catch let lost as LostLease {
                leases.forget(lease)
                guard claim == .seize else { throw lost }
            }
        }
        guard claim == .seize else { throw LostLease(name: source.leaseName) }
        let lease = try await leases.seize(source.leaseName)
        try await gate.run { try await catchUp() }
        return try await body(lease)
    }

    // MARK: Who commits

    /// Lets a batch go through that was overtaken again and again: after some attempts this
    /// process takes the turn, and the others wait until it is over.
    ///
    /// - Parameter body: gets how often to try; throws ``StaleBatch`` after that.
    func inTurn<Value: Sendable>(
        _ body: (_ attempts: Int) async throws -> Value
    ) async throws -> Value {
        // Some 5 s, where nobody can take turns.
        guard let leases else { return try await body(64) }
        do { return try await body(3) } catch is StaleBatch {}
        var turn: Lease?
        // Somebody who has the turn and hangs is dead after some seconds.
        let deadline = clock.monotonic + .seconds(60)
        while turn == nil {
            turn = try await leases.acquire([Self.turn]).first
            guard clock.monotonic < deadline else { throw StaleBatch() }
            if turn == nil { try await Task.sleep(for: .milliseconds(Int.random(in: 5...30))) }
        }
        do {
            try await catchUp()
            // Those who had passed the check already may commit before this one.
            let value = try await body(16)
            if let turn { try? await leases.release(turn) }
            return value
        } catch {
            if let turn { try? await leases.release(turn) }
            throw error
        }
    }

    // MARK: Following

    /// Takes over what other processes commit, until the task is cancelled.
    ///
    /// A commit says so, and once a second it is looked all the same.
    package func follow() async {
        var isFailing = false
        for await _ in database.hints(channel: "catalog", every: .seconds(1)) {
            let begin = clock.monotonic
            do {
                try await gate.run { try await catchUp() }
                await compact()
                isFailing = false
            } catch {
                if !isFailing {
                    log.warning(
                        "Changes of other processes cannot be followed; it is tried every second",
                        ["error": .string(String(describing: error))])
                }
                isFailing = true
            }
            // The small tables are loaded whole: at most half of the time goes into that.
            try? await Task.sleep(for: clock.monotonic - begin)
        }
    }
}
