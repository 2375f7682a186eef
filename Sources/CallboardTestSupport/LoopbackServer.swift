import Glibc
import Synchronization

/// A server on loopback whose answers a test writes byte by byte.
package final class LoopbackServer: Sendable {
    /// One connection, used on its own thread.
    package struct Connection: Sendable {
        /// The socket, for what the functions here do not do.
        package let descriptor: Int32

        /// Sends a text.
        ///
        /// - Returns: False once the client has gone.
        @discardableResult
        package func send(_ text: String) -> Bool {
            send(Array(text.utf8))
        }

        /// Sends bytes.
        ///
        /// - Returns: False once the client has gone.
        @discardableResult
        package func send(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }

        /// A whole answer with its length, after which the connection can be used again.
        package func answer(_ status: String, _ headers: [String] = [], body: String = "") {
            let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)"]
            send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }
    }

    /// Called for each request, with its head and body.
    package typealias Answer = @Sendable (_ request: String, Connection) -> Void

    /// What the threads saw; it outlives the server as long as one of them runs.
    private final class Record: Sendable {
        struct State {
            var requests: [String] = []
            var openNow = 0
            var mostOpen = 0
        }

        let state = Mutex(State())
    }

    /// Where it listens, on 127.0.0.1.
    package let port: Int
    private let listener: Int32
    private let record = Record()

    /// Listens at once.
    ///
    /// - Parameter answer: Called for each request, with its head and body, on a thread of the connection.
    package init(_ answer: @escaping Answer) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length)
                getsockname(listener, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        listen(listener, 64)
        Self.thread { [record] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    close(listener)
                    return
                }
                Self.thread { Self.serve(descriptor, record, answer) }
            }
        }
    }

    deinit {
        // Closed by its thread: until then nobody else can get its number.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The heads of all requests so far.
    package var requests: [String] { record.state.withLock { $0.requests } }
    /// The most connections that were being answered at once.
    package var mostOpen: Int { record.state.withLock { $0.mostOpen } }

    private static func serve(_ descriptor: Int32, _ record: Record, _ answer: Answer) {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            guard text.contains("\r\n\r\n") else { continue }
            received = []
            record.state.withLock { state in
                state.requests.append(text)
                state.openNow += 1
                state.mostOpen = max(state.mostOpen, state.openNow)
            }
            answer(text, Connection(descriptor: descriptor))
            record.state.withLock { $0.openNow -= 1 }
        }
        close(descriptor)
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Body: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
        pthread_detach(thread)
    }
}
