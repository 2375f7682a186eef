import CatalogModel
import Glibc

/// Runs the command that the arguments name.
///
/// - Parameter arguments: without the program's own name.
/// - Returns: the exit status.
package func runCallboard(_ arguments: [String]) async -> Int32 {
    var environment: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let folder = getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? "/"
    let context = CommandContext(
        console: .standard(environment), environment: environment, workingFolder: folder)
    return await runCommand(arguments, context).rawValue
}

/// The commands, in the order of the overview.
let commands: [any Command.Type] = [
    ServeCommand.self, ValidateCommand.self, CheckCommand.self, RemovalsCommand.self,
    ApproveRemovalCommand.self, RemovedCommand.self, RestoreCommand.self, EraseCommand.self,
    ConfigCheckCommand.self, ConfigPrintCommand.self, ReferenceCommand.self,
]

/// Finds a command, or help, and runs it.
func runCommand(_ words: [String], _ context: CommandContext) async -> CommandStatus {
    let console = context.console
    guard let first = words.first, first != "--help", first != "-h", words != ["help"] else {
        console.say(HelpText.overview(commands.map { $0.spec }))
        return .done
    }
    if first == "--version" {
        console.say("callboard \(callboardVersion)")
        return .done
    }
    if first == "help" { return await runCommand(words.dropFirst() + ["--help"], context) }
    guard let command = command(of: words) else { return complain(unknown(first), context) }
    let rest = Array(words.dropFirst(command.spec.name.split(separator: " ").count))
    let ownWords = rest.prefix { $0 != "--" }
    if ownWords.contains("--help") || ownWords.contains("-h") {
        console.say(HelpText.command(command.spec))
        return .done
    }
    switch command.make(rest, context) {
    case .success(let made): return await made.run()
    case .failure(let error): return complain(error, context)
    }
}

/// The command that the first words name; `config print` has two.
private func command(of words: [String]) -> (any Command.Type)? {
    for count in [2, 1] {
        let name = words.prefix(count).joined(separator: " ")
        if let command = commands.first(where: { $0.spec.name == name }) { return command }
    }
    return nil
}

private func unknown(_ word: String) -> UsageError {
    let names = commands.map { $0.spec.name }
    let group = names.filter { $0.hasPrefix("\(word) ") }
    if !group.isEmpty {
        let wanted = group.map { "`callboard \($0)`" }.joined(separator: " or ")
        return UsageError(message: "`\(word)` needs a second word", remedy: "write \(wanted)")
    }
    let meant = nearest(to: word, among: names)
    return UsageError(
        message: word.hasPrefix("-")
            ? "`\(word)` comes before a command" : "there is no command `\(word)`",
        remedy: meant.map { "did you mean `callboard \($0)`?" }
            ?? "`callboard --help` lists the commands")
}

private func complain(_ error: UsageError, _ context: CommandContext) -> CommandStatus {
    context.console.complain("callboard: \(error.message)\n  \(error.remedy)")
    return .impossible
}
