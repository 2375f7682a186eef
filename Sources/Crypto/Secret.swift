internal import COpenSSL

/// Bytes that must not be seen: a key, a token, a password.
///
/// Prints as stars wherever it is printed, interpolated or inspected, compares in constant time,
/// and wipes its bytes when the last reference goes. Wiping does not reach copies that others made:
/// the text it came from, the array handed to `init`, what `withBytes` copied out.
///
/// Unchecked: the bytes are written once, before anyone else has the reference.
package final class Secret: @unchecked Sendable, Equatable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    private let storage: UnsafeMutableRawBufferPointer
    private let count: Int

    /// Makes a secret with a copy of some bytes.
    package init(_ bytes: RawSpan) {
        count = bytes.byteCount
        // One byte at least, so that an empty secret still has an address to hand to C.
        storage = .allocate(byteCount: max(1, count), alignment: 1)
        bytes.withUnsafeBytes { storage.copyMemory(from: $0) }
    }

    /// Makes a secret with a copy of some bytes.
    package convenience init(_ bytes: [UInt8]) {
        self.init(bytes.span.bytes)
    }

    /// Makes a secret with the UTF-8 of a text.
    package convenience init(_ text: String) {
        self.init(text.utf8Span.span.bytes)
    }

    /// A secret of random bytes that nobody can guess.
    package static func random(byteCount: Int) -> Secret {
        Secret(randomBytes(byteCount))
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    /// The number of bytes.
    package var byteCount: Int { count }

    /// Whether there are no bytes.
    package var isEmpty: Bool { count == 0 }

    /// Lends the bytes; the buffer is valid only within the closure and always has an address.
    package func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: storage.baseAddress, count: count))
    }

    /// The secret as text, for the one place that has to send it; nil if it is not UTF-8.
    package func revealedText() -> String? {
        withBytes { String(validating: $0, as: UTF8.self) }
    }

    package static func == (left: Secret, right: Secret) -> Bool {
        left.withBytes { left in right.withBytes { right in areEqual(left, right) } }
    }

    package var description: String { "******" }
    package var debugDescription: String { "******" }
    /// Empty, so that `dump` and debuggers find no bytes.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Compares in a time that depends on the lengths only, never on where the bytes differ.
package func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBytes { left in right.withUnsafeBytes { right in areEqual(left, right) } }
}

/// Random bytes that nobody can guess, from the kernel's generator.
package func randomBytes(_ count: Int) -> [UInt8] {
    var source = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(max(0, count))
    while bytes.count < count {
        let word: UInt64 = source.next()
        withUnsafeBytes(of: word) { bytes += $0.prefix(count - bytes.count) }
    }
    return bytes
}

private func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let first = left.baseAddress, let second = right.baseAddress else { return true }
    return CRYPTO_memcmp(first, second, left.count) == 0
}
