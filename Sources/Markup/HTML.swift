// Markup: the HTML value, the parts of the design system, the stylesheet, the icons and the little
// script there is. It imports nothing. A part turns a plain model into HTML; what is true, who may
// see it and where it comes from is decided elsewhere. A rule about looks belongs into Assets, a
// colour into Assets/tokens.css only.

/// A piece of HTML: text whose every byte was written by this program or escaped.
///
/// It is written as a string literal. What is interpolated is escaped unless it is itself `HTML` or
/// a `Part`, so a forgotten escape cannot happen and a conditional between two plain literals,
/// `\(isNew ? "<b>" : "")`, is text and shows up as text: the slip falls on the safe side.
///
/// ```swift
/// let row: HTML = "<a\(attribute: "href", href) class=\"name\">\(title)</a>"
/// ```
///
/// Attribute values are always written within double quotes; plain interpolation escapes for text
/// and for such attributes alike. Text never goes into a `script`, a `style` or an attribute that
/// begins with `on`; data for a script goes into a script of type `application/json` as
/// `\(json: text)`.
package struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// The markup in UTF-8.
    package private(set) var bytes: [UInt8]

    /// Nothing.
    package init() {
        bytes = []
    }

    /// The literal as it stands.
    ///
    /// For literals only.
    package init(stringLiteral literal: String) {
        bytes = Array(literal.utf8)
    }

    /// What an interpolated literal calls.
    package init(stringInterpolation interpolation: Interpolation) {
        bytes = interpolation.bytes
    }

    /// Text, escaped.
    package init(text: String) {
        bytes = []
        Escaping.appendText(text, to: &bytes)
    }

    /// A sentence as diagnostics have it, escaped: what stands in backticks becomes code.
    package init(prose text: String) {
        bytes = []
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            // A backtick without a partner is a character like any other.
            let isCode = index % 2 == 1 && index < pieces.count - 1
            if index % 2 == 1, !isCode { bytes.append(UInt8(ascii: "`")) }
            if isCode { bytes.append(contentsOf: "<code>".utf8) }
            Escaping.appendText(String(piece), to: &bytes)
            if isCode { bytes.append(contentsOf: "</code>".utf8) }
        }
    }

    /// Bytes that the caller vouches for.
    ///
    /// UTF-8 that another part of this program made safe, such as rendered Markdown. Every use is a
    /// place to review.
    package init(trusted bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether there is nothing in it.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The markup as a string, for tests and for callers that need one.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds a piece at the end.
    package mutating func append(_ other: HTML) {
        bytes.append(contentsOf: other.bytes)
    }

    /// Adds a piece at the end.
    package static func += (left: inout HTML, right: HTML) {
        left.append(right)
    }

    /// Makes room for a page whose size is roughly known, in bytes.
    package mutating func reserve(_ byteCount: Int) {
        bytes.reserveCapacity(byteCount)
    }
}

/// A part of a page: a model that knows its HTML.
package protocol Part: Sendable {
    /// The part's markup.
    var html: HTML { get }
}

extension Sequence where Element == HTML {
    /// The pieces in order with the separator between them.
    package func joined(separator: HTML = HTML()) -> HTML {
        var result = HTML()
        var isFirst = true
        for piece in self {
            if !isFirst { result.append(separator) }
            isFirst = false
            result.append(piece)
        }
        return result
    }
}

extension HTML {
    /// Collects the pieces of an interpolated literal.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        /// Called by the compiler; 64 bytes hold most names, addresses and small parts.
        package init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity &+ interpolationCount &* 64)
        }

        /// The literal's own text.
        package mutating func appendLiteral(_ literal: String) {
            // Three times as fast as appending the view, which goes byte by byte.
            var literal = literal
            literal.withUTF8 { bytes.append(contentsOf: $0) }
        }

        /// Text, escaped.
        package mutating func appendInterpolation(_ text: String) {
            Escaping.appendText(text, to: &bytes)
        }

        /// Text, escaped.
        package mutating func appendInterpolation(_ text: Substring) {
            Escaping.appendText(String(text), to: &bytes)
        }

        /// A number without grouping, as attributes and identifiers need it.
        package mutating func appendInterpolation(_ number: Int) {
            bytes.append(contentsOf: String(number).utf8)
        }

        /// A piece of HTML, as it is.
        package mutating func appendInterpolation(_ html: HTML) {
            bytes.append(contentsOf: html.bytes)
        }

        /// A piece of HTML, or nothing.
        package mutating func appendInterpolation(_ html: HTML?) {
            if let html { bytes.append(contentsOf: html.bytes) }
        }

        /// Pieces of HTML, one after the other.
        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { bytes.append(contentsOf: piece.bytes) }
        }

        /// A part.
        package mutating func appendInterpolation(_ part: some Part) {
            bytes.append(contentsOf: part.html.bytes)
        }

        /// A part, or nothing.
        package mutating func appendInterpolation(_ part: (some Part)?) {
            if let part { bytes.append(contentsOf: part.html.bytes) }
        }

        /// An address that is safe to follow.
        package mutating func appendInterpolation(_ href: Href) {
            Escaping.appendText(href.text, to: &bytes)
        }

        /// ` name="value"`, with the space before it; nothing at all if there is no value.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
            guard let value else { return }
            beginAttribute(name)
            Escaping.appendText(value, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }

        /// ` name="address"`, with the space before it; nothing at all if there is no address.
        package mutating func appendInterpolation(attribute name: StaticString, _ value: Href?) {
            appendInterpolation(attribute: name, value?.text)
        }

        /// ` name`, with the space before it, if the condition holds.
        package mutating func appendInterpolation(attribute name: StaticString, if holds: Bool) {
            guard holds else { return }
            bytes.append(UInt8(ascii: " "))
            append(name)
        }

        /// An address from outside.
        ///
        /// One that is not http, https, mailto or relative, or that holds control characters,
        /// becomes `#`.
        package mutating func appendInterpolation(url text: String) {
            Escaping.appendText(Escaping.safeAddress(text), to: &bytes)
        }

        /// JSON text for a `<script type="application/json">`.
        package mutating func appendInterpolation(json text: String) {
            Escaping.appendJSON(text, to: &bytes)
        }

        private mutating func beginAttribute(_ name: StaticString) {
            bytes.append(UInt8(ascii: " "))
            append(name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(UInt8(ascii: "\""))
        }

        private mutating func append(_ name: StaticString) {
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
    }
}
