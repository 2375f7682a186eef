import Glibc

/// A socket of our own that listens, so that what is wrong with an address is known exactly.
struct ListeningSocket {
    let descriptor: Int32
    /// The port it got; 0 on a Unix socket.
    let port: Int

    /// Listens where the configuration says; throws `InboundStartError`.
    static func open(_ configuration: InboundConfiguration) throws -> ListeningSocket {
        if let path = configuration.unixPath { return try open(path: path) }
        guard (0...65535).contains(configuration.port) else {
            throw InboundStartError.cannotListen(
                "port \(configuration.port)", reason: "a port is 0 to 65535")
        }
        guard configuration.host.isEmpty else {
            return try open(host: configuration.host, port: configuration.port)
        }
        do {
            return try open(host: "::", port: configuration.port)
        } catch InboundStartError.addressInUse(let place) {
            throw InboundStartError.addressInUse(place)
        } catch {
            // A machine without IPv6.
            return try open(host: "0.0.0.0", port: configuration.port)
        }
    }

    private static func open(host: String, port: Int) throws -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        // Both families answer to this name; browsers and curl try IPv4 as well.
        hints.ai_family = host == "localhost" ? AF_INET : AF_UNSPEC
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard failure == 0, let address = found?.pointee, let socketAddress = address.ai_addr
        else {
            throw InboundStartError.unknownHost(
                host, reason: String(cString: gai_strerror(failure)))
        }
        let place = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        let descriptor = try make(family: address.ai_family, place: place)
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if address.ai_family == AF_INET6 {
            // One socket takes both families, where the address names every one.
            setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, host == "::" ? 0 : 1)
        }
        try listen(descriptor, socketAddress, address.ai_addrlen, place: place)
        return ListeningSocket(descriptor: descriptor, port: boundPort(descriptor))
    }

    private static func open(path: String) throws -> ListeningSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isPlaced = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard !bytes.isEmpty, bytes.count < room.count, !bytes.contains(0) else {
                return false
            }
            room.copyBytes(from: bytes)
            return true
        }
        guard isPlaced else {
            throw InboundStartError.cannotListen(path, reason: "a socket path has 1 to 107 bytes")
        }
        let descriptor = try make(family: AF_UNIX, place: path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                if isAnswered(pointer, size) {
                    close(descriptor)
                    throw InboundStartError.addressInUse(path)
                }
                removeSocket(path)
                // Only the owner may connect: made so by the mask, not changed afterwards.
                let mask = umask(0o077)
                defer { umask(mask) }
                try listen(descriptor, pointer, size, place: path)
            }
        }
        return ListeningSocket(descriptor: descriptor, port: 0)
    }

    /// Whether a program listens on a Unix socket.
    private static func isAnswered(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        return connect(probe, address, size) == 0
    }

    /// Removes what a program left behind, if it is a socket.
    private static func removeSocket(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    private static func make(family: Int32, place: String) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else {
            throw InboundStartError.cannotListen(place, reason: String(cString: strerror(errno)))
        }
        return descriptor
    }

    private static func listen(
        _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t, place: String
    ) throws {
        if bind(descriptor, address, size) == 0, Glibc.listen(descriptor, 1024) == 0 { return }
        let code = errno
        close(descriptor)
        if code == EADDRINUSE { throw InboundStartError.addressInUse(place) }
        throw InboundStartError.cannotListen(place, reason: String(cString: strerror(code)))
    }

    private static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ to: Int32) {
        var value = to
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func boundPort(_ descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &size) == 0 else { return 0 }
                // The port stands at the same place for both families.
                let raw = UnsafeRawPointer(address)
                return Int(UInt16(bigEndian: raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            }
        }
    }
}
