import Synchronization
import Testing

@testable import Inbound

/// What is sent, and what must come of it.
///
/// The parser beneath lets most of these through.
struct GateCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// Each is answered, and the connection stays open.
        case served([Int])
        /// The status is answered first, no handler is called, and the connection closes.
        case refused(Int)
        /// The connection closes without a word.
        case closed
    }

    let name: String
    let bytes: [UInt8]
    let outcome: Outcome
    var testDescription: String { String(name.prefix(80)) }

    init(_ name: String, _ text: String, _ outcome: Outcome) {
        self.init(name, bytes: Array(text.utf8), outcome)
    }

    init(_ name: String, bytes: [UInt8], _ outcome: Outcome) {
        self.name = name
        self.bytes = bytes
        self.outcome = outcome
    }

    /// A GET with these header lines behind its Host.
    static func headers(_ name: String, _ lines: String, _ outcome: Outcome) -> GateCase {
        GateCase(name, "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", outcome)
    }

    /// A POST to /echo with these header lines and this body.
    static func post(
        _ name: String, _ lines: String, _ body: String, _ outcome: Outcome
    ) -> GateCase {
        GateCase(name, "POST /echo HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n\(body)", outcome)
    }

    static func line(_ line: String, _ outcome: Outcome) -> GateCase {
        GateCase(line, "\(line)\r\nHost: a\r\n\r\n", outcome)
    }
}

private let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

