import Inbound
import Markup
import Routing
import Values

extension InboundResponse {
    /// A page.
    ///
    /// It is a person's own, and asked for again each time by its tag.
    static func page(_ html: HTML, status: Int = 200) -> InboundResponse {
        InboundResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "private, no-cache",
                "Vary": "Accept, Cookie",
            ],
            body: .bytes(ByteBody(html.bytes)))
    }

    /// The content of a page for programs.
    static func data(_ write: (inout JSONWriter) -> Void) -> InboundResponse {
        var json = JSONWriter(capacity: 4096)
        write(&json)
        var response = InboundResponse.json(json.bytes)
        response.headers.set("Cache-Control", "private, no-cache")
        response.headers.set("Vary", "Accept, Cookie")
        return response
    }
}

extension RequestHead {
    /// Whether the page's content is wanted as JSON: by `format=json`, or by `Accept` where it
    /// names JSON and not HTML.
    var wantsJSON: Bool {
        if let format = queryItems["format"] { return format == "json" }
        let accept = headers["Accept"] ?? ""
        return accept.contains("application/json") && !accept.contains("text/html")
    }

    /// Whether whoever asks says that HTML is welcome.
    var takesHTML: Bool { (headers["Accept"] ?? "").contains("text/html") }
}

extension JSONWriter {
    /// A list whose elements are written one by one.
    mutating func list<Element>(
        _ elements: some Sequence<Element>, _ write: (Element, inout JSONWriter) -> Void
    ) {
        raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(element, &self)
        }
        raw("]")
    }

    /// A text or `null`.
    mutating func optional(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }
}
