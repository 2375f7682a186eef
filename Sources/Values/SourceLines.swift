/// A few lines of a source around a place, for people.
///
/// What cannot be seen is shown by a sign, one for one, so that columns stay what they are: a tab is
/// the only control character left in the lines.
package struct SourceExcerpt: Sendable, Equatable {
    /// The number of the first line, from 1.
    package var firstLine: UInt32
    /// The lines in order, without their ends; one that was cut has `…` where something is missing.
    package var lines: [String]
    /// Below which character of the place's line the caret belongs, in Unicode scalars from 1.
    package var caret: UInt32

    package init(firstLine: UInt32, lines: [String], caret: UInt32) {
        self.firstLine = firstLine
        self.lines = lines
        self.caret = caret
    }

    /// The line of a number; nil for one that is not here.
    package func line(_ number: UInt32) -> String? {
        guard number >= firstLine, Int(number &- firstLine) < lines.count else { return nil }
        return lines[Int(number &- firstLine)]
    }
}

/// A text by its lines, as an editor counts them: a line ends with LF, CR LF or CR.
package struct SourceLines: Sendable {
    private let bytes: [UInt8]
    /// Where each line begins.
    private let starts: [Int]

    /// Of a line so much is shown: what fits on a screen and holds nobody up.
    private static let lineBytes = 200
    /// Of a line that is cut at its beginning, how much stands before the place.
    private static let bytesBefore = 80

    /// Finds where the lines of a text in UTF-8 begin; other bytes do no harm.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        bytes.withUnsafeBufferPointer { bytes in
            for index in bytes.indices {
                let byte = bytes[index]
                let isPair =
                    byte == 0x0D && index &+ 1 < bytes.count && bytes[index &+ 1] == 0x0A
                if byte == 0x0A || byte == 0x0D, !isPair { starts.append(index &+ 1) }
            }
        }
        self.starts = starts
    }

    /// The lines around a place; nil where the text has no such line.
    ///
    /// - Parameter around: how many lines before it and after it.
    package func excerpt(at place: TextPosition, around: Int = 2) -> SourceExcerpt? {
        guard place.isKnown, Int(place.line) <= starts.count else { return nil }
        let middle = Int(place.line) - 1
        var first = max(0, middle - around)
        var last = min(starts.count - 1, middle + around)
        // Blank lines at the edges say nothing.
        while first < middle, isBlank(first) { first += 1 }
        while last > middle, isBlank(last) { last -= 1 }
        var caret: UInt32 = 0
        let lines = (first...last).map { number -> String in
            guard number == middle else { return shown(range(number), cutsStart: false) }
            let (text, column) = placed(range(number), column: Int(place.column))
            caret = column
            return text
        }
        return SourceExcerpt(
            firstLine: UInt32(truncatingIfNeeded: first + 1), lines: lines, caret: caret)
    }

    /// Hands over the bytes of a line if they are what is shown of it: short, and plain ASCII.
    ///
    /// For those who need thousands of lines; the others take ``excerpt(at:around:)``.
    ///
    /// - Returns: nil where the line is another or there is none.
    package func withPlainLine<Value>(
        at place: TextPosition, _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) -> Value? {
        guard place.isKnown, Int(place.line) <= starts.count else { return nil }
        let range = range(Int(place.line) - 1)
        guard range.count <= Self.lineBytes else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            let line = UnsafeBufferPointer(rebasing: bytes[range])
            return line.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? body(line) : nil
        }
    }

    private func range(_ line: Int) -> Range<Int> {
        var end = line + 1 < starts.count ? starts[line + 1] : bytes.count
        while end > starts[line], bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        return starts[line]..<end
    }

    private func isBlank(_ line: Int) -> Bool {
        range(line).prefix(Self.lineBytes).allSatisfy { bytes[$0] == 0x20 || bytes[$0] == 0x09 }
    }

    /// The line with the place in it, and where in what is shown the place is.
    private func placed(_ range: Range<Int>, column: Int) -> (String, UInt32) {
        var offset = range.lowerBound
        var left = max(0, column - 1)
        while left > 0, offset < range.upperBound {
            offset += 1
            while offset < range.upperBound, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        guard offset - range.lowerBound > Self.lineBytes - Self.bytesBefore / 2 else {
            return (shown(range, cutsStart: false), UInt32(truncatingIfNeeded: max(1, column)))
        }
        var start = offset - Self.bytesBefore
        while start < offset, bytes[start] & 0xC0 == 0x80 { start += 1 }
        let before = bytes[start..<offset].count { $0 & 0xC0 != 0x80 }
        return (
            shown(start..<range.upperBound, cutsStart: true),
            UInt32(truncatingIfNeeded: before + 2)
        )
    }

    private func shown(_ range: Range<Int>, cutsStart: Bool) -> String {
        // Some more than is shown, so that the last character is whole.
        let piece = bytes[range.prefix(Self.lineBytes + 64)]
        var text = cutsStart ? "…" : ""
        var count = 0
        let decoded = String(decoding: piece, as: UTF8.self)
        for character in decoded {
            count += character.utf8.count
            guard count <= Self.lineBytes else {
                text += "…"
                return text
            }
            for scalar in character.unicodeScalars { text.unicodeScalars.append(visible(scalar)) }
        }
        return range.count > piece.count ? text + "…" : text
    }
}

/// The scalar, or the sign for one that cannot be seen or that turns the direction of what follows.
private func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x09: scalar
    // The pictures of control characters stand in their order.
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    case 0x7F: "\u{2421}"
    case 0x80..<0xA0, 0x200B, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: "\u{FFFD}"
    default: scalar
    }
}
