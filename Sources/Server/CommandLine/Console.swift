import Glibc
import Synchronization

/// What a command says to the person, or the program, that started it.
///
/// Results go to standard output, everything about the run itself to standard error, so that
/// `callboard validate --format json . > report.json` holds nothing but the report.
struct Console: Sendable {
    /// Whether results may have colours.
    let hasColor: Bool
    /// Whether somebody looks on who can be shown progress.
    let showsProgress: Bool
    private let write: @Sendable (Stream, String) -> Void

    enum Stream: Sendable { case output, error }

    init(
        hasColor: Bool, showsProgress: Bool,
        write: @escaping @Sendable (Stream, String) -> Void
    ) {
        self.hasColor = hasColor
        self.showsProgress = showsProgress
        self.write = write
    }

    /// The process's own output.
    ///
    /// Colours are for terminals only, and not where `NO_COLOR` is set to anything or the terminal
    /// is `dumb`.
    static func standard(_ environment: [String: String]) -> Console {
        let isPlain =
            !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return Console(
            hasColor: isatty(STDOUT_FILENO) == 1 && !isPlain,
            showsProgress: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
        ) { stream, text in
            writeAll(stream == .output ? STDOUT_FILENO : STDERR_FILENO, text)
        }
    }

    /// A line of the result.
    func say(_ text: String) { write(.output, text + "\n") }

    /// A line about what went wrong.
    func complain(_ text: String) { write(.error, text + "\n") }

    /// Replaces the line of progress on the terminal; an empty text takes it away.
    func progress(_ text: String) {
        guard showsProgress else { return }
        write(.error, "\r\u{1B}[K\(text)")
    }

    private static func writeAll(_ descriptor: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }
}

/// Shows how far long work is, a few times a second, once it has taken longer than a second.
final class ProgressLine: Sendable {
    private let console: Console
    private let last: Mutex<ContinuousClock.Instant>

    init(_ console: Console) {
        self.console = console
        last = Mutex(.now + .milliseconds(800))
    }

    func show(_ text: @autoclosure () -> String) {
        guard console.showsProgress else { return }
        let isTime = last.withLock { last in
            guard .now - last > .milliseconds(200) else { return false }
            last = .now
            return true
        }
        if isTime { console.progress(text()) }
    }

    /// Takes the line away, so that the result does not stand behind it.
    func clear() { console.progress("") }
}
