import Glibc
import Synchronization
import Testing

@testable import Inbound

/// Handlers and streams that outlive a callback: deadlines, vanished clients, back-pressure, stop.
struct RestingConnectionTests {
    private static func get(_ target: String) -> String {
        InboundServerTests.get(target)
    }

    @Test func `a handler over its deadline is cancelled and its client gets a 503`() async throws {
        let (answer, after, cancelled) = try await withServer({
            $0.handlerDeadline = .milliseconds(100)
        }) { port, handler, _ in
            let client = try RawClient(port: port)
            client.send(Self.get("/sleep"))
            let answer = try client.readAnswer()
            client.send(Self.get("/later"))
            let after = try client.readAnswer()
            return (answer, after, handler.seen.withLock { $0.cancelled })
        }
        #expect(answer.status == 503 && answer.text.contains("took too long"))
        #expect(after.text == "later")
        #expect(cancelled == 1)
    }

    @Test(arguments: ["/sleep", "/events", "/flood"], [false, true])
    func `what a vanished client asked for is cancelled`(
        _ path: String, _ isReset: Bool
    ) async throws {
        let left = try await withServer { port, handler, server in
            var client: RawClient? = try RawClient(port: port)
            client?.send(Self.get(path))
            if path == "/sleep" { usleep(50_000) } else { _ = try client?.fill() }
            if isReset { client?.reset() }
            client = nil
            let cancelled: () -> Int = { handler.seen.withLock { $0.cancelled } }
            for _ in 0..<300 where server.activeRequestCount > 0 || cancelled() == 0 {
                usleep(10_000)
            }
            return [cancelled(), server.activeRequestCount, server.restingCount]
        }
        #expect(left == [1, 0, 0])
    }

    @Test func `a stream stands still while its client does not read, and then goes on`()
        async throws
    {
        let (held, later) = try await withServer { port, handler, _ in
            let written: () -> Int = { handler.seen.withLock { $0.written } }
            let client = try RawClient(port: port, receiveBuffer: 64 * 1024)
            client.send(Self.get("/flood"))
            usleep(300_000)
            let held = written()
            usleep(100_000)
            let later = written()
            while try client.fill(), written() < held + 20_000_000 {}
            return (held, later)
        }
        // What the sockets hold, the high water and one piece.
        #expect(held > 0 && held < 12_000_000)
        #expect(later == held)
    }

    @Test func `a stream sends each write at once`() async throws {
        let chunk = try await withServer { port, _, _ in
            let client = try RawClient(port: port)
            client.send(Self.get("/events"))
            while true {
                try client.fill()
                if let text = client.received, text.contains("first\n") { return text }
            }
        }
        #expect(chunk.contains("Transfer-Encoding: chunked"))
    }

    @Test func `a stop lets requests end and closes their connections`() async throws {
        let released = Finding<RawAnswer>()
        let idle = Finding<String>()
        try await withServer(stopWithin: .seconds(5)) { port, handler, server in
            let quiet = try RawClient(port: port)
            quiet.send(Self.get("/"))
            _ = try quiet.readAnswer()
            let client = try RawClient(port: port)
            client.send(Self.get("/until-released"))
            while server.restingCount == 0 { usleep(1_000) }
            _ = NamedThread.start("reader") {
                // Refused connections say that the stop has begun.
                while (try? RawClient(port: port)) != nil { usleep(1_000) }
                handler.seen.withLock { $0.isReleased = true }
                released.value = try? client.readAnswer()
                idle.value = try? quiet.readToEnd()
            }
        }
        #expect(await eventually { idle.value != nil })
        #expect(released.value?.text == "released")
        #expect(released.value?.header("Connection") == "close")
        #expect(idle.value == "")
    }

    @Test(arguments: [("/sleep", 503), ("/events", 200)])
    func `a stop at its deadline ends what still runs`(_ path: String, _ status: Int) async throws {
        let ended = Finding<RawAnswer>()
        let began = MonotonicTime.now
        try await withServer(stopWithin: .milliseconds(200)) { port, _, server in
            let client = try RawClient(port: port)
            client.send(Self.get(path))
            while server.restingCount == 0 { usleep(1_000) }
            _ = NamedThread.start("reader") {
                ended.value = try? client.readAnswer()
            }
            usleep(20_000)
        }
        // The handlers would run for ten minutes.
        #expect(began.elapsed(at: .now) < .seconds(500))
        #expect(await eventually { ended.value != nil })
        #expect(ended.value?.status == status)
    }

    @Test func `a stop amid many requests never ends the process`() async throws {
        for round in 0..<5 {
            try await withServer(stopWithin: .milliseconds(round * 5)) { port, _, _ in
                let paths = ["/sleep", "/later", "/events", "/flood", "/pause", "/"]
                let clients = try (0..<60).map { _ in try RawClient(port: port) }
                for (number, client) in clients.enumerated() {
                    client.send(Self.get(paths[number % paths.count]))
                }
                for client in clients.prefix(20) { client.reset() }
            }
        }
    }
}
