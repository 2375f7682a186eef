/// Makes every outgoing HTTP call of the portal.
///
/// Who may be asked is decided for the address of the request and of each redirect, and once more
/// for the network address that is really connected to. Every call ends within its limits. Nothing
/// is taken from the environment, and nothing is kept but open connections. One thread runs all
/// transfers; it ends with the client. Safe from any thread.
package final class OutboundClient: Sendable {
    /// How many calls run at once; others wait for their turn, first come first served.
    package struct Places: Sendable {
        /// All together.
        package var total = 64
        /// To one scheme, host and port.
        package var perHost = 5

        package init() {}
    }

    /// A proxy that an operator configured.
    ///
    /// It resolves names and connects in our place, so the check of network addresses is then its
    /// task; the rules about hosts are applied all the same.
    package struct Proxy: Sendable {
        /// Such as `http://proxy.example.com:3128`.
        package var url: String
        /// Hosts that are asked directly: names, and with a leading dot all below a name.
        package var except: [String]

        package init(url: String, except: [String] = []) {
            self.url = url
            self.except = except
        }

        func serves(_ address: WebAddress) -> Bool {
            let host = address.host ?? ""
            return !except.contains { $0.hasPrefix(".") ? host.hasSuffix($0) : host == $0 }
        }
    }

    private let loop: TransferLoop
    private let proxy: Proxy?
    private let certificateAuthorities: String?

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - proxy: The way out, where there is no direct one.
    ///   - certificateAuthorities: A file of certificates (PEM) to trust instead of the system's.
    ///   - places: How many calls run at once.
    package init(
        proxy: Proxy? = nil, certificateAuthorities: String? = nil, places: Places = Places()
    ) {
        loop = TransferLoop(places: places)
        self.proxy = proxy
        self.certificateAuthorities = certificateAuthorities
    }

    deinit {
        _ = loop.post(.stop)
    }

    /// Ends the thread; calls under way, and later ones, fail with `closed`.
    package func close() {
        _ = loop.post(.stop)
    }

    /// Asks, follows redirects, asks again where that can help, and gives the last answer.
    ///
    /// A redirect to another origin gets none of the caller's headers but `Accept` and
    /// `Accept-Language`, because any of the others may hold a token. `GET`, `HEAD`, `OPTIONS`,
    /// `PUT` and `DELETE` are sent again when no connection could be made and on 429, 502 and 503,
    /// after the pause that the server names, or one that doubles each time.
    ///
    /// - Returns: The answer, whatever its status.
    /// - Throws: Each reason of `OutboundError`. Cancelling the task ends the call at once.
    package func fetch(
        _ request: OutboundRequest
    ) async throws(OutboundError) -> OutboundResponse {
        guard let address = WebAddress(request.url) else {
            throw OutboundError(reason: .notAnAddress, url: request.url)
        }
        var hop = try Hop(request, address)
        let deadline = ContinuousClock.now + request.limits.total
        for _ in 0...max(0, request.limits.redirects) {
            let answer = try await ask(hop, request, deadline)
            guard let next = try hop.redirected(by: answer) else {
                return OutboundResponse(
                    status: answer.status, headers: answer.headers, body: answer.body,
                    url: hop.address.text)
            }
            hop = next
        }
        throw OutboundError(
            reason: .tooManyRedirects(request.limits.redirects), url: request.url)
    }

    /// One hop, as often as it takes.
    private func ask(
        _ hop: Hop, _ request: OutboundRequest, _ deadline: ContinuousClock.Instant
    ) async throws(OutboundError) -> Transfer.Answer {
        let order = try order(hop, request, deadline)
        var pause = Pause(limits: request.limits, deadline: deadline)
        while true {
            let outcome = await send(order)
            guard hop.isRepeatable, let time = pause.before(repeating: outcome) else {
                switch outcome {
                case .answer(let answer): return answer
                case .failure(let reason): throw hop.error(reason)
                }
            }
            do {
                try await Task.sleep(for: time)
            } catch {
                throw hop.error(.cancelled)
            }
        }
    }

    /// Decides whether the hop may be asked, and how.
    private func order(
        _ hop: Hop, _ request: OutboundRequest, _ deadline: ContinuousClock.Instant
    ) throws(OutboundError) -> Transfer.Order {
        let address = hop.address
        guard address.scheme == "https" || address.scheme == "http" else {
            throw hop.error(.schemeRefused)
        }
        guard address.userInformation == nil else { throw hop.error(.credentialsInAddress) }
        guard let reach = request.policy.reach(of: address) else { throw hop.error(.notAllowed) }
        if reach == .publicOnly, let number = NetworkAddress(host: address.host ?? ""),
            !number.isPublic
        {
            throw hop.error(.privateAddress(number.text))
        }
        return Transfer.Order(
            address: address, method: hop.method, headers: hop.headers, body: hop.body,
            limits: request.limits, reach: reach, deadline: deadline,
            proxy: proxy.flatMap { $0.serves(address) ? $0.url : nil },
            certificateAuthorities: certificateAuthorities)
    }

    private func send(_ order: Transfer.Order) async -> Transfer.Outcome {
        let transfer = Transfer(order)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.answer.wait(with: continuation)
                if !loop.post(.add(transfer)) { transfer.answer.give(.failure(.closed)) }
            }
        } onCancel: {
            _ = loop.post(.cancel(transfer))
        }
    }
}
