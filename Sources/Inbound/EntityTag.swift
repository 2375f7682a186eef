/// The version of an answer, as `ETag` names it.
package struct EntityTag: Sendable, Equatable {
    /// Without quotes: visible ASCII but the quote.
    package let value: String
    package let isWeak: Bool

    /// Names a version; bytes that no tag may have are left out.
    package init(_ value: String, isWeak: Bool = false) {
        let bytes = value.utf8.filter { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        self.value = String(decoding: bytes, as: UTF8.self)
        self.isWeak = isWeak
    }

    /// As the header has it: `"abc"` or `W/"abc"`.
    package var headerValue: String { isWeak ? "W/\"\(value)\"" : "\"\(value)\"" }

    /// Whether one of the header values names the tag, or `*` stands there alone.
    ///
    /// Weak comparison looks at the value only; strong comparison knows no weak tag. What is not
    /// a list of tags names nothing.
    static func isNamed(_ tag: EntityTag, in headers: [String], byWeak: Bool) -> Bool {
        headers.contains { header in
            let list = parse(header)
            if list.isStar { return true }
            return list.tags.contains { other in
                other.value == tag.value && (byWeak || !other.isWeak && !tag.isWeak)
            }
        }
    }

    private static func parse(_ header: String) -> (isStar: Bool, tags: [EntityTag]) {
        let bytes = Array(header.utf8)
        var tags: [EntityTag] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, UInt8(ascii: ","):
                index += 1
                continue
            case UInt8(ascii: "*"):
                return (bytes.count == index + 1 && tags.isEmpty, tags)
            default: break
            }
            let isWeak = bytes[index...].starts(with: "W/".utf8)
            if isWeak { index += 2 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\""),
                let end = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "\""))
            else { break }
            let value = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
            tags.append(EntityTag(value, isWeak: isWeak))
            index = end + 1
        }
        return (false, tags)
    }
}
