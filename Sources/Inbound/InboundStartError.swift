/// Why a server could not start; its text says what to do.
package enum InboundStartError: Error, Equatable, CustomStringConvertible {
    /// Another program listens there.
    case addressInUse(String)
    case unknownHost(String, reason: String)
    case cannotListen(String, reason: String)
    case refusedByLibrary(String, isSecure: Bool)
    /// A server starts once only.
    case alreadyStarted

    package var description: String {
        switch self {
        case .addressInUse(let place):
            "address already in use: another program listens on \(place); "
                + "choose another port in backend.listen or PORT"
        case .unknownHost(let host, let reason):
            "cannot listen on '\(host)': \(reason); "
                + "give an address of this machine in backend.listen, or leave the host out"
        case .cannotListen(let place, let reason):
            "cannot listen on \(place): \(reason); choose another place in backend.listen"
        case .refusedByLibrary(let message, isSecure: true):
            "the HTTPS server did not start: \(message); "
                + "check the certificate and the key in backend.https"
        case .refusedByLibrary(let message, isSecure: false):
            "the HTTP server did not start: \(message)"
        case .alreadyStarted:
            "the HTTP server was started before; make a new one"
        }
    }
}
