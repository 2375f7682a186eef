import CMicroHTTPD

/// What an answer must be so that it can be sent.
enum AnswerRules {
    /// What is wrong with an answer; nil where nothing is.
    ///
    /// - Parameter room: the bytes that its header fields may take.
    static func fault(of response: InboundResponse, room: Int) -> String? {
        guard (200...599).contains(response.status) else {
            return "its status is \(response.status)"
        }
        let headers = response.headers
        guard headers.bytes.count <= room else {
            return "its headers take \(headers.bytes.count) bytes of at most \(room)"
        }
        return headers.bytes.withUnsafeBytes { bytes in
            for field in headers.fields {
                let name = slice(bytes, field.name, field.nameCount)
                let value = slice(bytes, field.value, field.valueCount)
                guard !name.isEmpty, name.allSatisfy(HTTPBytes.isToken) else {
                    return "a header name has bytes that no name may have"
                }
                guard value.allSatisfy(isSendable) else {
                    let name = headers.text(field.name, field.nameCount)
                    return "the value of \(name) has bytes outside of visible ASCII"
                }
                if isServers(name) {
                    return "\(headers.text(field.name, field.nameCount)) is the server's to set"
                }
            }
            return nil
        }
    }

    private static func slice(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
    }

    private static func isSendable(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f || byte == 0x09
    }

    /// The fields that the library sets; a second one would break the message.
    private static func isServers(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4: HTTPBytes.isSame(name, "date")
        case 10: HTTPBytes.isSame(name, "connection")
        case 14: HTTPBytes.isSame(name, "content-length")
        case 17: HTTPBytes.isSame(name, "transfer-encoding")
        default: false
        }
    }
}

/// What was handed to the library, for the end of the request.
struct SentAnswer {
    enum Body {
        case bytes(Int)
        case stream(BodyWriter)
    }

    let status: Int
    let body: Body

    var byteCount: Int {
        switch body {
        case .bytes(let count): count
        case .stream(let writer): writer.sentBytes
        }
    }
}

/// An answer that keeps the rules, on its way to the library.
struct OutgoingAnswer {
    private let response: InboundResponse
    private let isHead: Bool
    private let closes: Bool

    init(_ response: InboundResponse, isHead: Bool, closes: Bool) {
        self.response = response
        self.isHead = isHead
        self.closes = closes
    }

    private var isBodiless: Bool {
        isHead || response.status == 204 || response.status == 304
    }

    /// Gives the answer to the library, which sends it when this callback returns.
    func queue(on connection: OpaquePointer, core: ServerCore) -> (SentAnswer, MHD_Result) {
        let body: SentAnswer.Body
        let made: OpaquePointer?
        switch response.body {
        case .bytes(let bytes) where !bytes.bytes.isEmpty && response.status != 204:
            body = .bytes(isBodiless ? 0 : bytes.bytes.count)
            made = bufferResponse(bytes)
        // The library would send the last chunk of a body that is not there.
        case .stream(let work) where !isBodiless:
            let writer = BodyWriter(
                ticket: Ticket(connection: connection),
                highWater: core.configuration.streamHighWater, resting: core.resting)
            body = .stream(writer)
            made = streamResponse(writer)
            if made != nil { writer.start(on: core.executor, work) }
        default:
            body = .bytes(0)
            made = MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        }
        let sent = SentAnswer(status: response.status, body: body)
        guard let made else { return (sent, .NO) }
        defer { MHD_destroy_response(made) }
        guard addHeaders(to: made) else { return (sent, .NO) }
        return (sent, MHD_queue_response(connection, UInt32(response.status), made))
    }

    private func addHeaders(to made: OpaquePointer) -> Bool {
        if closes, MHD_add_response_header(made, "Connection", "close") == .NO { return false }
        let headers = response.headers
        return headers.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                return true
            }
            for field in headers.fields where field.valueCount > 0 {
                if MHD_add_response_header(made, base + field.name, base + field.value) == .NO {
                    return false
                }
            }
            return true
        }
    }

    /// The array's storage does not move as long as its owner lives, and the answer keeps that.
    private func bufferResponse(_ body: ByteBody) -> OpaquePointer? {
        let owner = Unmanaged.passRetained(body)
        let made = body.bytes.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer_with_free_callback_cls(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                { owner in
                    guard let owner else { return }
                    Unmanaged<ByteBody>.fromOpaque(owner).release()
                }, owner.toOpaque())
        }
        if made == nil { owner.release() }
        return made
    }

    private func streamResponse(_ writer: BodyWriter) -> OpaquePointer? {
        let owner = Unmanaged.passRetained(writer)
        // The buffer serves HTTP/1.0 only; a chunked body is written straight into the pool.
        let made = MHD_create_response_from_callback(
            UInt64.max, 16 * 1024, readStream, owner.toOpaque(), releaseStream)
        if made == nil { owner.release() }
        return made
    }
}

/// Called by the library when there is room for more of a stream.
private func readStream(
    owner: UnsafeMutableRawPointer?, position: UInt64, buffer: UnsafeMutablePointer<CChar>?,
    room: Int
) -> Int {
    guard let owner, let buffer else { return -2 }
    let writer = Unmanaged<BodyWriter>.fromOpaque(owner).takeUnretainedValue()
    let step = writer.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: room))
    switch step {
    case .send(let count): return count
    // Zero without resting would have the library ask again and again.
    case .rest: return 0
    case .end: return -1
    case .abort: return -2
    }
}

private func releaseStream(owner: UnsafeMutableRawPointer?) {
    guard let owner else { return }
    Unmanaged<BodyWriter>.fromOpaque(owner).takeRetainedValue().released()
}
