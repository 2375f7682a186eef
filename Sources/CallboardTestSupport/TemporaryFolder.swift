import Glibc

/// A new folder, removed with all that is in it when nobody holds this any more.
package final class TemporaryFolder: Sendable {
    /// Absolute.
    package let path: String

    /// Makes it below TMPDIR, or `/tmp`.
    package init() throws {
        let parent = environment("TMPDIR") ?? "/tmp"
        var name = Array((parent + "/callboard-test-XXXXXX").utf8CString)
        guard let made = mkdtemp(&name) else { throw MissingSupport(what: "a folder in \(parent)") }
        path = String(cString: made)
    }

    deinit { removeTree(path) }
}

/// Gives the body the path of a new folder, and removes it with all that is in it.
package func withTemporaryFolder<Value: Sendable>(
    _ body: (String) async throws -> Value
) async throws -> Value {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await body(folder.path)
}

/// Removes a file, or a folder with all that is in it; links are removed and not followed.
package func removeTree(_ path: String) {
    if unlink(path) == 0 || rmdir(path) == 0 { return }
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { removeTree("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
}

/// What a test needs and does not find.
struct MissingSupport: Error, CustomStringConvertible {
    let what: String
    var description: String { "The test needs \(what)." }
}

/// A variable of the environment, where it is set to something.
func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}
