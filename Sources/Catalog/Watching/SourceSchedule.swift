package import CatalogModel
package import Files
import Jobs
package import Telemetry
import Values

/// Keeps the catalog as its sources are: reads all of them once, then files when they change and
/// addresses every so often.
///
/// A source that is being read is not read a second time at once; what changed meanwhile is read
/// when that is done. What fails is tried again later and later. Where several processes share the
/// database, each source is read by one of them, and by another when that one is gone.
package actor SourceSchedule {
    /// When sources are read.
    package struct Options: Sendable {
        /// How often addresses are asked for changes; nil for never.
        package var interval: Duration?
        package var timing = FileWatcher.Timing()
        /// The longest pause after failures.
        package var longestPause = Duration.seconds(3600)

        package init() {}
    }

    private let keeper: CatalogKeeper
    private let options: Options
    private let log: Log
    private let clock: Clock
    private let observe: @Sendable (SourceReading) -> Void
    private let cache = PlaceholderCache()
    private var plan = WatchPlan()
    private var reading: Set<String> = []
    /// What is to be forgotten when a source that is being read is read once more.
    private var again: [String: Set<String>] = [:]
    private var polls = PollTable()
    /// Sources that could not be read to the end because the database failed, and what is to be
    /// forgotten when they are read again.
    private var owed: [String: Set<String>] = [:]

    /// - Parameter observe: told of each reading, for metrics.
    package init(
        keeper: CatalogKeeper, options: Options, log: Log, clock: Clock,
        observe: @escaping @Sendable (SourceReading) -> Void = { _ in }
    ) {
        self.keeper = keeper
        self.options = options
        self.log = log
        self.clock = clock
        self.observe = observe
    }

    /// Reads all sources, then goes on until the task is cancelled.
    package func run(_ configured: [(location: LocationRef, isOptional: Bool)]) async {
        await withTaskGroup { group in
            if let leases = keeper.leases {
                group.addTask { await leases.run() }
                group.addTask { await self.keeper.follow() }
            }
            group.addTask { await self.read(configured) }
        }
    }

    private func read(_ configured: [(location: LocationRef, isOptional: Bool)]) async {
        let begin = clock.now
        await configure(configured)
        await readAll()
        await keeper.saveImage()
        guard !Task.isCancelled else { return }
        let watcher = FileWatcher([], timing: options.timing)
        await withTaskGroup { group in
            group.addTask { await self.followPlan(watcher, since: begin) }
            group.addTask { await self.followChanges(watcher) }
            group.addTask { await self.poll() }
            group.addTask { await self.settle() }
            if let leases = keeper.leases { group.addTask { await self.succeed(leases) } }
            // The stream of changes does not end by itself.
            group.addTask {
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
                watcher.stop()
            }
        }
    }

    /// Stores the configured locations, as soon as the database takes them.
    private func configure(_ configured: [(location: LocationRef, isOptional: Bool)]) async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            do {
                _ = try await keeper.setConfigured(configured)
                return
            } catch {
                log.error(
                    "The configured locations could not be stored; it is tried again",
                    ["error": .string(String(describing: error))])
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.lastPause)
            }
        }
    }

    /// Between attempts at what failed because of the database: short, so that everything is as it
    /// should be within seconds of its return.
    private static let firstPause = Duration.seconds(1)
    private static let lastPause = Duration.seconds(3)

    /// Reads again what the database made fail.
    private func settle() async {
        var pause = Self.firstPause
        var setBacks = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            let count = await keeper.setBacks
            if count != setBacks {
                setBacks = count
                for source in keeper.sources {
                    owed[source.location.text, default: []].formUnion([])
                }
            }
            let sources = keeper.sources.filter { owed[$0.location.text] != nil }
            // One is enough to see that it is still away.
            for source in sources {
                guard let forgotten = owed[source.location.text] else { continue }
                await read(source, .change, forgetting: forgotten)
                if owed[source.location.text] != nil { break }
            }
            owed = owed.filter { key, _ in keeper.sources.contains { $0.location.text == key } }
            pause = owed.isEmpty ? Self.firstPause : min(pause * 2, Self.lastPause)
        }
    }

    /// Files first and in their order, which decides who has a name that two declare; then
    /// addresses, some at a time, because some may be slow.
    private func readAll() async {
        let sources = await takeUp(.start)
        guard !Task.isCancelled else { return }
        log.info(
            "All locations were read",
            [
                "entities": .int(keeper.state.snapshot.count),
                "by_others": .int(keeper.sources.count - sources.count),
            ])
    }

    /// Reads what another process read that is gone now, or gave it back.
    private func succeed(_ leases: LeaseHolder) async {
        for await _ in leases.openings { _ = await takeUp(.succession) }
    }

    /// Takes up and reads all sources that nobody reads.
    private func takeUp(_ cause: SourceReading.Cause) async -> [Source] {
        let sources: [Source]
        do {
            sources = try await keeper.takeUp(keeper.sources)
        } catch {
            log.error(
                "It could not be settled which process reads which location",
                ["error": .string(String(describing: error))])
            return []
        }
        if cause == .succession, !sources.isEmpty {
            log.info("Locations of another process are read here", ["count": .int(sources.count)])
        }
        for source in sources where source.location.type == "file" { await read(source, cause) }
        await readSome(sources.filter { $0.location.type != "file" }, cause)
        return sources
    }

    private func readSome(_ sources: [Source], _ cause: SourceReading.Cause) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, source) in sources.enumerated() {
                if index >= 4 { await group.next() }
                group.addTask { await self.read(source, cause) }
            }
        }
    }

    // MARK: Reading

    private func read(
        _ source: Source, _ cause: SourceReading.Cause, forgetting: Set<String> = []
    ) async {
        let key = source.location.text
        guard !Task.isCancelled, keeper.reads(source) else { return }
        guard reading.insert(key).inserted else {
            again[key, default: []].formUnion(forgetting)
            return
        }
        var forgotten = forgetting
        while true {
            await readOnce(source, cause, forgotten)
            guard let more = again.removeValue(forKey: key) else { break }
            forgotten = more
        }
        reading.remove(key)
    }

    private func readOnce(
        _ source: Source, _ cause: SourceReading.Cause, _ forgotten: Set<String>
    ) async {
        let key = source.location.text
        let begin = clock.monotonic
        do {
            let report = try await keeper.refresh(
                source, author: cause.author,
                forgetting: Set(forgotten.map { LocationRef(type: "file", target: $0).text }),
                .leave)
            let isFailed = report.unreached.contains { $0.code == "catalog.unreachable" }
            polls.finished(key, failed: isFailed, now: clock.monotonic, options)
            owed[key] = nil
            tell(
                SourceReading(
                    location: key, cause: cause, duration: clock.monotonic - begin,
                    hasFailed: isFailed, report: report))
        } catch is LostLease {
            log.info("Another process reads a location now", ["location": .string(key)])
        } catch {
            polls.finished(key, failed: true, now: clock.monotonic, options)
            // Only the database fails a reading as a whole.
            owed[key, default: []].formUnion(forgotten)
            log.error(
                "A location could not be read",
                ["location": .string(key), "error": .string(String(describing: error))])
            observe(
                SourceReading(
                    location: key, cause: cause, duration: clock.monotonic - begin,
                    hasFailed: true, report: nil))
        }
    }

    private func tell(_ reading: SourceReading) {
        observe(reading)
        guard let report = reading.report else { return }
        let fields: LogFields = [
            "location": .string(reading.location), "files": .int(report.files),
            "unchanged": .int(report.unchanged), "entities": .int(report.put),
            "removed": .int(report.removed),
            "problems": .int(report.problems.count + report.unreached.count),
            "seconds": .double(reading.duration / .seconds(1)),
        ]
        switch reading.cause {
        case .start, .succession: log.info("A location was read", fields)
        case .change: log.info("A change was read", fields)
        case .poll:
            if report.revision == nil {
                log.debug("A location was asked and is unchanged", fields)
            } else {
                log.info("A change was read", fields)
            }
        }
    }

    // MARK: Watching

    private func followPlan(_ watcher: FileWatcher, since begin: Instant) async {
        var begin = begin
        while !Task.isCancelled {
            let revision = keeper.state.snapshot.revision
            let next = clock.now
            let start = clock.monotonic
            let before = plan.paths
            plan = await keeper.watchPlan(cache)
            let added = plan.paths.subtracting(before)
            if plan.paths != before {
                await watcher.watch(plan.paths.sorted())
                // Between reading a file and watching it it may have changed; a reading that was
                // under way at the last plan had begun before.
                let late = added.filter { modified($0, since: begin.adding(.seconds(-60))) }
                if !late.isEmpty { await take(late.sorted()) }
            }
            begin = next
            let took = clock.monotonic - start
            _ = await keeper.state.snapshot(reaching: revision + 1, within: .seconds(30))
            // Who commits often shall not have all time go into plans.
            try? await Task.sleep(for: max(.milliseconds(50), took * 4))
        }
    }

    private nonisolated func modified(_ path: String, since begin: Instant) -> Bool {
        let names = path.split(separator: "/")
        guard let name = names.last,
            let folder = try? FileRoot("/" + names.dropLast().joined(separator: "/")),
            let stamp = try? folder.stamp(of: String(name))
        else { return false }
        return stamp.changedNanoseconds / 1_000_000 >= begin.milliseconds
    }

    private func followChanges(_ watcher: FileWatcher) async {
        for await change in watcher.changes {
            switch change {
            case .paths(let paths): await take(paths)
            case .everything:
                let naming = plan.namedBy.values.reduce(into: Set<String>()) { $0.formUnion($1) }
                for source in keeper.sources where source.location.type == "file" {
                    await read(source, .change, forgetting: naming)
                }
            }
        }
    }

    /// Reads what changed paths ask for.
    private func take(_ paths: [String]) async {
        let affected = plan.affected(by: paths)
        var sources = affected.sources
        if !affected.files.isEmpty {
            let begin = clock.monotonic
            do {
                let done = try await keeper.reread(
                    affected.files, forgotten: affected.forgotten,
                    author: SourceReading.Cause.change.author)
                sources.formUnion(done.unfinished)
                if done.report.files > 0 {
                    tell(
                        SourceReading(
                            location: affected.files.sorted().prefix(3).joined(separator: ", "),
                            cause: .change, duration: clock.monotonic - begin, hasFailed: false,
                            report: done.report))
                }
            } catch {
                // The whole source says what is wrong, and is tried again.
                sources.formUnion(affected.files.compactMap { plan.files[$0] })
            }
        }
        for source in keeper.sources where sources.contains(source.location.text) {
            await read(source, .change, forgetting: affected.forgotten)
        }
    }

    // MARK: Asking addresses

    private func poll() async {
        guard let interval = options.interval else { return }
        let pause = min(max(interval / 10, .milliseconds(10)), .seconds(1))
        while !Task.isCancelled {
            let due = polls.due(
                keeper.sources.map(\.location.text), now: clock.monotonic, options)
            let addresses = keeper.sources.filter {
                due.contains($0.location.text) && keeper.reads($0) && keeper.readsAddresses($0)
            }
            await readSome(addresses, .poll)
            try? await Task.sleep(for: pause)
        }
    }
}

