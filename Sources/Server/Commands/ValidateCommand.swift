import Catalog
import CatalogModel
import Files
import Outbound
import Values

/// `callboard validate`: checks catalog files without a server or database.
struct ValidateCommand: Command {
    private let paths: [String]
    private let format: Format
    private let options: CatalogValidation.Options
    private let context: CommandContext

    private enum Format: String { case text, json, github }

    static let spec = CommandSpec(
        name: "validate", summary: "Check catalog files, without a server or database",
        details: [
            """
            Reads files as the portal would and says what is wrong: line and column, the line
            itself, why it is wrong, and what to do. Of a folder it reads every catalog-info.yaml
            and catalog-info.yml below it, but for skeletons of templates. Files that a Location
            points to are read as well.
            """
        ],
        arguments: .init(
            name: "PATH", isRequired: true, help: "a file, a folder, or with --network an address"),
        options: [
            .init(
                name: "format", value: "FORMAT", choices: ["text", "json", "github"],
                standard: "text", help: "how to print"),
            .init(
                name: "references",
                help: "also warn of owners, systems and the like that no read file declares"),
            .init(name: "network", help: "also read the addresses that files lead to"),
        ],
        examples: [
            .init(line: "callboard validate .", meaning: "the repository that you are in"),
            .init(
                line: "callboard validate --references org/ catalog-info.yaml",
                meaning: "whether the component's owner is among the teams"),
            .init(
                line: "callboard validate --format github .",
                meaning: "in a GitHub workflow: the faults are shown at their lines"),
        ],
        exits: [
            .init(status: 0, meaning: "nothing is wrong; there may be warnings"),
            .init(status: 1, meaning: "there are errors"),
            .init(status: 2, meaning: "nothing could be checked: a wrong option, no such file"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        paths = arguments.operands
        format = arguments.value("format").flatMap(Format.init) ?? .text
        var options = CatalogValidation.Options()
        options.checksReferences = arguments.has("references")
        options.readsAddresses = arguments.has("network")
        self.options = options
        self.context = context
    }

    func run() async -> CommandStatus {
        let console = context.console
        let beginnings: CatalogFiles
        do throws(UsageError) {
            beginnings = try CatalogFiles(
                paths, in: context.workingFolder, takesAddresses: options.readsAddresses)
        } catch {
            console.complain("callboard: \(error.message)\n  \(error.remedy)")
            return .impossible
        }
        let client = OutboundClient()
        defer { client.close() }
        let hosts = RepositoryHosts()
        let reader = SourceReader(
            roots: beginnings.roots, workingFolder: context.workingFolder, client: client,
            policy: OutboundPolicy(allowing: [], and: hosts), hosts: hosts)
        let progress = ProgressLine(console)
        do {
            let report = try await CatalogValidation(reader: reader, options: options)
                .run(beginnings.locations) { files, entities in
                    progress.show("\(counted(files, "file")), \(counted(entities, "entity"))…")
                }
            progress.clear()
            print(report)
            if format == .text, beginnings.skeletonCount > 0 {
                console.say(
                    "Left out: \(counted(beginnings.skeletonCount, "skeleton")) of templates.")
            }
            return report.count(.error) == 0 ? .done : .found
        } catch {
            progress.clear()
            console.complain("callboard: the files could not be checked\n  \(error)")
            return .impossible
        }
    }

    // MARK: Printing

    private func print(_ report: ValidationReport) {
        switch format {
        case .text: printText(report)
        case .json: printJSON(report)
        case .github:
            for file in report.faults {
                for diagnostic in file.diagnostics {
                    context.console.say(shown(diagnostic).githubCommand)
                }
            }
            context.console.say(summary(report))
        }
    }

    private func printText(_ report: ValidationReport) {
        let printer = DiagnosticPrinter(hasColor: context.console.hasColor)
        for file in report.faults {
            for diagnostic in file.diagnostics {
                context.console.say(printer.text(shown(diagnostic)) + "\n")
            }
        }
        context.console.say(summary(report))
        if !report.skippedAddresses.isEmpty {
            let count = report.skippedAddresses.count
            context.console.say(
                "Not read: \(count == 1 ? "1 address" : "\(count) addresses"); "
                    + "`--network` reads them too.")
        }
    }

    private func printJSON(_ report: ValidationReport) {
        var writer = JSONWriter()
        writer.raw("{\"files\":")
        writer.integer(report.files)
        writer.raw(",\"entities\":")
        writer.integer(report.entities)
        writer.raw(",\"errors\":")
        writer.integer(report.count(.error))
        writer.raw(",\"warnings\":")
        writer.integer(report.count(.warning))
        writer.raw(",\"diagnostics\":[")
        var isFirst = true
        for diagnostic in report.faults.flatMap(\.diagnostics) {
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.raw("\n")
            shown(diagnostic).write(to: &writer)
        }
        writer.raw("\n],\"skipped\":[")
        for (index, address) in report.skippedAddresses.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(address)
        }
        writer.raw("]}")
        context.console.say(String(decoding: writer.bytes, as: UTF8.self))
    }

    private func summary(_ report: ValidationReport) -> String {
        var parts = [counted(report.files, "file"), counted(report.entities, "entity")]
        parts.append(counted(report.count(.error), "error"))
        if report.count(.warning) > 0 { parts.append(counted(report.count(.warning), "warning")) }
        return parts.joined(separator: ", ")
    }

    /// The diagnostic with paths as somebody types them here, which GitHub needs as well.
    private func shown(_ diagnostic: Diagnostic) -> Diagnostic {
        let folder = context.workingFolder
        guard folder.count > 1 else { return diagnostic }
        func short(_ text: String) -> String { text.replacing("\(folder)/", with: "") }
        var shown = diagnostic
        shown.file = shown.file.map(short)
        shown.summary = short(shown.summary)
        shown.reason = shown.reason.map(short)
        shown.remedy = shown.remedy.map(short)
        return shown
    }
}
