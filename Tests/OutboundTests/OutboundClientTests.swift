import CallboardTestSupport
import Glibc
import Synchronization
import Testing

@testable import Outbound

@Suite(.timeLimit(.minutes(1))) struct `The outbound client` {
    private let client = OutboundClient()

    private func policy(_ hosts: String...) throws -> OutboundPolicy {
        OutboundPolicy(allowing: try hosts.map { try HostRule(host: $0) })
    }

    /// A request to a server under the name `localhost`, which is allowed in full.
    private func request(
        _ server: LoopbackServer, _ path: String = "/"
    ) throws -> OutboundRequest {
        var request = OutboundRequest(
            "http://localhost:\(server.port)\(path)", policy: try policy("localhost:\(server.port)")
        )
        request.limits.firstPause = .milliseconds(1)
        return request
    }

    /// The reason that a call fails for.
    private func failure(_ request: OutboundRequest) async -> OutboundError.Reason? {
        do {
            let response = try await client.fetch(request)
            Issue.record("answered \(response.status)")
            return nil
        } catch {
            #expect(error.description.hasSuffix("."))
            return error.reason
        }
    }

    @Test func `sends what was asked and gives what was answered`() async throws {
        let server = LoopbackServer { _, connection in
            connection.answer(
                "200 OK", ["ETag: \"v1\"", "X-A: 1", "x-a:  2 ", "Empty:"], body: "hello")
        }
        var request = try request(server, "/a%20b/../c?x=1#f")
        request.method = "POST"
        request.headers = [("Content-Type", "text/plain"), ("X-Empty", "")]
        request.body = Array("body".utf8)
        let response = try await client.fetch(request)
        #expect(response.status == 200 && response.etag == "\"v1\"")
        #expect(response.header("x-a") == "1, 2" && response.header("empty") == "")
        #expect(response.body == Array("hello".utf8))
        #expect(response.url == "http://localhost:\(server.port)/c?x=1#f")
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /c?x=1 HTTP/1.1\r\nHost: localhost:\(server.port)\r\n"))
        for line in [
            "User-Agent: Callboard", "Content-Type: text/plain", "Content-Length: 4", "X-Empty:",
            "Accept-Encoding: ",
        ] { #expect(sent.contains("\r\n\(line)"), "\(line)") }
        #expect(!sent.contains("Expect") && sent.hasSuffix("\r\n\r\nbody"))
    }

    @Test func `asks conditionally and reuses connections`() async throws {
        let server = LoopbackServer { request, connection in
            request.contains("If-None-Match: \"v1\"") && request.contains("If-Modified-Since: Sun")
                ? connection.answer("304 Not Modified", ["ETag: \"v1\""])
                : connection.answer("404 Not Found", body: "no")
        }
        var request = try request(server)
        #expect(try await client.fetch(request).status == 404)
        request.etag = "\"v1\""
        request.modifiedSince = "Sun, 06 Nov 1994 08:49:37 GMT"
        let response = try await client.fetch(request)
        #expect(response.isNotModified && response.body.isEmpty)
        request.method = "HEAD"
        request.limits.bodyBytes = 1
        #expect(try await client.fetch(request).status == 304)
    }

    // MARK: Answers that never should have been sent

    struct Attack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: OutboundError.Reason?
        let answer: LoopbackServer.Answer
    }

    private static let head = "HTTP/1.1 200 OK\r\n"

    static let attacks = [
        Attack(testDescription: "a body without end", reason: .tooLarge(limitBytes: 100_000)) {
            $1.send("\(head)\r\n")
            while $1.send([UInt8](repeating: 65, count: 10_000)) {}
        },
        Attack(
            testDescription: "a length that is too large", reason: .tooLarge(limitBytes: 100_000)
        ) {
            $1.send("\(head)Content-Length: 999999999999\r\n\r\nx")
        },
        Attack(testDescription: "chunks without end", reason: .tooLarge(limitBytes: 100_000)) {
            $1.send("\(head)Transfer-Encoding: chunked\r\n\r\n")
            while $1.send("3e8\r\n\(String(repeating: "c", count: 1_000))\r\n") {}
        },
        Attack(testDescription: "a gzip bomb", reason: .tooLarge(limitBytes: 100_000)) {
            $1.send("\(head)Content-Encoding: gzip\r\n\r\n")
            $1.send(bomb)
            shutdown($1.descriptor, Int32(SHUT_RDWR))
        },
        Attack(testDescription: "drops of a body", reason: .tooSlow(bytesPerSecond: 64)) {
            $1.send("\(head)Content-Length: 1000\r\n\r\n")
            while $1.send("x") { usleep(100_000) }
        },
        Attack(testDescription: "drops of a header", reason: .tooSlow(bytesPerSecond: 64)) {
            $1.send(head)
            while $1.send("x") { usleep(100_000) }
        },
        Attack(testDescription: "headers without end", reason: .headersTooLarge(limitBytes: 65_536))
        {
            $1.send(head)
            while $1.send("X-More: \(String(repeating: "h", count: 1_000))\r\n") {}
        },
        Attack(
            testDescription: "one header without end", reason: .headersTooLarge(limitBytes: 65_536)
        ) {
            $1.send("\(head)X-Long: ")
            while $1.send([UInt8](repeating: 65, count: 10_000)) {}
        },
        Attack(
            testDescription: "early answers without end",
            reason: .headersTooLarge(limitBytes: 65_536)
        ) {
            while $1.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {}
        },
        Attack(testDescription: "something else than HTTP", reason: nil) {
            $1.send("SSH-2.0-OpenSSH_9.2\r\n")
            shutdown($1.descriptor, Int32(SHUT_RDWR))
        },
        Attack(testDescription: "an answer that breaks off", reason: nil) {
            $1.send("\(head)Content-Length: 1000\r\n\r\nhalf")
            shutdown($1.descriptor, Int32(SHUT_RDWR))
        },
        Attack(testDescription: "broken gzip", reason: nil) {
            $1.answer("200 OK", ["Content-Encoding: gzip"], body: "no gzip at all")
        },
    ]

    /// 16 MiB of zeros in 104 KiB of gzip, by hand: one literal zero, then 65,536 times the 258
    /// bytes before.
    private static let bomb: [UInt8] = {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var bits = 0
        var count = 0
        func put(_ value: Int, _ length: Int) {
            bits |= value << count
            count += length
            while count >= 8 {
                bytes.append(UInt8(bits & 255))
                bits >>= 8
                count -= 8
            }
        }
        // Fixed Huffman codes: 0 is 00110000, 258 bytes is 11000101, distance 1 is 00000.
        put(0b011, 3)
        put(0b0000_1100, 8)
        for _ in 0..<65_536 {
            put(0b1010_0011, 8)
            put(0, 5)
        }
        put(0, 7)
        put(0, 7)
        return bytes
    }()

    @Test(arguments: attacks)
    func `ends an answer that is`(attack: Attack) async throws {
        let server = LoopbackServer(attack.answer)
        var request = try request(server)
        request.limits.bodyBytes = 100_000
        request.limits.slowSeconds = 2
        request.limits.retries = 0
        let reason = await failure(request)
        if let expected = attack.reason {
            #expect(reason == expected)
        } else if case .brokenAnswer = reason {
        } else {
            Issue.record("\(String(describing: reason))")
        }
    }

    @Test func `a gzip body within the limit is unpacked`() async throws {
        let server = LoopbackServer { _, connection in
            connection.send("\(Self.head)Content-Encoding: gzip\r\n\r\n")
            connection.send(Self.bomb)
            shutdown(connection.descriptor, Int32(SHUT_RDWR))
        }
        var request = try request(server)
        request.limits.bodyBytes = 17_000_000
        request.limits.retries = 0
        #expect(try await client.fetch(request).body.count == 1 + 65_536 * 258)
    }

    // MARK: Redirects and addresses

    @Test func `follows redirects and keeps tokens at home`() async throws {
        let other = LoopbackServer { _, connection in connection.answer("200 OK", body: "there") }
        let server = LoopbackServer { request, connection in
            request.hasPrefix("GET /a ")
                ? connection.answer("302 Found", ["Location: /b?x=1"])
                : connection.answer("307 Temporary", ["Location: http://localhost:\(other.port)/c"])
        }
        var request = try request(server, "/a")
        request.policy = try policy("localhost:\(server.port)", "localhost:\(other.port)")
        request.headers = [
            ("Authorization", "Bearer t"), ("PRIVATE-TOKEN", "t"), ("Accept", "text/yaml"),
        ]
        let response = try await client.fetch(request)
        #expect(response.url == "http://localhost:\(other.port)/c")
        #expect(server.requests.count == 2 && server.requests[1].hasPrefix("GET /b?x=1 "))
        #expect(server.requests[1].contains("Authorization: Bearer t"))
        let last = try #require(other.requests.first)
        #expect(last.contains("Accept: text/yaml"))
        #expect(!last.contains("Authorization") && !last.contains("PRIVATE-TOKEN"))
    }

    @Test func `a redirect never leads where a request may not go`() async throws {
        let canary = LoopbackServer { _, connection in connection.answer("200 OK", body: "secret") }
        let targets: [(String, OutboundError.Reason)] = [
            ("http://127.0.0.1:\(canary.port)/", .notAllowed),
            ("http://2130706433:\(canary.port)/", .notAllowed),
            ("//[::1]:\(canary.port)/", .notAllowed),
            ("http://169.254.169.254/latest/meta-data", .notAllowed),
            ("file:///etc/passwd", .schemeRefused),
            ("gopher://localhost/", .schemeRefused),
            ("http://u:p@localhost:\(canary.port)/", .credentialsInAddress),
            ("http://a b/", .badRedirect("http://a b/")),
        ]
        for (target, reason) in targets {
            let server = LoopbackServer { _, connection in
                connection.answer("301 Moved", ["Location: \(target)"])
            }
            #expect(await failure(try request(server)) == reason, "\(target)")
        }
        #expect(canary.requests.isEmpty)
        let circle = LoopbackServer { _, connection in
            connection.answer("302 Found", ["Location: /again"])
        }
        #expect(await failure(try request(circle)) == .tooManyRedirects(5))
        #expect(circle.requests.count == 6)
    }

    @Test func `a body is not sent on to another server, and a form's answer is got`() async throws
    {
        let other = LoopbackServer { _, connection in connection.answer("200 OK") }
        let target = "http://localhost:\(other.port)/"
        let server = LoopbackServer { request, connection in
            connection.answer(
                request.contains("/see ") ? "303 See Other" : "308 Permanent",
                ["Location: \(target)"])
        }
        var request = try request(server, "/keep")
        request.policy = try policy("localhost:\(server.port)", "localhost:\(other.port)")
        request.method = "POST"
        request.body = Array("secret".utf8)
        #expect(await failure(request) == .badRedirect(target))
        request.url = "http://localhost:\(server.port)/see"
        #expect(try await client.fetch(request).url == target)
        #expect(other.requests.count == 1 && other.requests[0].hasPrefix("GET / "))
    }

    @Test func `a name that turns out to be private is refused, also on an open connection`()
        async throws
    {
        let server = LoopbackServer { _, connection in connection.answer("200 OK") }
        // libcurl takes each name below "localhost" for loopback, as RFC 6761 says.
        let name = "rebound.localhost:\(server.port)"
        var request = OutboundRequest(
            "http://\(name)/", policy: try policy("*.localhost:\(server.port)"))
        guard case .privateAddress = await failure(request) else {
            Issue.record("not refused")
            return
        }
        #expect(server.requests.isEmpty)
        request.policy = try policy(name)
        #expect(try await client.fetch(request).status == 200)
        // The connection is open now, and would be used again.
        request.policy = try policy("*.localhost:\(server.port)")
        guard case .privateAddress = await failure(request) else {
            Issue.record("not refused on an open connection")
            return
        }
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        ("", OutboundError.Reason.notAnAddress), ("a/b", .notAnAddress), ("http://", .notAnAddress),
        ("ftp://localhost/", .schemeRefused), ("file:///etc/passwd", .schemeRefused),
        ("http+unix://%2Ftmp%2Fs/", .schemeRefused), ("javascript:x", .schemeRefused),
        ("http://ada:x@localhost/", .credentialsInAddress), ("http://localhost/", .notAllowed),
        ("http://example.com/", .notAllowed), ("http://127.0.0.1:9911/", .notAllowed),
        ("http://localhost\\@example.com:9911/", .notAllowed),
    ])
    func `refuses an address without asking anybody`(
        url: String, reason: OutboundError.Reason
    ) async throws {
        #expect(
            await failure(OutboundRequest(url, policy: try policy("localhost:9911"))) == reason)
    }

    @Test(arguments: [
        ("X-A", "b\r\nX-Evil: 1"), ("X-A", "b\u{0}"), ("X A", "b"), ("", "b"), ("X:A", "b"),
        ("Host", "evil"), ("content-length", "1"), ("Transfer-Encoding", "chunked"),
    ])
    func `refuses a header that would become another`(name: String, value: String) async throws {
        let server = LoopbackServer { _, connection in connection.answer("200 OK") }
        var request = try request(server)
        request.headers = [(name, value)]
        #expect(await failure(request) == .badHeader(name))
        request.headers = []
        request.etag = "\"a\"\r\nX: 1"
        #expect(await failure(request) == .badHeader("If-None-Match"))
        request.etag = nil
        request.method = "GET / HTTP/1.1\r\nX: 1"
        #expect(await failure(request) == .badMethod)
        #expect(server.requests.isEmpty)
    }

    // MARK: Time

    /// Answers with each of these in turn, and with the last from then on.
    private func sequence(_ answers: [(String, [String])]) -> LoopbackServer {
        let counter = Counter()
        return LoopbackServer { _, connection in
            let (status, headers) = answers[min(counter.next(), answers.count - 1)]
            connection.answer(status, headers)
        }
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)

        /// 0, 1, 2, ….
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
    }

    @Test func `asks again where that can help, and no more often than allowed`() async throws {
        let table: [([(String, [String])], String, Int, Int)] = [
            ([("503 Busy", []), ("200 OK", [])], "GET", 200, 2),
            ([("502 Bad", []), ("429 Slow", ["Retry-After: 0"]), ("200 OK", [])], "PUT", 200, 3),
            ([("503 Busy", [])], "GET", 503, 3),
            ([("503 Busy", [])], "POST", 503, 1),
            ([("500 Broken", [])], "GET", 500, 1),
            ([("429 Slow", ["Retry-After: 3600"])], "GET", 429, 1),
            ([("429 Slow", ["Retry-After: 99999999999999999999"])], "GET", 429, 1),
        ]
        for (answers, method, status, count) in table {
            let server = sequence(answers)
            var request = try request(server)
            request.method = method
            #expect(try await client.fetch(request).status == status)
            #expect(server.requests.count == count, "\(answers)")
        }
        let dated = sequence([
            (
                "503 Busy",
                [
                    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                    "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT",
                ]
            ), ("200 OK", []),
        ])
        let start = ContinuousClock.now
        #expect(try await client.fetch(request(dated)).status == 200)
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    @Test func `ends in time whatever happens`() async throws {
        let silent = LoopbackServer { _, _ in sleep(5) }
        var request = try request(silent)
        request.limits.total = .milliseconds(300)
        let start = ContinuousClock.now
        #expect(await failure(request) == .timedOut(.milliseconds(300), .answering))
        #expect(ContinuousClock.now - start < .seconds(20))

        // Nobody listens there.
        request = OutboundRequest("http://localhost:1/", policy: try policy("localhost:1"))
        request.limits.firstPause = .milliseconds(1)
        guard case .unreachable = await failure(request) else {
            Issue.record("not unreachable")
            return
        }
        request = OutboundRequest(
            "http://nothing.invalid/", policy: try policy("nothing.invalid"))
        #expect(await failure(request) == .unresolved)
    }

    @Test func `cancelling the task ends the call at once`() async throws {
        let silent = LoopbackServer { _, _ in sleep(5) }
        let request = try request(silent)
        let client = client
        let start = ContinuousClock.now
        let task = Task { () -> OutboundError.Reason? in
            do throws(OutboundError) {
                _ = try await client.fetch(request)
                return nil
            } catch {
                return error.reason
            }
        }
        while silent.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func `many calls are cancelled and finished in every order`() async throws {
        let server = LoopbackServer { _, connection in connection.answer("200 OK") }
        let request = try request(server)
        let client = client
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<400 {
                group.addTask {
                    let task = Task { try await client.fetch(request) }
                    if index.isMultiple(of: 2) {
                        try? await Task.sleep(for: .microseconds(index * 7 % 900))
                        task.cancel()
                    }
                    switch await task.result {
                    case .success(let response): #expect(response.status == 200)
                    case .failure(let error):
                        #expect((error as? OutboundError)?.reason == .cancelled)
                    }
                }
            }
        }
    }

    @Test func `one host gets no more than its places`() async throws {
        let server = LoopbackServer { _, connection in
            usleep(20_000)
            connection.answer("200 OK")
        }
        let request = try request(server)
        let client = client
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<30 { group.addTask { try await client.fetch(request).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.mostOpen == 5)
        #expect(server.requests.count == 30)
    }

    @Test func `a closed client answers at once, also what is under way`() async throws {
        let silent = LoopbackServer { _, _ in sleep(5) }
        let request = try request(silent)
        let client = OutboundClient()
        let task = Task { try await client.fetch(request) }
        while silent.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        client.close()
        for call in [task, Task { try await client.fetch(request) }] {
            let error = await #expect(throws: OutboundError.self) { _ = try await call.value }
            #expect(error?.reason == .closed)
        }
    }

    /// That none is taken from the environment shows when the tests run with `http_proxy` set to a
    /// port where nobody listens: then all tests here fail if it is.
    @Test func `a proxy is used if the operator names one, except for some hosts`() async throws {
        let proxy = LoopbackServer { _, connection in connection.answer("200 OK", body: "proxied") }
        let server = LoopbackServer { _, connection in connection.answer("200 OK", body: "direct") }
        let request = try request(server)
        #expect(try await client.fetch(request).body == Array("direct".utf8))
        let configured = OutboundClient(
            proxy: .init(url: "http://localhost:\(proxy.port)", except: ["other"]))
        #expect(try await configured.fetch(request).body == Array("proxied".utf8))
        let bypassed = OutboundClient(
            proxy: .init(url: "http://localhost:\(proxy.port)", except: ["localhost"]))
        #expect(try await bypassed.fetch(request).body == Array("direct".utf8))
    }

    @Test func `dates of HTTP are read`() {
        let table: [(String, Int?)] = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Tue, 31 Dec 2099 00:00:00 GMT", 4_102_358_400), ("06 Nov 1994", nil),
            ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", nil), ("", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
        ]
        for (text, seconds) in table { #expect(HTTPDate.seconds(text) == seconds, "\(text)") }
    }
}
