package import Jobs
package import Store
package import Telemetry

/// Thins the history by its rule, once a day, on one of the processes that share a database.
package struct HistoryUpkeep: Sendable {
    private let database: Database
    private let rule: HistoryRule
    private let leases: LeaseHolder?
    private let log: Log
    private let clock: Clock
    private static let leaseName = "history"
    /// How many entities are thinned in one transaction, which others wait for.
    private static let batch = 100

    /// - Parameter leases: this process among those that share the database; nil where it is alone.
    package init(
        database: Database, rule: HistoryRule, leases: LeaseHolder?, log: Log, clock: Clock
    ) {
        self.database = database
        self.rule = rule
        self.leases = leases
        self.log = log
        self.clock = clock
    }

    /// Thins once a day, for the first time some minutes after the start, until the task is
    /// cancelled.
    package func run() async {
        var pause = Duration.seconds(600)
        while true {
            do { try await Task.sleep(for: pause) } catch { return }
            pause = .seconds(86_400)
            let begin = clock.monotonic
            do {
                guard let count = try await thin(), count > 0 else { continue }
                log.info(
                    "The history was thinned",
                    [
                        "versions": .int(count),
                        "seconds": .double((clock.monotonic - begin) / .seconds(1)),
                    ])
            } catch {
                pause = .seconds(3600)
                log.warning(
                    "The history could not be thinned; it is tried again in an hour",
                    ["error": .string(String(describing: error))])
            }
        }
    }

    /// Takes out what the rule does not keep.
    ///
    /// - Returns: how many versions went; nil where another process does it.
    /// - Throws: `LostLease` where another process has begun with it; what went is gone all the
    ///   same.
    package func thin() async throws -> Int? {
        try await leases?.acquire([Self.leaseName])
        let lease = leases?.lease(Self.leaseName)
        guard leases == nil || lease != nil else { return nil }
        let rule = rule
        let (entities, now) = try await database.read(.bulk) { reader in
            let now = try reader.one("SELECT {now}") { try $0.int64(0) }
            return (try HistoryQueries.entitiesWithPast(reader), now)
        }
        var count = 0
        var rest = entities[...]
        while !rest.isEmpty, !Task.isCancelled {
            let some = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            count += try await database.write { writer in
                try lease?.confirm(in: writer)
                var count = 0
                for entity in some {
                    let chain = try HistoryQueries.chain(writer, of: entity)
                    let gone = Set(rule.superfluous(chain, now: now))
                    try HistoryQueries.remove(writer, gone, from: chain)
                    count += gone.count
                }
                return count
            }
        }
        return count
    }
}
