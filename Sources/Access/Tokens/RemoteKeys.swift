import Crypto
package import Outbound
import Synchronization
package import Telemetry
import Values

/// The public keys of somebody who signs tokens elsewhere, fetched when they are needed.
///
/// What was fetched is believed for a while, and somewhat longer where its server cannot be asked
/// again. A token with a key that is not known has the keys fetched again, at a bounded rate, so
/// that made-up names neither load that server nor keep anybody waiting. Several who wait share one
/// request. May be used from any thread.
package final class RemoteKeys: Sendable {
    /// How the keys are published.
    package enum Form: Sendable {
        /// All in one JSON Web Key Set (RFC 7517) at the address.
        case set
        /// Each as PEM, at the address followed by a slash and the key's name.
        case each

        /// How long what was fetched is believed.
        var freshness: Duration {
            switch self {
            case .set: .seconds(600)
            case .each: .seconds(3600)
            }
        }

        /// How often its server is asked within `window`.
        var requests: Int {
            switch self {
            case .set: 2
            case .each: 10
            }
        }
    }

    /// Why there is no key.
    enum Fault: Error {
        /// No key can have the name.
        case noSuchKey
        /// The keys cannot be had now; the reason.
        case unavailable(String)
    }

    private struct Document {
        var keys: [VerificationKey]
        var fetchedAt: Duration
    }

    private struct State {
        /// By address.
        var documents: [String: Document] = [:]
        var fetching: [String: Task<Void, Never>] = [:]
        /// When requests were made, within `window`.
        var requests: [Duration] = []
        var failure = "its server was asked too often"
    }

    private enum Step {
        case ready([VerificationKey])
        case wait(Task<Void, Never>)
        case failed(String)
    }

    private static let window: Duration = .seconds(10)
    /// How long keys count beyond their time where no new ones can be had.
    private static let reprieve: Duration = .seconds(3600)
    /// How many documents are kept, and how many keys are read of one.
    private static let documentLimit = 64
    private static let keyLimit = 200

    private let address: String
    private let form: Form
    private let client: OutboundClient
    private let policy: OutboundPolicy
    private let clock: Clock
    private let state = Mutex(State())

    /// - Parameter address: `https`, or `http` within a network that is trusted; nil is returned for
    ///   anything else. Its host may have a private network address.
    package init?(_ address: String, _ form: Form, client: OutboundClient, clock: Clock) {
        guard let parsed = WebAddress(address), ["https", "http"].contains(parsed.scheme),
            parsed.userInformation == nil, let rule = try? HostRule(host: parsed.hostAndPort)
        else { return nil }
        self.address = parsed.text
        self.form = form
        self.client = client
        policy = OutboundPolicy(allowing: [rule])
        self.clock = clock
    }

    /// The keys among which the named one is, if it exists.
    ///
    /// - Parameter name: as a token has it; nil for all of a set.
    func keys(for name: String?) async throws(Fault) -> [VerificationKey] {
        let address = try address(for: name)
        switch state.withLock({ step(&$0, address, name) }) {
        case .ready(let keys): return keys
        case .failed(let reason): throw .unavailable(reason)
        case .wait(let fetching):
            await fetching.value
            let now = clock.monotonic
            let found = state.withLock { (usable($0.documents[address], at: now), $0.failure) }
            guard let keys = found.0 else { throw .unavailable(found.1) }
            return keys
        }
    }

    private func address(for name: String?) throws(Fault) -> String {
        guard case .each = form else { return address }
        // What could lead elsewhere on that server is no name of a key.
        guard let name, (1...128).contains(name.utf8.count),
            name.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0)
                    || (0x61...0x7a).contains($0) || $0 == 0x2d || $0 == 0x5f
            })
        else { throw .noSuchKey }
        return address.hasSuffix("/") ? address + name : "\(address)/\(name)"
    }

    private func step(_ state: inout State, _ address: String, _ name: String?) -> Step {
        let now = clock.monotonic
        let document = state.documents[address]
        if let document, now - document.fetchedAt < form.freshness,
            name == nil || document.keys.contains(where: { $0.id == nil || $0.id == name })
        {
            return .ready(document.keys)
        }
        if let fetching = state.fetching[address] { return .wait(fetching) }
        state.requests.removeAll { now - $0 >= Self.window }
        guard state.requests.count < form.requests else {
            return usable(document, at: now).map { .ready($0) } ?? .failed(state.failure)
        }
        state.requests.append(now)
        let fetching = Task { await self.fetch(address, name) }
        state.fetching[address] = fetching
        return .wait(fetching)
    }

    private func usable(_ document: Document?, at now: Duration) -> [VerificationKey]? {
        guard let document, now - document.fetchedAt < form.freshness + Self.reprieve else {
            return nil
        }
        return document.keys
    }

    private func fetch(_ address: String, _ name: String?) async {
        var found: [VerificationKey] = []
        var failure: String?
        do throws(OutboundError) {
            let answer = try await client.fetch(request(address))
            if answer.isSuccess {
                found = read(answer.body, name)
                if found.isEmpty { failure = "\(address): there is no key that can be used." }
            } else {
                failure = "\(address): the answer had the status \(answer.status)."
            }
        } catch {
            failure = error.description
        }
        state.withLock { state in
            state.fetching[address] = nil
            if let failure {
                state.failure = failure
                return
            }
            if state.documents.count >= Self.documentLimit {
                let oldest = state.documents.min { $0.value.fetchedAt < $1.value.fetchedAt }
                if let oldest { state.documents[oldest.key] = nil }
            }
            state.documents[address] = Document(keys: found, fetchedAt: clock.monotonic)
        }
    }

    private func request(_ address: String) -> OutboundRequest {
        var request = OutboundRequest(address, policy: policy)
        request.limits.bodyBytes = 1 << 20
        request.limits.total = .seconds(10)
        request.limits.retries = 1
        request.limits.redirects = 2
        return request
    }

    /// The keys of an answer; those that cannot be used here are passed over.
    private func read(_ body: [UInt8], _ name: String?) -> [VerificationKey] {
        switch form {
        case .each:
            let text = String(decoding: body, as: UTF8.self)
            return (try? VerificationKey(publicPEM: text, id: name)).map { [$0] } ?? []
        case .set:
            let limits = JSONLimits(bytes: 1 << 20, depth: 8)
            guard let json = try? JSON.parse(body, limits: limits) else { return [] }
            return (json["keys"] ?? .null).elements.prefix(Self.keyLimit).compactMap { member in
                try? VerificationKey(jwk: JWK(member))
            }
        }
    }
}

extension JWK {
    /// The members of a key in JSON; what is no text is left out, and then missed.
    fileprivate init(_ json: JSON) {
        self.init(kty: json["kty"]?.string ?? "")
        kid = json["kid"]?.string
        alg = json["alg"]?.string
        use = json["use"]?.string
        crv = json["crv"]?.string
        x = json["x"]?.string
        y = json["y"]?.string
        n = json["n"]?.string
        e = json["e"]?.string
    }
}
