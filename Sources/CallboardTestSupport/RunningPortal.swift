import Glibc
import Synchronization
import Testing

/// The portal's own process, as an operator starts it.
///
/// The binary is the one beside the tests, or what CALLBOARD_BINARY names.
package final class RunningPortal: Sendable {
    private let process: pid_t
    private let logPath: String
    /// Its number may be another's after that.
    private let hasEnded = Atomic<Bool>(false)

    /// Starts `callboard serve` in a folder with its `app-config.yaml`; its output goes to a file
    /// of that name there, in JSON.
    package init(in folder: String, log name: String = "log") throws {
        let binary = try #require(Self.binary(), "there is no callboard beside the tests")
        logPath = "\(folder)/\(name)"
        unlink(logPath)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(
            &actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The shell goes to the folder and becomes the portal.
        let line = #"cd "$1" && exec "$0" serve --config app-config.yaml --log-format json"#
        let words = ["sh", "-c", line, binary, folder]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/bin/sh", &actions, nil, &arguments, environ)
        self.process = process
        try #require(failure == 0)
    }

    private static func binary() -> String? {
        if let named = getenv("CALLBOARD_BINARY") { return String(cString: named) }
        guard let link = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(link) }
        let own = String(cString: link).split(separator: "/").dropLast()
        let path = "/" + own.joined(separator: "/") + "/callboard"
        return access(path, X_OK) == 0 ? path : nil
    }

    /// Sends it a signal, such as SIGTERM.
    package func signal(_ number: Int32) {
        if !hasEnded.load(ordering: .relaxed) { Glibc.kill(process, number) }
    }

    /// Ends it as a power cut would, and waits for that; nothing where it has ended.
    package func kill() {
        guard !hasEnded.load(ordering: .relaxed) else { return }
        signal(SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        hasEnded.store(true, ordering: .relaxed)
    }

    /// Waits for it to end by itself.
    ///
    /// - Returns: the status of `waitpid`: 0 after a good end, the signal's number after that; nil
    ///   where it still runs at the deadline.
    package func end(within deadline: Duration) async throws -> Int32? {
        var status: Int32 = 0
        return try await wait(within: deadline) {
            guard waitpid(process, &status, WNOHANG) == process else { return nil }
            hasEnded.store(true, ordering: .relaxed)
            return status
        }
    }

    /// What it has written so far.
    package var log: String { Self.text(of: logPath) }

    /// A file as text; empty where there is none.
    package static func text(of path: String) -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(file, &buffer, buffer.count), count > 0 {
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where it listens; nil where it does not yet.
    package var port: Int? {
        let log = log
        guard let start = log.place(behind: "://127.0.0.1:", after: "The portal is open")
        else { return nil }
        return Int(log[start...].prefix { $0.isNumber })
    }

    /// Waits until it listens, however busy the machine is.
    package func opened() async throws -> Int {
        let port = try await wait(within: .seconds(60)) { self.port }
        return try #require(port, "\(log)")
    }

    /// Waits until it has written a text.
    package func wrote(_ text: String) async throws -> Bool {
        try await wait(within: .seconds(60)) { self.log.contains(text) ? true : nil } ?? false
    }

    /// What it answers to a GET; nil where it does not answer yet.
    package func get(_ path: String) async -> String? {
        await send("GET \(path) HTTP/1.0\r\nHost: a\r\n\r\n")
    }

    /// What it answers to a request; nil where it does not answer yet.
    package func send(_ request: String) async -> String? {
        guard let port, let client = try? BlockingClient(port: port) else { return nil }
        guard (try? client.send(request)) != nil else { return nil }
        return try? await client.receive(atLeast: .max)
    }

    /// The title of an entity, which tests count up; nil where it does not answer yet.
    package func title(of ref: String) async -> Int? {
        guard let answer = await get("/api/catalog/entities/by-name/\(ref)"),
            let start = answer.firstRange(of: "\"title\":\"")?.upperBound
        else { return nil }
        return Int(answer[start...].prefix { $0 != "\"" })
    }

    private func wait<Value>(
        within deadline: Duration, _ look: () -> Value?
    ) async throws -> Value? {
        let end = ContinuousClock.now + deadline
        while ContinuousClock.now < end {
            if let found = look() { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}

extension String {
    /// Where what follows a text begins, at its first place behind another text.
    fileprivate func place(behind text: String, after mark: String) -> Index? {
        guard let start = firstRange(of: mark)?.upperBound else { return nil }
        return self[start...].firstRange(of: text)?.upperBound
    }
}
