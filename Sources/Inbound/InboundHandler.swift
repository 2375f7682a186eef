/// What answers the requests of a server.
///
/// Every function is called on the threads of the connections and must return in microseconds;
/// what takes longer is `.later`.
package protocol InboundHandler: Sendable {
    /// How much body this request may bring; asked before any of it is read.
    func limit(for head: RequestHead) -> BodyLimit

    /// Answers a whole request.
    func handle(_ request: InboundRequest) -> InboundReply

    /// The answer to what the server itself refused, so that the error body is the caller's.
    ///
    /// `.stream` is not sent here, only its head.
    func refused(_ refusal: Refusal) -> InboundResponse

    /// Called once for each request that had a head, after its answer was sent or given up.
    ///
    /// - Parameters:
    ///   - status: 0 where the client left before there was an answer.
    ///   - bytes: the body as handed to the socket, without framing.
    ///   - duration: from the request line to the end.
    func finished(_ head: RequestHead, status: Int, bytes: Int, duration: Duration)

    /// Something that an operator may want to know; at most a few each ten seconds.
    func noticed(_ message: String)
}

extension InboundHandler {
    /// Forgets the request.
    package func finished(_ head: RequestHead, status: Int, bytes: Int, duration: Duration) {}

    /// Forgets the message.
    package func noticed(_ message: String) {}
}

/// A request that the server answers itself, and why.
package struct Refusal: Sendable {
    /// Why a request is not handled.
    package enum Reason: Sendable, Equatable {
        /// It breaks a rule of HTTP, or could be read in two ways; the text names the rule.
        case malformed(String)
        /// A method that HTTP knows and this server never allows.
        case methodNotAllowed
        case unknownMethod
        case unsupportedVersion
        /// Line and header fields are too long or too many.
        case headTooLarge
        case bodyTooLarge(limitBytes: Int)
        /// The bodies of all requests together take too much memory.
        case tooManyBodies
        /// The handler took longer than the handler deadline.
        case handlerTooSlow
        case stopping
        /// The handler's answer cannot be sent; the text says what is wrong with it.
        case unsendableAnswer(String)
    }

    /// What was wrong; gives the status and the words of the answer.
    package let reason: Reason
    /// The request id, for the answer and the log.
    package let id: String
    package let peer: String
    /// nil where the request could not be trusted to be what it seems.
    package let head: RequestHead?

    package init(reason: Reason, id: String, peer: String, head: RequestHead?) {
        self.reason = reason
        self.id = id
        self.peer = peer
        self.head = head
    }

    /// The status that fits the reason.
    package var status: Int {
        switch reason {
        case .malformed: 400
        case .methodNotAllowed: 405
        case .unknownMethod: 501
        case .unsupportedVersion: 505
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        case .tooManyBodies: 429
        case .handlerTooSlow, .stopping: 503
        case .unsendableAnswer: 500
        }
    }

    /// What happened and what to do, in one sentence without a full stop.
    package var summary: String {
        switch reason {
        case .malformed(let rule): "The request is not valid HTTP: \(rule)"
        case .methodNotAllowed: "This method is never allowed here"
        case .unknownMethod: "This method is not known here"
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here"
        case .headTooLarge: "The request line and headers are too large"
        case .bodyTooLarge(let limit): "The body is larger than \(limit) bytes, its limit here"
        case .tooManyBodies: "Too many large requests come at once; try again in a moment"
        case .handlerTooSlow: "The answer took too long and was given up; try again later"
        case .stopping: "The server is being stopped; try again in a moment"
        case .unsendableAnswer: "The answer could not be sent; the log says why"
        }
    }
}
