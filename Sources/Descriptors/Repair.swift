import Values

/// A change of bytes that lets libyaml read what Backstage reads, tried only after it refused.
///
/// - A tab in a line that is blank but for it, or for a comment, and one behind `-`, `?` or `:`,
///   becomes a space.
/// - A pair of surrogates escaped as in JSON is hidden; see ``EditedText``.
/// - A directive other than `%YAML 1.1`, `%YAML 1.2` and `%TAG` becomes a comment.
struct Repair {
    enum Kind { case tab, surrogates, directive, none }

    private(set) var kind = Kind.none
    private let start: Int
    private let line: Int
    private let end: Int
    private let column: Int

    /// - Parameter start: where the document begins; `line`: where the line of the fault begins.
    init(_ failure: YAMLFailure, start: Int, line: Int, end: Int, isOpen: Bool) {
        self.start = start
        self.line = line
        self.end = end
        column = failure.column
        switch failure.problem {
        case "found character that cannot start any token",
            "found a tab character that violates indentation":
            kind = .tab
        case "found invalid Unicode character escape code": kind = .surrogates
        case "found incompatible YAML document", "found unknown directive name":
            if !isOpen { kind = .directive }
        default: break
        }
    }

    /// Whether the bytes are of the kind that the repair is for.
    func applies(to bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch kind {
        case .tab: return tabs(in: bytes) != nil
        case .surrogates: return surrogates(in: bytes) != nil
        case .directive: return line < end && bytes[line] == UInt8(ascii: "%")
        case .none: return false
        }
    }

    func apply(to text: EditedText) {
        switch kind {
        case .tab:
            guard let range = tabs(in: text.bytes) else { return }
            for offset in range where text.bytes[offset] == UInt8(ascii: "\t") {
                text.set(offset, UInt8(ascii: " "))
            }
        case .surrogates:
            if let range = surrogates(in: text.bytes) {
                text.hideSurrogates(from: range.lowerBound, to: range.upperBound)
            }
        case .directive: text.set(line, UInt8(ascii: "#"))
        case .none: break
        }
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The tabs that may become spaces: those before the comment or the end of the line, or the
    /// ones behind an indicator.
    private func tabs(in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var index = line
        while index < end, isBlank(bytes[index]) { index += 1 }
        if index > line, index == end || isLineEnd(bytes[index]) || bytes[index] == 0x23 {
            return bytes[line..<index].contains(0x09) ? line..<index : nil
        }
        // All is ASCII up to the tab, or it could not be behind an indicator that begins a line.
        let tab = line + column
        guard tab < end, bytes[tab] == 0x09, tab > line else { return nil }
        guard bytes[line..<tab].allSatisfy({ isBlank($0) || "-?:".utf8.contains($0) }),
            !isBlank(bytes[tab - 1])
        else { return nil }
        var last = tab
        while last < end, isBlank(bytes[last]) { last += 1 }
        return tab..<last
    }

    /// The stretch in which pairs are hidden.
    ///
    /// It is the rest of the line, or of the document where that is JSON. A text block, which must
    /// keep its `\ud83d`, cannot come there.
    private func surrogates(in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard line < end else { return nil }
        var stop = line
        while stop < end, !isLineEnd(bytes[stop]) { stop += 1 }
        let inLine = (line..<stop).first { isSurrogatePair(bytes, $0) }
        guard let first = inLine else { return nil }
        let root = bytes[start..<end].first { !isBlank($0) && !isLineEnd($0) }
        let isJSON = root == UInt8(ascii: "{") || root == UInt8(ascii: "[")
        return first..<(isJSON ? end : stop)
    }
}
