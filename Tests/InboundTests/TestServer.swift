import Synchronization

@testable import Inbound

/// Answers by path and remembers what it saw.
final class TestHandler: InboundHandler {
    struct Finished: Sendable, Equatable {
        let path: String
        let status: Int
        let bytes: Int
    }

    struct Seen: Sendable {
        var requests: [InboundRequest] = []
        var refusals: [Refusal] = []
        var finished: [Finished] = []
        var cancelled = 0
        var written = 0
        var isReleased = false
    }

    let seen = Mutex(Seen())
    let kilobyte = ByteBody([UInt8](repeating: 0x61, count: 1000))

    var requestCount: Int { seen.withLock { $0.requests.count } }

    func limit(for head: RequestHead) -> BodyLimit {
        head.path == "/no-body" ? .none : BodyLimit(bytes: 10_000)
    }

    func handle(_ request: InboundRequest) -> InboundReply {
        seen.withLock { $0.requests.append(request) }
        let kilobyte = kilobyte
        switch request.head.path {
        case "/later":
            return .later { InboundResponse(status: 200, body: .bytes(ByteBody("later"))) }
        case "/echo":
            return .ready(InboundResponse(status: 200, body: .bytes(ByteBody(request.body))))
        case "/id":
            return .ready(
                InboundResponse(status: 200, headers: ["X-Request-Id": request.head.id]))
        case "/kilobyte":
            return .ready(InboundResponse(status: 200, body: .bytes(kilobyte)))
        case "/unchanged":
            return .ready(InboundResponse(status: 304, body: .bytes(kilobyte)))
        case "/gone":
            return .ready(InboundResponse(status: 204))
        case "/sleep":
            return .later { await self.sleep() }
        case "/pause":
            return .later {
                try? await Task.sleep(for: .milliseconds(300))
                return InboundResponse(status: 200, body: .bytes(ByteBody("paused")))
            }
        case "/header":
            let items = request.head.queryItems
            return .ready(
                InboundResponse(status: 200, headers: [items["n"] ?? "": items["v"] ?? ""]))
        case "/status":
            return .ready(InboundResponse(status: Int(request.head.query) ?? 0))
        case "/until-released":
            return .later {
                while !self.seen.withLock({ $0.isReleased }) {
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return InboundResponse(status: 200, body: .bytes(ByteBody("released")))
            }
        case "/stream", "/flood", "/events":
            return .later {
                InboundResponse(status: 200, body: .stream { await self.stream(request, $0) })
            }
        default:
            return .ready(InboundResponse(status: 200, body: .bytes(ByteBody("ok"))))
        }
    }

    func refused(_ refusal: Refusal) -> InboundResponse {
        seen.withLock { $0.refusals.append(refusal) }
        return InboundResponse(
            status: refusal.status, headers: ["X-Request-Id": refusal.id],
            body: .bytes(ByteBody(refusal.summary)))
    }

    func finished(_ head: RequestHead, status: Int, bytes: Int, duration: Duration) {
        seen.withLock {
            $0.finished.append(Finished(path: head.path, status: status, bytes: bytes))
        }
    }

    private func sleep() async -> InboundResponse {
        do {
            try await Task.sleep(for: .seconds(600))
        } catch {
            seen.withLock { $0.cancelled += 1 }
        }
        return InboundResponse(status: 200)
    }

    private func stream(_ request: InboundRequest, _ writer: BodyWriter) async {
        switch request.head.path {
        case "/stream":
            for number in 0..<5 {
                _ = await writer.write(Array("line \(number)\n".utf8))
                await Task.yield()
            }
        case "/flood":
            let piece = [UInt8](repeating: 0x7a, count: 64 * 1024)
            while await writer.write(piece) {
                seen.withLock { $0.written += piece.count }
            }
            seen.withLock { $0.cancelled += 1 }
        default:
            _ = await writer.write(Array("first\n".utf8))
            _ = await sleep()
        }
    }
}

/// The threads on which the handlers of the tests run.
private let executor = ServerExecutor(name: "test", threads: 2)

/// Starts a server, runs blocking client code against it, and stops it.
@discardableResult
func withServer<Value: Sendable>(
    _ configure: (inout InboundConfiguration) -> Void = { _ in },
    stopWithin deadline: Duration = .zero,
    _ body: @escaping @Sendable (Int, TestHandler, InboundServer) throws -> Value
) async throws -> Value {
    var configuration = InboundConfiguration(port: 0)
    configuration.sweepInterval = .milliseconds(20)
    configuration.goneCheckDelay = .milliseconds(50)
    configure(&configuration)
    let handler = TestHandler()
    let server = InboundServer(
        configuration: configuration, handler: handler, executor: executor)
    let port = try server.start()
    let result: Result<Value, any Error>
    do {
        result = .success(try await offPool { try body(port, handler, server) })
    } catch {
        result = .failure(error)
    }
    await server.stop(within: deadline)
    return try result.get()
}
