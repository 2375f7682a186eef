import Glibc
import Synchronization

/// A line to a server that can be made to hang, or cut, while the test runs.
package final class TroubledProxy: @unchecked Sendable {  // What changes is guarded by `state`.
    /// What is wrong with the line.
    package enum Trouble: Sendable { case none, silence, refusal, cut }

    private struct State {
        var trouble = Trouble.none
        var pairs: [(client: Int32, server: Int32)] = []
        var isClosed = false
    }

    /// The port on 127.0.0.1 that clients connect to.
    package let port: Int
    private let target: sockaddr_in
    private let door: Int32
    private let state = Mutex(State())

    /// - Parameter target: a port on 127.0.0.1.
    package init?(target: Int) {
        self.target = Self.address(target)
        let door = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var own = Self.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(door, $0, size) == 0 && listen(door, 64) == 0
                    && getsockname(door, $0, &size) == 0
            }
        }
        self.door = door
        port = Int(UInt16(bigEndian: own.sin_port))
        guard isReady else { return nil }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<TroubledProxy>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }

    /// `silence` keeps every connection and passes nothing on; `cut` ends those there are, `refusal`
    /// also every new one.
    package func become(_ trouble: Trouble) {
        state.withLock { state in
            state.trouble = trouble == .cut ? .none : trouble
            guard trouble == .cut || trouble == .refusal else { return }
            // Both sides see an end at once; the thread closes what it finds ended.
            for pair in state.pairs {
                shutdown(pair.client, Int32(SHUT_RDWR))
                shutdown(pair.server, Int32(SHUT_RDWR))
            }
        }
    }

    /// Ends it and every connection.
    package func close() { state.withLock { $0.isClosed = true } }

    private func work() {
        defer { Glibc.close(door) }
        while true {
            let (trouble, pairs, isClosed) = state.withLock { ($0.trouble, $0.pairs, $0.isClosed) }
            if isClosed {
                for pair in pairs {
                    Glibc.close(pair.client)
                    Glibc.close(pair.server)
                }
                return
            }
            // During silence new connections are taken by the system and nobody speaks to them.
            var entries = [
                pollfd(fd: trouble == .silence ? -1 : door, events: Int16(POLLIN), revents: 0)
            ]
            if trouble != .silence {
                for pair in pairs {
                    entries.append(pollfd(fd: pair.client, events: Int16(POLLIN), revents: 0))
                    entries.append(pollfd(fd: pair.server, events: Int16(POLLIN), revents: 0))
                }
            }
            poll(&entries, nfds_t(entries.count), 10)
            if entries[0].revents != 0 { accept(refusing: trouble == .refusal) }
            for (index, pair) in pairs.enumerated() where entries.count > 1 {
                let gone =
                    (entries[index * 2 + 1].revents != 0 && !pass(pair.client, pair.server))
                    || (entries[index * 2 + 2].revents != 0 && !pass(pair.server, pair.client))
                if gone {
                    Glibc.close(pair.client)
                    Glibc.close(pair.server)
                    state.withLock { $0.pairs.removeAll { $0.client == pair.client } }
                }
            }
        }
    }

    private func accept(refusing: Bool) {
        let client = Glibc.accept(door, nil, nil)
        guard client >= 0 else { return }
        guard !refusing else {
            Glibc.close(client)
            return
        }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = target
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected {
            state.withLock { $0.pairs.append((client, server)) }
        } else {
            Glibc.close(client)
            Glibc.close(server)
        }
    }

    private func pass(_ from: Int32, _ to: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(from, &bytes, bytes.count)
        guard count > 0 else { return false }
        return send(to, bytes, count, Int32(MSG_NOSIGNAL)) == count
    }
}
