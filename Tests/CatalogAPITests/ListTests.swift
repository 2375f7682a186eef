import CallboardTestSupport
import Catalog
import Inbound
import Routing
import Store
import Telemetry
import Testing
import Values

@Suite struct ListTests {
    private static let a = "https://git.test/a.yaml"

    /// Some Components in one file, named so that the order of names is that of numbers.
    private static func file(_ numbers: some Sequence<Int>) -> String {
        numbers.map { component("c\($0 + 100)", title: "t\($0 % 3)") }.joined(separator: "---\n")
    }

    private static func withComponents(
        _ count: Int, _ body: (TestAPI) async throws -> Void
    ) async throws {
        try await withCatalog(.sqlite) { catalog in
            catalog.files.put(a, file(0..<count))
            try await catalog.read(a)
            try await body(TestAPI(catalog))
        }
    }

    private static func names(_ items: JSON?) -> [String] {
        (items?.elements.map { $0.at("metadata", "name")?.string ?? "" }) ?? []
    }

    // MARK: Pages

    /// How pages are asked for.
    enum Form: CaseIterable, Sendable { case get, post, list }

    /// The first page and how to get the one that a cursor names.
    private static func page(
        _ api: TestAPI, _ form: Form, cursor: String? = nil
    ) async throws -> (names: [String], next: String?, previous: String?, total: Int?) {
        let answer: Answer
        switch form {
        case .get:
            let query =
                cursor.map { "cursor=\(encodedSegment($0))" }
                ?? "filter=kind%3Dcomponent&orderField=metadata.title,desc"
            answer = await api.send(.get, "/api/catalog/entities/by-query?limit=4&\(query)")
        case .post:
            let body =
                cursor.map { #"{"limit":4,"cursor":"\#($0)"}"# }
                ?? #"{"limit":4,"query":{"kind":"component"},"orderBy":[{"field":"metadata.title","order":"desc"}]}"#
            answer = await api.send(.post, "/api/catalog/entities/by-query", json: body)
        case .list:
            let rest = cursor ?? "?filter=kind%3Dcomponent&order=desc:metadata.title&limit=4"
            answer = await api.send(.get, "/api/catalog/entities\(rest)")
            #expect(answer.status == 200, "\(answer.text.prefix(200))")
            let link = answer.headers["Link"]?.split(separator: ">").first.map {
                String($0.dropFirst("</entities".count))
            }
            return (names(try JSON.parse(answer.bytes)), link, nil, nil)
        }
        #expect(answer.status == 200, "\(answer.text.prefix(200))")
        let json = try JSON.parse(answer.bytes)
        return (
            names(json["items"]), json.at("pageInfo", "nextCursor")?.string,
            json.at("pageInfo", "prevCursor")?.string, json["totalItems"]?.int
        )
    }

    @Test(arguments: Form.allCases)
    func `pages have each entity once, there and back, while others come and go`(
        form: Form
    ) async throws {
        try await Self.withComponents(22) { api in
            let all = (0..<22).map { ("t\($0 % 3)", "c\($0 + 100)") }.sorted { $0 > $1 }.map(\.1)
            var seen: [String] = []
            var cursor: String?
            var last: (names: [String], next: String?, previous: String?, total: Int?)
            repeat {
                last = try await Self.page(api, form, cursor: cursor)
                #expect(last.total == nil || last.total == 22)
                seen += last.names
                cursor = last.next
            } while cursor != nil
            #expect(seen == all)

            var back = last.names
            while form != .list, let previous = last.previous {
                last = try await Self.page(api, form, cursor: previous)
                back = last.names + back
            }
            if form != .list { #expect(back == all) }

            // The one at which the cursor stands goes, and others come before it.
            let first = try await Self.page(api, form)
            let gone = try #require(first.names.last)
            let kept = (0..<22).filter { "c\($0 + 100)" != gone }
            api.catalog.files.put(Self.a, Self.file(kept + [98, 99]))
            try await api.catalog.read(Self.a)
            var rest = first.names
            cursor = first.next
            while let place = cursor {
                let next = try await Self.page(api, form, cursor: place)
                rest += next.names
                cursor = next.next
            }
            #expect(rest.filter { all.contains($0) } == all)
        }
    }

    @Test func `going back ends where it began, with the total that was counted`() async throws {
        try await Self.withComponents(7) { api in
            func page(_ rest: String) async throws -> JSON {
                let target = "/api/catalog/entities/by-query?limit=2&filter=kind=component"
                return try JSON.parse(await api.send(.get, target + rest).bytes)
            }
            func cursor(_ page: JSON, _ name: String) -> String {
                encodedSegment(page.at("pageInfo", name)?.string ?? "")
            }
            let first = try await page("&offset=1&orderField=metadata.name,asc")
            #expect(first.at("pageInfo", "prevCursor") == nil)
            let second = try await page(
                "&cursor=\(cursor(first, "nextCursor"))&totalItems=exclude")
            #expect(second["totalItems"]?.int == 7)
            let again = try await page("&cursor=\(cursor(second, "prevCursor"))")
            #expect(Self.names(again["items"]) == Self.names(first["items"]))
            #expect(again.at("pageInfo", "prevCursor") == nil)
            #expect(again.at("pageInfo", "nextCursor") != nil)
        }
    }

    @Test func `a page without a limit has 200 entities`() async throws {
        try await Self.withComponents(203) { api in
            let target = "/api/catalog/entities/by-query?filter=kind=component"
            let first = try JSON.parse(await api.send(.get, target).bytes)
            #expect(first["items"]?.count == 200 && first["totalItems"]?.int == 203)
            let next = encodedSegment(first.at("pageInfo", "nextCursor")?.string ?? "")
            let rest = try JSON.parse(await api.send(.get, "\(target)&cursor=\(next)").bytes)
            #expect(rest["items"]?.count == 3 && rest.at("pageInfo", "nextCursor") == nil)
        }
    }

    @Test func `locations are paged too`() async throws {
        try await withCatalog(.sqlite) { catalog in
            for number in 0..<7 {
                catalog.files.put("https://git.test/\(number)", component("c\(number)"))
                try await catalog.read("https://git.test/\(number)")
            }
            let api = TestAPI(catalog)
            var seen: Set<String> = []
            var body = #"{"limit":3}"#
            for _ in 0..<3 {
                let answer = await api.send(.post, "/api/catalog/locations/by-query", json: body)
                let json = try JSON.parse(answer.bytes)
                for item in (json["items"] ?? .null).elements {
                    let target = item["target"]?.string ?? ""
                    #expect(!seen.contains(target))
                    seen.insert(target)
                }
                let cursor = json.at("pageInfo", "nextCursor")?.string
                #expect((cursor == nil) == (seen.count == 7))
                body = #"{"cursor":"\#(cursor ?? "")"}"#
            }
            #expect(seen.count == 7)
        }
    }

    // MARK: Versions of answers

    @Test func `an answer that did not change is not sent again`() async throws {
        try await Self.withComponents(3) { api in
            for target in [
                "/api/catalog/entities/by-name/component/default/c100",
                "/api/catalog/entities?filter=kind=component",
                "/api/catalog/entities/by-query?limit=2",
                "/api/catalog/entity-facets?facet=kind", "/api/catalog/locations",
            ] {
                let first = await api.send(.get, target)
                let tag = first.headers["ETag"] ?? ""
                #expect(first.status == 200 && !tag.isEmpty, "\(target)")
                let second = await api.send(.get, target, headers: [("If-None-Match", tag)])
                #expect(second.status == 304, "\(target)")
                #expect(second.headers["ETag"] == tag, "\(target)")
                let other = await api.send(.get, target, headers: [("If-None-Match", "W/\"x\"")])
                #expect(other.status == 200, "\(target)")
                let nobody = await api.send(
                    .get, target, as: .anonymous, headers: [("If-None-Match", tag)])
                #expect(nobody.status == 401, "\(target)")
            }
        }
    }

    @Test(
        arguments: Engine.allCases,
        [("Callboard-Revision", ""), ("Cookie", "a=b; callboard-revision=")])
    func `who has seen a revision is not answered from before it`(
        _ engine: Engine, _ field: (name: String, start: String)
    ) async throws {
        try await withCatalog(engine) { catalog in
            let api = TestAPI(catalog)
            let first = catalog.revision
            catalog.files.put(Self.a, component("early"))
            try await catalog.read(Self.a)
            // A new location takes as many revisions again: one of its own, one for what it holds.
            let next = String(2 * catalog.revision - first)
            let waiting = Task {
                await api.send(
                    .get, "/api/catalog/entities/by-name/component/default/late",
                    headers: [(field.name, field.start + next)])
            }
            try await Task.sleep(for: .milliseconds(50))
            catalog.files.put("https://git.test/b.yaml", component("late"))
            try await catalog.read("https://git.test/b.yaml")
            #expect(await waiting.value.status == 200)
            // A number from nowhere is answered all the same, after a while.
            let far = await api.send(
                .get, "/api/catalog/entities/by-name/component/default/late",
                headers: [(field.name, field.start + "999999999")])
            #expect(far.status == 200 && far.headers["Callboard-Revision"] != "999999999")
        }
    }

    @Test func `an answer to a write carries the revision of all that it brought`() async throws {
        try await Self.withComponents(1) { api in
            let b = "https://git.test/b.yaml"
            api.catalog.files.put(b, component("late"))
            let body = #"{"type":"url","target":"\#(b)"}"#
            let entity = "/api/catalog/entities/by-name/component/default/late"
            func revision(_ answer: Answer) -> Int64? {
                answer.headers["Callboard-Revision"].flatMap { Int64($0) }
            }
            let added = await api.send(.post, "/api/catalog/locations", json: body)
            #expect(added.status == 201 && revision(added) == api.catalog.revision)
            #expect(await api.send(.get, entity).status == 200)
            api.catalog.files.put(b, component("late", type: "job"))
            let refreshed = await api.send(
                .post, "/api/catalog/refresh", json: #"{"entityRef":"component:default/late"}"#)
            #expect(refreshed.status == 200 && revision(refreshed) == api.catalog.revision)
            #expect(await api.send(.get, entity).text.contains("job"))
            let id = try JSON.parse(added.bytes).at("location", "id")?.string ?? ""
            let removed = await api.send(.delete, "/api/catalog/locations/\(id)")
            #expect(removed.status == 204 && revision(removed) == api.catalog.revision)
            #expect(await api.send(.get, entity).status == 404)
        }
    }

    @Test func `an entity's tag changes with its content and with its relations`() async throws {
        try await withCatalog(.sqlite) { catalog in
            let api = TestAPI(catalog)
            let group = "/api/catalog/entities/by-name/group/default/team"
            catalog.files.put(Self.a, entity("Group", "team", spec: "type: team\nchildren: []"))
            try await catalog.read(Self.a)
            var tags: Set<String> = []
            func etag() async throws -> String {
                // The revision is told to whoever asks for it.
                let answer = await api.send(.get, group, headers: [("Callboard-Revision", "0")])
                let revision = answer.headers["Callboard-Revision"]
                #expect(revision == "\(catalog.revision)")
                return try JSON.parse(answer.bytes).at("metadata", "etag")?.string ?? ""
            }
            tags.insert(try await etag())
            // Another file's entity owes its group a relation: the group itself was not touched.
            catalog.files.put("https://git.test/b.yaml", component("x"))
            try await catalog.read("https://git.test/b.yaml")
            tags.insert(try await etag())
            catalog.files.put(Self.a, entity("Group", "team", spec: "type: squad\nchildren: []"))
            try await catalog.read(Self.a)
            tags.insert(try await etag())
            #expect(tags.count == 3)
            // And comes back with what was.
            try await catalog.unregister("https://git.test/b.yaml")
            catalog.files.put(Self.a, entity("Group", "team", spec: "type: team\nchildren: []"))
            try await catalog.read(Self.a)
            #expect(tags.contains(try await etag()))
        }
    }

    // MARK: Streams

    @Test func `an unlimited list is streamed whole, as it was when it began`() async throws {
        try await Self.withComponents(700) { api in
            let executor = ServerExecutor(name: "test", threads: 2)
            let server = InboundServer(
                configuration: InboundConfiguration(port: 0), handler: api.router,
                executor: executor)
            let port = try server.start()
            let head =
                "GET /api/catalog/entities?order=asc:metadata.name HTTP/1.0\r\nHost: a\r\n"
                + "Authorization: Bearer user\r\n\r\n"
            let client = try BlockingClient(port: port)
            try client.send(head)
            var text = try await client.receive(atLeast: 4_000)
            // Much is still to come; what it is was settled when it began.
            api.catalog.files.put(Self.a, Self.file(400..<410))
            try await api.catalog.read(Self.a)
            await api.catalog.keeper.saveImage()
            text += try await client.receive(atLeast: .max)
            await server.stop(within: .zero)
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts.count == 2 && parts[0].contains("200"), "\(text.prefix(300))")
            let names = Self.names(try JSON.parse(parts.last.map(String.init) ?? ""))
            #expect(names.filter { $0.hasPrefix("c") } == (0..<700).map { "c\($0 + 100)" }.sorted())
        }
    }
}
