import CLinux
import Glibc

/// What tells one state of a file from another without reading it.
package struct FileStamp: Hashable, Sendable {
    /// When the content was last modified, in nanoseconds since 1970.
    package let modifiedNanoseconds: Int64
    /// When content or metadata last changed; programs cannot set it back.
    package let changedNanoseconds: Int64
    /// The length in bytes.
    package let size: Int64
    /// The number of the file in its file system; a replaced file has another.
    package let number: UInt64

    init(_ status: stat) {
        modifiedNanoseconds = Self.nanoseconds(status.st_mtim)
        changedNanoseconds = Self.nanoseconds(status.st_ctim)
        size = Int64(status.st_size)
        number = UInt64(status.st_ino)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// A file as it was at one moment.
package struct FileContent: Sendable {
    /// Everything that stands in the file.
    package let bytes: [UInt8]
    /// The state that these bytes belong to.
    package let stamp: FileStamp

    /// When the content was last modified, in nanoseconds since 1970.
    package var modification: Int64 { stamp.modifiedNanoseconds }
    /// The length in bytes.
    package var size: Int { bytes.count }
}

/// A folder, opened once, beneath which files are read and out of which no path leads.
///
/// The kernel checks each step of each path (`openat2` with `RESOLVE_BENEATH`), so that neither
/// `..`, nor an absolute path, nor a symbolic link, nor a rename at the wrong moment gets out. Where
/// the kernel is too old, paths are walked one component at a time without following any link.
/// All functions block on the disk; call them from a thread that may. Safe from any thread.
package final class FileRoot: Sendable {
    /// What happens at a symbolic link.
    package enum Links: Sendable {
        /// Followed as long as the way stays inside; for folders that the operator looks after.
        case followedInside
        /// Never followed; for trees that others filled.
        case refused
    }

    /// How paths are resolved; tests choose the second.
    enum Lookup: Sendable {
        case kernel
        case components
    }

    /// The path that the root was opened with, for messages.
    package let path: String
    private let links: Links
    private let lookup: Lookup
    private let folder: Descriptor

    /// Opens a folder as a root.
    ///
    /// - Parameters:
    ///   - path: Where the folder is; relative to the working directory if it has no leading `/`.
    ///   - links: What happens at symbolic links beneath it. The path itself may contain links.
    /// - Throws: `notFound` also if it is a file, `permission`, `badName`, `io`.
    package convenience init(
        _ path: String, links: Links = .followedInside
    ) throws(FileError) {
        try self.init(path, links: links, lookup: .kernel)
    }

    init(_ path: String, links: Links, lookup: Lookup) throws(FileError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FileError(.badName, path: path)
        }
        let number = Glibc.open(path, callboard_o_path() | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else {
            throw FileError(.init(errno: errno), path: path)
        }
        folder = Descriptor(number: number)
        self.path = path
        self.links = links
        self.lookup = lookup
    }

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: Relative to the root, `/` between names.
    ///   - limit: The most bytes to take; one more is `tooLarge`.
    /// - Throws: Each reason but `tooMany` and `locked`. A pipe or device is refused at once, never
    ///   waited for.
    package func read(_ path: String, limit: Int) throws(FileError) -> FileContent {
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard let before = file.status() else { throw error(.io(code: errno), path) }
        switch FileKind(mode: before.st_mode) {
        case .regular: break
        case .folder: throw error(.isFolder, path)
        case .link, .other: throw error(.notRegular, path)
        }
        guard let size = Int(exactly: before.st_size), size <= limit else {
            throw error(.tooLarge(limitBytes: limit), path)
        }
        // One byte more than expected shows a file that grew.
        let bytes = try readAll(file.number, capacity: size + 1, path)
        guard let after = file.status() else { throw error(.io(code: errno), path) }
        let stamp = FileStamp(after)
        guard bytes.count == size, stamp == FileStamp(before) else {
            throw error(.changedWhileRead, path)
        }
        return FileContent(bytes: bytes, stamp: stamp)
    }

    /// The state of a regular file, without reading it.
    ///
    /// - Throws: As `read`, but neither `tooLarge` nor `changedWhileRead`.
    package func stamp(of path: String) throws(FileError) -> FileStamp {
        let file = try open(path, flags: callboard_o_path())
        guard let status = file.status() else { throw error(.io(code: errno), path) }
        switch FileKind(mode: status.st_mode) {
        case .regular: return FileStamp(status)
        case .folder: throw error(.isFolder, path)
        case .link, .other: throw error(.notRegular, path)
        }
    }

    /// What a folder holds, sorted by the bytes of the names, without `.` and `..`.
    ///
    /// A name that is not UTF-8 is left out: no path of ours could name it.
    ///
    /// - Parameters:
    ///   - path: Relative to the root; empty for the root.
    ///   - limit: The most entries; one more is `tooMany`.
    ///   - followingLink: Whether the last component may be a symbolic link.
    func entries(
        of path: String, limit: Int, followingLink: Bool
    ) throws(FileError) -> [FolderEntry] {
        var flags = O_RDONLY | O_DIRECTORY
        if !followingLink { flags |= O_NOFOLLOW }
        let opened = try open(path, flags: flags)
        let copy = fcntl(opened.number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw error(.init(errno: errno), path) }
        // The stream owns the copy from here on, but only if it could be made.
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw error(.init(errno: code), path)
        }
        defer { closedir(stream) }
        var found: [FolderEntry] = []
        while let entry = readdir(stream) {
            guard let read = FolderEntry(entry), read.name != ".", read.name != ".." else {
                continue
            }
            guard found.count < limit else { throw error(.tooMany(limit: limit), path) }
            found.append(read)
        }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What a path leads to, links followed as the root allows.
    func kind(of path: String) throws(FileError) -> FileKind {
        let opened = try open(path, flags: callboard_o_path())
        guard let status = opened.status() else { throw error(.io(code: errno), path) }
        return FileKind(mode: status.st_mode)
    }

    func error(_ reason: FileError.Reason, _ path: String) -> FileError {
        FileError(reason, path: path, root: self.path)
    }

    private func open(_ path: String, flags: Int32) throws(FileError) -> Descriptor {
        guard !path.utf8.contains(0) else { throw error(.badName, path) }
        guard path.utf8.first != UInt8(ascii: "/") else { throw error(.outsideRoot, path) }
        let name = path.isEmpty ? "." : path
        if lookup == .kernel {
            let result = callboard_open_beneath(
                folder.number, name, flags | O_CLOEXEC, links == .refused ? 1 : 0)
            if result >= 0 { return Descriptor(number: result) }
            guard result == -ENOSYS else { throw error(.init(errno: -result), path) }
        }
        return try openByComponents(name, flags: flags, path)
    }

    /// Walks one component at a time; no link is followed and no `..` taken, whatever `links` says.
    private func openByComponents(
        _ name: String, flags: Int32, _ path: String
    ) throws(FileError) -> Descriptor {
        let parts = pathNames(name).filter { $0 != "." && !$0.isEmpty }
        guard !parts.contains("..") else { throw error(.outsideRoot, path) }
        var current = try step(folder.number, ".", callboard_o_path() | O_DIRECTORY, path)
        for part in parts.dropLast() {
            let flags = callboard_o_path() | O_DIRECTORY | O_NOFOLLOW
            current = try step(current.number, part, flags, path)
        }
        let last = try step(
            current.number, parts.last ?? ".", flags | O_NOFOLLOW, path)
        // With O_PATH, O_NOFOLLOW opens the link itself.
        if let status = last.status(), FileKind(mode: status.st_mode) == .link {
            throw error(.link, path)
        }
        return last
    }

    private func step(
        _ folder: Int32, _ name: String, _ flags: Int32, _ path: String
    ) throws(FileError) -> Descriptor {
        let number = openat(folder, name, flags | O_CLOEXEC)
        guard number >= 0 else { throw error(.init(errno: errno), path) }
        return Descriptor(number: number)
    }

    private func readAll(
        _ number: Int32, capacity: Int, _ path: String
    ) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while count < capacity, let start = buffer.baseAddress {
                let got = Glibc.read(number, start + count, capacity - count)
                if got > 0 {
                    count += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw error(.init(errno: failure), path) }
        return bytes
    }
}

/// One name in a folder.
struct FolderEntry {
    let name: String
    /// Nil where the file system does not say it with the name.
    let kind: FileKind?

    /// Reads the entry in place: it is shorter than its type says, so it must not be copied.
    init?(_ entry: UnsafeMutablePointer<dirent>) {
        guard let start = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
        let text = UnsafeRawPointer(entry).advanced(by: start).assumingMemoryBound(to: CChar.self)
        guard let name = String(validatingCString: text) else { return nil }
        self.name = name
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): kind = .regular
        case Int(DT_DIR): kind = .folder
        case Int(DT_LNK): kind = .link
        case Int(DT_UNKNOWN): kind = nil
        default: kind = .other
        }
    }
}
