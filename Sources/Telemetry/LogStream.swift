import Glibc
import Synchronization

/// Writes log lines to standard error, standard output or another open descriptor.
///
/// A reader that stops reading must not stop the portal: a line that cannot be written within
/// 100 ms is dropped, following lines are dropped at once until there is room again, and then a
/// line says how many were lost. Lines of several threads never mix. The process must ignore
/// SIGPIPE, or a reader that goes away ends it.
package final class LogStream: LogSink {
    private let descriptor: Int32
    private let format: LogFormat
    private let isColored: Bool
    private let state = Mutex(State())

    private struct State {
        var dropped = 0
        var isStalled = false
        /// Only a part of the last line was taken: the next one must not continue it.
        var isInsideLine = false
    }

    /// Makes a sink for a descriptor, which stays the caller's to close.
    ///
    /// Without `isColored` there are colours in the readable format where the descriptor is a
    /// terminal and `NO_COLOR` is not set.
    package init(descriptor: Int32, format: LogFormat, isColored: Bool? = nil) {
        self.descriptor = descriptor
        self.format = format
        self.isColored = isColored ?? (isatty(descriptor) == 1 && getenv("NO_COLOR") == nil)
    }

    /// A sink for standard error, where a program's own messages belong.
    package static func standardError(format: LogFormat) -> LogStream {
        LogStream(descriptor: STDERR_FILENO, format: format)
    }

    /// A sink for standard output, where container platforms collect lines.
    package static func standardOutput(format: LogFormat) -> LogStream {
        LogStream(descriptor: STDOUT_FILENO, format: format)
    }

    /// Writes the line at once, or counts it among the dropped.
    package func take(_ entry: LogEntry) {
        let line = format.line(for: entry, isColored: isColored)
        state.withLock { state in
            if state.dropped > 0 {
                let note = LogEntry(
                    time: entry.time, level: .warning,
                    message: "Log lines were dropped because nobody read them.",
                    fields: ["dropped": .int(state.dropped)])
                guard write(format.line(for: note, isColored: isColored), &state) else {
                    state.dropped &+= 1
                    return
                }
                state.dropped = 0
            }
            if !write(line, &state) { state.dropped &+= 1 }
        }
    }

    private func write(_ line: [UInt8], _ state: inout State) -> Bool {
        let bytes = state.isInsideLine ? [UInt8(ascii: "\n")] + line : line
        var done = 0
        while done < bytes.count {
            // A pipe that is reported as ready has room for at least this much (PIPE_BUF), so that
            // a write of no more does not block, whatever the mode of the descriptor.
            let count = min(bytes.count - done, 4096)
            guard isReady(&state) else { break }
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), count)
            }
            if written < 0 {
                if errno == EINTR { continue }
                break
            }
            done += written
        }
        if done > 0 { state.isInsideLine = done < bytes.count }
        return done == bytes.count
    }

    private func isReady(_ state: inout State) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let isReady = poll(&wanted, 1, state.isStalled ? 0 : 100) > 0
        state.isStalled = !isReady
        return isReady
    }
}

/// Keeps log entries, for tests.
package final class LogCapture: LogSink {
    private let kept = Mutex<[LogEntry]>([])

    /// Makes an empty capture.
    package init() {}

    /// What was logged so far, oldest first.
    package var entries: [LogEntry] { kept.withLock { $0 } }

    /// Keeps the entry, whatever its level.
    package func take(_ entry: LogEntry) {
        kept.withLock { $0.append(entry) }
    }
}
