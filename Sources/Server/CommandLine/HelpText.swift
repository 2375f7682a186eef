/// What `--help` prints.
enum HelpText {
    /// The list of commands.
    static func overview(_ commands: [CommandSpec]) -> String {
        let shown = commands.filter { !$0.isHidden }
        return """
            callboard \(callboardVersion): an internal developer portal in one program

            Usage: callboard COMMAND [OPTION...]

            Commands:
            \(table(shown.map { ($0.name, $0.summary) }))

            `callboard COMMAND --help` explains a command; `callboard --version` prints the version.
            """
    }

    /// All there is to know about one command, on one screen.
    static func command(_ command: CommandSpec) -> String {
        var usage = "callboard \(command.name) [OPTION...]"
        var parts = ["callboard \(command.name): \(command.summary)"]
        if let arguments = command.arguments {
            usage += arguments.isRequired ? " \(arguments.name)..." : " [\(arguments.name)...]"
        }
        parts.append("Usage: \(usage)")
        parts += command.details
        if let arguments = command.arguments {
            parts.append("Arguments:\n\(table([(arguments.name, arguments.help)]))")
        }
        let options = command.options.map { (left($0), right($0)) } + [("--help", "this text")]
        parts.append("Options:\n\(table(options))")
        if !command.examples.isEmpty {
            let lines = command.examples.map { "  \($0.line)\n      \($0.meaning)" }
            parts.append("Examples:\n\(lines.joined(separator: "\n"))")
        }
        if !command.exits.isEmpty {
            parts.append(
                "Exit codes:\n\(table(command.exits.map { (String($0.status), $0.meaning) }))")
        }
        return parts.joined(separator: "\n\n")
    }

    private static func left(_ option: CommandSpec.Option) -> String {
        option.value.map { "--\(option.name) \($0)" } ?? "--\(option.name)"
    }

    private static func right(_ option: CommandSpec.Option) -> String {
        var text = option.help
        if !option.choices.isEmpty { text += ": \(option.choices.joined(separator: ", "))" }
        if let standard = option.standard { text += " (default: \(standard))" }
        return text
    }

    /// Two columns; further lines of the right one stand under its first.
    private static func table(_ rows: [(left: String, right: String)]) -> String {
        let width = rows.map { $0.left.count }.max() ?? 0
        let indent = String(repeating: " ", count: width + 4)
        return rows.map { row in
            let gap = String(repeating: " ", count: width - row.left.count + 2)
            return "  \(row.left)\(gap)" + row.right.replacing("\n", with: "\n\(indent)")
        }.joined(separator: "\n")
    }
}
