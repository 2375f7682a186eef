import Catalog
import CatalogModel
import Telemetry
import Values

/// `callboard removed`: what was removed within the last seven days.
struct RemovedCommand: Command {
    private let files: [String]
    private let isJSON: Bool
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "removed", summary: "List what was removed in the last seven days",
        details: [
            """
            Locations first, then entities, the last that went first; what is there again is left
            out.
            """
        ],
        options: [
            .config,
            .init(
                name: "format", value: "FORMAT", choices: ["text", "json"], standard: "text",
                help: "how to print"),
        ],
        examples: [
            .init(line: "callboard removed", meaning: "ids, names, when and by whom")
        ],
        exits: [
            .init(status: 0, meaning: "listed"),
            .init(status: 2, meaning: "there is no database, or it is in use"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        isJSON = arguments.value("format") == "json"
        self.context = context
    }

    func run() async -> CommandStatus {
        await context.withCatalog(files) { keeper in
            let reader = keeper.reader(because: "the command line")
            var cursor: String?
            var count = 0
            repeat {
                guard let page = try await reader.removed(after: cursor, limit: 1000) else { break }
                count += page.locations.count + page.entities.count
                print(page)
                cursor = page.next
            } while cursor != nil
            if count == 0, !isJSON { context.console.say("Nothing was removed.") }
            return .done
        }
    }

    /// In JSON an object for each thousand entities.
    private func print(_ page: RemovedThings) {
        let console = context.console
        if isJSON {
            var json = JSONWriter()
            page.write(to: &json)
            return console.say(String(decoding: json.bytes, as: UTF8.self))
        }
        for location in page.locations {
            console.say("\(location.id)  \(location.location.text)  \(words(location.change))")
        }
        for entity in page.entities {
            console.say("\(entity.uid)  \(entity.ref)  \(words(entity.change))")
        }
    }

    private func words(_ change: ChangeRecord) -> String {
        "removed \(Instant(milliseconds: change.at).iso8601) by \(change.author)"
    }
}

/// `callboard restore`: brings back what was removed.
struct RestoreCommand: Command {
    private let files: [String]
    private let ids: [String]
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "restore", summary: "Bring back what was removed in the last seven days",
        details: [
            """
            A location is registered again, with all that went with it, and read. An entity comes
            back as it was, marked as an orphan, and stays until it is deleted or a file
            declares it. Uids stay, and the history goes on.
            """
        ],
        arguments: .init(
            name: "ID", isRequired: true,
            help: "of a location or an entity, as `callboard removed` says it"),
        options: [.config],
        examples: [
            .init(line: "callboard restore 0d3f…", meaning: "one location or entity")
        ],
        exits: [
            .init(status: 0, meaning: "all of them are back"),
            .init(status: 1, meaning: "some are not; it is said why"),
            .init(status: 2, meaning: "there is no database, or it is in use"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        ids = arguments.operands
        self.context = context
    }

    func run() async -> CommandStatus {
        await context.withCatalog(files) { keeper in
            var status = CommandStatus.done
            for id in ids {
                do {
                    context.console.say("\(try await restore(id, keeper)) is back.")
                } catch let fault as RestoreFault {
                    context.console.complain("callboard: \(words(fault, id))")
                    status = .found
                }
            }
            return status
        }
    }

    private func restore(_ id: String, _ keeper: CatalogKeeper) async throws -> String {
        let author = "command line"
        do {
            let source = try await keeper.restoreLocation(id: id, author: author)
            await keeper.refreshSoon(source, author: author, within: .seconds(60))
            return source.location.text
        } catch RestoreFault.unknown {
            return try await keeper.restoreEntity(uid: uuidBytes(id) ?? [], author: author)
        }
    }

    private func words(_ fault: RestoreFault, _ id: String) -> String {
        switch fault {
        case .unknown:
            "nothing with the id `\(id)` was removed in the last seven days"
                + "\n  `callboard removed` lists what was"
        case .isThere(let name): "`\(name)` is there"
        case .changed(let name): "`\(name)` was just changed by somebody else\n  look again"
        }
    }
}
