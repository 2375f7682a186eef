/// How much one call may take.
package struct OutboundLimits: Sendable {
    /// The most bytes of the answer, after decompression.
    package var bodyBytes = 10_000_000
    /// The most bytes of the header of one answer.
    package var headerBytes = 64 * 1024
    /// For resolving the name, connecting and TLS.
    package var connect = Duration.seconds(5)
    /// For everything: waiting for a free place, redirects and retries included.
    package var total = Duration.seconds(30)
    /// Fewer bytes than this in each second, for `slowSeconds`, end the transfer.
    package var slowBytesPerSecond = 64
    /// See `slowBytesPerSecond`.
    package var slowSeconds = 10
    /// How often a redirect is followed.
    package var redirects = 5
    /// How often a failed request is sent again, if it can be sent twice without harm.
    package var retries = 2
    /// Before the first retry; doubled for each further one.
    package var firstPause = Duration.milliseconds(250)
    /// A server that asks for a longer pause than this is not asked again.
    package var longestPause = Duration.seconds(10)

    package init() {}
}

/// One outgoing call.
package struct OutboundRequest: Sendable {
    /// In capitals.
    package var method = "GET"
    /// Absolute, `http` or `https`, without user name and password.
    package var url: String
    /// Names and values in order; names may repeat.
    package var headers: [(name: String, value: String)] = []
    /// Sent with a `Content-Type` only if `headers` has one.
    package var body: [UInt8]?
    /// The validator of what is known already; if it still holds, the answer is 304.
    package var etag: String?
    /// The date, as HTTP writes it, of what is known already.
    package var modifiedSince: String?
    /// How much it may take.
    package var limits = OutboundLimits()
    /// Who may be asked, by this call and by each redirect.
    package var policy: OutboundPolicy

    /// A `GET` of that address.
    package init(_ url: String, policy: OutboundPolicy) {
        self.url = url
        self.policy = policy
    }
}

/// The answer to a call, whatever its status.
package struct OutboundResponse: Sendable {
    /// The status of HTTP, 304 for `isNotModified`.
    package let status: Int
    /// Names in lower case, in order; names may repeat.
    package let headers: [(name: String, value: String)]
    /// Decompressed.
    package let body: [UInt8]
    /// The address that answered, after all redirects.
    package let url: String

    /// The values of a header, joined by `, `; nil if there is none.
    ///
    /// - Parameter name: In lower case.
    package func header(_ name: String) -> String? {
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The validator to send as `OutboundRequest.etag` the next time.
    package var etag: String? { header("etag") }

    /// Whether what the caller knows already still holds.
    package var isNotModified: Bool { status == 304 }

    /// Whether the status is in the two hundreds.
    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// Why a call has no answer.
package struct OutboundError: Error, Equatable {
    /// What happened.
    package enum Reason: Equatable, Sendable {
        /// The text is no absolute address.
        case notAnAddress
        /// Neither `http` nor `https`.
        case schemeRefused
        /// The address holds a user name or password.
        case credentialsInAddress
        /// No rule allows the host, port or path.
        case notAllowed
        /// The name of the host stands for this private address, which no rule names in full.
        case privateAddress(String)
        /// A header that cannot be sent as it is.
        case badHeader(String)
        /// The method is no word in capitals.
        case badMethod
        case unresolved
        case unreachable(String)
        case tls(String)
        /// The time that was over, and for what.
        case timedOut(Duration, Stage)
        case tooSlow(bytesPerSecond: Int)
        case tooLarge(limitBytes: Int)
        case headersTooLarge(limitBytes: Int)
        case tooManyRedirects(Int)
        /// A redirect to what is no address, from `https` to `http`, or of a body elsewhere.
        case badRedirect(String)
        /// What came was no answer of HTTP, or ended before its end.
        case brokenAnswer(String)
        case cancelled
        /// The client was closed.
        case closed
    }

    /// For what the time was over.
    package enum Stage: Equatable, Sendable {
        case waiting
        case connecting
        case answering
    }

    /// What happened.
    package let reason: Reason
    /// The address that was asked when it happened; a redirect's target if it was that one.
    package let url: String
}

extension OutboundError: CustomStringConvertible {
    /// One sentence for people: the address without its query, what happened, and, where it
    /// helps, what to do.
    package var description: String {
        // A query may hold a token.
        "\(withoutCredentials(url).prefix { $0 != "?" && $0 != "#" }): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .notAnAddress: "this is no absolute address; write https:// and so on."
        case .schemeRefused: "only http and https can be read."
        case .credentialsInAddress:
            "the address holds a user name or password; configure them under integrations."
        case .notAllowed:
            "reading from this host is not allowed; add it to backend.reading.allow or integrations."
        case .privateAddress(let address):
            "the host has the private address \(address); name the host in full in "
                + "backend.reading.allow if that is meant."
        case .badHeader(let name): "the header \(name) has a character that cannot be sent."
        case .badMethod: "the method has a character that cannot be sent."
        case .unresolved: "the host name is not known."
        case .unreachable(let detail): "no connection could be made (\(detail))."
        case .tls(let detail): "no secure connection could be made (\(detail))."
        case .timedOut(let time, .waiting): "no turn came within \(time); too many other requests."
        case .timedOut(let time, .connecting): "no connection could be made within \(time)."
        case .timedOut(let time, .answering): "the answer was not complete within \(time)."
        case .tooSlow(let bytes): "the answer came more slowly than \(bytes) bytes a second."
        case .tooLarge(let limit): "the answer is larger than the limit of \(limit) bytes."
        case .headersTooLarge(let limit):
            "the header of the answer is larger than the limit of \(limit) bytes."
        case .tooManyRedirects(let limit): "it was redirected more than \(limit) times."
        case .badRedirect(let target): "it redirects to \(target), which is not followed."
        case .brokenAnswer(let detail): "the answer is broken (\(detail))."
        case .cancelled: "the request was cancelled."
        case .closed: "the portal is stopping."
        }
    }
}
