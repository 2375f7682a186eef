import CallboardTestSupport
import Glibc
import Store
import Testing

/// A running portal: the binary beside the tests, or what CALLBOARD_BINARY names.
///
/// Its folder holds `app-config.yaml`, the files that it reads under `files`, and its log.
final class PortalProcess: Sendable {
    private let process: pid_t
    private let log: String

    /// Starts one; what it says goes to a file of that name in the folder.
    init(_ folder: String, log name: String = "log") throws {
        let binary = try #require(Self.binary(), "there is no callboard beside the tests")
        log = "\(folder)/\(name)"
        unlink(log)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
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

    /// Sends it a signal.
    func signal(_ signal: Int32) { Glibc.kill(process, signal) }

    /// Ends it as a crash would, and waits for its end.
    func kill() {
        signal(SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// What it said so far.
    var said: String { Self.text(of: log) }

    /// What it answers to a GET; nil where it does not answer yet.
    func get(_ path: String) async -> String? {
        await send("GET \(path) HTTP/1.0\r\nHost: a\r\n\r\n")
    }

    /// What it answers to a request; nil where it does not answer yet.
    func send(_ request: String) async -> String? {
        guard let port, let client = try? BlockingClient(port: port) else { return nil }
        guard (try? client.send(request)) != nil else { return nil }
        return try? await client.receive(atLeast: .max)
    }

    /// The title of an entity, which tests count up; nil where it does not answer yet.
    func title(of ref: String) async -> Int? {
        guard let answer = await get("/api/catalog/entities/by-name/\(ref)"),
            let start = answer.range(of: "\"title\":\"")
        else { return nil }
        return Int(answer[start.upperBound...].prefix { $0 != "\"" })
    }

    private var port: Int? {
        let log = said
        guard let start = log.range(of: "http://127.0.0.1:") else { return nil }
        return Int(log[start.upperBound...].prefix { $0.isNumber })
    }

    // MARK: Files

    /// Replaces a file at once, so that nobody reads half of it.
    static func write(_ text: String, to path: String) throws {
        let file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        let bytes = Array(text.utf8)
        let count = Glibc.write(file, bytes, bytes.count)
        close(file)
        try #require(count == bytes.count && rename("\(path).new", path) == 0)
    }

    static func text(of path: String) -> String {
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

    private static func binary() -> String? {
        if let named = getenv("CALLBOARD_BINARY") { return String(cString: named) }
        guard let link = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(link) }
        let own = String(cString: link).split(separator: "/").dropLast()
        let path = "/" + own.joined(separator: "/") + "/callboard"
        return access(path, X_OK) == 0 ? path : nil
    }

    /// Writes the configuration of a portal that reads the YAML files of the folder `files`.
    static func configure(_ folder: String, _ location: StoreLocation) throws {
        mkdir("\(folder)/files", 0o700)
        try write(configuration(location), to: "\(folder)/app-config.yaml")
    }

    private static func configuration(_ location: StoreLocation) -> String {
        var lines = [
            "backend:", "  listen: {host: 127.0.0.1, port: 0}",
            "  auth: {dangerouslyDisableDefaultAuthPolicy: true}", "  database:",
        ]
        switch location {
        case .sqliteFile(let path):
            lines += ["    client: better-sqlite3", "    connection: {filename: '\(path)'}"]
        case .sqliteTemporary: break
        case .postgres(let place):
            lines += ["    client: pg", "    schema: \(place.schema)", "    connection:"]
            let parts = [
                ("connectionString", place.connectionString), ("host", place.host),
                ("port", place.port.map(String.init)), ("user", place.user),
                ("password", place.password), ("database", place.database),
            ]
            for (name, value) in parts {
                if let value {
                    lines.append("      \(name): \(name == "port" ? value : "'\(value)'")")
                }
            }
        }
        lines += [
            "callboard: {dataFolder: ./data}", "catalog:", "  locations:",
            "    - {type: file, target: './files/*.yaml'}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    /// Where a text begins and ends in this one for the first time.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
