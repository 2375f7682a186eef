/// Header fields in the order in which they came or will be sent; names may repeat.
///
/// Kept as one run of bytes and a list of ranges, so that a request's headers cost two
/// allocations however many there are; texts are made when they are asked for. Names compare
/// without regard to ASCII case. Bytes that are no UTF-8 read as U+FFFD.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    struct Field {
        let name: Int
        let nameCount: Int
        let value: Int
        let valueCount: Int
    }

    /// Each field as name, NUL, value, NUL: what libmicrohttpd can take without another copy.
    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Field] = []

    /// No fields.
    package init() {}

    /// The fields in the order written; a repeated name stays repeated.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// How many fields there are, repeats included.
    package var count: Int { fields.count }

    /// Every field in order.
    package var pairs: [(name: String, value: String)] {
        fields.map { (text($0.name, $0.nameCount), text($0.value, $0.valueCount)) }
    }

    /// The first value of the name; nil where there is none.
    package subscript(_ name: String) -> String? {
        guard let field = fields.first(where: { matches($0, name) }) else { return nil }
        return text(field.value, field.valueCount)
    }

    /// Every value of the name, in order; empty where there is none.
    package func all(_ name: String) -> [String] {
        fields.filter { matches($0, name) }.map { text($0.value, $0.valueCount) }
    }

    /// Appends a field, beside what the name may have already.
    ///
    /// Nothing is checked here: what may not be sent is found when the answer is sent.
    package mutating func add(_ name: String, _ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        let nameCount = bytes.count - start
        bytes.append(0)
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        let valueCount = bytes.count - valueStart
        bytes.append(0)
        fields.append(
            Field(name: start, nameCount: nameCount, value: valueStart, valueCount: valueCount))
    }

    /// Makes this the only value of the name.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Removes every field of the name.
    package mutating func remove(_ name: String) {
        guard fields.contains(where: { matches($0, name) }) else { return }
        let kept = fields.filter { !matches($0, name) }
        fields = kept
    }

    /// Makes room for a request's fields before they are appended.
    mutating func reserve(fields fieldCount: Int, bytes byteCount: Int) {
        fields.reserveCapacity(fieldCount)
        bytes.reserveCapacity(byteCount)
    }

    /// Appends a field from the read buffer of a connection.
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(0)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        bytes.append(0)
        fields.append(
            Field(
                name: start, nameCount: name.count, value: valueStart, valueCount: value.count))
    }

    /// Whether a field has the name, by ASCII-folded bytes.
    func matches(_ field: Field, _ name: String) -> Bool {
        var name = name
        return name.withUTF8 { wanted in
            guard wanted.count == field.nameCount else { return false }
            for index in 0..<wanted.count
            where asciiLower(wanted[index]) != asciiLower(bytes[field.name + index]) {
                return false
            }
            return true
        }
    }

    /// The text of a run of bytes.
    func text(_ start: Int, _ count: Int) -> String {
        String(decoding: bytes[start..<(start + count)], as: UTF8.self)
    }
}

/// A to Z as a to z, every other byte as it is.
func asciiLower(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}
