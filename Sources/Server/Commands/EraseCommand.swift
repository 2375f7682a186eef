import Access
import Catalog
import CatalogModel
import Jobs
import Settings
import Portal
import Store
import Telemetry
import Values

/// `callboard erase`: removes what is stored of a person.
struct EraseCommand: Command {
    private let person: EntityRef
    private let files: [String]
    private let isDryRun: Bool
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "erase", summary: "Remove what is stored of a person",
        details: [
            """
            Removes the history of a user, and the name, addresses and references from the
            history of other entities, from the authors of changes, and from sign-ins. What
            files and addresses say now is named and stays until it is removed there. That
            something was erased is recorded, not what or of whom. A portal on the embedded
            database has to be stopped first.
            """
        ],
        arguments: .init(
            name: "USER", isRequired: true, help: "the user's reference: user:default/NAME"),
        options: [
            .config,
            .init(name: "dry-run", help: "only say what would be touched"),
        ],
        examples: [
            .init(
                line: "callboard erase --dry-run user:default/jane.doe",
                meaning: "what is there, and what sources still say")
        ],
        exits: [
            .init(status: 0, meaning: "nothing of it is there any more"),
            .init(status: 1, meaning: "what sources say now stays, or it was a dry run that found"),
            .init(status: 2, meaning: "nothing was erased: no database, or one that is in use"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        let words = arguments.operands
        guard words.count == 1, let word = words.first, word.contains(":"),
            let ref = try? EntityRef.parse(word), folded(ref.kind) == "user"
        else {
            throw UsageError(
                message: "`\(words.joined(separator: " "))` is no reference to a user",
                remedy: "write `user:default/NAME`")
        }
        person = ref
        files = arguments.all("config")
        isDryRun = arguments.has("dry-run")
        self.context = context
    }

    /// What is kept of persons beside the catalog, a line for each part that does.
    static let personalData: [PersonalData] =
        PersonalData.access + featureStorage.flatMap(\.personalData)

    func run() async -> CommandStatus {
        let console = context.console
        guard let configuration = context.checkedConfiguration(files) else { return .impossible }
        if let why = context.whyNoCatalog(configuration.store) {
            console.complain("callboard: \(why)")
            return .impossible
        }
        do {
            let database = try await Database.open(configuration.store)
            do {
                try await database.migrate(Assembly.migrations)
                let erasure = PersonErasure(database: database, others: Self.personalData)
                let report =
                    isDryRun
                    ? try await erasure.preview(of: person) : try await erasure.erase(person)
                await database.close()
                return say(report)
            } catch {
                await database.close()
                throw error
            }
        } catch {
            console.complain("callboard: nothing was erased\n  \(error)")
            return .impossible
        }
    }

    private func say(_ report: PersonErasure.Report) -> CommandStatus {
        let console = context.console
        console.say(isDryRun ? "Would be erased:" : "Erased:")
        console.say("  \(counted(report.versions, "past version")) of the user")
        console.say(
            "  mentions in \(counted(report.mentions, "past version")) of other entities")
        console.say("  the name at \(counted(report.authorships, "change"))")
        for (what, count) in report.others { console.say("  \(what): \(count)") }
        if !report.remaining.isEmpty {
            let shown = report.remaining.prefix(20).map { "  \($0)" }
            console.say(
                "Stays, because it is read from its source; remove it there, then erase again:")
            console.say(shown.joined(separator: "\n"))
            let more = report.remaining.count - shown.count
            if more > 0 { console.say("  and \(more) more") }
        }
        if report.isInDictionary {
            console.say(
                "Stays: samples in the dictionary that contents are compressed with may name the user."
            )
        }
        let isLeft = !report.remaining.isEmpty || report.isInDictionary
        return isLeft || (isDryRun && !report.isEmpty) ? .found : .done
    }
}
