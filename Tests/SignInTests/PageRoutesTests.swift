import Access
import CallboardTestSupport
import Inbound
import SignIn
import Store
import Telemetry
import Testing

struct PageRoutesTests {
    static let sets = [AccessMigrations.set]
    static let own = ["Origin": "http://localhost:7007", "Host": "localhost:7007"]

    @Test func `a form signs in, and another one out`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = TestPortal(database)
            let signedIn = await portal.ask(
                .post, SignInForm.action(provider: "guest"), Self.own, body: "return=%2Fcatalog")
            #expect(signedIn.status == 303 && signedIn.headers["Location"] == "/catalog")
            let cookie = try #require(signedIn.cookies.first)
            #expect(
                cookie.attributes == [
                    "Path=/", "HttpOnly", "SameSite=Lax", "Expires=Fri, 15 Jan 2027 20:00:00 GMT",
                ])
            let jar = ["Cookie": "other=1; \(cookie.pair)"]
            #expect(
                await portal.ask(.get, "/api/catalog/whoami", jar).text == "user:development/guest")
            #expect(
                portal.log.text.contains(cookie.pair.split(separator: "=").last ?? "?") == false)

            let signedOut = await portal.ask(
                .post, SignInForm.signOutAction, Self.own.merging(jar) { $1 })
            #expect(signedOut.status == 303 && signedOut.headers["Location"] == "/")
            #expect(signedOut.cookies.first?.pair == "callboard-session=")
            #expect(signedOut.cookies.first?.attributes.contains("Max-Age=0") == true)
            #expect(await portal.ask(.get, "/api/catalog/whoami", jar).status == 401)
        }
    }

    @Test func `who signs in again leaves the former session`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = TestPortal(database)
            let first = await portal.ask(.post, "/sign-in/guest", Self.own)
            let jar = ["Cookie": first.cookies.first?.pair ?? ""]
            _ = await portal.ask(
                .post, "/sign-in/oauth2Proxy",
                Self.own.merging(jar) { $1 }.merging(["X-Forwarded-User": "alice"]) { $1 })
            #expect(await portal.ask(.get, "/api/catalog/whoami", jar).status == 401)
        }
    }

    @Test func `under a base path over https the cookie says so`() async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            var options = TestPortal.Options()
            options.basePath = "/portal"
            options.isSecure = true
            let portal = TestPortal(database, options)
            let answer = await portal.ask(.post, "/portal/sign-in/guest", Self.own)
            #expect(answer.headers["Location"] == "/portal/")
            #expect(
                answer.cookies.first?.attributes.isSuperset(of: ["Path=/portal", "Secure"]) == true)
        }
    }

    @Test(arguments: [
        ("", "/"),
        ("/catalog/default/component/cart?tab=api#x", "/catalog/default/component/cart?tab=api#x"),
        ("https://evil.example", "/"), ("//evil.example", "/"), ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"), ("/a b", "/"), ("/a\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"), ("catalog", "/"), ("/sign-in?return=/x", "/"),
        ("/\u{FC}", "/"), ("/" + String(repeating: "a", count: 5000), "/"),
    ])
    func `after signing in one goes to a page of the portal only`(
        asked: String, location: String
    ) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let encoded = asked.utf8.map { "%" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }
            let answer = await TestPortal(database).ask(
                .post, "/sign-in/guest", Self.own, body: "return=\(encoded.joined())")
            #expect(answer.status == 303 && answer.headers["Location"] == location)
        }
    }

    @Test(arguments: ["/sign-in/guest", "/sign-out"])
    func `a form of another site does nothing`(target: String) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let portal = TestPortal(database)
            let begun = await portal.ask(.post, "/sign-in/guest", Self.own)
            let jar = ["Cookie": begun.cookies.first?.pair ?? ""]
            for headers in [
                ["Origin": "https://evil.example"], ["Sec-Fetch-Site": "cross-site"], [:],
            ] {
                let answer = await portal.ask(.post, target, headers.merging(jar) { $1 })
                #expect(answer.status == 403 && answer.cookies.isEmpty)
            }
            #expect(await portal.ask(.get, "/api/catalog/whoami", jar).status == 200)
        }
    }

    @Test(arguments: [("oauth2Proxy", 403), ("nothing", 404)])
    func `a form that signs nobody in says why`(provider: String, status: Int) async throws {
        try await withDatabase(.sqlite, migrations: Self.sets) { database in
            let answer = await TestPortal(database).ask(
                .post, SignInForm.action(provider: provider), Self.own)
            #expect(answer.status == status && answer.cookies.isEmpty)
        }
    }
}
