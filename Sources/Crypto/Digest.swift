internal import COpenSSL
import Glibc

/// SHA-256, the hash for everything but names that others prescribe.
///
/// An instance takes its input in pieces and can be used again after `finish`, which spares the
/// making of a context: use one for many hashes in a row. One owner at a time.
package struct SHA256: ~Copyable {
    /// The length of a hash in bytes.
    package static let byteCount = 32

    private let context: DigestContext

    /// Makes a hash with no input so far.
    package init() {
        context = DigestContext(.sha256)
    }

    /// Takes the next piece of the input.
    package func update(_ bytes: RawSpan) {
        context.update(bytes)
    }

    /// Takes the next piece of the input.
    package func update(_ bytes: [UInt8]) {
        context.update(bytes.span.bytes)
    }

    /// The hash of all pieces, 32 bytes; what follows begins a new hash.
    package func finish() -> [UInt8] {
        context.finish()
    }

    /// The hash of some bytes, 32 bytes.
    package static func hash(_ bytes: RawSpan) -> [UInt8] {
        let whole = SHA256()
        whole.update(bytes)
        return whole.finish()
    }

    /// The hash of some bytes, 32 bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        hash(bytes.span.bytes)
    }

    /// The hash of a text's UTF-8, 32 bytes.
    package static func hash(_ text: String) -> [UInt8] {
        hash(text.utf8Span.span.bytes)
    }
}

/// SHA-1, only where others prescribe it for names (Backstage's `generated-<sha1>`).
///
/// It protects nothing: two inputs with one hash can be made.
package enum SHA1 {
    /// The hash of some bytes, 20 bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        let context = DigestContext(.sha1)
        context.update(bytes.span.bytes)
        return context.finish()
    }

    /// The hash of a text's UTF-8, 20 bytes.
    package static func hash(_ text: String) -> [UInt8] {
        hash(Array(text.utf8))
    }
}

/// HMAC with SHA-256.
package enum HMACSHA256 {
    /// The authentication code of some bytes under a key, 32 bytes.
    package static func code(for bytes: [UInt8], key: Secret) -> [UInt8] {
        var length: UInt32 = 0
        let code = [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            bytes.withUnsafeBufferPointer { input in
                key.withBytes { key in
                    let done = HMAC(
                        Algorithm.sha256.handle, key.baseAddress, Int32(clamping: key.count),
                        input.baseAddress, input.count, output.baseAddress, &length)
                    count = done == nil ? 0 : Int(length)
                }
            }
        }
        guard code.count == 32 else { endWithoutLibrary() }
        return code
    }
}

/// A hash algorithm, looked up once: the lookup costs as much as hashing a kilobyte.
///
/// Unchecked: the library's algorithm objects never change and count their references atomically.
struct Algorithm: @unchecked Sendable {
    let handle: OpaquePointer

    static let sha256 = Algorithm(name: "SHA256")
    static let sha1 = Algorithm(name: "SHA1")

    private init(name: String) {
        guard let handle = EVP_MD_fetch(nil, name, nil) else { endWithoutLibrary() }
        self.handle = handle
    }
}

/// Owns one context of the library.
private struct DigestContext: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: Algorithm

    init(_ algorithm: Algorithm) {
        self.algorithm = algorithm
        guard let context = EVP_MD_CTX_new() else { endWithoutLibrary() }
        self.context = context
        begin()
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: RawSpan) {
        let result = bytes.withUnsafeBytes {
            EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        guard result == 1 else { endWithoutLibrary() }
    }

    func finish() -> [UInt8] {
        let hash = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { output, count in
            var length: UInt32 = 0
            guard EVP_DigestFinal_ex(context, output.baseAddress, &length) == 1 else { return }
            count = Int(length)
        }
        guard !hash.isEmpty else { endWithoutLibrary() }
        begin()
        return hash
    }

    private func begin() {
        guard EVP_DigestInit_ex2(context, algorithm.handle, nil) == 1 else { endWithoutLibrary() }
    }
}

/// Ends the process, as Swift itself does when memory is out.
///
/// Hashing fails only when memory is out or libcrypto lacks its basic algorithms, never because of
/// input. To go on would mean to store wrong hashes or to compare with them; to make every hash
/// throw would ask hundreds of callers to handle what none can.
func endWithoutLibrary() -> Never {
    let message = "callboard: libcrypto cannot hash (out of memory, or a broken installation)\n"
    _ = message.utf8.withContiguousStorageIfAvailable {
        write(STDERR_FILENO, $0.baseAddress, $0.count)
    }
    abort()
}
