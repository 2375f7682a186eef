/// The address of a machine, and whether it is one that anybody on the internet could reach.
struct NetworkAddress: Equatable, Sendable {
    /// Four bytes for IPv4, sixteen for IPv6.
    let bytes: [UInt8]

    /// Nil for anything but 4 or 16 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// The address that the host of a `WebAddress` is, if it is one and no name.
    init?(host: String) {
        if host.hasPrefix("["), let pieces = IPv6Text.parse(Array(host.utf8.dropFirst().dropLast()))
        {
            self.init(pieces.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
        } else {
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            guard IPv4Text.endsInNumber(labels), let number = IPv4Text.parse(labels) else {
                return nil
            }
            self.init((0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) })
        }
    }

    /// As it is usually written.
    var text: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return IPv6Text.text((0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) })
    }

    /// Whether it is public: no loopback, private, link-local (metadata services of clouds),
    /// shared, unique-local, multicast, reserved or unspecified address, also not wrapped in IPv6.
    ///
    /// Source: the special-purpose registries of IANA for IPv4 and IPv6.
    var isPublic: Bool {
        if let inner = wrapped { return inner.isPublic }
        let blocks = bytes.count == 4 ? Self.blocks4 : Self.blocks6
        return !blocks.contains { prefix, length in starts(with: prefix, bits: length) }
    }

    private static let blocks4: [([UInt8], Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12),
        ([192, 0, 0], 24), ([192, 168], 16), ([198, 18], 15), ([224], 4), ([240], 4),
    ]

    private static let blocks6: [([UInt8], Int)] = [
        // Unspecified, loopback, and IPv4 addresses in a form that nobody uses.
        ([UInt8](repeating: 0, count: 12), 96),
        // Addresses behind a translator of the own network, discarded ones, Teredo.
        ([0, 0x64, 0xFF, 0x9B, 0, 1], 48), ([1, 0, 0, 0, 0, 0, 0, 0], 64),
        ([0x20, 0x01, 0, 0], 32),
        ([0xFC], 7), ([0xFE, 0x80], 10), ([0xFE, 0xC0], 10), ([0xFF], 8),
    ]

    /// The IPv4 address that an IPv6 address stands for: mapped, translated (NAT64) or 6to4.
    private var wrapped: NetworkAddress? {
        guard bytes.count == 16 else { return nil }
        let zeros = [UInt8](repeating: 0, count: 8)
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if starts(with: mapped, bits: 96) || starts(with: [0, 0x64, 0xFF, 0x9B] + zeros, bits: 96) {
            return NetworkAddress(Array(bytes[12...]))
        }
        return starts(with: [0x20, 0x02], bits: 16) ? NetworkAddress(Array(bytes[2..<6])) : nil
    }

    private func starts(with prefix: [UInt8], bits: Int) -> Bool {
        for index in 0..<bits / 8 where bytes[index] != prefix[index] { return false }
        guard bits % 8 > 0 else { return true }
        let mask = ~UInt8(0) << (8 - bits % 8)
        return bytes[bits / 8] & mask == prefix[bits / 8] & mask
    }
}
