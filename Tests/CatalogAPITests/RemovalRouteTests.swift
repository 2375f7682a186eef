import CallboardTestSupport
import Catalog
import CatalogModel
import Inbound
import Store
import Testing
import Values

@Suite struct RemovalRouteTests {
    private static let list = "/api/callboard/v1/catalog/removals"
    private static let big = "https://git.test/big.yaml"

    private static func crowd(_ count: Int) -> String {
        (0..<count).map { component("n\($0)", owner: "team") }.joined(separator: "---\n")
    }

    /// An API over a location that lost 80 of its 100 entities; says its id.
    private static func withWaiting(
        _ body: (TestAPI, String) async throws -> Void
    ) async throws {
        try await withAPI { api in
            api.catalog.files.put(big, crowd(100))
            try await api.catalog.read(big)
            api.catalog.files.put(big, crowd(20))
            try await api.catalog.read(big)
            let source = try #require(
                api.catalog.keeper.sources.first { $0.location.target == big })
            try await body(api, source.uid)
        }
    }

    @Test(arguments: [
        (Who.anonymous, 401, 401), (.stranger, 401, 401), (.elsewhere, 403, 403),
        (.limited, 403, 403), (.user, 200, 200), (.service, 200, 200),
    ])
    func `who may see what waits, and let it go`(who: Who, sees: Int, approves: Int) async throws {
        try await Self.withWaiting { api, id in
            #expect(await api.send(.get, Self.list, as: who).status == sees)
            let answer = await api.send(.post, "\(Self.list)/\(id)/approve", as: who)
            #expect(answer.status == approves)
            #expect(
                (api.catalog.reader.entity("component:default/n99") == nil) == (approves == 200))
        }
    }

    @Test func `what waits is told in full, and goes on a word`() async throws {
        try await Self.withWaiting { api, id in
            let json = try JSON.parse(await api.send(.get, Self.list).bytes)
            let item = json["items"]?.elements.first { _ in true }
            #expect(json["totalItems"]?.int == 1)
            #expect(item?["id"]?.string == id)
            #expect(item?["target"]?.string == Self.big)
            #expect(item?["completeReadings"]?.int == 1)
            #expect(item?["totalEntities"]?.int == 100)
            #expect(item?["entityRefs"]?.count == 80)
            #expect(item?["since"]?.string?.hasSuffix("Z") ?? false)
            #expect(item?.at("diagnostic", "code")?.string == "catalog.removal-waiting")
            let target = "\(Self.list)/\(id)/approve"
            // A server that cannot be reached is no second reading: the word is kept.
            api.catalog.files.trouble(Self.big, .unreachable)
            let early = try JSON.parse(await api.send(.post, target).bytes)
            #expect(early["removed"]?.bool == false)
            #expect(early.at("waiting", "approvedBy")?.string == "user:default/ann")
            api.catalog.files.trouble(Self.big, nil)
            let answer = await api.send(.post, target)
            #expect(try JSON.parse(answer.bytes)["removed"]?.bool == true)
            #expect(answer.headers["Callboard-Revision"] == "\(api.catalog.revision)")
            #expect(api.catalog.reader.entity("component:default/n99") == nil)
            let history = try await api.catalog.reader.history(
                of: "component:default/n99", limit: 1)
            #expect(history?.versions.first?.author == "user:default/ann")
            #expect(await api.send(.post, target).status == 404)
            #expect(await api.send(.post, "\(Self.list)/none/approve").status == 404)
        }
    }
}

/// What was removed, over the API.
@Suite struct RestoreRouteTests {
    private static let removed = "/api/callboard/v1/catalog/removed"
    private static let l = "https://git.test/l.yaml"

    @Test(arguments: [
        (Who.anonymous, 401, 401), (.elsewhere, 403, 403), (.limited, 200, 403), (.user, 200, 200),
    ])
    func `who may see and restore what was removed`(
        who: Who, sees: Int, restores: Int
    ) async throws {
        try await withAPI { api in
            let source = try #require(api.catalog.keeper.sources.last)
            try await api.catalog.unregister(Self.l)
            let list = await api.send(.get, Self.removed, as: who)
            #expect(list.status == sees)
            if sees == 200 {
                let json = try JSON.parse(list.bytes)
                // The limited one may see Components and no locations.
                #expect(json["locations"]?.count == (who == .user ? 1 : 0))
                #expect(json["entities"]?.count == (who == .user ? 3 : 1))
                #expect(json["totalEntities"]?.int == (who == .user ? 3 : nil))
            }
            let target = "\(Self.removed)/locations/\(source.uid)/restore"
            #expect(await api.send(.post, target, as: who).status == restores)
            let isBack = api.catalog.reader.entity("component:default/nested") != nil
            #expect(isBack == (restores == 200))
        }
    }

    @Test func `an entity is restored once, and marked`() async throws {
        try await withAPI { api in
            api.catalog.files.put("https://git.test/b.yaml", component("other"))
            try await api.catalog.read(Self.l)
            let json = try JSON.parse(await api.send(.get, Self.removed).bytes)
            let item = try #require(json["entities"]?.elements.first { _ in true })
            #expect(item["entityRef"]?.string == "component:default/nested")
            #expect(item["removedBy"]?.string == "test")
            let (from, until) = (item["removedAt"]?.string, item["restorableUntil"]?.string)
            #expect(from != nil && until != nil && (from ?? "") < (until ?? ""))
            let target = "\(Self.removed)/entities/\(item["uid"]?.string ?? "")/restore"
            let answer = await api.send(.post, target)
            #expect(answer.status == 200)
            #expect(answer.headers["Callboard-Revision"] == "\(api.catalog.revision)")
            let entity = try await api.catalog.json("component:default/nested")
            #expect(
                entity?.at("metadata", "annotations", "backstage.io/orphan")?.string == "true")
            #expect(entity?.at("metadata", "uid")?.string == item["uid"]?.string)
            #expect(await api.send(.post, target).status == 404)
            for bad in ["none", "00000000-0000-0000-0000-000000000000"] {
                let missing = await api.send(.post, "\(Self.removed)/entities/\(bad)/restore")
                #expect(missing.status == 404)
            }
            #expect(await api.send(.get, "\(Self.removed)?cursor=x").status == 400)
        }
    }
}
