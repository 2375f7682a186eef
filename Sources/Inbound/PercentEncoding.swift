/// Percent-encoding of paths and queries, after RFC 3986.
package enum PercentEncoding {
    /// Decodes one path segment, in which `+` is a plus sign.
    ///
    /// nil where an escape is not `%` and two hexadecimal digits, or where the result is not
    /// UTF-8 or has a NUL: no name of ours can be meant by it.
    package static func decode(segment: some StringProtocol) -> String? {
        guard segment.utf8.contains(UInt8(ascii: "%")) else { return String(segment) }
        let source = Array(segment.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%") {
                guard let byte = escaped(source, at: index) else { return nil }
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Decodes a name or value of a query: `+` is a blank, a broken escape stays as it is, and what
    /// is not UTF-8 becomes U+FFFD.
    ///
    /// As browsers read forms (the WHATWG URL standard).
    static func decode(formText source: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = source.startIndex
        while index < source.endIndex {
            let byte = source[index]
            if byte == UInt8(ascii: "%"), let decoded = escaped(source, at: index) {
                bytes.append(decoded)
                index += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The byte of the escape that begins at the index; nil where none does.
    private static func escaped<Bytes: RandomAccessCollection>(
        _ bytes: Bytes, at index: Int
    ) -> UInt8? where Bytes.Element == UInt8, Bytes.Index == Int {
        guard bytes.endIndex - index > 2, let high = HTTPBytes.hexDigit(bytes[index + 1]),
            let low = HTTPBytes.hexDigit(bytes[index + 2])
        else { return nil }
        return high << 4 | low
    }
}
