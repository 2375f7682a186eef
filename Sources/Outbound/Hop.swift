/// One request of a call: the first, or what a redirect made of it.
struct Hop {
    let address: WebAddress
    let method: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]?

    /// The first one.
    init(_ request: OutboundRequest, _ address: WebAddress) throws(OutboundError) {
        guard !request.method.isEmpty, request.method.utf8.count < 32,
            request.method.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A })
        else { throw OutboundError(reason: .badMethod, url: request.url) }
        var headers = request.headers
        if let etag = request.etag { headers.append(("If-None-Match", etag)) }
        if let date = request.modifiedSince { headers.append(("If-Modified-Since", date)) }
        for (name, value) in headers where !Self.canSend(name, value) {
            throw OutboundError(reason: .badHeader(name), url: request.url)
        }
        self.init(address, method: request.method, headers: headers, body: request.body)
    }

    private init(
        _ address: WebAddress, method: String, headers: [(name: String, value: String)],
        body: [UInt8]?
    ) {
        self.address = address
        self.method = method
        self.headers = headers
        self.body = body
    }

    /// Whether sending it twice does no more than sending it once.
    var isRepeatable: Bool {
        ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method)
    }

    func error(_ reason: OutboundError.Reason) -> OutboundError {
        OutboundError(reason: reason, url: address.text)
    }

    /// The hop that an answer asks for; nil if it is no redirect.
    func redirected(by answer: Transfer.Answer) throws(OutboundError) -> Hop? {
        guard [301, 302, 303, 307, 308].contains(answer.status),
            let location = answer.headers.first(where: { $0.name == "location" })?.value
        else { return nil }
        guard let target = WebAddress(location, relativeTo: address) else {
            throw error(.badRedirect(String(location.prefix(200))))
        }
        guard address.scheme != "https" || target.scheme != "http" else {
            throw error(.badRedirect(target.text))
        }
        let isElsewhere = target.origin != address.origin
        // A form's answer is got; 307 and 308 ask for the same request again.
        let becomesGet =
            answer.status == 303 && method != "HEAD"
            || method == "POST" && (answer.status == 301 || answer.status == 302)
        guard becomesGet || body == nil || !isElsewhere else {
            throw error(.badRedirect(target.text))
        }
        let kept = headers.filter { name, _ in
            let name = name.lowercased()
            if isElsewhere { return name == "accept" || name == "accept-language" }
            return !becomesGet || name != "content-type"
        }
        return Hop(
            target, method: becomesGet ? "GET" : method, headers: kept,
            body: becomesGet ? nil : body)
    }

    /// libcurl would send a line break in a value as it is, and so a header of the value's choice.
    private static func canSend(_ name: String, _ value: String) -> Bool {
        let own = ["host", "content-length", "transfer-encoding", "connection", "expect"]
        return !name.isEmpty
            && name.utf8.allSatisfy {
                PercentEncoding.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
            && !own.contains(name.lowercased())
            && value.utf8.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
    }
}

/// The pauses between the attempts of one hop.
struct Pause {
    private let limits: OutboundLimits
    private let deadline: ContinuousClock.Instant
    private var attempts = 0

    init(limits: OutboundLimits, deadline: ContinuousClock.Instant) {
        self.limits = limits
        self.deadline = deadline
    }

    /// How long to wait before the same request is sent again; nil if it is not.
    mutating func before(repeating outcome: Transfer.Outcome) -> Duration? {
        guard attempts < limits.retries else { return nil }
        var time = limits.firstPause * (1 << min(attempts, 16))
        // Some more, so that those who were refused together do not come back together.
        time += time * Double.random(in: 0...0.5)
        switch outcome {
        case .answer(let answer):
            guard [429, 502, 503].contains(answer.status) else { return nil }
            if let named = Self.named(by: answer) { time = max(time, named) }
        case .failure(.unreachable), .failure(.timedOut(_, .connecting)):
            break
        case .failure:
            return nil
        }
        guard time <= limits.longestPause, ContinuousClock.now + time < deadline else { return nil }
        attempts += 1
        return time
    }

    /// `Retry-After`: seconds, or a date, which is compared with the answer's own `Date`, so that
    /// two clocks that disagree do no harm.
    private static func named(by answer: Transfer.Answer) -> Duration? {
        func header(_ name: String) -> String? {
            answer.headers.first { $0.name == name }?.value
        }
        guard let text = header("retry-after") else { return nil }
        // A number too large for Int is a pause too long for anybody.
        if text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), !text.isEmpty {
            return .seconds(min(Int(text) ?? 86_400, 86_400))
        }
        guard let then = HTTPDate.seconds(text), let now = header("date").flatMap(HTTPDate.seconds)
        else { return nil }
        return .seconds(min(max(0, then - now), 86_400))
    }
}

/// The date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    /// Seconds since 1970; nil for another form.
    static func seconds(_ text: String) -> Int? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" })
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard parts.count == 8, parts[0].hasSuffix(","), parts[7] == "GMT",
            let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]),
            let second = Int(parts[6]), (1...31).contains(day), (1970...9999).contains(year),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        // Days since 1970 with March as the first month, so that leap days come last.
        let shifted = month < 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days =
            365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return ((days * 24 + hour) * 60 + minute) * 60 + second
    }
}
