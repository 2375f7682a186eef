/// An address that is safe to put into a page, made by `Links` or checked by `Href.external`.
///
/// There is no way to make one from a bare string without a check, so a link that forgets the base
/// path or follows a script does not compile.
package struct Href: Sendable, Equatable {
    /// The address as it would stand in a browser's address line, not escaped for HTML.
    package let text: String

    fileprivate init(checked text: String) {
        self.text = text
    }

    /// An address from a document or a setting; `#` if it is not http, https, mailto or relative.
    package static func external(_ address: String) -> Href {
        Href(checked: Escaping.safeAddress(address))
    }

    /// A place in the same page by the id of an element.
    package static func fragment(_ id: String) -> Href {
        Href(checked: "#" + PercentEncoding.encode(id, keeping: PercentEncoding.queryExtras))
    }

    /// The same address at the place in the page with this id.
    package func at(_ id: String) -> Href {
        Href(checked: text + Href.fragment(id).text)
    }

    /// Whether it is what became of an address that must not be followed.
    package var isRefused: Bool { text == "#" }

    /// Whether it leaves for another host.
    package var isExternal: Bool {
        text.hasPrefix("http://") || text.hasPrefix("https://")
    }
}

/// Makes the addresses of the portal's own pages, under whatever path it is served.
package struct Links: Sendable, Equatable {
    /// The path before every address: empty, or with a slash at its start and none at its end.
    package let basePath: String

    /// Under a path such as `/callboard`; slashes at either end do not matter.
    ///
    /// Segments are encoded.
    package init(basePath: String = "") {
        self.basePath = basePath.split(separator: "/")
            .map { "/" + PercentEncoding.encode(String($0), keeping: PercentEncoding.pathExtras) }
            .joined()
    }

    /// The page at these path segments, each of which is encoded, with the query in this order.
    ///
    /// Without segments it is the home page.
    package func to(_ segments: [String], query: [QueryItem] = []) -> Href {
        var text = basePath
        for segment in segments {
            text += "/" + PercentEncoding.encode(segment, keeping: PercentEncoding.pathExtras)
        }
        if segments.isEmpty { text += "/" }
        var separator = "?"
        for item in query {
            text += separator
            text += PercentEncoding.encode(item.name, keeping: PercentEncoding.queryExtras)
            text += "=" + PercentEncoding.encode(item.value, keeping: PercentEncoding.queryExtras)
            separator = "&"
        }
        return Href(checked: text)
    }

    /// The page at these path segments.
    package func to(_ segments: String...) -> Href {
        to(segments)
    }

    /// Where an asset is served.
    package func asset(_ asset: Asset) -> Href {
        Href(checked: basePath + asset.path)
    }
}

/// One name and value of an address's query.
package struct QueryItem: Sendable, Equatable {
    /// The name, not encoded.
    package let name: String
    /// The value, not encoded.
    package let value: String

    /// A pair of a query.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// RFC 3986 section 2: everything but the unreserved characters and the named extras becomes `%XX`.
enum PercentEncoding {
    static let pathExtras = Array(":@,+".utf8)
    static let queryExtras = Array(":@,/".utf8)

    static func encode(_ text: String, keeping extras: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) || extras.contains(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
