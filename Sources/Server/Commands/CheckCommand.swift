import Catalog
import Settings
import Store
import Values

/// `callboard check`: computes derived data anew and compares.
struct CheckCommand: Command {
    private let files: [String]
    private let repairs: Bool
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "check", summary: "Compare what is derived with what is stored",
        details: [
            """
            Reads every entity, checks its content against its hash and the tables against each
            other, builds the index anew and compares it with the image that the portal would
            start from. A portal on the embedded database has to be stopped first.
            """
        ],
        options: [
            .config,
            .init(name: "repair", help: "write the image of the index anew if it differs"),
        ],
        examples: [
            .init(
                line: "callboard check --config app-config.yaml",
                meaning: "after a crash, a full disk or a restored backup")
        ],
        exits: [
            .init(status: 0, meaning: "all is in order, or was repaired"),
            .init(status: 1, meaning: "there are differences"),
            .init(
                status: 2, meaning: "nothing could be checked: no database, or one that is in use"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        repairs = arguments.has("repair")
        self.context = context
    }

    func run() async -> CommandStatus {
        let console = context.console
        guard let configuration = context.checkedConfiguration(files) else {
            return .impossible
        }
        if let why = context.whyNoCatalog(configuration.store) {
            console.complain("callboard: \(why)")
            return .impossible
        }
        do {
            let database = try await Database.open(configuration.store)
            let status = await check(database, configuration)
            await database.close()
            return status
        } catch {
            console.complain("callboard: the database cannot be opened\n  \(error)")
            return .impossible
        }
    }

    private func check(
        _ database: Database, _ configuration: PortalConfiguration
    ) async -> CommandStatus {
        let console = context.console
        let progress = ProgressLine(console)
        do {
            let report = try await CatalogCheck(
                database: database, imagePath: configuration.imagePath
            ).run(repairs: repairs) { count in progress.show("\(counted(count, "entity"))…") }
            progress.clear()
            print(report)
            return report.isClean ? .done : .found
        } catch {
            progress.clear()
            console.complain("callboard: the check could not be finished\n  \(error)")
            return .impossible
        }
    }

    private func print(_ report: CheckReport) {
        let printer = DiagnosticPrinter(hasColor: context.console.hasColor)
        for finding in report.findings {
            context.console.say(printer.text(finding) + "\n")
        }
        for (code, count) in report.counts.sorted(by: { $0.key < $1.key })
        where count > CheckReport.told {
            context.console.say("and \(count - CheckReport.told) more [\(code)]\n")
        }
        let counts = [
            counted(report.entities, "entity"), "\(report.removed) removed",
            counted(report.versions, "version"), counted(report.files, "file"),
            counted(report.sources, "source"), "revision \(report.revision)",
        ]
        context.console.say(counts.joined(separator: ", "))
        switch report.image {
        case .none: break
        case .unused(let why):
            context.console.say("Index: not compared, \(why); the next start builds it anew")
        case .compared(let revision):
            context.console.say(
                report.imageDiffers
                    ? "Index: the image of revision \(revision) differs"
                    : "Index: the image of revision \(revision) is right")
        }
        let total = report.counts.values.reduce(0, +)
        if total == 0 {
            context.console.say("All is in order.")
        } else if report.isRepaired {
            context.console.say(
                report.isClean
                    ? "\(counted(total, "difference")); the image was written anew."
                    : "\(counted(total, "difference")); the image was written anew, the rest stays."
            )
        } else {
            context.console.say("\(counted(total, "difference")).")
        }
    }
}
