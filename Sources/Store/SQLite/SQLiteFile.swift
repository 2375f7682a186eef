import Glibc
import Synchronization

/// The file on disk: created with tight permissions, and locked for this process.
final class SQLiteFile: Sendable {
    /// The file's path.
    let path: String
    /// The folder to remove at the end, for a temporary file.
    private let temporaryFolder: String?
    /// Which file was opened: its device and number.
    private let identity: (device: UInt64, number: UInt64)
    /// The descriptor of the lock file, until it is given back.
    private let lock: Mutex<Int32?>

    var isTemporary: Bool { temporaryFolder != nil }

    /// Creates folder and file where they are missing, and takes the lock.
    ///
    /// - Parameter path: nil for a private file in a folder of its own under TMPDIR.
    init(path: String?) throws {
        if let path {
            self.path = path
            temporaryFolder = nil
            try SQLiteFile.createFolder(of: path)
        } else {
            let folder = try SQLiteFile.makeTemporaryFolder()
            temporaryFolder = folder
            self.path = folder + "/callboard.sqlite"
        }
        let lock = try SQLiteFile.lock(self.path)
        let file = Glibc.open(self.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var status = stat()
        if file >= 0 { fstat(file, &status) }
        identity = (UInt64(status.st_dev), UInt64(status.st_ino))
        self.lock = Mutex(lock)
        guard file >= 0 else {
            // Everything is set, so `deinit` runs and gives the lock back.
            throw SQLiteFile.refusal("create or write the database \(self.path)")
        }
        Glibc.close(file)
    }

    /// Throws where the path leads to another file than the open one, or to none: what is written
    /// into that would be gone with this process.
    func checkPlace() throws {
        guard !isTemporary else { return }
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard isThere, UInt64(status.st_dev) == identity.device,
            UInt64(status.st_ino) == identity.number
        else {
            throw StoreError(
                .unavailable,
                "\(path) was removed or replaced while Callboard runs: put the file back, or start "
                    + "Callboard anew. Nothing is written meanwhile.")
        }
    }

    deinit { release() }

    /// Gives the lock back and removes a temporary file; call it when every connection is closed.
    func release() {
        guard let lock = lock.withLock({ $0.take() }) else { return }
        if let temporaryFolder {
            for suffix in ["", "-wal", "-shm", ".lock"] { unlink(path + suffix) }
            rmdir(temporaryFolder)
        }
        Glibc.close(lock)
    }

    private static func createFolder(of path: String) throws {
        let parts = path.split(separator: "/").dropLast()
        var folder = path.hasPrefix("/") ? "" : "."
        for part in parts {
            folder += "/" + part
            guard mkdir(folder, 0o700) != 0, errno != EEXIST else { continue }
            throw refusal("create the data folder \(folder)")
        }
    }

    private static func makeTemporaryFolder() throws -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array((parent + "/callboard-XXXXXX").utf8CString)
        guard let made = mkdtemp(&name) else {
            throw refusal("create a temporary folder in \(parent)")
        }
        return String(cString: made)
    }

    /// Holds `<file>.lock` for as long as this process has the database.
    ///
    /// SQLite alone would let two portals take turns; each would answer from an index that does not
    /// know the other's changes. The lock ends with the process, however it ends.
    private static func lock(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(
            path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw refusal("write in the folder of \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { Glibc.close(descriptor) }
            guard errno == EWOULDBLOCK else { throw refusal("lock \(path).lock") }
            throw StoreError(
                .busy,
                "The database \(path) is in use by \(holder(descriptor)). Stop that one first, or "
                    + "give this one another data folder.")
        }
        let line = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) != 0 || write(descriptor, line, line.count) != line.count {
            // Only the number in the message to others is missing; the lock holds.
        }
        return descriptor
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty
            ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }

    /// What the system refused, with its reason; call it at once, before `errno` changes.
    private static func refusal(_ what: String) -> StoreError {
        let code = errno
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        let advice =
            "Give the user that runs Callboard the right to do so, or choose another data folder."
        return switch code {
        case EACCES, EPERM, EROFS:
            StoreError(.readOnly, "Callboard cannot \(what): \(reason). \(advice)")
        case ENOSPC, EDQUOT:
            StoreError(.full, "Callboard cannot \(what): \(reason). Free some space.")
        default: StoreError(.unavailable, "Callboard cannot \(what): \(reason).")
        }
    }
}
