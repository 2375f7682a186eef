import Glibc
import Synchronization
import Testing

@testable import Inbound

struct InboundServerTests {
    static func get(_ target: String, _ lines: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n"
    }

    /// A request and what its answer must be.
    struct AnswerCase: Sendable, CustomTestStringConvertible {
        let request: String
        let status: Int
        let length: String?
        let body: String
        var testDescription: String { String(request.prefix { $0 != "\r\n" }.prefix(60)) }

        init(_ request: String, _ status: Int, length: String?, body: String = "") {
            self.request = request
            self.status = status
            self.length = length
            self.body = body
        }
    }

    private static let lines = (0..<5).map { "line \($0)\n" }.joined()

    @Test(arguments: [
        AnswerCase(get("/"), 200, length: "2", body: "ok"),
        // The library would fill its memory with them, and never answer.
        AnswerCase(
            get("/?" + Array(repeating: "a=b", count: 3_000).joined(separator: "&")), 200,
            length: "2", body: "ok"),
        AnswerCase(get("/later"), 200, length: "5", body: "later"),
        AnswerCase("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, length: "2"),
        AnswerCase("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n", 200, length: "5"),
        AnswerCase("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n", 200, length: "0"),
        AnswerCase(get("/stream"), 200, length: nil, body: lines),
        AnswerCase(get("/unchanged"), 304, length: "1000"),
        AnswerCase(get("/gone"), 204, length: nil),
        AnswerCase(get("/status?99"), 500, length: "46", body: unsendable),
        AnswerCase(get("/status?600"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=X&v=fine"), 200, length: "0"),
        AnswerCase(get("/header?n=X&v="), 200, length: "0"),
        AnswerCase(get("/header?n=X&v=a%0d%0aY:b"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=X&v=%C3%BC"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=X%3aY&v=a"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=&v=a"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=content-length&v=3"), 500, length: "46", body: unsendable),
        AnswerCase(
            get("/header?n=Transfer-Encoding&v=chunked"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=Connection&v=close"), 500, length: "46", body: unsendable),
        AnswerCase(get("/header?n=DATE&v=now"), 500, length: "46", body: unsendable),
        AnswerCase(
            get("/header?n=X&v=" + String(repeating: "a", count: 9_000)), 500, length: "46",
            body: unsendable),
    ])
    func `an answer is framed by the server and the connection goes on`(
        _ row: AnswerCase
    ) async throws {
        let (answer, after) = try await withServer { port, _, _ in
            let client = try RawClient(port: port)
            client.send(row.request + Self.get("/echo"))
            let answer = try client.readAnswer(toHead: row.request.hasPrefix("HEAD"))
            return (answer, try client.readAnswer())
        }
        #expect(answer.status == row.status)
        #expect(answer.header("Content-Length") == row.length)
        #expect(answer.text == row.body)
        #expect(after.status == 200 && after.body.isEmpty, "what follows must not be disturbed")
    }

    private static let unsendable = "The answer could not be sent; the log says why"

    @Test func `pipelined requests are answered in order, also behind one that rests`() async throws
    {
        let texts = try await withServer { port, _, _ in
            let client = try RawClient(port: port)
            client.send(["/pause", "/", "/later", "/stream", "/"].map { Self.get($0) }.joined())
            return try (0..<5).map { _ in try client.readAnswer().text }
        }
        #expect(texts == ["paused", "ok", "later", Self.lines, "ok"])
    }

    @Test func `each answer can carry the id of its request, and the log hears of its end`()
        async throws
    {
        let (ids, finished) = try await withServer { port, handler, _ in
            let client = try RawClient(port: port)
            client.send(Self.get("/id") + Self.get("/id") + Self.get("/kilobyte"))
            let ids = try (0..<2).map { _ in try client.readAnswer().header("X-Request-Id") }
            _ = try client.readAnswer()
            client.send(Self.get("/stream", "Connection: close\r\n"))
            _ = try client.readToEnd()
            usleep(20_000)
            return (ids.compactMap { $0 }, handler.seen.withLock { $0.finished })
        }
        #expect(ids.count == 2 && ids[0] != ids[1])
        #expect(
            finished == [
                .init(path: "/id", status: 200, bytes: 0),
                .init(path: "/id", status: 200, bytes: 0),
                .init(path: "/kilobyte", status: 200, bytes: 1000),
                .init(path: "/stream", status: 200, bytes: 35),
            ])
    }

    @Test func `two hundred connections at once are all answered`() async throws {
        let answered = try await withServer { port, _, server in
            let clients = try (0..<200).map { _ in try RawClient(port: port) }
            for client in clients { client.send(Self.get("/pause") + Self.get("/later")) }
            let all = try clients.map { try [$0.readAnswer().text, $0.readAnswer().text] }
            return (all.filter { $0 == ["paused", "later"] }.count, server.connectionCount)
        }
        #expect(answered == (200, 200))
    }

    @Test func `HTTP/1.0 closes by itself, and a stream ends with the connection`() async throws {
        let texts = try await withServer { port, _, _ in
            try ["/", "/stream"].map { path in
                let client = try RawClient(port: port)
                client.send("GET \(path) HTTP/1.0\r\n\r\n")
                return try client.readToEnd()
            }
        }
        #expect(texts[0].hasSuffix("\r\n\r\nok"))
        #expect(texts[1].hasSuffix("\r\n\r\n\(Self.lines)"))
    }

    @Test func `a start that fails says what stands in its way`() async throws {
        try await withServer { port, handler, _ in
            let second = InboundServer(
                configuration: InboundConfiguration(port: port), handler: handler, executor: nil)
            let place = "127.0.0.1:\(port)"
            #expect(throws: InboundStartError.addressInUse(place)) { try second.start() }
            #expect(
                InboundStartError.addressInUse(place).description
                    == "address already in use: another program listens on \(place); "
                    + "choose another port in backend.listen or PORT")
            var secure = InboundConfiguration(port: 0)
            secure.tls = .init(certificatePEM: "nonsense", keyPEM: "nonsense")
            let third = InboundServer(configuration: secure, handler: handler, executor: nil)
            #expect {
                try third.start()
            } throws: {
                "\($0)".contains("check the certificate and the key in backend.https")
            }
        }
    }

    @Test(arguments: ["", "::1", "localhost"])
    func `a server listens on the host it is given`(_ host: String) async throws {
        let status = try await withServer({ $0.host = host }) { port, _, _ in
            guard host != "::1" else { return 200 }
            let client = try RawClient(port: port)
            client.send(Self.get("/"))
            return try client.readAnswer().status
        }
        #expect(status == 200)
    }

    @Test func `a server listens on a socket file, and takes over one that was left behind`()
        async throws
    {
        let path = "/tmp/inbound-test-\(getpid()).sock"
        defer { unlink(path) }
        for _ in 0..<2 {
            let head = try await withServer({ $0.unixPath = path }) { port, handler, _ in
                let second = InboundServer(
                    configuration: self.onSocketFile(path), handler: handler, executor: nil)
                #expect(throws: InboundStartError.addressInUse(path)) { try second.start() }
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o077 == 0 && port == 0)
                let client = try RawClient(path: path)
                client.send(Self.get("/"))
                _ = try client.readAnswer()
                return handler.seen.withLock { $0.requests.first?.head }
            }
            #expect(head?.peer == "")
        }
    }

    private func onSocketFile(_ path: String) -> InboundConfiguration {
        var configuration = InboundConfiguration()
        configuration.unixPath = path
        return configuration
    }
}
