import CMicroHTTPD
import Synchronization

/// One request and its answer, from the request line to the last byte.
///
/// Used on its connection's thread only, which is one and the same for a connection's life. What
/// tasks touch is in `PendingReply` and `BodyWriter`.
final class Exchange {
    private enum Phase {
        case head
        case body
        /// The body is not taken: what still comes is dropped.
        case excess(Refusal.Reason)
        case rests(PendingReply)
        case answered
    }

    private let core: ServerCore
    private let record: ConnectionRecord
    private let target: RawTarget
    private let began = MonotonicTime.now
    private var phase = Phase.head
    private var head: RequestHead?
    private var body: [UInt8] = []
    private var limit = 0
    private var excess = 0
    /// Bytes of the body that count towards what all requests may hold.
    private var held = 0
    private var sent: SentAnswer?

    init(core: ServerCore, record: ConnectionRecord, target: RawTarget) {
        self.core = core
        self.record = record
        self.target = target
        core.activeRequests.add(1, ordering: .relaxed)
    }

    /// One call of the library: the head, a piece of the body, or the end of it.
    func proceed(
        connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
        piece: UnsafeRawBufferPointer
    ) -> MHD_Result {
        switch phase {
        case .head: readHead(connection, method, version)
        case .body where !piece.isEmpty, .excess where !piece.isEmpty: take(piece)
        case .body: answer(connection)
        case .excess(let reason): refuse(reason, connection, closes: true)
        case .rests(let pending): wake(pending, connection)
        // The library does not call again once there is an answer.
        case .answered: .NO
        }
    }

    private func readHead(
        _ connection: OpaquePointer, _ method: UnsafePointer<CChar>,
        _ version: UnsafePointer<CChar>
    ) -> MHD_Result {
        record.activity = .works
        let gate = RequestGate.check(
            connection: connection, method: method, version: version, target: target,
            limits: core.configuration)
        if let fault = gate.fault { return refuse(fault, connection, closes: true) }
        let known: HTTPMethod
        switch KnownMethod(CString(method)) {
        case .allowed(let method): known = method
        case .never(let reason): return refuse(reason, connection, closes: true)
        }
        guard let text = target.text else {
            let rule = "its target has a byte that no target may have"
            return refuse(.malformed(rule), connection, closes: true)
        }
        guard text.utf8.first == UInt8(ascii: "/") || text == "*" && known == .options else {
            let rule = "its target is not a path that begins with a slash"
            return refuse(.malformed(rule), connection, closes: true)
        }
        let head = RequestHead(
            method: known, target: text, headers: gate.headers, peer: record.peer,
            id: core.configuration.makeRequestID(), isSecure: core.configuration.tls != nil)
        self.head = head
        phase = .body
        guard gate.isChunked || gate.contentLength ?? 0 > 0 else { return .YES }
        return expectBody(head, gate, connection)
    }

    /// Decides whether the body is wanted, before any of it is read.
    private func expectBody(
        _ head: RequestHead, _ gate: RequestGate, _ connection: OpaquePointer
    ) -> MHD_Result {
        limit = core.handler.limit(for: head).bytes
        let declared = gate.contentLength ?? 0
        if declared > limit {
            // A client that waits for its "100 Continue" has sent nothing that could be lost.
            let over = declared - limit
            guard !gate.expectsContinue, over <= core.configuration.excessBodyLimit else {
                return refuse(.bodyTooLarge(limitBytes: limit), connection, closes: true)
            }
            phase = .excess(.bodyTooLarge(limitBytes: limit))
        } else {
            // What is declared is not yet sent: memory follows what comes.
            body.reserveCapacity(min(declared, 64 * 1024))
        }
        record.activity = .receivesBody(since: .now, bytes: 0)
        return .YES
    }

    /// Keeps a piece of the body, or drops it once there is too much.
    private func take(_ piece: UnsafeRawBufferPointer) -> MHD_Result {
        if case .receivesBody(let since, let bytes) = record.activity {
            record.activity = .receivesBody(since: since, bytes: bytes &+ piece.count)
        }
        if case .body = phase {
            guard piece.count <= limit - body.count else {
                return drop(piece, .bodyTooLarge(limitBytes: limit))
            }
            guard core.takeBody(piece.count) else { return drop(piece, .tooManyBodies) }
            held += piece.count
            body.append(contentsOf: piece)
            return .YES
        }
        return drop(piece, nil)
    }

