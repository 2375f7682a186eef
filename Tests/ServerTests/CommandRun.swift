import FoundationEssentials
import Synchronization
import Testing

@testable import Server

/// One run of a command: its status and what it printed.
struct CommandRun {
    let status: CommandStatus
    let output: String
    let errors: String

    /// - Parameters:
    ///   - line: as it is typed behind `callboard`, words parted by blanks.
    ///   - folder: where it is typed; the fixtures if nil.
    init(
        _ line: String, in folder: String = CommandRun.fixtures,
        environment: [String: String] = [:], hasColor: Bool = false
    ) async {
        let texts = Texts()
        let console = Console(hasColor: hasColor, showsProgress: false) { texts.add($1, to: $0) }
        let context = CommandContext(
            console: console, environment: environment, workingFolder: folder)
        status = await runCommand(line.split(separator: " ").map(String.init), context)
        (output, errors) = texts.both
    }

    static var fixtures: String { folder("Fixtures") }

    static func folder(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: name).path
    }

    /// All of it in one text, as a golden has it.
    var transcript: String {
        var text = output
        if !errors.isEmpty { text += "--- standard error\n\(errors)" }
        return text + "--- exit code \(status.rawValue)\n"
    }

    private final class Texts: Sendable {
        private let state = Mutex((output: "", errors: ""))

        var both: (String, String) { state.withLock { ($0.output, $0.errors) } }

        func add(_ text: String, to stream: Console.Stream) {
            state.withLock { state in
                if stream == .output { state.output += text } else { state.errors += text }
            }
        }
    }
}

/// Compares a text with the golden of a name.
func expectGolden(_ text: String, _ name: String) throws {
    let file = URL(filePath: CommandRun.folder("Golden")).appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["CALLBOARD_GOLDEN"] == "rewrite" {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    #expect(text == golden, "CALLBOARD_GOLDEN=rewrite writes \(name).txt anew")
}