/// One reading of a source, for those who count.
package struct SourceReading: Sendable {
    /// Why it was read.
    package enum Cause: String, Sendable {
        case start, change, poll
        /// The process that read it before is gone.
        case succession

        /// As the history names who wrote.
        var author: String {
            switch self {
            case .start: "configuration"
            case .change: "file watcher"
            case .poll, .succession: "schedule"
            }
        }
    }

    /// The source, or the files that changed.
    package let location: String
    package let cause: Cause
    package let duration: Duration
    package let hasFailed: Bool
    /// nil where it failed as a whole.
    package let report: RefreshReport?
}

/// When each source is to be asked next.
struct PollTable {
    private var next: [String: Duration] = [:]
    private var failures: [String: Int] = [:]

    /// The sources whose time has come; they are not due again until they were read.
    mutating func due(
        _ sources: [String], now: Duration, _ options: SourceSchedule.Options
    ) -> Set<String> {
        guard let interval = options.interval else { return [] }
        var due: Set<String> = []
        for (index, source) in sources.enumerated() {
            if let time = next[source] {
                guard time <= now else { continue }
                due.insert(source)
                next[source] = now + interval
            } else {
                // Spread over the interval, so that they do not all come at once for ever.
                next[source] = now + interval * Double(index + 1) / Double(sources.count)
            }
        }
        next = next.filter { sources.contains($0.key) }
        return due
    }

    /// After each failure in a row the pause doubles.
    mutating func finished(
        _ source: String, failed: Bool, now: Duration, _ options: SourceSchedule.Options
    ) {
        guard let interval = options.interval else { return }
        let count = failed ? (failures[source] ?? 0) + 1 : 0
        failures[source] = count == 0 ? nil : count
        let pause = interval * (1 << min(count, 12))
        next[source] = now + max(interval, min(pause, options.longestPause))
    }
}

extension CatalogKeeper {
    /// Whether a source is an address or leads to one.
    nonisolated func readsAddresses(_ source: Source) -> Bool {
        source.location.type == "url"
            || registry.items.contains {
                $0.origin == source.location.text && $0.location.hasPrefix("url:")
            }
    }
}
