import Glibc
import Synchronization

@testable import Inbound

struct ClientError: Error, CustomStringConvertible {
    let description: String
}

/// One answer, taken apart as far as tests need it.
struct RawAnswer {
    let status: Int
    let head: String
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            if line[..<colon].lowercased() == name.lowercased() {
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
        return nil
    }
}

/// A client that sends bytes as they are.
///
/// It blocks, so use it in `offPool`.
///
/// Unchecked: a test hands it from one thread to the next and never shares it.
final class RawClient: @unchecked Sendable {
    let socket: Int32
    private var buffer: [UInt8] = []

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        try connect(&address)
    }

    init(path: String) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try connect(&address)
    }

    private func connect<Address>(_ address: inout Address) throws {
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw ClientError(description: "not connected: \(errno)") }
    }

    deinit { close(socket) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Closes with a reset, as a client that crashes does.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Reads what is there; false at the end of the connection, throws if nothing comes.
    @discardableResult
    func fill() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &piece, piece.count, 0)
        if count < 0, errno == EAGAIN { throw ClientError(description: "nothing came in time") }
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }

    /// What was read and not yet taken apart.
    var received: String? { String(validating: buffer, as: UTF8.self) }

    /// Everything until the server closes.
    func readToEnd() throws -> String {
        while try fill() {}
        return String(decoding: buffer, as: UTF8.self)
    }

    /// The next answer; one to a HEAD has no body.
    func readAnswer(toHead: Bool = false) throws -> RawAnswer {
        let mark = Array("\r\n\r\n".utf8)
        var end = firstRange(of: mark)
        while end == nil {
            guard try fill() else {
                throw ClientError(description: "closed before an answer, with \(buffer.count)")
            }
            end = firstRange(of: mark)
        }
        let headEnd = end ?? 0
        let head = String(decoding: buffer[..<headEnd], as: UTF8.self)
        buffer.removeFirst(headEnd + 4)
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        let answer = RawAnswer(status: status, head: head, body: [])
        if toHead || status == 100 || status == 204 || status == 304 { return answer }
        if answer.header("Transfer-Encoding") == "chunked" {
            return RawAnswer(status: status, head: head, body: try readChunks())
        }
        let count = Int(answer.header("Content-Length") ?? "") ?? 0
        return RawAnswer(status: status, head: head, body: try read(count))
    }

    func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while let chunk = try readChunk() { body += chunk }
        return body
    }

    /// The next chunk of a chunked body; nil for the last.
    func readChunk() throws -> [UInt8]? {
        while firstRange(of: [13, 10]) == nil {
            guard try fill() else { throw ClientError(description: "closed within a body") }
        }
        let line = firstRange(of: [13, 10]) ?? 0
        let size = Int(String(decoding: buffer[..<line], as: UTF8.self), radix: 16) ?? 0
        buffer.removeFirst(line + 2)
        let chunk = try read(size + 2).dropLast(2)
        return size == 0 ? nil : Array(chunk)
    }

    private func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw ClientError(description: "closed within a body") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func firstRange(of mark: [UInt8]) -> Int? {
        guard buffer.count >= mark.count else { return nil }
        return (0...(buffer.count - mark.count)).first {
            buffer[$0] == mark[0] && buffer[$0...].starts(with: mark)
        }
    }
}

/// Runs blocking work on a thread of its own, since the pool has two.
func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
{
    try await withCheckedThrowingContinuation { continuation in
        let runs = NamedThread.start("test") {
            continuation.resume(with: Result { try body() })
        }
        if !runs { continuation.resume(throwing: ClientError(description: "no thread")) }
    }
}

/// Waits up to half a minute for something to become true.
func eventually(_ isTrue: @Sendable () -> Bool) async -> Bool {
    for _ in 0..<3000 {
        if isTrue() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return isTrue()
}

/// What a thread found out, for the test that started it.
final class Finding<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
