import CallboardTestSupport
import Catalog
import CatalogModel
import Inbound
import Markup
import Routing
import Store
import Testing

@testable import Browse

@Suite struct `Actions on pages` {
    private static let shop = "https://git.example/shop.yaml"
    private static let cart = "/catalog/default/component/cart"

    /// A portal over one registered address with two components.
    private static func serve(
        _ engine: Engine = .sqlite, isReadonly: Bool = false, patience: Duration = .seconds(10),
        _ body: (ServedPortal, TestCatalog) async throws -> Void
    ) async throws {
        try await ServedPortal.over(engine) { catalog in
            catalog.files.put(
                shop,
                documents(
                    component("cart", owner: "payments", title: "Cart"),
                    component("till", owner: "search")))
            try await catalog.read(shop)
            try await body(
                ServedPortal(catalog, isReadonly: isReadonly, patience: patience), catalog)
        }
    }

    // MARK: Stars

    @Test(arguments: Engine.allCases)
    func `a star is kept for the person, listed at home and in the catalog`(engine: Engine)
        async throws
    {
        try await Self.serve(engine) { portal, _ in
            let pressed = "aria-pressed=\"true\""
            let isPressed: (ServedPortal.Visitor) async -> Bool = { visitor in
                let page = await portal.get(Self.cart, as: visitor).text
                return page.components(after: "/star\"").contains {
                    $0.prefix(300).contains(pressed)
                }
            }
            #expect(await !isPressed(.alice))
            let answer = await portal.post("\(Self.cart)/star", "star=on&tab=yaml")
            #expect(answer.status == 303)
            #expect(answer.headers["Location"] == "/portal\(Self.cart)/yaml")
            _ = await portal.post("\(Self.cart)/star", "star=on")
            let isMine = await isPressed(.alice)
            let isTheirs = await isPressed(.limited)
            #expect(isMine && !isTheirs)
            #expect(await portal.get("/").text.contains("<h2>Starred</h2>"))
            let list = await portal.get("/catalog?user=starred").text
            #expect(list.contains(">Cart<") && !list.contains(">till<"))
            #expect(list.contains("Starred<span class=\"count\">1</span>"))
            #expect(await !portal.get("/", as: .limited).text.contains("<h2>Starred</h2>"))
            _ = await portal.post("\(Self.cart)/star", "star=off")
            #expect(await !isPressed(.alice))
            let none = await portal.get("/catalog?user=starred").text
            #expect(none.contains("None of the components have your star."))
        }
    }

    // MARK: Reading again

