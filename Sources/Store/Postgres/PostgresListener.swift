import Glibc
import Synchronization

/// Hears what other processes commit (LISTEN and NOTIFY), on a connection and a thread of its own.
final class PostgresListener: Sendable {
    private struct State {
        /// Channels by their name on the server.
        var wanted: [String: String] = [:]
        /// Those of them that the server has not been told yet.
        var fresh: Set<String> = []
        var isStarted = false
        var isClosed = false
    }

    private let location: PostgresLocation
    private let limit: Duration
    private let broadcast = Broadcast()
    private let queue: WorkQueue
    private let state = Mutex(State())
    /// A pair of sockets that wakes the thread from its wait.
    private let wakeEnd: Int32
    private let waitEnd: Int32

    init(_ location: PostgresLocation, limit: Duration) throws {
        self.location = location
        self.limit = limit
        queue = try WorkQueue(name: "store-listen", threads: 1)
        var ends: [Int32] = [-1, -1]
        // Not a pipe: only here both flags can be set at once, with no moment for a fork between.
        let kind =
            SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else {
            queue.closeSoon()
            throw StoreError(.unavailable, "No file descriptor is left for the database.")
        }
        waitEnd = ends[0]
        wakeEnd = ends[1]
    }

    deinit {
        Glibc.close(waitEnd)
        Glibc.close(wakeEnd)
    }

    /// The channel's name on the server: notifications are one space per database, so the schema is
    /// part of it; hashed, since names end after 63 bytes.
    func serverName(of channel: String) -> String {
        "callboard_" + String(fnv1a("\(location.schema).\(channel)"), radix: 36)
    }

    func listen(channel: String) -> AsyncStream<String> {
        let stream = broadcast.listen(channel: channel, sayingFirst: nil)
        let name = serverName(of: channel)
        let mustStart = state.withLock { state in
            state.wanted[name] = channel
            state.fresh.insert(name)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if mustStart { queue.submit { self.work() } } else { wake() }
        return stream
    }

    func close() async {
        stop()
        await queue.close()
    }

    func closeSoon() {
        stop()
        queue.closeSoon()
    }

    private func stop() {
        broadcast.close()
        state.withLock { $0.isClosed = true }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 0
        // A full buffer wakes the thread as well.
        _ = write(wakeEnd, &byte, 1)
    }

    // MARK: On the thread

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func work() {
        var pause = Duration.milliseconds(100)
        while !isClosed {
            do {
                let connection = try PostgresConnection(location, limit: limit)
                pause = .milliseconds(100)
                try serve(connection)
            } catch {
                // Whoever reads or writes meets the same failure and says it; here it is only waited.
                state.withLock { $0.fresh = Set($0.wanted.keys) }
                let until = ContinuousClock.now + pause * Double.random(in: 0.5...1)
                while !isClosed, wait(waitEnd, POLLIN, until: until) { takeWakeUps() }
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    /// Listens until closed; throws when the connection is lost.
    private func serve(_ connection: PostgresConnection) throws {
        while !isClosed {
            let fresh = state.withLock { state in
                defer { state.fresh = [] }
                return state.fresh.compactMap { name in state.wanted[name].map { (name, $0) } }
            }
            for (name, channel) in fresh {
                try connection.executeScript("LISTEN \(name);")
                broadcast.say("", on: channel)
            }
            try connection.notifications { name, payload in
                if let channel = state.withLock({ $0.wanted[name] }) {
                    broadcast.say(payload, on: channel)
                }
            }
            // A network that vanished says nothing: ask now and then.
            if !waitForNews(connection) { try connection.executeScript("SELECT 1;") }
        }
    }

    /// Waits for the server or a wake-up; false after five seconds of silence.
    private func waitForNews(_ connection: PostgresConnection) -> Bool {
        var entries = [
            pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: waitEnd, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&entries, 2, 5_000)
        if entries[1].revents != 0 { takeWakeUps() }
        return ready != 0
    }

    private func takeWakeUps() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(waitEnd, &bytes, bytes.count) > 0 {}
    }
}
