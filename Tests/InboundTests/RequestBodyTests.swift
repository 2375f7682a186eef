import Glibc
import Synchronization
import Testing

@testable import Inbound

struct RequestBodyTests {
    private static func post(_ lines: String, path: String = "/echo") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n"
    }

    private static func chunks(_ sizes: [Int]) -> String {
        sizes.map {
            "\(String($0, radix: 16))\r\n\(String(repeating: "c", count: $0))\r\n"
        }.joined() + "0\r\n\r\n"
    }

    struct BodyCase: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let status: Int
        let length: Int
        let closes: Bool
        var testDescription: String { name }
    }

    @Test(arguments: [
        BodyCase(
            name: "a body at its limit",
            request: post("Content-Length: 10000") + String(repeating: "x", count: 10_000),
            status: 200, length: 10_000, closes: false),
        BodyCase(
            name: "a body a byte over its limit",
            request: post("Content-Length: 10001") + String(repeating: "x", count: 10_001),
            status: 413, length: 51, closes: true),
        BodyCase(
            name: "a body within what is read and dropped",
            request: post("Content-Length: 900000") + String(repeating: "x", count: 900_000),
            status: 413, length: 51, closes: true),
        BodyCase(
            name: "a body that is far too long, not sent yet",
            request: post("Content-Length: 90000000"), status: 413, length: 51, closes: true),
        BodyCase(
            name: "a body where none is wanted",
            request: post("Content-Length: 1", path: "/no-body") + "x", status: 413, length: 47,
            closes: true),
        BodyCase(
            name: "chunks at the limit",
            request: post("Transfer-Encoding: chunked") + chunks([1, 4999, 5000]), status: 200,
            length: 10_000, closes: false),
        BodyCase(
            name: "chunks over the limit",
            request: post("Transfer-Encoding: chunked") + chunks([1, 5000, 5000]), status: 413,
            length: 51, closes: true),
        BodyCase(
            name: "chunks far over the limit",
            request: post("Transfer-Encoding: chunked") + chunks([5000, 200_000]), status: 413,
            length: 51, closes: true),
    ])
    func `a body is taken up to its limit`(_ row: BodyCase) async throws {
        let (answer, rest) = try await withServer { port, _, _ in
            let client = try RawClient(port: port)
            client.send(row.request)
            let answer = try client.readAnswer()
            return (answer, row.closes ? try client.readToEnd() : "")
        }
        #expect(answer.status == row.status)
        #expect(answer.body.count == row.length)
        #expect((answer.header("Connection") == "close") == row.closes)
        #expect(rest.isEmpty)
    }

    @Test func `a client that waits is told to go on, or is refused before it sends`()
        async throws
    {
        let statuses = try await withServer { port, _, _ in
            let polite = try RawClient(port: port)
            polite.send(Self.post("Content-Length: 5\r\nExpect: 100-continue"))
            let goOn = try polite.readAnswer().status
            polite.send("hello")
            let done = try polite.readAnswer()
            let large = try RawClient(port: port)
            large.send(Self.post("Content-Length: 10001\r\nExpect: 100-continue"))
            let odd = try RawClient(port: port)
            odd.send(Self.post("Content-Length: 1\r\nExpect: wonders") + "x")
            return [goOn, done.status, done.body.count, try large.readAnswer().status]
                + [try odd.readAnswer().status]
        }
        #expect(statuses == [100, 200, 5, 413, 200])
    }

    @Test func `chunks without end are cut, not kept`() async throws {
        let (text, requests) = try await withServer({ $0.excessBodyLimit = 50_000 }) {
            port, handler, _ in
            let client = try RawClient(port: port)
            client.send(Self.post("Transfer-Encoding: chunked"))
            for _ in 0..<200 {
                client.send("1000\r\n\(String(repeating: "c", count: 4096))\r\n")
            }
            return ((try? client.readToEnd()) ?? "", handler.requestCount)
        }
        #expect(text.isEmpty && requests == 0)
    }

    @Test(arguments: [
        // Name, what is sent first, what then every 30 ms, and how many requests end unanswered.
        ("a head that drips", "GET / HT", "T", 0), ("a first byte that never comes", "", "", 0),
        ("a body that drips", post("Content-Length: 5000"), "x", 1),
        ("a body that stalls", post("Content-Length: 50") + "xxx", "", 1),
    ])
    func `a slow client is cut`(
        _ name: String, _ start: String, _ drip: String, _ finished: Int
    ) async throws {
        let (elapsed, requests, ends) = try await withServer({
            $0.headDeadline = .milliseconds(300)
            $0.bodyGrace = .milliseconds(300)
        }) { port, handler, _ in
            let client = try RawClient(port: port)
            let began = MonotonicTime.now
            client.send(start)
            var event = pollfd(fd: client.socket, events: Int16(POLLIN), revents: 0)
            while poll(&event, 1, 30) == 0, began.elapsed(at: .now) < .seconds(3) {
                client.send(drip)
            }
            let elapsed = began.elapsed(at: .now)
            usleep(30_000)
            return (
                elapsed, handler.requestCount, handler.seen.withLock { $0.finished.map(\.status) }
            )
        }
        #expect(elapsed > .milliseconds(250) && elapsed < .seconds(20))
        #expect(requests == 0)
        #expect(ends == Array(repeating: 0, count: finished))
    }
}
