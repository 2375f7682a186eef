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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40)
        bytes += uid
        bytes += hash
        withUnsafeBytes(of: item.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The uid in the form 8-4-4-4-12.
    package var uidText: String { uuidText(uid) }
}

/// Sixteen bytes as a UUID's text.
package func uuidText(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 40 + bytes.count * 2) { text in
        var place = 0
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 {
                text[place] = UInt8(ascii: "-")
                place += 1
            }
            text[place] = hexDigit(byte >> 4)
            text[place + 1] = hexDigit(byte & 15)
            place += 2
        }
        return place
    }
}

/// The 16 bytes of a UUID's text; nil for what is none.
package func uuidBytes(_ text: String) -> [UInt8]? {
    guard text.utf8.count == 36 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var high: UInt8?
    for digit in text.utf8 where digit != 0x2D {
        guard let value = hexValue(digit) else { return nil }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes.count == 16 && high == nil ? bytes : nil
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
