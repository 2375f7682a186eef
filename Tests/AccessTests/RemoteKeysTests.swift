import Crypto
import Outbound
import Telemetry
import Testing

@testable import Access

struct RemoteKeysTests {
    private let time = ManualClock(AccessFixture.start)
    private let server = KeyServer()

    private func names(_ keys: RemoteKeys, _ name: String?) async -> String {
        do throws(RemoteKeys.Fault) {
            return try await keys.keys(for: name).map { $0.id ?? "-" }.joined(separator: " ")
        } catch {
            switch error {
            case .noSuchKey: return "none"
            case .unavailable(let reason): return reason
            }
        }
    }

    @Test func `keys are asked for once, and again when they are old`() async throws {
        let (one, two) = (try SigningKey.generate(id: "one"), try SigningKey.generate(id: "two"))
        server.publish(one)
        let keys = try #require(server.keys(clock: time.clock))
        for _ in 0..<3 { #expect(await names(keys, "one") == "one") }
        #expect(server.asked == ["/keys"])
        server.publish(one, two)
        time.advance(by: .seconds(599))
        #expect(await names(keys, "one") == "one")
        time.advance(by: .seconds(1))
        #expect(await names(keys, "one") == "one two")
        #expect(server.asked.count == 2)
    }

    @Test func `an unknown name has the keys fetched again, but not often`() async throws {
        let (one, two) = (try SigningKey.generate(id: "one"), try SigningKey.generate(id: "two"))
        server.publish(one)
        let keys = try #require(server.keys(clock: time.clock))
        #expect(await names(keys, "one") == "one")
        server.publish(one, two)
        #expect(await names(keys, "two") == "one two")
        for number in 0..<20 { #expect(await names(keys, "made-up-\(number)") == "one two") }
        #expect(server.asked.count == 2)
        time.advance(by: .seconds(10))
        #expect(await names(keys, "made-up") == "one two")
        #expect(server.asked.count == 3)
    }

    @Test func `several who wait share a request`() async throws {
        server.publish(try SigningKey.generate(id: "one"))
        let keys = try #require(server.keys(clock: time.clock))
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { await names(keys, "one") } }
            for await found in group { #expect(found == "one") }
        }
        #expect(server.asked.count == 1)
    }

    @Test func `a server that fails leaves the keys that were known, for an hour`() async throws {
        let one = try SigningKey.generate(id: "one")
        server.publish(one)
        let keys = try #require(server.keys(clock: time.clock))
        #expect(await names(keys, "one") == "one")
        server.fail(true)
        time.advance(by: .seconds(600))
        #expect(await names(keys, "one") == "one")
        time.advance(by: .seconds(3599))
        #expect(await names(keys, "one") == "one")
        time.advance(by: .seconds(1))
        #expect(await names(keys, "one").contains("the status 500"))
        // It is not asked all the time, and then it is well again.
        let count = server.asked.count
        for _ in 0..<10 { #expect(await names(keys, "one").contains("the status 500")) }
        #expect(server.asked.count <= count + 1)
        server.fail(false)
        time.advance(by: .seconds(10))
        #expect(await names(keys, "one") == "one")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[17,null,"x",{}]}"#,
        #"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, #"{"keys":[{"kty":"EC","crv":"P-256"}]}"#,
        #"{"keys":[[[[[[[[[[[[]]]]]]]]]]]]}"#,
        KeyServer.set([JWK(kty: "RSA")]), String(repeating: "[", count: 100_000),
        String(repeating: " ", count: 2 << 20),
    ])
    func `what is no key set gives no key`(body: String) async throws {
        server.publish(body, at: "/keys")
        let keys = try #require(server.keys(clock: time.clock))
        #expect(await names(keys, "one").contains("127.0.0.1"))
    }

    @Test func `one key that cannot be used does not spoil the others`() async throws {
        let one = try #require(SigningKey.generate(id: "one").verification.jwk)
        var foreign = one
        foreign.crv = "P-999"
        server.publish(KeyServer.set([foreign, one]), at: "/keys")
        let keys = try #require(server.keys(clock: time.clock))
        #expect(await names(keys, nil) == "one")
    }

    @Test func `keys at addresses of their own are asked for by plain names only`() async throws {
        let key = try SigningKey.generate(id: "k")
        let pem = try key.verification.publicPEM()
        for path in ["/", "/a-1", "/secret", "/keys/secret", "/keys/"] {
            server.publish(pem, at: path)
        }
        server.publish(pem, at: "/keys/a-1")
        let keys = try #require(server.keys(.each, at: "/keys", clock: time.clock))
        for _ in 0..<2 { #expect(await names(keys, "a-1") == "a-1") }
        #expect(server.asked == ["/keys/a-1"])
        let long = String(repeating: "a", count: 129)
        for name in [nil, "", "..", "../secret", "a/b", "a?b", "a#b", "%2e%2e", "a b", "é", long] {
            #expect(await names(keys, name) == "none")
        }
        #expect(server.asked == ["/keys/a-1"])
        for number in 0..<30 { #expect(await names(keys, "b-\(number)") != "none") }
        #expect(server.asked.count == 10)
        #expect(await names(keys, "a-1") == "a-1")
    }

    @Test(arguments: [
        ("https://keys.example.com/set", true), ("http://127.0.0.1:8080/set", true),
        ("http://[::1]:8080/", true), ("file:///etc/passwd", false), ("ftp://a.example/", false),
        ("https://user:word@a.example/", false), ("keys.example.com", false), ("", false),
    ])
    func `only addresses of the web are taken`(address: String, isTaken: Bool) {
        let keys = RemoteKeys(address, .set, client: server.client, clock: time.clock)
        #expect((keys != nil) == isTaken)
    }
}
