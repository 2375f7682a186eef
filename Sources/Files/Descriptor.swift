import Glibc

/// A file descriptor that is closed when its last use is over.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    deinit {
        close(number)
    }

    /// The metadata of what is open, or nil if the operating system refuses it.
    func status() -> stat? {
        var status = stat()
        return fstat(number, &status) == 0 ? status : nil
    }
}

/// The kind of a file as its mode says it.
enum FileKind {
    case regular
    case folder
    case link
    case other

    init(mode: mode_t) {
        switch mode & 0o170000 {
        case 0o100000: self = .regular
        case 0o040000: self = .folder
        case 0o120000: self = .link
        default: self = .other
        }
    }
}

/// The names between the slashes of a path, empty ones included.
///
/// Split at the byte: to Swift, a slash with an accent after it is another character, to the
/// operating system it is a slash.
func pathNames(_ path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
}

/// The operating system's words for an error number.
func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension FileError.Reason {
    /// The reason that an error number of opening, reading or writing stands for.
    init(errno code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .notFound
        case EISDIR: self = .isFolder
        case EXDEV: self = .outsideRoot
        case ELOOP: self = .link
        case EACCES, EPERM: self = .permission
        case ENXIO, ENODEV: self = .notRegular
        case ENAMETOOLONG, EINVAL, EILSEQ: self = .badName
        default: self = .io(code: code)
        }
    }
}
