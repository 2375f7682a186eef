/// What the index keeps of each entity beside what can be searched: 40 bytes.
///
/// `uid` and the content's hash are spliced into answers, for inside the compressed content they
/// would be incompressible; `item` is the file or provider record that declares the entity.
package struct EntityStamp: Sendable, Equatable {
    /// The entity's identity: 16 random bytes, shown as a UUID.
    package var uid: [UInt8]
    /// The first 12 bytes of the SHA-256 of the own content.
    package var hash: [UInt8]
    /// The number of the item that declares it.
    package var item: UInt32
    /// The entity's number in the database.
    package var number: Int64

    package init(uid: [UInt8], hash: [UInt8], item: UInt32, number: Int64) {
        self.uid = uid
        self.hash = hash
        self.item = item
        self.number = number
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        uid = Array(bytes[0..<16])
        hash = Array(bytes[16..<28])
        item = bytes[28..<32].reduce(0) { $0 << 8 | UInt32($1) }
        number = Int64(bitPattern: bytes[32..<40].reduce(0) { $0 << 8 | UInt64($1) })
    }

    var bytes: [UInt8] {
        uid + hash + (0..<4).map { UInt8(truncatingIfNeeded: item >> (24 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// The uid in the form 8-4-4-4-12.
    package var uidText: String { uuidText(uid) }
}

/// Sixteen bytes as a UUID's text.
package func uuidText(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 { text.append(0x2D) }
        text.append(hexDigit(byte >> 4))
        text.append(hexDigit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
}

/// The 16 bytes of a UUID's text; nil for what is none.
package func uuidBytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.filter { $0 != 0x2D }
    guard digits.count == 32, text.utf8.count == 36 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
        guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
}
