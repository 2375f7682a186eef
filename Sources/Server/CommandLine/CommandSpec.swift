/// What a command is called, what it takes, and what its help says: the one description that
/// parsing and help are both made from.
struct CommandSpec: Sendable {
    /// One or two words: `serve`, `config print`.
    var name: String
    /// What it does, without a full stop: the line in the list of commands.
    var summary: String
    /// Left out of the list of commands.
    var isHidden = false
    /// Paragraphs between the usage and the options, each wrapped at 80 columns by hand.
    var details: [String] = []
    var arguments: Arguments?
    var options: [Option] = []
    var examples: [Example] = []
    var exits: [Exit] = []

    /// What stands behind the options.
    struct Arguments: Sendable {
        /// As it stands in the usage: `PATH`.
        var name: String
        var isRequired: Bool
        var help: String
    }

    /// `--name` or `--name VALUE`.
    struct Option: Sendable {
        /// Without the dashes.
        var name: String
        /// What the value is called in the help; nil for a switch.
        var value: String?
        /// The values that it may have; empty for any.
        var choices: [String] = []
        /// As the help shows it; nil where there is none.
        var standard: String?
        var isRepeatable = false
        var help: String
    }

    struct Example: Sendable {
        /// What is typed.
        var line: String
        var meaning: String
    }

    /// An exit status and when it is given.
    struct Exit: Sendable {
        var status: Int
        var meaning: String
    }

    func option(_ name: String) -> Option? { options.first { $0.name == name } }
}

extension CommandSpec.Option {
    /// The option of every command that needs the configuration.
    static let config = CommandSpec.Option(
        name: "config", value: "FILE", isRepeatable: true,
        help: "a configuration file; given again, later files win\n"
            + "(default: app-config.yaml, then app-config.local.yaml)")
}
