/// Bytes that answers share: sent from where they lie, without a copy, as often as wanted.
package final class ByteBody: Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text as UTF-8.
    package convenience init(_ text: String) {
        self.init(Array(text.utf8))
    }
}

/// What follows the head of an answer.
package enum ResponseBody: Sendable {
    case empty
    /// A body of known size. HEAD and 304 send its length and not the bytes, so give them what
    /// a GET would get.
    case bytes(ByteBody)
    /// A body of unknown size, written by a task of its own, which is cancelled when the client
    /// leaves; it ends when the closure returns. HEAD, 204 and 304 never start it.
    case stream(@Sendable (BodyWriter) async -> Void)
}

/// An answer as a handler gives it.
///
/// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's: an answer
/// that names them, or carries bytes that a header may not have, becomes a 500. A header with an
/// empty value is left out.
package struct InboundResponse: Sendable {
    /// 200 to 599.
    package var status: Int
    package var headers: HTTPHeaders
    package var body: ResponseBody

    package init(status: Int, headers: HTTPHeaders = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// How a handler answers.
package enum InboundReply: Sendable {
    /// At once. The handler ran on the connection's own thread: only what is in memory, and in
    /// microseconds, may be answered so.
    case ready(InboundResponse)
    /// By a task on the server's executor, while the connection rests. The task is cancelled when
    /// the client leaves or the handler deadline passes (the client then gets a 503).
    case later(@Sendable () async -> InboundResponse)
}
