import Glibc
import Values

/// Why a file of the configuration could not be read.
enum SettingsReadFault: Error {
    case missing
    case unreadable(String)
    case tooLarge
}

/// Reads a file of the configuration whole.
///
/// These are files that the operator named, wherever they are: no root confines them.
func readSettingsFile(_ path: String, limit: Int = 10_000_000) throws(SettingsReadFault) -> [UInt8]
{
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { throw .missing }
        throw .unreadable(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
        throw .unreadable("it is a folder")
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        guard count > 0 else { return output }
        output += buffer[..<count]
        guard output.count <= limit else { throw .tooLarge }
    }
}

/// The path of a file that is named relative to a folder, with `.` and `..` taken out.
func settingsPath(_ path: String, in folder: String) -> String {
    let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    var parts: [Substring] = []
    let isAbsolute = whole.hasPrefix("/")
    for part in whole.split(separator: "/") where part != "." {
        if part == "..", let last = parts.last, last != ".." {
            parts.removeLast()
        } else if part != ".." || !isAbsolute {
            parts.append(part)
        }
    }
    let joined = parts.joined(separator: "/")
    return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
}

/// The folder that a path is in.
func settingsFolder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Whether there is something at a path, readable or not.
func settingsFileExists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 || errno != ENOENT && errno != ENOTDIR
}
