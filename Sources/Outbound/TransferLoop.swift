import CCurl
import Glibc
import Synchronization

/// The one place where the continuation of a caller waits; whoever comes first resumes it.
final class AnswerBox: Sendable {
    private let waiter = Mutex<CheckedContinuation<Transfer.Outcome, Never>?>(nil)

    func wait(with continuation: CheckedContinuation<Transfer.Outcome, Never>) {
        waiter.withLock { $0 = continuation }
    }

    func give(_ outcome: Transfer.Outcome) {
        let continuation = waiter.withLock { waiter in
            let taken = waiter
            waiter = nil
            return taken
        }
        continuation?.resume(returning: outcome)
    }
}

/// The thread on which all transfers of a client run, and the way to it.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case add(Transfer)
        case cancel(Transfer)
        case stop
    }

    /// The handle of libcurl, of which other threads may only wake it up.
    private struct Multi: @unchecked Sendable {  // See above; `curl_multi_wakeup` may.
        let handle: UnsafeMutableRawPointer
    }

    private struct Inbox {
        var commands: [Command] = []
        var isClosed = false
    }

    private let multi: Multi?
    private let inbox = Mutex(Inbox())
    private let places: OutboundClient.Places

    /// libcurl wants to be told once that it is used.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(places: OutboundClient.Places) {
        multi = Self.isReady ? curl_multi_init().map(Multi.init) : nil
        self.places = places
        guard let multi else {
            close()
            return
        }
        callboard_set_multi_number(multi.handle, CURLMOPT_MAXCONNECTS, places.total)
        if !start() {
            close()
            curl_multi_cleanup(multi.handle)
        }
    }

    /// Hands a command to the thread.
    ///
    /// - Returns: False if the loop has ended, so that nobody would take it.
    func post(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isClosed, let multi else { return false }
            inbox.commands.append(command)
            curl_multi_wakeup(multi.handle)
            return true
        }
    }

    private func close() {
        let left = inbox.withLock { inbox in
            inbox.isClosed = true
            let left = inbox.commands
            inbox.commands = []
            return left
        }
        for case .add(let transfer) in left { transfer.answer.give(.failure(.closed)) }
    }

    private func take() -> [Command] {
        inbox.withLock { inbox in
            let taken = inbox.commands
            inbox.commands = []
            return taken
        }
    }

    /// The thread keeps the loop alive until it is told to stop.
    private func start() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        guard let multi else { return }
        // Writing to a connection that the server closed would end the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        var desk = TransferDesk(multi: multi.handle, places: places)
        var isStopping = false
        while true {
            for command in take() {
                switch command {
                case .add(let transfer): desk.add(transfer)
                case .cancel(let transfer): desk.cancel(transfer)
                // What was taken together with it must still be answered.
                case .stop: isStopping = true
                }
            }
            if isStopping { break }
            desk.work()
            // Woken by a command, by the network, or to look whether somebody waited too long.
            curl_multi_poll(multi.handle, nil, 0, desk.isAnybodyWaiting ? 100 : 1_000, nil)
        }
        close()
        desk.endAll()
        curl_multi_cleanup(multi.handle)
    }
}

/// The transfers of the loop: those under way and those that wait for a place.
///
/// On its thread only.
struct TransferDesk {
    private let multi: UnsafeMutableRawPointer
    private let places: OutboundClient.Places
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    private var runningByOrigin: [String: Int] = [:]
    private var waiting: [Transfer] = []

    init(multi: UnsafeMutableRawPointer, places: OutboundClient.Places) {
        self.multi = multi
        self.places = places
    }

    var isAnybodyWaiting: Bool { !waiting.isEmpty }

    mutating func add(_ transfer: Transfer) {
        guard !transfer.isCancelled else { return transfer.answer.give(.failure(.cancelled)) }
        waiting.append(transfer)
        startWaiting()
    }

    mutating func cancel(_ transfer: Transfer) {
        // It may have been cancelled before it was added.
        transfer.isCancelled = true
        if let easy = transfer.easy, running[easy] != nil {
            remove(easy)
            _ = transfer.finish(CURLE_OK)
            transfer.answer.give(.failure(.cancelled))
        } else if let place = waiting.firstIndex(where: { $0 === transfer }) {
            waiting.remove(at: place)
            transfer.answer.give(.failure(.cancelled))
        }
        startWaiting()
    }

    /// Lets libcurl do what it can now, and hands out what is finished.
    mutating func work() {
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        var code = CURLE_OK
        while let easy = callboard_next_finished(multi, &code) {
            guard let transfer = running[easy] else { continue }
            remove(easy)
            transfer.answer.give(transfer.finish(code))
        }
        startWaiting()
    }

    mutating func endAll() {
        for (easy, transfer) in running {
            curl_multi_remove_handle(multi, easy)
            _ = transfer.finish(CURLE_OK)
            transfer.answer.give(.failure(.closed))
        }
        for transfer in waiting { transfer.answer.give(.failure(.closed)) }
        running = [:]
        waiting = []
    }

    private mutating func remove(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        guard let transfer = running.removeValue(forKey: easy) else { return }
        let left = (runningByOrigin[transfer.origin] ?? 1) - 1
        runningByOrigin[transfer.origin] = left > 0 ? left : nil
    }

    /// Starts those that have waited longest and whose host has a place.
    private mutating func startWaiting() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        var still: [Transfer] = []
        for transfer in waiting {
            if transfer.order.deadline <= now {
                transfer.answer.give(
                    .failure(.timedOut(transfer.order.limits.total, .waiting)))
            } else if running.count < places.total,
                runningByOrigin[transfer.origin, default: 0] < places.perHost
            {
                start(transfer, now)
            } else {
                still.append(transfer)
            }
        }
        waiting = still
    }

    private mutating func start(_ transfer: Transfer, _ now: ContinuousClock.Instant) {
        guard let easy = transfer.prepare(now: now) else {
            return transfer.answer.give(.failure(.unreachable("no memory")))
        }
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            _ = transfer.finish(CURLE_OK)
            return transfer.answer.give(.failure(.unreachable("libcurl takes no more")))
        }
        running[easy] = transfer
        runningByOrigin[transfer.origin, default: 0] += 1
    }
}
