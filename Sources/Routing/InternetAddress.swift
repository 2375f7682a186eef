import Glibc

/// An address of a machine, IPv4 or IPv6; one that is IPv4 in the form of IPv6 is IPv4.
struct InternetAddress: Equatable, Sendable {
    /// Four or sixteen.
    let bytes: [UInt8]

    private init(_ bytes: [UInt8]) {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
        self.bytes = bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : bytes
    }

    static let loopback = InternetAddress([127, 0, 0, 1])

    /// Reads an address as it is usually written; nil for anything else, names and zones included.
    init?(_ text: some StringProtocol) {
        // The longest is `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
        guard (2...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        let text = String(text)
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(withUnsafeBytes(of: four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.init(withUnsafeBytes(of: sixteen) { Array($0) })
        } else {
            return nil
        }
    }

    /// Reads an entry of `X-Forwarded-For`, which some proxies write with a port and brackets.
    init?(forwarded text: some StringProtocol) {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        while rest.last == " " || rest.last == "\t" { rest = rest.dropLast() }
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            guard Self.isPort(rest[end...].dropFirst()) else { return nil }
            self.init(rest[..<end].dropFirst())
        } else if let colon = rest.firstIndex(of: ":"), !rest[colon...].dropFirst().contains(":") {
            guard Self.isPort(rest[colon...]) else { return nil }
            self.init(rest[..<colon])
        } else {
            self.init(rest)
        }
    }

    /// Whether it is nothing, or a colon and a number.
    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.isEmpty
            || text.first == ":" && (2...6).contains(text.utf8.count)
                && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// As it is usually written.
    var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = bytes.withUnsafeBytes {
            inet_ntop(
                bytes.count == 4 ? AF_INET : AF_INET6, $0.baseAddress, &text, socklen_t(text.count))
        }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// All addresses that begin with the same bits.
struct Subnet: Equatable, Sendable {
    private let start: InternetAddress
    private let bits: Int

    /// Reads an address, or one with a slash and the number of its bits or a mask.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let start = InternetAddress(first) else { return nil }
        self.start = start
        let width = start.bytes.count * 8
        switch parts.count {
        case 1: bits = width
        case 2:
            guard var bits = Self.bits(parts[1], start) else { return nil }
            // IPv4 in the form of IPv6 counts the 96 bits before it.
            if width == 32, first.contains(":") { bits -= 96 }
            guard (1...width).contains(bits) else { return nil }
            self.bits = bits
        default: return nil
        }
    }

    private static func bits(_ text: some StringProtocol, _ start: InternetAddress) -> Int? {
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.count <= 3 {
            return Int(text)
        }
        guard let mask = InternetAddress(text), mask.bytes.count == 4, start.bytes.count == 4 else {
            return nil
        }
        let number = mask.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let count = (~number).leadingZeroBitCount
        return number == (count == 0 ? 0 : UInt32.max << UInt32(32 - count)) ? count : nil
    }

    func contains(_ address: InternetAddress) -> Bool {
        guard address.bytes.count == start.bytes.count else { return false }
        let whole = bits / 8
        guard address.bytes.prefix(whole) == start.bytes.prefix(whole) else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = ~UInt8(0) << UInt8(8 - bits % 8)
        return address.bytes[whole] & mask == start.bytes[whole] & mask
    }
}
