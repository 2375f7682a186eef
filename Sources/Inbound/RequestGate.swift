import CMicroHTTPD

/// Decides whether a request is what the library took it for.
///
/// The library's parser glues folded lines to names, cuts values at a NUL and accepts bare line
/// feeds, so that a proxy in front may have read another request than it did. It hands out
/// pointers into its read buffer, though: in a well-formed request each header begins exactly two
/// bytes behind the one before it. Following that chain finds every such case in one pass,
/// without reading memory that the library does not vouch for. A version of the library that
/// copied headers would have every request refused, which the tests show at once.
struct RequestGate {
    /// Where the next header line must begin.
    private var next: UInt
    private let isVersion11: Bool
    private let countLimit: Int
    private(set) var headers = HTTPHeaders()
    private(set) var fault: Refusal.Reason?
    /// The declared length of the body; nil where none is declared.
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private var hasHost = false
    private var seen: SingleFields = []

    /// Fields that may come only once, since two of them could be read in two ways.
    private struct SingleFields: OptionSet {
        let rawValue: UInt8
        static let authorization = SingleFields(rawValue: 1)
        static let cookie = SingleFields(rawValue: 2)
        static let contentType = SingleFields(rawValue: 4)
        static let origin = SingleFields(rawValue: 8)
    }

    /// Checks the whole head of the connection's request.
    ///
    /// Call it in the first handler call only.
    static func check(
        connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
        target: RawTarget, limits: InboundConfiguration
    ) -> RequestGate {
        let methodAddress = UInt(bitPattern: method)
        let versionAddress = UInt(bitPattern: version)
        let versionText = CString(version)
        var gate = RequestGate(
            next: versionAddress &+ UInt(versionText.count) &+ 2,
            isVersion11: versionText == "HTTP/1.1", countLimit: limits.headerCountLimit)
        guard target.address == methodAddress &+ UInt(CString(method).count) &+ 1,
            versionAddress == target.address &+ UInt(target.count) &+ 1
        else {
            gate.fault = .malformed("its first line is not three parts with one blank between")
            return gate
        }
        guard gate.isVersion11 || versionText == "HTTP/1.0" else {
            gate.fault = .unsupportedVersion
            return gate
        }
        let headSize = cmhd_head_size(connection)
        guard headSize <= limits.requestHeadLimit else {
            gate.fault = .headTooLarge
            return gate
        }
        gate.headers.reserve(fields: 16, bytes: headSize)
        withUnsafeMutablePointer(to: &gate) { gate in
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, visitHeader, gate)
        }
        gate.finish(end: methodAddress &+ UInt(headSize))
        return gate
    }

    private init(next: UInt, isVersion11: Bool, countLimit: Int) {
        self.next = next
        self.isVersion11 = isVersion11
        self.countLimit = countLimit
    }

    /// Takes the next header in wire order; false ends the pass.
    fileprivate mutating func take(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) -> Bool {
        guard let nameBase = name.baseAddress, let valueBase = value.baseAddress else {
            fault = .malformed("a header has no name")
            return false
        }
        let valueAddress = UInt(bitPattern: valueBase)
        let afterColon = UInt(bitPattern: nameBase) &+ UInt(name.count) &+ 1
        // Up to eight blanks between colon and value are more than any client sends.
        guard UInt(bitPattern: nameBase) == next, valueAddress >= afterColon,
            valueAddress &- afterColon <= 8
        else {
            fault = .malformed("a header line is folded, cut or not ended by CR LF")
            return false
        }
        next = valueAddress &+ UInt(value.count) &+ 2
        guard headers.count < countLimit else {
            fault = .headTooLarge
            return false
        }
        guard !name.isEmpty, name.allSatisfy(HTTPBytes.isToken) else {
            fault = .malformed("a header name has bytes that no name may have")
            return false
        }
        guard value.allSatisfy(HTTPBytes.isFieldValue) else {
            fault = .malformed("a header value has control bytes")
            return false
        }
        if let broken = note(name, value) {
            fault = .malformed(broken)
            return false
        }
        headers.append(name: name, value: HTTPBytes.trimmed(value))
        return true
    }

    /// Looks at the fields that decide what the request is; gives the rule that one breaks.
    private mutating func note(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> String? {
        switch name.count {
        case 4 where HTTPBytes.isSame(name, "host"):
            if hasHost { return "it has two Host headers" }
            hasHost = true
            if !HTTPBytes.isHost(HTTPBytes.trimmed(value)) { return "its Host is not a host" }
        case 6 where HTTPBytes.isSame(name, "cookie"): return once(.cookie, "Cookie")
        case 6 where HTTPBytes.isSame(name, "origin"): return once(.origin, "Origin")
        case 6 where HTTPBytes.isSame(name, "expect"):
            expectsContinue = HTTPBytes.isSame(HTTPBytes.trimmed(value), "100-continue")
        case 12 where HTTPBytes.isSame(name, "content-type"):
            return once(.contentType, "Content-Type")
        case 13 where HTTPBytes.isSame(name, "authorization"):
            return once(.authorization, "Authorization")
        case 14 where HTTPBytes.isSame(name, "content-length"):
            if contentLength != nil { return "it has two Content-Length headers" }
            guard let length = HTTPBytes.decimal(value) else {
                return "its Content-Length is not a number"
            }
            contentLength = length
        case 17 where HTTPBytes.isSame(name, "transfer-encoding"):
            if isChunked { return "it has two Transfer-Encoding headers" }
            // Untrimmed: with a blank behind it the library does not take it for chunked.
            if !HTTPBytes.isSame(value, "chunked") {
                return "its Transfer-Encoding is not chunked"
            }
            if !isVersion11 { return "Transfer-Encoding needs HTTP/1.1" }
            isChunked = true
        default: break
        }
        return nil
    }

    private mutating func once(_ field: SingleFields, _ name: String) -> String? {
        seen.insert(field).inserted ? nil : "it has two \(name) headers"
    }

    /// What can only be said once every header was seen.
    private mutating func finish(end: UInt) {
        guard fault == nil else { return }
        if next &+ 2 != end {
            fault = .malformed("its headers are not ended by an empty line")
        } else if isChunked, contentLength != nil {
            fault = .malformed("it has both Content-Length and Transfer-Encoding")
        } else if isVersion11, !hasHost {
            fault = .malformed("it has no Host header")
        }
    }
}

/// Called by the library for each header, in wire order.
private func visitHeader(
    gate: UnsafeMutableRawPointer?, kind: MHD_ValueKind, name: UnsafePointer<CChar>?,
    nameCount: Int, value: UnsafePointer<CChar>?, valueCount: Int
) -> MHD_Result {
    guard let gate = gate?.assumingMemoryBound(to: RequestGate.self) else { return .NO }
    let goesOn = gate.pointee.take(
        name: UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameCount),
        value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueCount))
    return goesOn ? .YES : .NO
}