    /// Gives up a body, or goes on to drop it.
    private func drop(_ piece: UnsafeRawBufferPointer, _ reason: Refusal.Reason?) -> MHD_Result {
        if let reason { phase = .excess(reason) }
        body = []
        giveBody()
        excess += piece.count
        // The library has no answer in the middle of a body: beyond this only a reset is left.
        return excess <= core.configuration.excessBodyLimit &+ limit ? .YES : .NO
    }

    private func giveBody() {
        core.giveBody(held)
        held = 0
    }

    private func answer(_ connection: OpaquePointer) -> MHD_Result {
        guard let head else { return .NO }
        record.activity = .works
        let request = InboundRequest(head: head, body: body)
        body = []
        switch core.handler.handle(request) {
        case .ready(let response): return send(response, connection, closes: false)
        case .later(let work): return rest(connection, work)
        }
    }

    /// Lets the connection rest while a task works on the answer.
    private func rest(
        _ connection: OpaquePointer, _ work: @escaping @Sendable () async -> InboundResponse
    ) -> MHD_Result {
        guard core.resting.enter() else { return refuse(.stopping, connection, closes: true) }
        let ticket = Ticket(connection: connection)
        let pending = PendingReply(ticket: ticket)
        phase = .rests(pending)
        // In this order: the task, the sweeper or the server's stop would wake what does not rest.
        ticket.rest()
        record.activity = .rests(pending, since: .now)
        pending.start(on: core.executor, work)
        return .YES
    }

    private func wake(_ pending: PendingReply, _ connection: OpaquePointer) -> MHD_Result {
        core.resting.leave()
        phase = .answered
        record.activity = .works
        switch pending.answer {
        case .response(let response): return send(response, connection, closes: false)
        case .tooSlow: return refuse(.handlerTooSlow, connection, closes: false)
        case .stopping: return refuse(.stopping, connection, closes: true)
        case nil: return .NO
        }
    }

    private func refuse(
        _ reason: Refusal.Reason, _ connection: OpaquePointer, closes: Bool
    ) -> MHD_Result {
        let refusal = Refusal(
            reason: reason, id: head?.id ?? core.configuration.makeRequestID(),
            peer: record.peer, head: head)
        var response = core.handler.refused(refusal)
        if case .stream = response.body { response.body = .empty }
        return send(response, connection, closes: closes, isRefusal: true)
    }

    private func send(
        _ response: InboundResponse, _ connection: OpaquePointer, closes: Bool,
        isRefusal: Bool = false
    ) -> MHD_Result {
        if let fault = AnswerRules.fault(of: response, room: core.configuration.answerHeadLimit) {
            core.notices.pass("An answer could not be sent: \(fault) (request \(head?.id ?? "-"))")
            // The refusal of an answer may be wrong itself; then a bare one must do.
            guard !isRefusal else {
                return send(InboundResponse(status: 500), connection, closes: true)
            }
            return refuse(.unsendableAnswer(fault), connection, closes: false)
        }
        phase = .answered
        let outgoing = OutgoingAnswer(
            response, isHead: head?.method == .head, closes: closes || core.isDraining)
        let (sent, result) = outgoing.queue(on: connection, core: core)
        if case .stream(let writer) = sent.body { record.activity = .streams(writer) }
        self.sent = sent
        return result
    }

    /// The library is done with the request.
    func ended() {
        // A woken connection may be closed before the handler is called again.
        if case .rests(let pending) = phase {
            pending.cancel()
            core.resting.leave()
        }
        record.activity = .awaitsHead(since: .now)
        giveBody()
        if let head {
            core.handler.finished(
                head, status: sent?.status ?? 0, bytes: sent?.byteCount ?? 0,
                duration: began.elapsed(at: .now))
        }
        core.activeRequests.subtract(1, ordering: .relaxed)
    }
}

/// What a request's method means here.
private enum KnownMethod {
    case allowed(HTTPMethod)
    case never(Refusal.Reason)

    init(_ text: CString) {
        switch text {
        case _ where text == "GET": self = .allowed(.get)
        case _ where text == "HEAD": self = .allowed(.head)
        case _ where text == "POST": self = .allowed(.post)
        case _ where text == "PUT": self = .allowed(.put)
        case _ where text == "PATCH": self = .allowed(.patch)
        case _ where text == "DELETE": self = .allowed(.delete)
        case _ where text == "OPTIONS": self = .allowed(.options)
        case _ where text == "CONNECT" || text == "TRACE": self = .never(.methodNotAllowed)
        case _ where text.bytes.allSatisfy(HTTPBytes.isToken): self = .never(.unknownMethod)
        default: self = .never(.malformed("its method has bytes that no method may have"))
        }
    }
}
