import Outbound
import Settings
import Telemetry
import Values

/// `callboard config check`: whether the configuration is in order.
struct ConfigCheckCommand: Command {
    private let files: [String]
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "config check", summary: "Say whether the configuration is in order",
        details: [
            """
            Reads the configuration as `serve` does and says what would stop it, with file, line
            and column; also keys that look misspelt, and variables that are not set. Keys that
            nothing here reads are accepted: they may belong to Backstage.
            """
        ],
        options: [.config],
        examples: [
            .init(
                line: "callboard config check --config app-config.yaml",
                meaning: "before a deployment")
        ],
        exits: [
            .init(status: 0, meaning: "the portal would start with it"),
            .init(status: 1, meaning: "there are errors, or a file cannot be read"),
            .init(status: 2, meaning: "a wrong option"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        self.context = context
    }

    func run() async -> CommandStatus {
        let console = context.console
        do {
            let (settings, configuration) = try context.configuration(files)
            let client = OutboundClient()
            defer { client.close() }
            _ = try AccessConfiguration(
                settings, backendURL: configuration.backendURL,
                .init(client: client, clock: .system, environment: context.environment))
            for diagnostic in settings.diagnostics + settings.check(ConfigKeys.all) {
                say(diagnostic)
            }
            guard !settings.files.isEmpty else {
                console.say("There is no configuration; the defaults are good.")
                return .done
            }
            console.say("\(counted(settings.files.count, "file")) read, all is in order:")
            for file in settings.files { console.say("  \(context.shown(file))") }
            return .done
        } catch let failure as SettingsFailure {
            for diagnostic in failure.diagnostics { say(diagnostic) }
        } catch let diagnostic as Diagnostic {
            say(diagnostic)
        } catch {
            console.complain("callboard: \(error)")
        }
        return .found
    }

    private func say(_ diagnostic: Diagnostic) {
        var shown = diagnostic
        shown.file = shown.file.map(context.shown)
        let printer = DiagnosticPrinter(hasColor: context.console.hasColor)
        context.console.say(printer.text(shown) + "\n")
    }
}

/// `callboard config print`: the configuration as it is understood.
struct ConfigPrintCommand: Command {
    private let files: [String]
    private let isJSON: Bool
    private let showsOrigins: Bool
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "config print", summary: "Print the configuration as it is understood",
        details: [
            """
            Merges all files and the variables `APP_CONFIG_…`, replaces placeholders, and prints
            the result. Secrets are starred: what is declared as one, and what its name or its
            look gives away.
            """
        ],
        options: [
            .config,
            .init(
                name: "format", value: "FORMAT", choices: ["yaml", "json"], standard: "yaml",
                help: "how to print"),
            .init(name: "origins", help: "say behind each value where it stands (yaml)"),
        ],
        examples: [
            .init(
                line: "callboard config print --origins",
                meaning: "which file a value comes from")
        ],
        exits: [
            .init(status: 0, meaning: "printed"),
            .init(status: 1, meaning: "the configuration cannot be read"),
            .init(status: 2, meaning: "a wrong option"),
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        files = arguments.all("config")
        isJSON = arguments.value("format") == "json"
        showsOrigins = arguments.has("origins")
        if isJSON, showsOrigins {
            throw UsageError(
                message: "`--origins` goes with YAML only", remedy: "leave `--format json` out")
        }
        self.context = context
    }

    func run() async -> CommandStatus {
        do throws(SettingsFailure) {
            let settings = try PortalSettings.load(context.settingsInput(files))
            if isJSON {
                var writer = JSONWriter()
                writer.value(settings.redacted(ConfigKeys.all).json)
                context.console.say(String(decoding: writer.bytes, as: UTF8.self))
            } else {
                var text = settings.yaml(ConfigKeys.all, origins: showsOrigins)
                if text.hasSuffix("\n") { text.removeLast() }
                context.console.say(text)
            }
            return .done
        } catch {
            context.complain(of: error)
            return .found
        }
    }
}

/// `callboard reference NAME`: pages of the documentation that are made from the program.
struct ReferenceCommand: Command {
    private let context: CommandContext

    static let spec = CommandSpec(
        name: "reference configuration", summary: "Print docs/reference/configuration.md",
        isHidden: true,
        examples: [
            .init(
                line: "callboard reference configuration > docs/reference/configuration.md",
                meaning: "after a key was declared or changed; a test compares the two")
        ])

    init(_ arguments: ParsedArguments, _ context: CommandContext) throws(UsageError) {
        self.context = context
    }

    func run() async -> CommandStatus {
        context.console.say(Self.page)
        return .done
    }

    static var page: String {
        var table = settingsReference(ConfigKeys.all)
        if table.hasSuffix("\n") { table.removeLast() }
        return """
            # The keys of the configuration

            Made by `callboard reference configuration` from what each part declares; do not edit.

            The files are those of Backstage: `app-config.yaml`, then `app-config.local.yaml`, or what
            `--config` names, later ones over earlier ones, and `APP_CONFIG_…` variables over all files.
            Keys that stand here are checked at the start; any other is accepted, since it may belong to
            another program. `callboard config check` says what is wrong, `callboard config print` what
            came out.

            \(table)
            """
    }
}
