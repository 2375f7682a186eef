import Glibc
import Synchronization

/// The watching thread: waits for notices, looks, compares, tells.
///
/// `prepare` runs before the thread starts and everything else on the thread, never at once.
final class WatchLoop: @unchecked Sendable {  // Handed over to its thread once, used there only.
    private let mailbox: WatchMailbox
    private let timing: FileWatcher.Timing
    private let changes: AsyncStream<FileChange>.Continuation
    private let clock = ContinuousClock()

    private var targets: [String]
    private var notices: Inotify?
    private var known = WatchedState()
    /// What notices since the last look were about; nil where only a look at everything can tell.
    private var touched: Set<String>? = []
    /// The reader was too slow for a change, so that it has to look at everything.
    private var owesEverything = false

    init(
        mailbox: WatchMailbox, timing: FileWatcher.Timing,
        changes: AsyncStream<FileChange>.Continuation
    ) {
        self.mailbox = mailbox
        self.timing = timing
        self.changes = changes
        targets = mailbox.initialPaths
        notices = timing.polls ? nil : Inotify()
        mailbox.isPolling.store(notices == nil, ordering: .relaxed)
    }

    func prepare() {
        known = look()
    }

    func run() {
        /// When the first and the last notice came that have not been told.
        var first: ContinuousClock.Instant?
        var last = clock.now
        var quiet = timing.debounce
        var lostNotices = false
        while true {
            let interval = notices == nil ? timing.pollInterval : timing.safetyInterval
            var wait = interval
            if let first {
                wait = min(last + quiet, first + timing.longestWait) - clock.now
            }
            let ready = waitForNews(wait)
            if !handleMessages() {
                mailbox.close()
                changes.finish()
                return
            }
            if ready, let heard = notices?.take() {
                lostNotices = lostNotices || heard.overflowed
                touched = heard.overflowed ? nil : touched?.union(heard.paths)
                if heard.isRelevant || heard.overflowed {
                    last = clock.now
                    first = first ?? last
                    if heard.overflowed {
                        quiet = timing.debounce
                    } else if let isWhole = heard.isWhole {
                        quiet = isWhole ? timing.settled : timing.debounce
                    }
                }
            }
            let isTime =
                first.map { clock.now >= min(last + quiet, $0 + timing.longestWait) }
                ?? !ready
            if isTime {
                tell(lostNotices: lostNotices)
                first = nil
                quiet = timing.debounce
                lostNotices = false
            }
        }
    }

    /// Whether the loop goes on.
    private func handleMessages() -> Bool {
        var isGoingOn = true
        for message in mailbox.take() {
            switch message {
            case .stop:
                isGoingOn = false
            case .watch(let paths, let whenDone):
                // What changed under the old paths is told before they are forgotten.
                tell(lostNotices: false)
                targets = paths
                known = look()
                whenDone()
            }
        }
        return isGoingOn
    }

    /// Waits until a notice or a message is there, or the time is over.
    ///
    /// - Returns: Whether something was there.
    private func waitForNews(_ time: Duration) -> Bool {
        var sources = [pollfd(fd: mailbox.wakeUp, events: Int16(POLLIN), revents: 0)]
        if let notices {
            sources.append(pollfd(fd: notices.descriptor, events: Int16(POLLIN), revents: 0))
        }
        // Rounded up, so as not to turn round before the time is over.
        let milliseconds = max(0, min(time / .milliseconds(1), 3_600_000)).rounded(.up)
        return poll(&sources, nfds_t(sources.count), Int32(milliseconds)) > 0
    }

    private func tell(lostNotices: Bool) {
        let now = lookAgain() ?? look()
        touched = []
        let changed = now.differences(from: known)
        known = now
        if lostNotices || owesEverything || now.isCut {
            yield(.everything)
        } else if !changed.isEmpty {
            yield(.paths(changed))
        }
    }

    private func yield(_ change: FileChange) {
        if case .dropped = changes.yield(change) {
            owesEverything = true
        } else {
            owesEverything = false
        }
    }

    /// The present state by a look at those files only that notices were about: what a change costs
    /// does not depend on how many files there are.
    ///
    /// - Returns: nil where everything has to be looked at, as it has without notices.
    private func lookAgain() -> WatchedState? {
        guard let notices, let touched, !touched.isEmpty else { return nil }
        // First listen, then look: what changes between is told of once more, not missed.
        touched.forEach { notices.watchAgain($0) }
        return known.looking(againAt: touched)
    }

    /// The present state, with notices asked for in each folder that was looked at.
    private func look() -> WatchedState {
        // A folder made between asking and looking has no notices yet: ask, and look once more.
        for _ in 0..<8 {
            let state = WatchedState(looking: targets)
            guard let notices else { return state }
            switch notices.watch(state.interests) {
            case .nothingNew:
                return state
            case .more:
                continue
            case .impossible:
                self.notices = nil
                mailbox.isPolling.store(true, ordering: .relaxed)
                return state
            }
        }
        return WatchedState(looking: targets)
    }
}
