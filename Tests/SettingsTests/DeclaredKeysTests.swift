import Settings
import Testing
import Values

private let declared = [
    ConfigKeys(
        owner: "server",
        [
            ConfigKey("app.title", .string, default: "Callboard", "The name of the portal."),
            ConfigKey("app.baseUrl", .url, "Where browsers find the portal."),
            ConfigKey(
                "backend.listen", .either([.string, .integer(0...65535), .object]), "The socket."),
            ConfigKey("backend.listen.port", .integer(0...65535), default: "7007", "The port."),
            ConfigKey("backend.database.client", .choice(["pg", "better-sqlite3"]), "The engine."),
            ConfigKey("backend.cors.origin", .either([.string, .list(.string)]), "Who may call."),
            ConfigKey("backend.reading.allow[].host", .string, "A host | pattern."),
            ConfigKey("callboard.pass", .secret, since: "0.1", "A pass word."),
        ]),
    ConfigKeys(
        owner: "catalog",
        [
            ConfigKey("catalog.locations[].target", .string, "What to read."),
            ConfigKey("catalog.processingInterval", .either([.bool, .duration]), "How often."),
            ConfigKey("auth.providers.<provider>.<env>.clientId", .string, "The id."),
            ConfigKey("catalog.readonly", .bool, default: "false", "Whether to refuse."),
        ]),
]

@Suite struct `Declared keys` {
    @Test(arguments: [
        ("app: {title: 5}", "1:14 `app.title` must be text"),
        ("app: x", "1:6 `app` must be an object"),
        ("app: {baseUrl: localhost}", "1:16 `app.baseUrl` must be an address"),
        ("backend: {listen: {port: 70000}}", "1:26 `backend.listen.port` must be a whole number"),
        ("backend: {listen: ':7007'}", nil), ("backend: {listen: {port: \"80\"}}", nil),
        ("backend: {listen: [1]}", "1:19 `backend.listen` must be text or a whole number"),
        (
            "backend: {database: {client: mysql}}",
            "1:30 `backend.database.client` must be one of `pg`, `better-sqlite3`"
        ),
        ("backend: {cors: {origin: [a, b]}}", nil),
        ("backend: {cors: {origin: {a: b}}}", "1:26 `backend.cors.origin` must be"),
        (
            "backend: {reading: {allow: [{host: a}, {host: []}]}}",
            "1:47 `backend.reading.allow[1].host` must be text"
        ),
        ("backend: {reading: {allow: {host: a}}}", "1:28 `backend.reading.allow` must be a list"),
        (
            "auth: {providers: {github: {development: {clientId: [x]}}}}",
            "1:53 `auth.providers.github.development.clientId` must be text"
        ),
        ("auth: {providers: {guest: null}}", nil), ("catalog: null", nil),
        ("catalog: {readonly: \"yes\", processingInterval: {minutes: 3}}", nil),
        ("catalog: {processingInterval: {minute: 3}}", "1:31 `catalog.processingInterval` must be"),
        (
            "catalog: {locatons: []}",
            "1:21 nothing here reads `catalog.locatons`; perhaps `locations` is meant"
        ),
        (
            "catalog: {locations: [{target: '${NO}'}]}",
            "1:32 `catalog.locations[0].target` is absent because the variable NO is not set"
        ),
        ("catalog: {other: 1}\nelse: {titel: 1}", nil),
    ])
    func `are compared with the values`(yaml: String, expected: String?) throws {
        let folder = try SettingsFolder(["app-config.yaml": yaml])
        let found = try folder.load().get().check(declared)
        let text = found.first.map { "\($0.place.line):\($0.place.column) \($0.summary)" }
        if let expected {
            #expect(text?.hasPrefix(expected) == true, "\(text ?? "nothing")")
            #expect(found.count == 1)
        } else {
            #expect(text == nil)
        }
    }

    @Test func `make the reference`() {
        let lines = settingsReference(declared).split(separator: "\n")
        #expect(lines.count == 14)
        #expect(
            lines.contains(
                "| `app.title` | text | `Callboard` |  | The name of the portal. | server |"))
        #expect(
            lines.contains(
                "| `callboard.pass` | text (secret) |  | yes | A pass word. Since 0.1. | server |"))
        #expect(lines.contains { $0.contains("A host \\| pattern.") })
    }

    @Test func `and telling names keep secrets from being printed`() throws {
        let folder = try SettingsFolder([
            "app-config.yaml": """
            callboard: {pass: p1, port: 8080, "yes": "true", odd key: 'a: b'}
            backend:
              auth: {keys: [{secret: p2}], externalAccess: [{options: {token: 'p3'}}]}
              database:
                connection: {host: db, password: 12345678, ssl: {key: "-----BEGIN PRIVATE KEY-----"}}
                url: postgres://user:p4@db/x?password=p5&a=b
              headers: [{Authorization: Bearer p6}, {X-Api-Key: p7}]
              cors: {credentials: true}
              tokenUrl: https://example.com/token
              credentials: {user: p8, list: [p9]}
              empty: {secret: ""}
              lists: [[1, 2], [], {}, {a: {b: 1}}]
            """
        ])
        let settings = try folder.load().get()
        let text = settings.yaml(declared)
        for number in 1...9 { #expect(!text.contains("p\(number)"), "p\(number)") }
        #expect(!text.contains("12345678") && !text.contains("BEGIN"))
        #expect(text.contains("tokenUrl: \"https://example.com/token\"\n"))
        #expect(text.contains("credentials: true\n"))
        #expect(text.contains("\"postgres://user:********@db/x?password=********&a=b\""))
        let again = try SettingsFolder(["app-config.yaml": text])
        #expect(
            try again.load().get().root?.json == settings.redacted(declared).json)
        #expect(settings.yaml([], origins: true).contains("port: 8080 # app-config.yaml:1:29\n"))
    }
}
