import CatalogModel

/// The words of a command line, sorted by a command's description.
struct ParsedArguments: Sendable {
    private(set) var values: [String: [String]] = [:]
    private(set) var switches: Set<String> = []
    /// What is no option, in its order.
    private(set) var operands: [String] = []

    /// The value of an option that is given once; given again, the last counts.
    func value(_ name: String) -> String? { values[name]?.last }
    /// All values of an option, in their order.
    func all(_ name: String) -> [String] { values[name] ?? [] }
    func has(_ name: String) -> Bool { switches.contains(name) }
}

/// The command line asks for something that there is not.
struct UsageError: Error, Equatable {
    var message: String
    /// What to do about it: one line.
    var remedy: String
}

extension ParsedArguments {
    /// Sorts words; `--name=value` and `--name value` are the same, and after `--` all is operands.
    ///
    /// - Throws: ``UsageError`` for the first word that does not fit.
    init(_ words: [String], of command: CommandSpec) throws(UsageError) {
        var rest = words[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || !word.hasPrefix("-") || word == "-" {
                try add(operand: word, command)
            } else if word == "--" {
                onlyOperands = true
            } else {
                try add(option: word, &rest, command)
            }
        }
        if let arguments = command.arguments, arguments.isRequired, operands.isEmpty {
            throw UsageError(
                message: "\(arguments.name) is missing", remedy: Self.seeHelp(command))
        }
    }

    private mutating func add(operand: String, _ command: CommandSpec) throws(UsageError) {
        guard command.arguments != nil else {
            throw UsageError(
                message: "`\(command.name)` takes no argument `\(operand)`",
                remedy: Self.seeHelp(command))
        }
        operands.append(operand)
    }

    private mutating func add(
        option word: String, _ rest: inout ArraySlice<String>, _ command: CommandSpec
    ) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        guard word.hasPrefix("--"), let option = command.option(name) else {
            throw Self.unknown(String(parts[0]), command)
        }
        guard let valueName = option.value else {
            guard parts.count == 1 else {
                throw UsageError(
                    message: "`--\(name)` takes no value", remedy: "leave `=\(parts[1])` out")
            }
            switches.insert(name)
            return
        }
        let value: String
        if parts.count == 2 {
            value = String(parts[1])
        } else if let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        } else {
            throw UsageError(
                message: "`--\(name)` needs a value", remedy: "write `--\(name) \(valueName)`")
        }
        guard option.choices.isEmpty || option.choices.contains(value) else {
            let meant = nearest(to: value, among: option.choices)
            throw UsageError(
                message: "`--\(name)` cannot be `\(value)`",
                remedy: meant.map { "did you mean `\($0)`?" }
                    ?? "it is one of \(option.choices.joined(separator: ", "))")
        }
        guard option.isRepeatable || values[name] == nil else {
            throw UsageError(
                message: "`--\(name)` is given twice", remedy: "leave one of the two out")
        }
        values[name, default: []].append(value)
    }

    private static func unknown(_ word: String, _ command: CommandSpec) -> UsageError {
        let names = command.options.map { "--\($0.name)" } + ["--help"]
        let meant = nearest(to: word, among: names)
        return UsageError(
            message: "`\(command.name)` has no option `\(word)`",
            remedy: meant.map { "did you mean `\($0)`?" } ?? seeHelp(command))
    }

    private static func seeHelp(_ command: CommandSpec) -> String {
        "`callboard \(command.name) --help` shows what it takes"
    }
}
