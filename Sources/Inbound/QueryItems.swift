/// The names and values of a query or a form body, in order, repeats kept.
package struct QueryItems: Sendable, Equatable {
    /// A name and its value; without `=` the value is empty.
    package struct Item: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// Decoded, in the order in which they were sent.
    package let items: [Item]

    /// Reads a raw query without its `?`, such as `filter=kind%3Dapi&filter=x&limit=20`.
    ///
    /// Nothing is refused: empty parts are passed over, a broken escape is taken as it stands.
    package init(_ query: some StringProtocol) {
        self.init(bytes: Array(query.utf8))
    }

    /// Reads the body of an `application/x-www-form-urlencoded` request.
    package init(bytes: [UInt8]) {
        items = bytes.split(separator: UInt8(ascii: "&")).map { part in
            let mark = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            return Item(
                name: PercentEncoding.decode(formText: part[..<mark]),
                value: PercentEncoding.decode(formText: part[mark...].dropFirst()))
        }
    }

    /// The first value of the name; nil where there is none.
    package subscript(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// Every value of the name, in order.
    package func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}
