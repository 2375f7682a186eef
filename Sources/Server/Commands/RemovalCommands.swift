import Catalog
import CatalogModel
import Telemetry
import Values

/// `callboard removals`: what waits to be removed.
struct RemovalsCommand: Command {
    private let files: [String]
    private let isJSON: Bool
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "removals", summary: "List what waits to be removed",
        details: [
            """
            More than fifty entities and more than a tenth of a location's do not go because one
            reading did not find them: they wait until a second reading says the same and
            somebody says that they may go.
            """
        ],
        options: [
            .config,
            .init(
                name: "format", value: "FORMAT", choices: ["text", "json"], standard: "text",
                help: "how to print; json has every reference"),
        ],
        examples: [
            .init(line: "callboard removals", meaning: "what waits, since when and why")
        ],
        exits: [
            .init(status: 0, meaning: "nothing waits"),
            .init(status: 1, meaning: "something waits"),
            .init(status: 2, meaning: "there is no database, or it is in use"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        isJSON = arguments.value("format") == "json"
        self.context = context
    }

    func run() async -> CommandStatus {
        await context.withCatalog(files) { keeper in
            let waiting = try await keeper.reader(because: "the command line").waitingRemovals()
            if isJSON {
                var json = JSONWriter()
                json.raw("[")
                for (index, removal) in waiting.enumerated() {
                    if index > 0 { json.raw(",") }
                    removal.write(to: &json)
                }
                json.raw("]")
                context.console.say(String(decoding: json.bytes, as: UTF8.self))
            } else {
                print(waiting)
            }
            return waiting.isEmpty ? .done : .found
        }
    }

    private func print(_ waiting: [WaitingRemoval]) {
        let console = context.console
        let printer = DiagnosticPrinter(hasColor: console.hasColor)
        for removal in waiting {
            let since = Instant(milliseconds: removal.since).iso8601
            console.say("\(removal.source.uid)  since \(since)")
            console.say(printer.text(removal.diagnostic) + "\n")
        }
        if waiting.isEmpty { console.say("Nothing waits to be removed.") }
    }
}

/// `callboard removals approve`: the word that what waits may go.
struct ApproveRemovalCommand: Command {
    private let files: [String]
    private let ids: [String]
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "removals approve", summary: "Let go what waits to be removed",
        details: [
            """
            Reads the location once more; what it still lacks then is removed, if that reading is
            complete and not the first that lacks it. If the location cannot be read now, the
            word is kept for the next reading. What goes can be restored for a week.
            """
        ],
        arguments: .init(
            name: "ID", isRequired: true, help: "of the location, as `callboard removals` says it"),
        options: [.config],
        examples: [
            .init(
                line: "callboard removals approve 0d3f… --config app-config.yaml",
                meaning: "the entities of one location may go")
        ],
        exits: [
            .init(status: 0, meaning: "they are gone"),
            .init(status: 1, meaning: "something still waits; it is said what for"),
            .init(status: 2, meaning: "nothing of that location waits, or nothing can be done"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        ids = arguments.operands
        self.context = context
    }

    func run() async -> CommandStatus {
        await context.withCatalog(files) { keeper in
            var status = CommandStatus.done
            for id in ids { status = max(status, try await approve(id, keeper)) }
            return status
        }
    }

    private func approve(_ id: String, _ keeper: CatalogKeeper) async throws -> CommandStatus {
        let console = context.console
        let author = "command line"
        guard let source = keeper.sources.first(where: { $0.uid == id }),
            try await keeper.approveRemoval(of: source, author: author)
        else {
            console.complain(
                "callboard: nothing waits under the id `\(id)`"
                    + "\n  `callboard removals` lists what does")
            return .impossible
        }
        let report = try await keeper.refresh(source, author: author)
        let left = try await keeper.reader(because: "the command line").waitingRemovals()
            .first { $0.source.uid == id }
        guard let left else {
            console.say("\(source.location.text): \(counted(report.removed, "entity")) removed.")
            return .done
        }
        let printer = DiagnosticPrinter(hasColor: console.hasColor)
        for diagnostic in report.unreached + [left.diagnostic] {
            console.say(printer.text(diagnostic))
        }
        return .found
    }
}

private func max(_ left: CommandStatus, _ right: CommandStatus) -> CommandStatus {
    left.rawValue >= right.rawValue ? left : right
}