    @Test(arguments: Engine.allCases)
    func `reading again tells what came of it, once`(engine: Engine) async throws {
        try await Self.serve(engine) { portal, catalog in
            let refresh: () async -> (InboundResponse, String) = {
                let answer = await portal.post("\(Self.cart)/refresh", "tab=history")
                return (answer, await portal.follow(answer).text)
            }
            var (answer, page) = await refresh()
            #expect(answer.headers["Location"] == "/portal\(Self.cart)/history")
            #expect(page.contains("Read again just now: nothing had changed."))
            catalog.files.put(
                Self.shop,
                documents(component("cart", owner: "payments", title: "Trolley"), "kind: {"))
            (answer, page) = await refresh()
            #expect(page.contains("2 entities changed, and 1 problem was found."))
            #expect(page.contains("<bdi>Trolley</bdi>"))
            let cookies = answer.headers.all("Set-Cookie")
            #expect(
                cookies.contains(
                    "callboard-revision=\(catalog.revision); Max-Age=60; Path=/portal; HttpOnly; "
                        + "SameSite=Lax; Secure"))
            // The page that told it takes the cookie away.
            let told = await portal.follow(answer)
            #expect(
                told.headers.all("Set-Cookie") == [
                    "callboard-outcome=; Max-Age=0; Path=/portal; HttpOnly; SameSite=Lax; Secure"
                ])
            catalog.files.trouble(Self.shop, .unreachable)
            (answer, page) = await refresh()
            #expect(page.contains("not all of its source could be reached"))
        }
    }

    @Test func `a source that is slow is read on, and the page says so`() async throws {
        try await Self.serve(patience: .milliseconds(20)) { portal, catalog in
            catalog.files.put(Self.shop, component("cart", title: "Trolley"))
            let door = catalog.files.hold(Self.shop)
            let answer = await portal.post("\(Self.cart)/refresh")
            #expect(await portal.follow(answer).text.contains("It is still being read"))
            door.open()
            while catalog.components != ["cart"] { try await Task.sleep(for: .milliseconds(5)) }

            let slow = "https://git.example/slow.yaml"
            catalog.files.put(slow, component("slow"))
            let second = catalog.files.hold(slow)
            let looked = await portal.get("/catalog-import?url=\(slow)").text
            #expect(looked.contains("Its server is slow") && looked.contains("Register it unseen"))
            second.open()
            let third = catalog.files.hold(slow)
            let registered = await portal.post("/catalog-import", "url=\(slow)")
            let page = await portal.follow(registered).text
            #expect(page.contains("It is still being read") && page.contains("Look again"))
            third.open()
            while catalog.components.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    // MARK: Taking away

    @Test(arguments: Engine.allCases)
    func `unregistering says exactly what goes, and takes exactly that`(engine: Engine)
        async throws
    {
        try await Self.serve(engine) { portal, catalog in
            catalog.files.put("https://git.example/rival.yaml", component("till"))
            try await catalog.read("https://git.example/rival.yaml")
            let ask = await portal.get("\(Self.cart)/unregister")
            #expect(ask.text.contains("<bdi>Cart</bdi>") && ask.text.contains("<bdi>till</bdi>"))
            #expect(ask.text.contains("Unregister, and remove 3 entities"))
            #expect(ask.text.contains("component till") && ask.text.contains("rival.yaml"))
            // Who sees only a part is told how much the rest is, and not what.
            let part = await portal.get("\(Self.cart)/unregister", as: .limited).text
            #expect(part.contains("2 entities that you may not see") && !part.contains(">till<"))
            let mark =
                ask.text.components(after: "name=\"what\" value=\"").first?
                .prefix { $0 != "\"" } ?? ""
            let wrong = await portal.post("\(Self.cart)/unregister", "what=1")
            #expect(wrong.status == 409 && wrong.text.contains("The catalog changed in between"))
            #expect(catalog.components == ["cart", "till"])
            let done = await portal.post("\(Self.cart)/unregister", "what=\(mark)")
            #expect(done.status == 303 && done.headers["Location"] == "/portal/catalog")
            let page = await portal.follow(done).text
            #expect(page.contains("is no longer registered; 3 entities went with it."))
            #expect(page.contains("/portal/catalog-import?url=https://git.example/shop.yaml"))
            #expect(catalog.components == ["till"])
            #expect(await portal.get(Self.cart).status == 410)
        }
    }

    @Test func `an orphan is deleted, and nothing else`() async throws {
        var options = KeeperOptions.forTests
        options.keepsOrphans = true
        try await withDatabase(
            .sqlite, migrations: [CatalogMigrations.set, BrowseMigrations.set]
        ) { database in
            let catalog = try await TestCatalog(database, FakeLocations(), options: options)
            catalog.files.put(
                Self.shop, documents(component("cart"), component("till", owner: "payments")))
            try await catalog.read(Self.shop)
            let portal = ServedPortal(catalog)
            let till = "/catalog/default/component/till"
            #expect(await portal.post("\(till)/delete").status == 409)
            #expect(await portal.get("\(till)/delete").text.contains("would come back"))
            catalog.files.put(Self.shop, component("cart"))
            try await catalog.read(Self.shop)
            #expect(await portal.get(till).text.contains("\(till)/delete"))
            #expect(await portal.get("\(till)/delete").text.contains("Delete till"))
            let done = await portal.post("\(till)/delete", as: .limited)
            #expect(await portal.follow(done).text.contains("component:default/till"))
            #expect(catalog.components == ["cart"])
        }
    }

    // MARK: Registering

    @Test(arguments: Engine.allCases)
    func `an address is looked at first and registered when that is confirmed`(engine: Engine)
        async throws
    {
        try await Self.serve(engine) { portal, catalog in
            let address = "https://git.example/new.yaml"
            catalog.files.put(
                address,
                documents(
                    component("radio", owner: "radio-team"), component("two words"), "{\n",
                    component("cart")))
            let looked = await portal.get("/catalog-import?url=%20\(address)%20").text
            #expect(looked.contains("component:default/radio") && looked.contains("new</span>"))
            #expect(looked.contains("declared elsewhere"))
            #expect(looked.contains("new.yaml:8:10"))
            #expect(looked.components(after: "yaml.syntax").count == 1)
            #expect(looked.contains("is not legal."))
            #expect(looked.contains("<span class=\"line line-bad\" data-n=\"13\">"))
            #expect(looked.contains("Register 1 entity<"))
            for page in [looked, await portal.get("\(Self.cart)/unregister").text] {
                #expect(Readable(HTML(trusted: Array(page.utf8))).unclosed == [])
            }
            #expect(catalog.components == ["cart", "till"])
            let done = await portal.post("/catalog-import", "url=\(address)")
            let page = await portal.follow(done).text
            #expect(page.contains("1 entity came from it") && page.contains(">radio<"))
            #expect(page.contains("is declared elsewhere too"))
            #expect(catalog.components == ["cart", "radio", "till"])
            let again = await portal.get("/catalog-import?url=\(address)").text
            #expect(again.contains("registered already"))
            let reread = await portal.post("/catalog-import", "url=\(address)")
            #expect(await portal.follow(reread).text.contains("nothing had changed"))
        }
    }

    @Test(arguments: ["harbour", "ftp://git.example/a", "https://", "javascript:alert(1)", "//x"])
    func `what is no address of the web is refused in words`(text: String) async throws {
        try await Self.serve { portal, catalog in
            let page = await portal.get("/catalog-import?url=\(text)")
            #expect(page.status == 200 && page.text.contains("This is no address of the web."))
            #expect(page.text.contains("value=\"\(text)\"") && !page.text.contains("href=\"java"))
            #expect(await portal.post("/catalog-import", "url=\(text)").status == 400)
            #expect(catalog.keeper.sources.count == 1)
        }
    }

    // MARK: Who may

    @Test(arguments: [
        ("\(cart)/refresh", ""), ("\(cart)/star", "star=on"), ("\(cart)/unregister", "what=1"),
        ("\(cart)/delete", ""), ("/catalog-import", "url=https://git.example/shop.yaml"),
    ])
    func `a form is taken from our own pages only, and from who may`(target: String, form: String)
        async throws
    {
        try await Self.serve { portal, catalog in
            let revision = catalog.revision
            for origin in ["https://evil.example", "null", nil] {
                #expect(await portal.post(target, form, origin: origin).status == 403)
            }
            #expect(await portal.post(target, as: .nobody, form).status == 401)
            let hidden = target.replacing("cart", with: "till")
            if hidden != target {
                #expect(await portal.post(hidden, as: .limited, form).status == 404)
            }
            #expect(catalog.revision == revision)
        }
    }

    @Test func `a catalog that is read-only offers nothing and takes nothing`() async throws {
        try await Self.serve(isReadonly: true) { portal, catalog in
            #expect(await !portal.get("/catalog").text.contains("/catalog-import"))
            let page = await portal.get("/catalog-import?url=https://git.example/x").text
            #expect(
                page.contains("catalog.readonly")
                    && !page.contains("method=\"post\" action=\"/portal/catalog-import\""))
            #expect(await portal.post("/catalog-import", "url=https://git.example/x").status == 403)
            #expect(await portal.post("\(Self.cart)/unregister", "what=1").status == 403)
            #expect(
                await portal.get("\(Self.cart)/unregister").text.contains("cannot be unregistered"))
            #expect(catalog.keeper.sources.count == 1)
        }
    }

    @Test(
        arguments: [
            .refreshed(put: 1, removed: 2, faults: 3, unreached: 4), .goesOn, .failed,
            .unregistered(7, target: "https://x.example/a?b=c&d;e%20\"f ü"),
            .deleted("component:default/a"),
        ] as [Outcome])
    func `an outcome survives its cookie`(outcome: Outcome) {
        let text = outcome.text
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\",;\\".utf8.contains($0) })
        #expect(Outcome(cookie: text) == outcome)
        #expect(Outcome(cookie: text + ":x") == nil)
    }
}
