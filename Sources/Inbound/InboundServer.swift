import Synchronization

// Inbound: the HTTP server. Knows bytes, limits, deadlines and threads; no routes, no JSON, no
// words for users but the refusals' summaries. It stands on libmicrohttpd, whose types do not
// leave this target, and on nothing else of ours.

/// An HTTP server on one address.
///
/// ```swift
/// let server = InboundServer(configuration: .init(port: 0), handler: handler, executor: executor)
/// let port = try server.start()
/// await server.stop(within: .seconds(10))
/// ```
package final class InboundServer: Sendable {
    private enum Life: Sendable {
        case fresh
        case running(Daemon, Sweeper)
        case stopped
    }

    private let core: ServerCore
    private let life = Mutex<Life>(.fresh)

    /// Prepares a server without touching the system.
    ///
    /// - Parameter executor: where `.later` handlers and streams run; nil is the global pool.
    package init(
        configuration: InboundConfiguration, handler: any InboundHandler,
        executor: (any TaskExecutor)?
    ) {
        core = ServerCore(configuration: configuration, handler: handler, executor: executor)
    }

    /// How many connections are open, for metrics.
    package var connectionCount: Int { core.connections.count }

    /// How many requests have begun and not ended, for metrics.
    package var activeRequestCount: Int { core.activeRequests.load(ordering: .relaxed) }

    /// How many connections rest while a task works for them, for metrics.
    package var restingCount: Int { core.resting.count }

    /// Listens and serves; requests may come before this returns.
    ///
    /// From then on the process ignores SIGPIPE.
    ///
    /// - Returns: the port, also where 0 was asked for; 0 on a Unix socket.
    /// - Throws: `InboundStartError`; nothing is left behind.
    package func start() throws -> Int {
        try life.withLock { life in
            guard case .fresh = life else { throw InboundStartError.alreadyStarted }
            let socket = try ListeningSocket.open(core.configuration)
            let daemon = try Daemon(core: core, socket: socket.descriptor)
            let sweeper = Sweeper(core: core)
            guard sweeper.start() else {
                daemon.stop()
                throw InboundStartError.refusedByLibrary("no thread to be had", isSecure: false)
            }
            life = .running(daemon, sweeper)
            return socket.port
        }
    }

    /// Takes no new connections, lets what runs end, then closes everything.
    ///
    /// Streams that have had nothing to send for a second are ended at once, since they could go
    /// on for ever. What still runs at the deadline is cancelled; its clients get a 503. Returns
    /// at once where the server does not run. Call it once more and it returns before the first
    /// call is done.
    ///
    /// - Parameter deadline: how long requests may take to end by themselves.
    package func stop(within deadline: Duration) async {
        let running = life.withLock { life -> (Daemon, Sweeper)? in
            guard case .running(let daemon, let sweeper) = life else { return nil }
            life = .stopped
            return (daemon, sweeper)
        }
        guard let (daemon, sweeper) = running else { return }
        core.beginDraining()
        daemon.stopListening()
        let began = MonotonicTime.now
        while activeRequestCount > 0, began.elapsed(at: .now) < deadline {
            endStreams(restingFor: .seconds(1))
            await pause()
        }
        core.resting.close()
        // The last answers get a second to leave. A connection that rests is waited for longer,
        // and looked for again each time: it is counted before it can be found.
        while activeRequestCount > 0 {
            let elapsed = began.elapsed(at: .now)
            let grace: Duration = core.resting.count > 0 ? .seconds(10) : .seconds(1)
            guard elapsed < deadline + grace else { break }
            answerPending()
            endStreams(restingFor: .zero)
            await pause()
        }
        sweeper.stop()
        guard core.resting.count == 0 else {
            core.notices.pass("A request did not end; its threads are left to the process's end")
            return
        }
        await withCheckedContinuation { continuation in
            let runs = NamedThread.start("http-stop") {
                daemon.stop()
                continuation.resume()
            }
            if !runs { continuation.resume() }
        }
    }

    private func answerPending() {
        let pending = core.connections.withAll { records in
            records.compactMap { record -> PendingReply? in
                if case .rests(let pending, _) = record.activity { pending } else { nil }
            }
        }
        for reply in pending { reply.deliver(.stopping) }
    }

    private func endStreams(restingFor duration: Duration) {
        let now = MonotonicTime.now
        let writers = core.connections.withAll { records in
            records.compactMap { record -> BodyWriter? in
                guard case .streams(let writer) = record.activity,
                    let rest = writer.restDuration(at: now), rest >= duration
                else { return nil }
                return writer
            }
        }
        for writer in writers { writer.end() }
    }

    private func pause() async {
        // Goes on even where the caller was cancelled: a server must not be left half stopped.
        let sleep = Task.detached { try? await Task.sleep(for: .milliseconds(10)) }
        await sleep.value
    }
}
