package import Inbound
package import Values

/// Why a request is not answered as asked: what Backstage's clients see as an error.
package struct RequestFault: Error, Sendable {
    /// The kinds that `@backstage/errors` knows, and what is none of them.
    package enum Kind: String, Sendable {
        case input = "InputError"
        case authentication = "AuthenticationError"
        case notAllowed = "NotAllowedError"
        case notFound = "NotFoundError"
        case conflict = "ConflictError"
        case notImplemented = "NotImplementedError"
        case unavailable = "ServiceUnavailableError"
        case tooLarge = "PayloadTooLargeError"
        case unsupportedMedia = "UnsupportedMediaTypeError"
        case internalError = "InternalServerError"

        /// The status code that Backstage's backend answers with.
        package var status: Int {
            switch self {
            case .input: 400
            case .authentication: 401
            case .notAllowed: 403
            case .notFound: 404
            case .conflict: 409
            case .notImplemented: 501
            case .unavailable: 503
            case .tooLarge: 413
            case .unsupportedMedia: 415
            case .internalError: 500
            }
        }
    }

    /// Becomes the error's name and the answer's status.
    package let kind: Kind
    /// For the client: what happened and what to do about it.
    package let message: String
    /// What is wrong in documents, where it is about such.
    package let diagnostics: [Diagnostic]

    package init(_ kind: Kind, _ message: String, diagnostics: [Diagnostic] = []) {
        self.kind = kind
        // What is quoted from a request may be as long as the request.
        self.message = clipped(message, to: 4000)
        self.diagnostics = diagnostics
    }

    /// The answer in the form of Backstage's error middleware.
    package func response(method: String, url: String) -> InboundResponse {
        var json = JSONWriter(capacity: 256)
        json.raw(#"{"error":{"name":"#)
        json.string(kind.rawValue)
        json.raw(#","message":"#)
        json.string(message)
        if !diagnostics.isEmpty {
            json.raw(#","diagnostics":["#)
            for (index, diagnostic) in diagnostics.enumerated() {
                if index > 0 { json.raw(",") }
                diagnostic.write(to: &json)
            }
            json.raw("]")
        }
        json.raw(#"},"request":{"method":"#)
        json.string(method)
        json.raw(#","url":"#)
        json.string(url)
        json.raw(#"},"response":{"statusCode":"#)
        json.integer(kind.status)
        json.raw("}}")
        var response = InboundResponse.json(json.bytes, status: kind.status)
        if kind == .unavailable { response.headers.set("Retry-After", "2") }
        return response
    }
}

extension InboundResponse {
    /// An answer of JSON text.
    package static func json(_ bytes: [UInt8], status: Int = 200) -> InboundResponse {
        InboundResponse(
            status: status, headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .bytes(ByteBody(bytes)))
    }

    /// An answer without a body.
    package static func empty(_ status: Int) -> InboundResponse {
        InboundResponse(status: status)
    }

    /// An answer of plain text.
    package static func text(_ text: String, status: Int = 200) -> InboundResponse {
        InboundResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(ByteBody(text)))
    }
}

extension RouteRequest {
    /// The body as a JSON object.
    ///
    /// - Parameter required: whether an empty body is a fault; otherwise it reads as `{}`.
    /// - Throws: ``RequestFault`` where it is of another type, no JSON or no object.
    package func jsonObject(required: Bool = true) throws(RequestFault) -> JSON {
        if body.isEmpty {
            guard required else { return JSONBuilder.emptyObject }
            throw RequestFault(.input, "a JSON object is needed as the request's body")
        }
        let type = head.headers["Content-Type"]?.lowercased().split(separator: ";").map {
            String($0.trimmingBlanks)
        }
        let charset = type?.first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
            .replacing("\"", with: "")
        guard type?.first == "application/json", charset == nil || charset == "utf-8" else {
            throw RequestFault(
                .input, "the body has to be sent as Content-Type: application/json, in UTF-8")
        }
        let json: JSON
        do throws(JSONSyntaxError) {
            json = try JSON.parse(body)
        } catch {
            throw RequestFault(
                .input,
                "the request's body is not JSON: line \(error.place.line), "
                    + "column \(error.place.column): \(error.message)")
        }
        guard json.kind == .object else {
            throw RequestFault(.input, "the request's body has to be a JSON object")
        }
        return json
    }
}

extension Substring {
    var trimmingBlanks: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension JSONBuilder {
    /// `{}`.
    package static var emptyObject: JSON {
        var builder = JSONBuilder()
        builder.beginObject()
        return builder.finish()
    }
}
