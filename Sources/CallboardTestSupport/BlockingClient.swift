import Glibc
import Testing

/// A socket that is read by a thread of its own.
package final class BlockingClient: Sendable {
    private let socket: Int32

    /// Connects to 127.0.0.1.
    package init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
    }

    deinit { close(socket) }

    /// Sends all of a text.
    package func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(write(socket, bytes, bytes.count) == bytes.count)
    }

    /// Reads until there is that much, or to the end.
    package func receive(atLeast count: Int) async throws -> String {
        let socket = socket
        return await withCheckedContinuation { continuation in
            let work = Work {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while bytes.count < count {
                    let got = read(socket, &buffer, buffer.count)
                    guard got > 0 else { break }
                    bytes += buffer.prefix(got)
                }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
            work.start()
        }
    }
}

/// A closure on a thread of its own, so that the concurrency pool is not blocked.
private final class Work: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
        var thread = pthread_t()
        let held = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { held in
                guard let held else { return nil }
                Unmanaged<Work>.fromOpaque(held).takeRetainedValue().body()
                return nil
            }, held)
        if failure == 0 { pthread_detach(thread) }
    }
}
