import CallboardTestSupport
import Catalog
import CatalogModel
import Inbound
import Store
import Testing

@testable import Browse

struct RemovalPageTests {
    private static let big = "https://git.test/big.yaml"

    private static func crowd(_ count: Int) -> String {
        (0..<count).map { component("n\($0)", owner: $0 < 60 ? "payments" : "search") }
            .joined(separator: "---\n")
    }

    @Test func `what waits is shown with its button, and on the page of each entity`() async throws
    {
        try await ServedPortal.over(.sqlite) { catalog in
            catalog.files.put(Self.big, Self.crowd(100))
            try await catalog.read(Self.big)
            catalog.files.put(Self.big, Self.crowd(20))
            try await catalog.read(Self.big)
            let portal = ServedPortal(catalog)
            let id = try #require(catalog.keeper.sources.first).uid
            let page = await portal.get("/problems").text
            #expect(page.contains("has lost 80 entities of 100"))
            #expect(page.contains("action=\"/portal/problems/removals/\(id)\""))
            #expect(page.contains("Remove 80 entities"))
            #expect(page.contains("catalog.removal-waiting"))
            let entity = await portal.get("/catalog/default/component/n50/diagnostics").text
            #expect(entity.contains("would be removed, and wait"))
            let other = await portal.get("/catalog/default/component/n5/diagnostics").text
            #expect(!other.contains("would be removed, and wait"))
            // Under a condition only what may be seen is told and counted.
            let limited = await portal.get("/problems", as: .limited).text
            #expect(limited.contains("has lost 40 entities.") && !limited.contains("n99"))
            #expect(limited.contains("40 entities of <code>"))
            let seen = await portal.get("/catalog/default/component/n50/diagnostics", as: .limited)
            #expect(seen.text.contains("40 entities of <code>"))

            let form = "/problems/removals/\(id)"
            let refused = await portal.ask(.post, form, as: .nobody, [:])
            #expect(refused.status == 401 && catalog.components.count == 100)
            let answer = await portal.ask(.post, form, as: .alice, [:])
            #expect(answer.status == 303)
            #expect(answer.headers["Location"] == "/portal/problems")
            #expect(catalog.components.count == 20)
            #expect(!(await portal.get("/problems").text.contains("has lost")))
            #expect(await portal.ask(.post, "/problems/removals/x", as: .alice, [:]).status == 404)
        }
    }
}
