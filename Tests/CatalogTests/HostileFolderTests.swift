import CallboardTestSupport
import Glibc
import Store
import Testing
import Values

@testable import Catalog

/// A folder full of what should not be there, before the portal's own process.
@Suite struct HostileFolderTests {
    /// Names and contents of which each has to become a problem that says this.
    private static let files: [(name: String, content: String, says: String)] = [
        ("nul.yaml", component("a", title: #""x\0y""#), "U+0000"),
        ("deep.yaml", String(repeating: "[", count: 100_000), "128 levels deep"),
        ("deep.json.yaml", String(repeating: #"{"a":"#, count: 100_000), "128 levels deep"),
        ("marks.yaml", "a: \"\(String(repeating: #"\u05b0"#, count: 9_000))\"", "64 marks"),
        (
            "bomb.yaml",
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
                + (1..<9).map { level in
                    let aliases = Array(repeating: "*a\(level - 1)", count: 9)
                    return "a\(level): &a\(level) [\(aliases.joined(separator: ","))]\n"
                }.joined(), "aliases repeat more than"
        ),
        (
            "wide.yaml",
            component("wide") + "  x: ["
                + Array(repeating: "1", count: 60_000).joined(separator: ",")
                + "]\n", "keys and values, of at most"
        ),
        ("large.yaml", "# " + String(repeating: "x", count: 10_000_000), "limit of 10000001 bytes"),
        ("utf16.yaml", "\u{FEFF}\u{0}a\u{0}:", "control character"),
        (
            "itself.yaml",
            component("itself") + "  x: {$yaml: ./ring.yaml}\n", "is not one YAML document"
        ),
        ("ring.yaml", "a: b\n---\nc: {$yaml: ./itself.yaml}\n", "apiVersion is missing"),
        (
            "placeholders.yaml",
            component("placeholders") + "  x:\n"
                + (0..<1_100).map { "    k\($0): {$text: ./good.yaml}\n" }.joined(),
            "more than 1000 placeholders"
        ),
        (
            "out.yaml",
            component("out") + "  x: {$text: ../../../../../../etc/passwd}\n",
            "passwd` cannot be read"
        ),
    ]

    @Test func `each is told of, and the good file among them is there`() async throws {
        try await withDatabaseLocation(.sqlite) { location in
            try await withTemporaryFolder { folder in
                try RunningPortal.configure(folder, location)
                let files = "\(folder)/files"
                for file in Self.files {
                    try RunningPortal.write(file.content, to: "\(files)/\(file.name)")
                }
                try RunningPortal.write(component("good"), to: "\(files)/good.yaml")
                try RunningPortal.write(
                    component("odd"), to: "\(files)/a\nb \(String(repeating: "é", count: 100)).yaml"
                )
                mkfifo("\(files)/pipe.yaml", 0o600)
                mkdir("\(files)/folder.yaml", 0o700)
                symlink("/etc/passwd", "\(files)/link.yaml")
                symlink("loop.yaml", "\(files)/loop.yaml")
                let portal = try RunningPortal(in: folder)
                defer { portal.kill() }
                try await portal.waitFor { portal.log.contains("All locations were read") }
                for name in ["good", "odd"] { try await portal.shows(name) }
                try await Self.expectLongList(portal)
                let request =
                    "GET /problems?offset=0 HTTP/1.0\r\nHost: a\r\nAccept: application/json\r\n\r\n"
                var problems = try #require(await portal.send(request))
                for offset in stride(from: 50, to: 1_400, by: 50) {
                    problems +=
                        await portal.send(
                            request.replacing("offset=0", with: "offset=\(offset)")) ?? ""
                }
                for file in Self.files {
                    #expect(problems.contains(file.name), "\(file.name)")
                    #expect(problems.contains(file.says), "\(file.name): \(file.says)")
                }
            }
        }
    }

    /// A list that is sent in pieces comes whole, with its end.
    private static func expectLongList(_ portal: RunningPortal) async throws {
        let refs = Array(repeating: #""component:default/good""#, count: 3_000)
        let body = #"{"entityRefs":[\#(refs.joined(separator: ",")),"component:x/y"]}"#
        let answer = try #require(
            await portal.send(
                "POST /api/catalog/entities/by-refs HTTP/1.0\r\nHost: a\r\n"
                    + "Content-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"))
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        let items = try JSON.parse(Array((parts.last ?? "").utf8))["items"]
        #expect(items?.count == 3_001)
        #expect(items?.elements.reversed().first?.isNull == true)
    }
}
