import FoundationEssentials
import Testing

@testable import Server

struct CommandLineTests {
    static let texts: [(golden: String, line: String)] = [
        ("overview", ""), ("help-serve", "serve --help"), ("help-validate", "help validate"),
        ("help-check", "check -h"), ("help-removals", "removals --help"),
        ("help-removals-approve", "removals approve --help"),
        ("help-removed", "removed --help"), ("help-restore", "restore --help"),
        ("help-config-check", "config check --help"),
        ("help-config-print", "config print --help"), ("version", "--version"),
        ("validate-good", "validate good"),
        ("validate-references", "validate --references good/catalog-info.yaml"),
        ("validate-faulty", "validate faulty"),
        ("validate-json", "validate --format json faulty/sub"),
        ("validate-github", "validate --format=github faulty/sub"),
        ("validate-template", "validate template"),
        ("config-check-good", "config check --config config/good.yaml"),
        ("config-check-wrong", "config check --config config/wrong.yaml"),
        ("config-print", "config print --origins --config config/good.yaml"),
        ("config-print-json", "config print --format json --config config/good.yaml"),
        ("check-nothing", "check --config config/good.yaml"), ("help-erase", "erase --help"),
        ("erase-nothing", "erase --config config/good.yaml user:default/jane"),
    ]

    @Test(arguments: texts)
    func `a command says what its golden says`(golden: String, line: String) async throws {
        try expectGolden(await CommandRun(line).transcript, golden)
    }

    @Test func `every golden belongs to a command`() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: CommandRun.folder("Golden"))
        #expect(Set(files) == Set(Self.texts.map { "\($0.golden).txt" }))
    }

    @Test(arguments: [
        ("validat x", "there is no command `validat`", "did you mean `callboard validate`?"),
        ("frobnicate", "there is no command `frobnicate`", "`callboard --help` lists the commands"),
        ("--port 80", "`--port` comes before a command", "`callboard --help` lists the commands"),
        (
            "config", "`config` needs a second word",
            "write `callboard config check` or `callboard config print`"
        ),
        ("validate --formt x", "`validate` has no option `--formt`", "did you mean `--format`?"),
        (
            "serve --colour", "`serve` has no option `--colour`",
            "`callboard serve --help` shows what it takes"
        ),
        ("validate --format jsn .", "`--format` cannot be `jsn`", "did you mean `json`?"),
        ("validate --format", "`--format` needs a value", "write `--format FORMAT`"),
        (
            "validate --format text --format json .", "`--format` is given twice",
            "leave one of the two out"
        ),
        ("validate --network=yes .", "`--network` takes no value", "leave `=yes` out"),
        ("validate", "PATH is missing", "`callboard validate --help` shows what it takes"),
        (
            "serve now", "`serve` takes no argument `now`",
            "`callboard serve --help` shows what it takes"
        ),
        ("serve --port 99999", "`--port` cannot be `99999`", "write a number from 0 to 65535"),
        (
            "validate good/none.yaml", "there is no file or folder `good/none.yaml`",
            "paths are relative to"
        ),
        (
            "validate https://example.com/a", "`https://example.com/a` is an address",
            "add `--network`"
        ),
        (
            "validate template/skeleton/../../good/../faulty/sub/../../template/skeleton/x",
            "there is no file or folder", "paths are relative to"
        ),
        ("config print --origins --format json", "`--origins` goes with YAML only", "leave"),
        ("erase group:default/x", "`group:default/x` is no reference to a user", "write `user:"),
        ("erase jane", "`jane` is no reference to a user", "write `user:default/NAME`"),
        ("check --config nowhere.yaml", "nowhere.yaml", "config.missing-file"),
    ])
    func `a wrong command line says what to do and ends with 2`(
        line: String, message: String, remedy: String
    ) async {
        let run = await CommandRun(line)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.errors.contains(remedy), "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(run.status == .impossible)
    }

    @Test func `a command's options have one meaning each and fit on a screen`() {
        for command in commands {
            let names = command.spec.options.map(\.name)
            #expect(Set(names).count == names.count, "\(command.spec.name)")
            #expect(!names.contains("help"))
            let lines = HelpText.command(command.spec).split(separator: "\n")
            #expect(lines.count <= 40, "\(command.spec.name)")
            #expect(lines.allSatisfy { $0.count <= 100 }, "\(command.spec.name)")
        }
        let names = commands.map { $0.spec.name }
        #expect(Set(names).count == names.count)
    }

    @Test func `what follows two dashes is no option`() throws {
        let arguments = try ParsedArguments(
            ["--references", "--", "--format"], of: ValidateCommand.spec)
        #expect(arguments.operands == ["--format"])
        #expect(arguments.has("references"))
        #expect(arguments.value("format") == nil)
    }

    @Test func `colours come only where they are wanted`() async {
        let plain = await CommandRun("validate faulty")
        let colored = await CommandRun("validate faulty", hasColor: true)
        #expect(!plain.output.contains("\u{1B}"))
        #expect(colored.output.contains("\u{1B}[1;31merror:\u{1B}[0m"))
        #expect(!Console.standard(["NO_COLOR": "1"]).hasColor)
    }

    @Test func `the reference of the configuration is the one that is checked in`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try Data(
            contentsOf: root.appending(path: "docs/reference/configuration.md"))
        #expect(
            String(decoding: page, as: UTF8.self) == ReferenceCommand.page + "\n",
            "callboard reference configuration > docs/reference/configuration.md")
    }
}
