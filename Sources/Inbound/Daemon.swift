import CMicroHTTPD
import Glibc

/// The library's daemon with what has to live as long as it does.
///
/// Unchecked: nothing here changes after the start, and the three calls on the daemon are ones
/// that the library allows from any thread, each at most once.
final class Daemon: @unchecked Sendable {
    private let settings: UnsafeMutablePointer<CMHDSettings>
    private let core: Unmanaged<ServerCore>
    private let daemon: OpaquePointer
    private let texts: [UnsafeMutablePointer<CChar>?]

    /// Starts serving on a socket that listens already, and takes it over in any case.
    ///
    /// The library closes it where a certificate or a thread fails. Closing it here again would
    /// sometimes hit a descriptor that another thread has just got.
    init(core: ServerCore, socket: Int32) throws {
        cmhd_ignore_sigpipe()
        let configuration = core.configuration
        let texts = [
            configuration.tls.flatMap { strdup($0.keyPEM) },
            configuration.tls.flatMap { strdup($0.certificatePEM) },
            strdup("NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"),
        ]
        let retained = Unmanaged.passRetained(core)
        let settings = UnsafeMutablePointer<CMHDSettings>.allocate(capacity: 1)
        settings.initialize(
            to: CMHDSettings(
                flags: Self.flags(configuration), listenSocket: socket,
                threads: UInt32(min(max(configuration.threads, 1), 64)),
                connectionMemory: max(configuration.connectionMemory, 8 * 1024),
                connectionLimit: UInt32(min(max(configuration.connectionLimit, 1), 1 << 20)),
                addressLimit: UInt32(min(max(configuration.addressLimit, 0), 1 << 20)),
                idleSeconds: UInt32(
                    min(max(configuration.idleDeadline.components.seconds, 1), 86400)),
                key: texts[0].map { UnsafePointer($0) },
                certificate: texts[1].map { UnsafePointer($0) },
                priorities: texts[2].map { UnsafePointer($0) },
                context: retained.toOpaque(), began: requestBegan, handle: requestProceeds,
                completed: requestEnded, connection: connectionChanged, logged: libraryLogged))
        guard let daemon = cmhd_start(settings) else {
            for text in texts { free(text) }
            settings.deallocate()
            retained.release()
            throw InboundStartError.refusedByLibrary(
                core.notices.last, isSecure: configuration.tls != nil)
        }
        self.texts = texts
        self.settings = settings
        self.core = retained
        self.daemon = daemon
    }

    private static func flags(_ configuration: InboundConfiguration) -> UInt32 {
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
            | MHD_USE_ERROR_LOG.rawValue | MHD_USE_ITC.rawValue
        if configuration.tls != nil { flags |= MHD_USE_TLS.rawValue }
        return flags
    }

    /// Refuses new connections from now on.
    func stopListening() {
        let socket = MHD_quiesce_daemon(daemon)
        if socket >= 0 { close(socket) }
    }

    /// Ends the threads and every connection, and waits for that.
    ///
    /// No connection may rest: with one, the
    /// library ends the process.
    func stop() {
        MHD_stop_daemon(daemon)
        for text in texts { free(text) }
        settings.deallocate()
        core.release()
    }
}

// The callbacks are functions at file level: a closure in another place could be taken for one
// of an actor, and would end the process when the library's thread called it.

/// The request line was read, nothing in it is decoded yet; gives what is the request's own.
private func requestBegan(
    context: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let context, let target, let connection, let record = cmhd_record(connection) else {
        return nil
    }
    let copied = RawTarget(target)
    copied.hideQuery(in: target)
    let exchange = Exchange(
        core: Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue(),
        record: Unmanaged<ConnectionRecord>.fromOpaque(record).takeUnretainedValue(),
        target: copied)
    return Unmanaged.passRetained(exchange).toOpaque()
}

/// The head is complete, a piece of the body came, the body ended, or the connection was woken.
private func requestProceeds(
    context: UnsafeMutableRawPointer?, connection: OpaquePointer?, url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, piece: UnsafePointer<CChar>?,
    pieceCount: UnsafeMutablePointer<Int>?,
    request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let connection, let method, let version, let request = request?.pointee else {
        return .NO
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(request).takeUnretainedValue()
    let count = pieceCount?.pointee ?? 0
    // Whatever comes is taken: bytes left behind without a rest hang the connection.
    pieceCount?.pointee = 0
    return exchange.proceed(
        connection: connection, method: method, version: version,
        piece: UnsafeRawBufferPointer(start: piece, count: piece == nil ? 0 : count))
}

/// The answer was sent, or the connection ended before.
private func requestEnded(
    context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
    request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, reason: MHD_RequestTerminationCode
) {
    guard let opaque = request?.pointee else { return }
    request?.pointee = nil
    Unmanaged<Exchange>.fromOpaque(opaque).takeRetainedValue().ended()
}

/// A connection was accepted, or is about to be closed.
private func connectionChanged(
    context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
    record: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    change: MHD_ConnectionNotificationCode
) {
    guard let context, let connection, let record else { return }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    if let known = record.pointee {
        record.pointee = nil
        core.connections.remove(
            Unmanaged<ConnectionRecord>.fromOpaque(known).takeRetainedValue())
    } else {
        let new = ConnectionRecord(
            socket: cmhd_socket(connection), peer: peerAddress(cmhd_peer(connection)))
        record.pointee = Unmanaged.passRetained(new).toOpaque()
        core.connections.add(new)
    }
}

/// The library has something to say, mostly about a bad request or a lost client.
private func libraryLogged(
    context: UnsafeMutableRawPointer?, message: UnsafePointer<CChar>?
) {
    guard let context, let message else { return }
    let text = String(cString: message)
    let end = text.utf8.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().notices.pass(String(end))
}
