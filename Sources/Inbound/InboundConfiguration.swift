/// How a server listens and what it puts up with.
package struct InboundConfiguration: Sendable {
    /// A certificate chain and its key, both as PEM text.
    package struct TLS: Sendable {
        package var certificatePEM: String
        package var keyPEM: String

        package init(certificatePEM: String, keyPEM: String) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    /// An address or name to listen on; `::` and the empty text mean every address of both
    /// families.
    ///
    /// Default `127.0.0.1`.
    package var host: String
    /// 1 to 65535, or 0 for any that is free.
    ///
    /// Default 7007.
    package var port: Int
    /// A socket file to listen on instead of host and port; what lies there is replaced if no
    /// program answers on it.
    ///
    /// Default none.
    package var unixPath: String?
    /// Speaks TLS 1.2 and 1.3 where given.
    ///
    /// Default none.
    package var tls: TLS?

    /// Threads that serve connections, 1 to 64.
    ///
    /// Default 2; more than the cores gains nothing.
    package var threads = 2
    /// Bytes for each connection: line, headers, a piece of body, the answer's head.
    ///
    /// Default 32 KiB, at least 8 KiB. 2,000 idle connections took 79 MB with it.
    package var connectionMemory = 32 * 1024
    /// Connections at once; further ones wait in the kernel.
    ///
    /// Default 4,096.
    package var connectionLimit = 4096
    /// Connections at once from one address; further ones are reset.
    ///
    /// Default 0: no limit, as behind a proxy.
    package var addressLimit = 0
    /// Header fields in one request.
    ///
    /// Default 100.
    package var headerCountLimit = 100
    /// Bytes of a body beyond its limit that are read and dropped, so that the client gets to read
    /// its 413 rather than a reset.
    ///
    /// Default 1 MiB.
    package var excessBodyLimit = 1024 * 1024
    /// Bytes that the bodies of all requests may take together until they are answered; beyond it
    /// there is a 429.
    ///
    /// Default 128 MiB.
    package var bodyMemoryLimit = 128 * 1024 * 1024
    /// Bytes that a stream may have waiting for its client before its writer has to wait.
    ///
    /// Default 64 KiB.
    package var streamHighWater = 64 * 1024

    /// A connection on which nothing moves is closed after this.
    ///
    /// Whole seconds, default 30 s.
    package var idleDeadline: Duration = .seconds(30)
    /// The whole head of a request must have come by then, counted from the connection's begin or
    /// the end of the last answer.
    ///
    /// Default 40 s.
    package var headDeadline: Duration = .seconds(40)
    /// The same while nine of ten places for connections are taken: who sends nothing then makes
    /// room for who waits.
    ///
    /// Default 2 s.
    package var crowdedHeadDeadline: Duration = .seconds(2)
    /// A body may be as slow as it likes for this long.
    ///
    /// Default 10 s.
    package var bodyGrace: Duration = .seconds(10)
    /// Bytes a second that a body must keep up on average after the grace.
    ///
    /// Default 1,024.
    package var bodyMinimumRate = 1024
    /// A `.later` handler is cancelled after this and its client gets a 503.
    ///
    /// Default 60 s.
    package var handlerDeadline: Duration = .seconds(60)
    /// How often deadlines and gone clients are looked for.
    ///
    /// Default 250 ms.
    package var sweepInterval: Duration = .milliseconds(250)
    /// A client is looked after once its request rests for this long.
    ///
    /// Default 1 s.
    package var goneCheckDelay: Duration = .seconds(1)

    /// Names each request.
    ///
    /// Default: 13 random letters and digits (64 bits).
    package var makeRequestID: @Sendable () -> String = InboundConfiguration.randomID

    package init(host: String = "127.0.0.1", port: Int = 7007) {
        self.host = host
        self.port = port
    }

    /// Bytes that the header fields of an answer may take: the rest is the request's, since both
    /// lie in the memory of the connection and an answer that does not fit is not sent at all.
    var answerHeadLimit: Int { max(2048, connectionMemory / 4) }

    /// Bytes that the head of a request may take.
    var requestHeadLimit: Int { connectionMemory / 2 }

    /// 64 random bits as 13 digits of Crockford's base 32: short enough to need no allocation.
    private static func randomID() -> String {
        let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        var rest = UInt64.random(in: .min ... .max)
        return String(unsafeUninitializedCapacity: 13) { buffer in
            for index in 0..<13 {
                buffer[index] = digits.utf8Start[Int(rest & 31)]
                rest >>= 5
            }
            return 13
        }
    }
}
