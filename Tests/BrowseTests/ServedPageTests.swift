import Access
import CallboardTestSupport
import Catalog
import CatalogModel
import FoundationEssentials
import Inbound
import Markup
import Portal
import Routing
import Store
import Telemetry
import Testing
import Values

@testable import Browse

/// A page that is asked for, and looked at by its golden.
struct ServedPage: CustomTestStringConvertible {
    let name: String
    let target: String

    var testDescription: String { name }

    static let all: [ServedPage] = [
        .init(name: "served-home", target: "/"),
        .init(name: "served-catalog", target: "/catalog?type=service"),
        .init(name: "served-entity", target: "/catalog/default/component/cart"),
        .init(name: "served-yaml", target: "/catalog/default/component/cart/yaml"),
        .init(name: "served-group", target: "/catalog/default/group/payments"),
        .init(name: "served-problems", target: "/problems"),
        .init(name: "served-import", target: "/catalog-import"),
    ]
}

/// A request and what its answer has to be.
struct ServedCase: CustomTestStringConvertible {
    let target: String
    var visitor = ServedPortal.Visitor.alice
    var accept = "text/html"
    var status = 200
    var has: [String] = []
    var lacks: [String] = []

    var testDescription: String { "\(visitor) \(target)" }
}

@Suite struct `Pages that are served` {
    @Test func `are what they were when they were last looked at`() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        try await ServedPortal.serve { portal in
            for page in ServedPage.all {
                let response = await portal.get(page.target)
                #expect(response.status == 200, "\(page.name)")
                let markup = HTML(trusted: Array(response.text.utf8))
                let readable = Readable(markup)
                #expect(readable.unclosed == [], "\(page.name)")
                let text = withoutTimes(readable.text)
                let file = folder.appending(path: page.name + ".html")
                if ProcessInfo.processInfo.environment["CALLBOARD_GOLDEN"] == "rewrite" {
                    try Data(text.utf8).write(to: file)
                }
                let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
                #expect(
                    text == golden, "CALLBOARD_GOLDEN=rewrite writes \(page.name).html anew")
            }
        }
    }

    /// Times are those of the database's clock.
    private func withoutTimes(_ text: String) -> String {
        var isInTime = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            let start = line.drop { $0 == " " }
            if start.hasPrefix("<time ") { isInTime = true }
            if start.hasPrefix("<//time>") {
                isInTime = false
                return line.prefix(line.count - start.count) + "<time>"
            }
            return isInTime ? nil : String(line)
        }.joined(separator: "\n")
    }

    static let cases: [ServedCase] = [
        // Who may see what.
        .init(target: "/", visitor: .nobody, status: 401, has: ["You are not signed in"]),
        .init(target: "/catalog", visitor: .nobody, accept: "application/json", status: 401),
        .init(
            target: "/catalog", visitor: .limited, has: ["<b>1</b> components", "Cart &lt;b&gt;"],
            lacks: ["lonely", "component/index"]),
        .init(
            target: "/catalog/default/component/index", visitor: .limited, status: 404,
            lacks: ["library"]),
        .init(
            target: "/catalog/default/component/index/history", visitor: .limited, status: 404),
        .init(
            target: "/catalog/default/component/cart", visitor: .limited,
            has: ["not in the catalog"],
            lacks: ["component/index"]),
        .init(
            target: "/problems", visitor: .limited, has: ["resource:default/gone"],
            lacks: ["Not legal", "paymnts"]),
        .init(target: "/problems", has: ["Not legal", "paymnts", "Write <code>payments</code>"]),
        .init(target: "/problems?user=owned", has: ["resource:default/gone"], lacks: ["paymnts"]),
        .init(target: "/problems?code=catalog.unknown-owner", has: ["<b>1</b> of 3 problems"]),
        // Lists.
        .init(target: "/catalog", has: ["<b>3</b> components"]),
        .init(
            target: "/catalog?type=service&owner=payments",
            has: ["<b>1</b> of 3 components", "Remove </span><span class=\"chip-key\">Owner"]),
        .init(target: "/catalog?kind=all&text=MONEY", has: ["<b>1</b> of ", "Payments"]),
        .init(target: "/catalog?kind=group", has: ["<b>2</b> groups"]),
        .init(target: "/catalog?user=owned&kind=all", has: ["<b>2</b> of "]),
        .init(target: "/catalog?state=problems", has: ["<b>2</b> of 3 components"]),
        .init(
            target: "/catalog?filter=relations.dependencyof%3Dcomponent%3Adefault%2Fcart",
            has: ["<b>1</b> of 3", "index"]),
        .init(target: "/catalog?order=colour", status: 400, has: ["order", "could not be"]),
        .init(
            target: "/catalog?kind=component&format=json",
            has: [#""totalItems":3"#, #""name":"cart""#]),
        // Entities.
        .init(
            target: "/Catalog/Default/Component/Cart", accept: "application/json",
            has: [#""targetRef":"component:default/index""#, #""etag""#]),
        .init(
            target: "/catalog/default/component/cart/diagnostics",
            has: ["It depends on <code>resource:default/gone</code>"]),
        .init(
            target: "/catalog/default/component/lonely/yaml", has: ["line-warn\" id=\"L"]),
        .init(
            target: "/catalog/default/component/crat", status: 404,
            has: [
                "no component called crat", "Did you mean",
                "/portal/catalog/default/component/cart",
            ]),
        .init(
            target: "/catalog/default/component/crat", accept: "application/json", status: 404,
            has: ["NotFoundError"]),
        .init(
            target: "/catalog/default/component/cart/history?format=json",
            has: [#""cause":"created""#]),
        // The frame.
        .init(target: "/favicon.ico", visitor: .nobody, has: ["<svg"]),
        .init(target: "/assets/app.0.css", visitor: .nobody, status: 404),
        .init(target: "/nothing", visitor: .nobody, status: 404, has: ["There is no such page"]),
        .init(target: "/design", has: ["Every part", "Colours"].suffix(1)),
    ]

    @Test func `answer what is asked, to those who may see it`() async throws {
        try await ServedPortal.serve { portal in
            for each in Self.cases {
                let response = await portal.get(each.target, as: each.visitor, accept: each.accept)
                #expect(response.status == each.status, "\(each)")
                for text in each.has { #expect(response.text.contains(text), "\(each): \(text)") }
                for text in each.lacks {
                    #expect(!response.text.contains(text), "\(each): \(text)")
                }
            }
        }
    }

    @Test func `page through a list both ways without losing one`() async throws {
        try await ServedPortal.over(.sqlite) { catalog in
            let names = (1...23).map { "service-\($0)" }
            catalog.files.put(
                "/f.yaml", names.map { component($0) }.joined(separator: "---\n"))
            try await catalog.read("/f.yaml")
            let portal = ServedPortal(catalog)
            for order in ["name", "-name", "owner", "-type", "system"] {
                var query = "?limit=5&order=\(order)"
                var forward: [[String]] = []
                var back: [[String]] = []
                var previous: String?
                while true {
                    let page = try await read(portal, query)
                    forward.append(page.names)
                    previous = page.previous
                    guard let next = page.next else { break }
                    query = "?limit=5&order=\(order)&cursor=\(encodedSegment(next))"
                }
                back.append(forward.last ?? [])
                while let cursor = previous {
                    let page = try await read(
                        portal, "?limit=5&order=\(order)&cursor=\(encodedSegment(cursor))")
                    back.insert(page.names, at: 0)
                    previous = page.previous
                    #expect(page.next != nil)
                }
                #expect(forward.count == 5 && back == forward, "\(order)")
                #expect(Set(forward.joined()) == Set(names), "\(order)")
            }
        }
    }

    private func read(_ portal: ServedPortal, _ query: String) async throws
        -> (names: [String], next: String?, previous: String?)
    {
        let response = await portal.get("/catalog\(query)", accept: "application/json")
        let json = try JSON.parse(response.text)
        let names = json["items"]?.elements.map { $0.at("metadata", "name")?.string ?? "" } ?? []
        return (names, json["next"]?.string, json["previous"]?.string)
    }

    @Test func `tell what happened to an entity, and to one that is gone`() async throws {
        try await ServedPortal.over(.sqlite) { catalog in
            let portal = ServedPortal(catalog)
            catalog.files.put("/f.yaml", component("cart", owner: "payments"))
            try await catalog.read("/f.yaml")
            catalog.files.put(
                "/f.yaml",
                component("cart", owner: "payments").replacing("production", with: "deprecated"))
            try await catalog.read("/f.yaml")
            let edited = await portal.get("/catalog/default/component/cart/history").text
            #expect(edited.contains("Moved to deprecated"))
            #expect(edited.contains("<b>") && edited.contains("lifecycle: production"))
            let home = await portal.get("/").text
            #expect(home.contains("was moved to deprecated"))
            catalog.files.put("/f.yaml", component("other", owner: "search"))
            try await catalog.read("/f.yaml")
            for visitor in [ServedPortal.Visitor.alice, .limited] {
                let gone = await portal.get("/catalog/default/component/cart", as: visitor)
                #expect(gone.status == 410)
                #expect(gone.text.contains("Was removed") && gone.text.contains("no longer"))
            }
            catalog.files.put("/f.yaml", component("another", owner: "search"))
            try await catalog.read("/f.yaml")
            let hidden = await portal.get("/catalog/default/component/other", as: .limited)
            #expect(hidden.status == 404 && !hidden.text.contains("Was removed"))
        }
    }

    @Test func `export all of a selection in pieces`() async throws {
        try await ServedPortal.over(.sqlite) { catalog in
            let names = (1...600).map { "service-\($0)" }
            catalog.files.put(
                "/f.yaml", names.map { component($0) }.joined(separator: "---\n"))
            try await catalog.read("/f.yaml")
            let portal = ServedPortal(catalog)
            let head = await portal.get("/catalog.csv?type=service")
            #expect(
                head.headers["Content-Disposition"] == #"attachment; filename="components.csv""#)
            guard case .stream = head.body else {
                Issue.record("no stream")
                return
            }
            for format in [ListExport.Format.csv, .ndjson] {
                let request = RouteRequest(
                    head: RequestHead(method: .get, target: "/"), body: [], parameters: [:],
                    principal: .anonymous, decision: .allow, basePath: "")
                let visit = try await Visit(request, portal.services, ProblemBoards())
                let entities = visit.reader.snapshot.page(
                    visit.reader.select(.equals("kind", ["component"])),
                    ListOrder().entityOrder)
                let pieces = Pieces()
                try await ListExport(visit: visit, format: format).send([], entities[...]) {
                    await pieces.add($0)
                }
                let lines = await pieces.bytes.split(separator: 0x0A)
                #expect(await pieces.count == 4)
                #expect(lines.count == 600)
                let text = String(decoding: lines.first ?? [], as: UTF8.self)
                #expect(text.contains("service-1"))
            }
        }
    }

    @Test func `set the theme and go back to where one was`() async throws {
        try await ServedPortal.over(.sqlite) { catalog in
            let portal = ServedPortal(catalog)
            for (referer, back) in [
                ("http://h/portal/catalog?kind=api", "/portal/catalog?kind=api"),
                ("http://evil/portal/x", "/portal/"), ("http://h//evil", "/portal/"),
                ("", "/portal/"),
            ] {
                let answer = await portal.ask(
                    .post, "/theme", as: .nobody, ["Host": "h", "Referer": referer],
                    body: "theme=dark")
                #expect(answer.status == 303)
                #expect(answer.headers["Location"] == back)
                #expect(
                    answer.headers["Set-Cookie"]?.hasPrefix("callboard-theme=dark; Path=/portal/")
                        == true)
            }
        }
    }
}

private actor Pieces {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    func add(_ piece: [UInt8]) -> Bool {
        bytes += piece
        count += 1
        return true
    }
}
