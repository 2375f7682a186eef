package import Store
import Synchronization
package import Telemetry

/// One process among those that share a database, and the leases that it holds.
///
/// Being alive is one row a process, renewed every so often, whatever the number of leases. All
/// times are the database's: clocks of machines do not matter.
///
///     let holder = LeaseHolder(database: database, id: ids.uuid(), log: log)
///     async let renewing: Void = holder.run()
///     if let lease = try await holder.acquire(["work"]).first {
///         try await database.write { try lease.confirm(in: $0); ... }
///     }
package final class LeaseHolder: Sendable {
    /// How long a process counts as alive, and how often it says that it is.
    package struct Timing: Sendable {
        /// A process that said nothing for so long is dead.
        ///
        /// Three renewals, since a call to the database may take two seconds. Where it was alive
        /// after all it costs no more than work that is done twice.
        package var lifetime = Duration.seconds(6)
        package var renewal = Duration.seconds(2)

        package init() {}
    }

    /// What tells this process from the others, and from itself before a restart.
    package let id: String
    package let timing: Timing
    private let database: Database
    private let log: Log
    private let held = Mutex<[String: Lease]>([:])

    /// The channel on which it is said that leases became free.
    private static let channel = "lease"

    package init(database: Database, id: String, timing: Timing = Timing(), log: Log) {
        self.database = database
        self.id = id
        self.timing = timing
        self.log = log
    }

    private var lifetime: Int64 {
        let parts = timing.lifetime.components
        return parts.seconds &* 1000 &+ parts.attoseconds / 1_000_000_000_000_000
    }

    // MARK: What is held

    /// The lease, as far as this process knows; only ``Lease/confirm(in:)`` is certain.
    package func lease(_ name: String) -> Lease? { held.withLock { $0[name] } }

    /// Takes those of the leases that no living process holds.
    ///
    /// - Returns: those that were taken just now, in their order; what is held already is left as
    ///   it is.
    @discardableResult
    package func acquire(_ names: [String]) async throws -> [Lease] {
        let wanted = held.withLock { held in names.filter { held[$0] == nil } }
        guard !wanted.isEmpty else { return [] }
        // Most of the time another process has them all, and nothing has to be written.
        let taken = try await database.read { try LeaseQueries.taken($0) }
        // What this process has without knowing it, after an answer that was lost, counts as free.
        let free = wanted.filter { taken[$0] == nil || taken[$0] == id }
        guard !free.isEmpty else { return [] }
        return try await take(free, ifFree: true)
    }

    /// Takes a lease whoever has it; the other's writes are refused from now on.
    package func seize(_ name: String) async throws -> Lease {
        guard let lease = try await take([name], ifFree: false).first else {
            throw LostLease(name: name)
        }
        return lease
    }

    private func take(_ names: [String], ifFree: Bool) async throws -> [Lease] {
        let (id, lifetime) = (id, lifetime)
        // Committed before any lease is taken: who finds the lease finds its holder alive.
        try await database.write { writer in
            try LeaseQueries.renew(writer, holder: id, for: lifetime)
            try LeaseQueries.forgetDead(writer)
        }
        let generations = try await database.write { writer in
            var taken: [String: Int64] = [:]
            // In one order everywhere, so that two processes do not wait for each other.
            for name in names.sorted() {
                taken[name] = try LeaseQueries.take(writer, name, holder: id, ifFree: ifFree)
            }
            return taken
        }
        let leases = names.compactMap { name in
            generations[name].map { Lease(name: name, holder: id, generation: $0) }
        }
        held.withLock { held in for lease in leases { held[lease.name] = lease } }
        return leases
    }

    /// Takes a lease for lost, after a write under it was refused.
    package func forget(_ lease: Lease) {
        held.withLock { held in
            if held[lease.name] == lease { held[lease.name] = nil }
        }
    }

    /// Gives a lease back, so that another process can have it at once.
    package func release(_ lease: Lease) async throws {
        forget(lease)
        try await database.write { writer in
            try LeaseQueries.release(writer, lease)
            try writer.notify(Self.channel, "")
        }
    }

    /// Gives all leases back; what this process still writes under them is refused.
    package func leave() async throws {
        held.withLock { $0 = [:] }
        let id = id
        try await database.write { writer in
            try LeaseQueries.leave(writer, holder: id)
            try writer.notify(Self.channel, "")
        }
    }

    /// Whether another living process holds a lease.
    package func isTakenByOther(_ name: String, in reader: Reader) throws -> Bool {
        let holder = try reader.first(
            """
            SELECT l.holder FROM lease l JOIN lease_holder h ON h.id = l.holder
            WHERE l.name = ? AND h.alive_until > {now}
            """,
            [.text(name)]
        ) { try $0.text(0) }
        return holder.map { $0 != id } ?? false
    }

    // MARK: Staying alive

    /// Renews until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do {
                try await renew()
            } catch {
                log.warning(
                    "The leases could not be renewed; another process may take them over",
                    ["error": .string(String(describing: error))])
            }
            try? await Task.sleep(for: timing.renewal)
        }
    }

    /// Says that this process is alive, and forgets what others took over.
    package func renew() async throws {
        let before = held.withLock { $0 }
        let (id, lifetime) = (id, lifetime)
        let stored = try await database.write { writer in
            try LeaseQueries.renew(writer, holder: id, for: lifetime)
            return try LeaseQueries.held(writer, by: id)
        }
        // What was taken since `before` is not judged by what was read before it.
        let lost = before.values.filter { stored[$0.name] != $0.generation }
        guard !lost.isEmpty else { return }
        for lease in lost { forget(lease) }
        log.info("Another process took over work of this one", ["leases": .int(lost.count)])
    }

    /// When it is worth trying to acquire: at once, whenever leases were given back, and about as
    /// often as this process renews, for holders that died.
    package var openings: AsyncStream<Void> {
        database.hints(channel: Self.channel, every: timing.renewal)
    }
}
