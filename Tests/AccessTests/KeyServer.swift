import Access
import CallboardTestSupport
import Crypto
import Outbound
import Synchronization
import Telemetry
import Values

/// A server on loopback that publishes keys, and whatever else a provider is asked for.
final class KeyServer: Sendable {
    /// What it answers, by path; 404 for anything else.
    private let answers: Shared
    private let server: LoopbackServer
    let client = OutboundClient()

    private final class Shared: Sendable {
        let state = Mutex((bodies: [String: String](), status: "200 OK"))
    }

    init() {
        let answers = Shared()
        self.answers = answers
        server = LoopbackServer { request, connection in
            let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let (body, status) = answers.state.withLock { ($0.bodies[path], $0.status) }
            connection.answer(body == nil ? "404 Not Found" : status, body: body ?? "")
        }
    }

    deinit { client.close() }

    var address: String { "http://127.0.0.1:\(server.port)" }
    /// The paths that were asked for.
    var asked: [String] {
        server.requests.map { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }
    /// What was sent with the last request.
    var lastRequest: String { server.requests.last ?? "" }

    func publish(_ body: String?, at path: String) {
        answers.state.withLock { $0.bodies[path] = body }
    }

    /// Publishes a key set at `/keys`.
    func publish(_ keys: SigningKey...) {
        publish(Self.set(keys.compactMap(\.verification.jwk)), at: "/keys")
    }

    /// Fails from now on, or no longer.
    func fail(_ fails: Bool) {
        answers.state.withLock { $0.status = fails ? "500 Internal Server Error" : "200 OK" }
    }

    static func set(_ keys: [JWK]) -> String {
        let members = keys.map { key in
            "{" + key.members.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
        }
        return #"{"keys":["# + members.joined(separator: ",") + "]}"
    }

    func keys(_ form: RemoteKeys.Form = .set, at path: String = "/keys", clock: Clock)
        -> RemoteKeys?
    {
        RemoteKeys(address + path, form, client: client, clock: clock)
    }
}

/// A token with the header and the claims as they are written.
func handMade(
    _ header: String, _ claims: String, filled: Bool = false, _ sign: ([UInt8]) -> [UInt8]
) -> String {
    func text(_ bytes: [UInt8]) -> String {
        let text = Base64.encode(bytes, .url)
        return filled ? text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4) : text
    }
    let input = "\(text(Array(header.utf8))).\(text(Array(claims.utf8)))"
    return "\(input).\(text(sign(Array(input.utf8))))"
}

/// An object of members that are written as JSON already; those that are nil are left out.
func object(_ members: [String: String?]) -> String {
    let present = members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
    return "{\(present.sorted().joined(separator: ","))}"
}