private let headerCases: [GateCase] = [
    .headers("an ordinary header", "Accept: text/html", .served([200])),
    .headers("an empty value", "X:", .served([200])),
    .headers("an empty value behind a blank", "X: ", .served([200])),
    .headers("a value with blanks around it", "X:   y \t ", .served([200])),
    .headers("a value with a tab", "X: a\tb", .served([200])),
    .headers("a value in UTF-8", "X: grün", .served([200])),
    .headers("a name that repeats", "X: a\r\nX: b", .served([200])),
    .headers("a folded line that makes a name", "X: s\r\n -Forwarded-For: b", .refused(400)),
    .headers("a folded line", "X: a\r\n b", .refused(400)),
    .headers("a folded line that makes a length", "Content: 5\r\n -Length", .refused(400)),
    .headers("a tab that folds", "X: a\r\n\tb", .refused(400)),
    .headers("a bare line feed between headers", "X: a\nY: b", .refused(400)),
    .headers("a bare carriage return in a value", "X: a\rY: b", .refused(400)),
    .headers("a NUL in a value", "X: a\u{0}b", .refused(400)),
    .headers("a NUL in a name", "X\u{0}: a", .refused(400)),
    .headers("a control byte in a value", "X: a\u{1}b", .refused(400)),
    .headers("a delete byte in a value", "X: a\u{7f}b", .refused(400)),
    .headers("a control byte in a name", "X\u{1}: a", .refused(400)),
    .headers("a name outside of ASCII", "Xü: a", .refused(400)),
    .headers("an empty name", ": a", .refused(400)),
    .headers("a line without a colon", "nonsense", .refused(400)),
    .headers("a blank before the colon", "X : a", .refused(400)),
    .headers("a second Host", "Host: b", .refused(400)),
    .headers("two cookies headers", "Cookie: a=b\r\nCookie: c=d", .refused(400)),
    .headers(
        "two Authorization headers", "Authorization: a\r\nAuthorization: b", .refused(400)),
    .headers("two Origin headers", "Origin: a\r\nOrigin: b", .refused(400)),
    .headers("two content types", "Content-Type: a\r\nContent-Type: b", .refused(400)),
    .headers(
        "a hundred and one headers", (0..<100).map { "X: \($0)" }.joined(separator: "\r\n"),
        .refused(431)),
    .headers("a header of 20 KB", "X: " + String(repeating: "a", count: 20_000), .refused(431)),
    .headers("a header of 70 KB", "X: " + String(repeating: "a", count: 70_000), .refused(431)),
    GateCase("a blank before the first header", "GET / HTTP/1.1\r\n X: y\r\n\r\n", .refused(400)),
    GateCase("no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", .refused(400)),
    GateCase("no header at all", "GET / HTTP/1.1\r\n\r\n", .refused(400)),
    GateCase("an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", .refused(400)),
    GateCase("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .refused(400)),
    GateCase("a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .refused(400)),
    GateCase("a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .refused(400)),
    GateCase("a Host with a port", "GET / HTTP/1.1\r\nHost: a-1.b:80\r\n\r\n", .served([200])),
    GateCase("an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", .served([200])),
    GateCase("bare line feeds throughout", "GET / HTTP/1.1\nHost: a\n\n", .refused(400)),
    GateCase(
        "a bare line feed at the very end", "GET / HTTP/1.1\r\nHost: a\r\n\n", .refused(400)),
    GateCase("an empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .served([200])),
    GateCase(
        "a byte that is no UTF-8",
        bytes: Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xff] + Array("\r\n\r\n".utf8),
        .served([200])),
]

private let framingCases: [GateCase] = [
    .post("a body of known length", "Content-Length: 5", "hello" + next, .served([200, 200])),
    .post("no body", "Content-Length: 0", next, .served([200, 200])),
    .post(
        "a chunked body", "Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n" + next,
        .served([200, 200])),
    .post(
        "a chunked body with a trailer", "Transfer-Encoding: Chunked",
        "2;x=y\r\nab\r\n0\r\nT: u\r\n\r\n" + next, .served([200, 200])),
    .post(
        "two lengths", "Content-Length: 5\r\nContent-Length: 6", "hello" + next, .refused(400)),
    .post(
        "the same length twice", "Content-Length: 5\r\nContent-Length: 5", "hello",
        .refused(400)),
    .post(
        "a length and chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "0\r\n\r\n" + next, .refused(400)),
    .post(
        "chunked and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "0\r\n\r\n", .refused(400)),
    .post("gzip, chunked", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n", .refused(400)),
    .post("identity", "Transfer-Encoding: identity", "0\r\n\r\n", .refused(400)),
    .post("chunked and a blank", "Transfer-Encoding: chunked ", "0\r\n\r\n", .refused(400)),
    .post(
        "chunked with a blank before the colon",
        "Transfer-Encoding : chunked\r\nContent-Length: 5", "hello", .refused(400)),
    .post("a length with a sign", "Content-Length: +3", "abc", .refused(400)),
    .post("a negative length", "Content-Length: -1", "abc", .refused(400)),
    .post("a list of lengths", "Content-Length: 3, 3", "abc", .refused(400)),
    .post("an empty length", "Content-Length: ", "abc", .refused(400)),
    .post("a hexadecimal length", "Content-Length: 0x3", "abc", .refused(400)),
    .post("a length beyond 64 bits", "Content-Length: 99999999999999999999", "", .refused(413)),
    .post("a length of 64 bits", "Content-Length: 18446744073709551614", "", .refused(413)),
    .post(
        "a chunk size beyond 64 bits", "Transfer-Encoding: chunked",
        "fffffffffffffffff\r\n", .refused(413)),
    .post(
        "a chunk size with 0x", "Transfer-Encoding: chunked", "0x4\r\nabcd\r\n0\r\n\r\n",
        .refused(400)),
    .post(
        "a negative chunk size", "Transfer-Encoding: chunked", "-1\r\nabcd\r\n0\r\n\r\n",
        .refused(400)),
    .post(
        "a chunk that is too long", "Transfer-Encoding: chunked", "2\r\nabcd\r\n0\r\n\r\n",
        .refused(400)),
    GateCase(
        "chunked in HTTP/1.0",
        "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        .refused(400)),
]

private let lineCases: [GateCase] = [
    .line("GET /a?b=c%20d HTTP/1.1", .served([200])),
    .line("OPTIONS * HTTP/1.1", .served([200])),
    .line("PATCH /a HTTP/1.1", .served([200])),
    .line("GET /a#b HTTP/1.1", .refused(400)),
    .line("GET /a\u{7f} HTTP/1.1", .refused(400)),
    .line("GET /a\u{1} HTTP/1.1", .refused(400)),
    .line("GET /ü HTTP/1.1", .refused(400)),
    .line("GET /a\u{0}?b HTTP/1.1", .refused(400)),
    .line("GET a HTTP/1.1", .refused(400)),
    .line("GET * HTTP/1.1", .refused(400)),
    .line("GET http://evil/x HTTP/1.1", .refused(400)),
    .line("CONNECT a:80 HTTP/1.1", .refused(405)),
    .line("TRACE / HTTP/1.1", .refused(405)),
    .line("get / HTTP/1.1", .refused(501)),
    .line("BREW / HTTP/1.1", .refused(501)),
    .line("FOO\"bar / HTTP/1.1", .refused(400)),
    .line("GET / HTTP/1.2", .refused(505)),
    .line("GET / HTTP/2.0", .refused(505)),
    .line("PRI * HTTP/2.0", .refused(505)),
    .line("GET / http/1.1", .refused(400)),
    .line("GET / HTTP/1.10", .refused(400)),
    .line("GET /a b HTTP/1.1", .closed),
    .line("GET  / HTTP/1.1", .refused(400)),
    .line("GET\t/ HTTP/1.1", .refused(400)),
    .line("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1", .refused(431)),
    .line("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1", .refused(414)),
    GateCase("a TLS hello", bytes: [0x16, 3, 1, 0, 10, 1, 0, 0, 6, 3, 3, 13, 10], .closed),
]

struct RequestGateTests {
    @Test(arguments: headerCases + framingCases + lineCases)
    func `a request is served or refused by the letter`(_ row: GateCase) async throws {
        let (answered, handled) = try await withServer { port, handler, _ in
            let client = try RawClient(port: port)
            client.send(row.bytes)
            guard case .served(let statuses) = row.outcome else {
                let text = try client.readToEnd()
                let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                return (status.map { [$0] } ?? [], handler.requestCount)
            }
            let answers = try statuses.map { _ in try client.readAnswer().status }
            return (answers, handler.requestCount)
        }
        switch row.outcome {
        case .served(let statuses):
            #expect(answered == statuses)
            #expect(handled == statuses.count)
        case .refused(let status):
            #expect(answered == [status])
            #expect(handled == 0)
        case .closed:
            #expect(answered.isEmpty && handled == 0)
        }
    }

    @Test func `a large head in pieces behind a large body passes the gate`() async throws {
        let statuses = try await withServer { port, handler, _ in
            let client = try RawClient(port: port)
            let body = String(repeating: "b", count: 9_000)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n" + body)
            let head = Array(
                ("GET / HTTP/1.1\r\nHost: a\r\n"
                    + (0..<80).map { "X-\($0): \(String(repeating: "v", count: 150))\r\n" }.joined()
                    + "\r\n").utf8)
            for start in stride(from: 0, to: head.count, by: 700) {
                client.send(Array(head[start..<min(start + 700, head.count)]))
            }
            let first = try client.readAnswer()
            let second = try client.readAnswer()
            let headers = handler.seen.withLock { $0.requests.last?.head.headers.count }
            return [first.status, first.body.count, second.status, headers ?? 0]
        }
        #expect(statuses == [200, 9_000, 200, 81])
    }

    @Test func `what was sent arrives as it was sent`() async throws {
        let head = try await withServer { port, handler, _ in
            let client = try RawClient(port: port)
            client.send(
                "GET /a%2Fb/%00?q=1+2&q=%zz&&x HTTP/1.1\r\nhOST: a\r\nX-One:  v w \t\r\n"
                    + "x-one: second\r\nX-Request-Id: mine\r\n\r\n")
            _ = try client.readAnswer()
            return handler.seen.withLock { $0.requests.first?.head }
        }
        let seen = try #require(head)
        #expect(seen.target == "/a%2Fb/%00?q=1+2&q=%zz&&x")
        #expect(seen.path == "/a%2Fb/%00")
        #expect(seen.query == "q=1+2&q=%zz&&x")
        #expect(seen.headers["x-ONE"] == "v w")
        #expect(seen.headers.all("X-One") == ["v w", "second"])
        #expect(seen.headers.pairs.map(\.name) == ["hOST", "X-One", "x-one", "X-Request-Id"])
        #expect(seen.peer == "127.0.0.1" && !seen.isSecure)
        #expect(seen.id.utf8.count == 13 && seen.id != "mine")
    }
}
