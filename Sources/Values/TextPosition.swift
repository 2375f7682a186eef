/// A place in a text, counted as an editor shows it.
///
/// `line` and `column` start at 1; a column counts Unicode scalars. The value (0, 0) means that
/// the place is not known.
package struct TextPosition: Sendable, Equatable {
    package let line: UInt32
    package let column: UInt32

    package init(line: UInt32, column: UInt32) {
        self.line = line
        self.column = column
    }

    /// The place of what was made by the program and stands in no text.
    package static let unknown = TextPosition(line: 0, column: 0)

    /// Whether this names a real place.
    package var isKnown: Bool { line > 0 }

    /// The place of a byte offset in a text; an offset past the end gives the end.
    package static func of(offset: Int, in text: UnsafeBufferPointer<UInt8>) -> TextPosition {
        var line: UInt32 = 1
        var column: UInt32 = 1
        for byte in text.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line &+= 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column &+= 1
            }
        }
        return TextPosition(line: line, column: column)
    }
}
