import Glibc
import Synchronization

/// What the sweeper has to know about one connection of a client.
///
/// The library knows inactivity only, and not even that while a request rests; a client that
/// sends one byte a second, or has left during a long handler, is ours to find.
final class ConnectionRecord: Sendable {
    /// What the connection does at the moment.
    enum Activity {
        case awaitsHead(since: MonotonicTime)
        case receivesBody(since: MonotonicTime, bytes: Int)
        case rests(PendingReply, since: MonotonicTime)
        case streams(BodyWriter)
        /// Nothing that takes longer than the library's own deadline allows.
        case works
    }

    /// Valid until the record is removed from the registry.
    let socket: Int32
    let peer: String
    private let state = Mutex<Activity>(.awaitsHead(since: .now))

    init(socket: Int32, peer: String) {
        self.socket = socket
        self.peer = peer
    }

    var activity: Activity {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Every open connection.
///
/// The library closes a socket only after its "closed" notification, which takes the record from
/// here under the lock. So whoever holds the lock may use the sockets: none can have become
/// another's.
final class ConnectionRegistry: Sendable {
    private let records = Mutex<[ObjectIdentifier: ConnectionRecord]>([:])

    var count: Int { records.withLock { $0.count } }

    func add(_ record: ConnectionRecord) {
        records.withLock { $0[ObjectIdentifier(record)] = record }
    }

    func remove(_ record: ConnectionRecord) {
        _ = records.withLock { $0.removeValue(forKey: ObjectIdentifier(record)) }
    }

    /// Looks at the connections under the lock, in no order.
    func withAll<Result: Sendable>(
        _ body: ([ObjectIdentifier: ConnectionRecord].Values) -> Result
    ) -> Result {
        records.withLock { body($0.values) }
    }
}

/// The address of a socket's other end as text: `127.0.0.1`, `::1`; empty on a Unix socket.
///
/// An IPv4 caller on a socket for both families reads as IPv4.
func peerAddress(_ address: UnsafePointer<sockaddr>?) -> String {
    guard let address else { return "" }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = Int32(address.pointee.sa_family)
    let raw = UnsafeRawPointer(address)
    if family == AF_INET {
        var inner = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
        inet_ntop(AF_INET, &inner, &text, socklen_t(text.count))
    } else if family == AF_INET6 {
        var inner = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
        inet_ntop(AF_INET6, &inner, &text, socklen_t(text.count))
    }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let full = String(decoding: bytes, as: UTF8.self)
    guard full.hasPrefix("::ffff:"), full.utf8.contains(UInt8(ascii: ".")) else { return full }
    return String(full.dropFirst(7))
}
