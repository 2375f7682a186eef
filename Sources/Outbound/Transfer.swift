import CCurl

/// One request on the wire and what has come back so far.
///
/// Made by the caller, then used on the thread of the `TransferLoop` only, except `answer`.
final class Transfer: @unchecked Sendable {  // Its state is touched by the loop's thread alone.
    /// What is to be sent.
    struct Order: Sendable {
        let address: WebAddress
        let method: String
        let headers: [(name: String, value: String)]
        let body: [UInt8]?
        let limits: OutboundLimits
        let reach: OutboundPolicy.Reach
        let deadline: ContinuousClock.Instant
        /// The proxy to go through, or nil for none.
        let proxy: String?
        let certificateAuthorities: String?
    }

    /// One answer, without what redirects add.
    struct Answer: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]
    }

    /// What came of it.
    enum Outcome: Sendable {
        case answer(Answer)
        case failure(OutboundError.Reason)
    }

    let order: Order
    let answer = AnswerBox()
    var isCancelled = false
    /// The transfers of one origin share its places.
    var origin: String { order.address.origin }

    private(set) var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var errorBuffer: UnsafeMutablePointer<CChar>?
    private var headers: [(name: String, value: String)] = []
    private var headerBytes = 0
    private var body: [UInt8] = []
    /// Set by a callback that ends the transfer.
    private var failure: OutboundError.Reason?

    init(_ order: Order) {
        self.order = order
    }

    deinit {
        release()
    }

    /// Makes the handle of libcurl.
    ///
    /// - Returns: Nil if the system has no memory for it.
    func prepare(now: ContinuousClock.Instant) -> UnsafeMutableRawPointer? {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        setLimits(easy, now: now)
        setConnection(easy)
        setContent(easy)
        setCallbacks(easy)
        return easy
    }

    /// What came of it; the handle is gone afterwards.
    func finish(_ code: CURLcode) -> Outcome {
        defer { release() }
        guard let easy else { return .failure(.closed) }
        if let failure { return .failure(failure) }
        if code == CURLE_OK {
            return .answer(
                Answer(status: callboard_status(easy), headers: headers, body: body))
        }
        return .failure(reason(code, easy))
    }

    private func release() {
        if let easy { curl_easy_cleanup(easy) }
        if let headerList { curl_slist_free_all(headerList) }
        errorBuffer?.deallocate()
        easy = nil
        headerList = nil
        errorBuffer = nil
    }

    // MARK: Settings

    private func setLimits(_ easy: UnsafeMutableRawPointer, now: ContinuousClock.Instant) {
        let limits = order.limits
        let total = max(1, Self.milliseconds(order.deadline - now))
        callboard_set_number(easy, CURLOPT_TIMEOUT_MS, total)
        let connect = max(1, min(total, Self.milliseconds(limits.connect)))
        callboard_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, connect)
        callboard_set_number(easy, CURLOPT_LOW_SPEED_LIMIT, limits.slowBytesPerSecond)
        callboard_set_number(easy, CURLOPT_LOW_SPEED_TIME, limits.slowSeconds)
        // Ends an answer that says its length before it has come; HEAD says it without a body.
        if order.method != "HEAD" {
            callboard_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limits.bodyBytes))
        }
        // Without it, a resolver that hangs stops the whole loop when its transfer ends.
        callboard_set_number(easy, CURLOPT_QUICK_EXIT, 1)
        callboard_set_number(easy, CURLOPT_NOSIGNAL, 1)
    }

    private func setConnection(_ easy: UnsafeMutableRawPointer) {
        callboard_set_text(easy, CURLOPT_URL, order.address.withFragment(nil).text)
        // The address is in its final form; it was checked in this form.
        callboard_set_number(easy, CURLOPT_PATH_AS_IS, 1)
        callboard_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        callboard_set_number(easy, CURLOPT_FOLLOWLOCATION, 0)
        // Left unset, both would be taken from the environment.
        callboard_set_text(easy, CURLOPT_PROXY, order.proxy ?? "")
        callboard_set_text(easy, CURLOPT_NOPROXY, order.proxy == nil ? "*" : "")
        callboard_set_number(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        callboard_set_number(easy, CURLOPT_PIPEWAIT, 1)
        if let file = order.certificateAuthorities {
            callboard_set_text(easy, CURLOPT_CAINFO, file)
        }
    }

    private func setContent(_ easy: UnsafeMutableRawPointer) {
        switch order.method {
        case "GET" where order.body == nil: break
        case "HEAD": callboard_set_number(easy, CURLOPT_NOBODY, 1)
        default: callboard_set_text(easy, CURLOPT_CUSTOMREQUEST, order.method)
        }
        // A POST says its length even if it is zero.
        let body = order.body ?? (order.method == "POST" ? [] : nil)
        if let body {
            body.withUnsafeBytes { bytes in
                let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
                _ = callboard_set_body(easy, start, curl_off_t(bytes.count))
            }
        }
        // An empty "Expect" saves waiting for a 100 that many servers never send; an empty
        // "Content-Type" keeps libcurl from naming one.
        var lines = ["Expect:"]
        if !order.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        lines += order.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines {
            headerList = curl_slist_append(headerList, line) ?? headerList
        }
        callboard_set_headers(easy, headerList)
        callboard_set_text(easy, CURLOPT_USERAGENT, "Callboard")
        callboard_set_text(easy, CURLOPT_ACCEPT_ENCODING, "")
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        buffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        errorBuffer = buffer
        callboard_set_pointer(easy, CURLOPT_ERRORBUFFER, buffer)
    }

    private func setCallbacks(_ easy: UnsafeMutableRawPointer) {
        // Not retained: the loop holds the transfer for as long as libcurl has the handle.
        let context = Unmanaged.passUnretained(self).toOpaque()
        callboard_on_header(
            easy,
            { data, size, count, context in
                guard let transfer = Transfer.from(context), let data else { return 0 }
                let line = UnsafeRawBufferPointer(start: data, count: size &* count)
                return transfer.takeHeader(line) ? size &* count : 0
            }, context)
        callboard_on_body(
            easy,
            { data, size, count, context in
                guard let transfer = Transfer.from(context), let data else { return 0 }
                let part = UnsafeRawBufferPointer(start: data, count: size &* count)
                return transfer.takeBody(part) ? size &* count : 0
            }, context)
        callboard_on_socket(
            easy,
            { context, _, address in
                guard let transfer = Transfer.from(context), let address else { return -1 }
                var bytes = [UInt8](repeating: 0, count: 16)
                let count = callboard_address_bytes(address, &bytes)
                guard transfer.permits(NetworkAddress(Array(bytes.prefix(Int(count))))) else {
                    return -1
                }
                return callboard_open_socket(address)
            }, context)
        // A connection that another request left open comes by here, and only by here.
        callboard_on_connected(
            easy,
            { context, peer, _, _, _ in
                guard let transfer = Transfer.from(context), let peer else {
                    return CURL_PREREQFUNC_ABORT
                }
                var bytes = [UInt8](repeating: 0, count: 16)
                let count = callboard_parse_address(peer, &bytes)
                return transfer.permits(NetworkAddress(Array(bytes.prefix(Int(count)))))
                    ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }, context)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: What comes

    /// Whether the transfer may use this address; notes the reason if not.
    private func permits(_ address: NetworkAddress?) -> Bool {
        // Behind a proxy, every address seen here is the proxy's own.
        if order.proxy != nil || order.reach == .any { return true }
        guard let address, address.isPublic else {
            failure = .privateAddress(address?.text ?? "of an unknown kind")
            return false
        }
        // A private address may stand beside a public one, and the public one is then used.
        failure = nil
        return true
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= order.limits.headerBytes else {
            failure = .headersTooLarge(limitBytes: order.limits.headerBytes)
            return false
        }
        // A status line begins an answer; earlier ones were only "100 Continue" and its like.
        if line.starts(with: "HTTP/".utf8) {
            headers = []
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = asciiLowercased(line[..<colon])
            var value = line[(colon + 1)...]
            while let first = value.first, first <= 0x20 { value = value.dropFirst() }
            while let last = value.last, last <= 0x20 { value = value.dropLast() }
            headers.append((name, String(decoding: value, as: UTF8.self)))
        }
        return true
    }

    private func takeBody(_ part: UnsafeRawBufferPointer) -> Bool {
        guard part.count <= order.limits.bodyBytes - body.count else {
            failure = .tooLarge(limitBytes: order.limits.bodyBytes)
            return false
        }
        body += part
        return true
    }

    private func reason(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) -> OutboundError.Reason {
        let isConnected = callboard_was_connected(easy) != 0
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return .unresolved
        case CURLE_COULDNT_CONNECT:
            return .unreachable(detail(code))
        case CURLE_OPERATION_TIMEDOUT:
            if ContinuousClock.now >= order.deadline - .milliseconds(50) {
                return .timedOut(order.limits.total, isConnected ? .answering : .connecting)
            }
            guard isConnected else { return .timedOut(order.limits.connect, .connecting) }
            return .tooSlow(bytesPerSecond: order.limits.slowBytesPerSecond)
        case CURLE_FILESIZE_EXCEEDED:
            return .tooLarge(limitBytes: order.limits.bodyBytes)
        // libcurl's word for a single line of a header over 100 KB.
        case CURLE_OUT_OF_MEMORY:
            return .headersTooLarge(limitBytes: order.limits.headerBytes)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            return .tls(detail(code))
        case CURLE_URL_MALFORMAT:
            return .notAnAddress
        default:
            return isConnected ? .brokenAnswer(detail(code)) : .unreachable(detail(code))
        }
    }

    /// libcurl's own words, which name certificate and cause.
    private func detail(_ code: CURLcode) -> String {
        if let errorBuffer, errorBuffer.pointee != 0 { return String(cString: errorBuffer) }
        return String(cString: curl_easy_strerror(code))
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let limit = 86_400_000.0  // A day, so that no number is too large for the C type.
        return Int(max(0, min(duration / .milliseconds(1), limit)))
    }
}
