/// A command that can be run.
protocol Command: Sendable {
    static var spec: CommandSpec { get }

    /// - Throws: ``UsageError`` where a value cannot be.
    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError)

    func run() async -> CommandStatus
}

extension Command {
    /// The command that these words ask for, ready to run.
    static func make(_ words: [String], _ context: CommandContext) -> Result<
        any Command, UsageError
    > {
        do throws(UsageError) {
            return .success(try Self(ParsedArguments(words, of: spec), context))
        } catch {
            return .failure(error)
        }
    }
}

/// What a command finds around it.
struct CommandContext: Sendable {
    var console: Console
    var environment: [String: String]
    /// Absolute; what relative paths are relative to.
    var workingFolder: String
}

/// How a command ended; the same numbers mean the same in all of them.
enum CommandStatus: Int32, Sendable {
    case done = 0
    /// What was looked for was found: faults in files, differences in data.
    case found = 1
    /// It could not be done: a wrong option, a file that is not there, a database that is in use.
    case impossible = 2
}
