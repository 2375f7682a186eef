import Glibc
import Synchronization

/// Looks at every connection a few times a second and ends what takes too long.
final class Sweeper: Sendable {
    /// What one pass found; acted on once the connections are unlocked, since waking a connection
    /// takes a lock of the library, which calls us with that lock held.
    private struct Findings: Sendable {
        var slow: [PendingReply] = []
        var abandoned: [PendingReply] = []
        var deserted: [BodyWriter] = []
    }

    private let core: ServerCore
    private let stopped = Atomic<Bool>(false)

    init(core: ServerCore) {
        self.core = core
    }

    /// Starts its thread; false where the system has none to give.
    func start() -> Bool {
        NamedThread.start("http-sweeper") { [self] in
            let interval = core.configuration.sweepInterval.components
            var pause = timespec(
                tv_sec: Int(interval.seconds),
                tv_nsec: Int(interval.attoseconds / 1_000_000_000))
            while !stopped.load(ordering: .relaxed) {
                nanosleep(&pause, nil)
                sweep()
            }
        }
    }

    /// Lets the thread end after its present pause.
    func stop() {
        stopped.store(true, ordering: .relaxed)
    }

    private func sweep() {
        let findings = core.connections.withAll { examine($0) }
        for pending in findings.slow { pending.deliver(.tooSlow) }
        for pending in findings.abandoned { pending.cancel() }
        for writer in findings.deserted { writer.abandon() }
    }

    /// Cuts the slow and finds the deserted.
    ///
    /// The caller holds the lock of the connections, so that no socket can be another's by now.
    private func examine(_ records: [ObjectIdentifier: ConnectionRecord].Values) -> Findings {
        let now = MonotonicTime.now
        let limits = core.configuration
        let isCrowded = records.count * 10 > limits.connectionLimit * 9
        let headDeadline = isCrowded ? limits.crowdedHeadDeadline : limits.headDeadline
        var findings = Findings()
        var watched: [pollfd] = []
        var activities: [ConnectionRecord.Activity] = []
        for record in records {
            let activity = record.activity
            let rest: Duration?
            switch activity {
            case .works: rest = nil
            case .awaitsHead(let since):
                if since.elapsed(at: now) > headDeadline { cut(record) }
                rest = nil
            case .receivesBody(let since, let bytes):
                if isTooSlow(bytes, since.elapsed(at: now)) { cut(record) }
                rest = nil
            case .rests(let pending, let since):
                rest = since.elapsed(at: now)
                if let rest, rest > limits.handlerDeadline { findings.slow.append(pending) }
            case .streams(let writer):
                rest = writer.restDuration(at: now)
            }
            guard let rest, rest > limits.goneCheckDelay else { continue }
            watched.append(pollfd(fd: record.socket, events: Self.hangUp, revents: 0))
            activities.append(activity)
        }
        guard !watched.isEmpty, poll(&watched, nfds_t(watched.count), 0) > 0 else {
            return findings
        }
        for (socket, activity) in zip(watched, activities) where socket.revents != 0 {
            switch activity {
            case .rests(let pending, _): findings.abandoned.append(pending)
            case .streams(let writer): findings.deserted.append(writer)
            default: break
            }
        }
        return findings
    }

    private func isTooSlow(_ bytes: Int, _ elapsed: Duration) -> Bool {
        let counted = (elapsed - core.configuration.bodyGrace) / .milliseconds(1)
        return counted > 0
            && Double(bytes) < counted / 1000 * Double(core.configuration.bodyMinimumRate)
    }

    /// The library then sees the end of the connection and cleans up itself.
    private func cut(_ record: ConnectionRecord) {
        shutdown(record.socket, Int32(SHUT_RDWR))
    }

    /// POLLRDHUP, which Glibc's module leaves out.
    private static let hangUp: Int16 = 0x2000
}
