import Glibc

/// The folder that one running portal keeps its data in.
///
///     data/
///     ├── lock      held while the portal runs; the process id stands in it
///     ├── tmp/      emptied at each start
///     └── …         whatever the portal keeps
///
/// Everything is made for this user only (folders 0700, files 0600). All functions block on the
/// disk. Safe from any thread.
package final class DataFolder: Sendable {
    /// Where the folder is.
    package let path: String
    /// For reading beneath the folder.
    package let root: FileRoot
    private let folder: Descriptor
    /// Held open: closing it gives the lock back.
    private let lock: Descriptor

    /// Opens the folder for this process alone, making it, and what is above it, if need be.
    ///
    /// - Throws: `locked` while another process has it; `permission` also if everybody may write to
    ///   it; `notFound` if there is a file of that name; `badName`, `io`.
    package init(_ path: String) throws(FileError) {
        let root: FileRoot
        try Self.makeFolders(path)
        root = try FileRoot(path)
        let folder = try Self.openFolder(path)
        // Somebody else could have put anything into such a folder.
        if let status = folder.status(), status.st_mode & 0o002 != 0 {
            throw FileError(.permission, path: path)
        }
        lock = try Self.takeLock(in: folder, path)
        try Self.makeFolders("\(path)/tmp")
        self.path = path
        self.root = root
        self.folder = folder
        emptyTemporary("tmp", depth: 0)
    }

    /// Makes an empty file that no other has, and that only this user may open.
    ///
    /// - Parameter suffix: The end of its name, such as `.sqlite`.
    /// - Returns: Its path. It stays until it is removed or the portal starts again.
    package func makeTemporaryFile(suffix: String = "") throws(FileError) -> String {
        let name = temporaryName(suffix)
        _ = try create(name)
        return "\(path)/\(name)"
    }

    /// Makes an empty folder that no other has.
    ///
    /// - Returns: Its path. It stays until it is removed or the portal starts again.
    package func makeTemporaryFolder() throws(FileError) -> String {
        let name = temporaryName("")
        guard mkdirat(folder.number, name, 0o700) == 0 else { throw failure(name) }
        return "\(path)/\(name)"
    }

    /// Puts a file in place of the one of that name, or makes it, so that after a crash at any
    /// moment there is either the old content or the new one, whole.
    ///
    /// - Parameters:
    ///   - name: One name, or a path below the folder whose folders exist.
    ///   - bytes: The new content.
    /// - Throws: `badName`, `outsideRoot`, `notFound`, `isFolder`, `permission`, `io`; the old
    ///   content is then still there.
    package func replace(_ name: String, with bytes: [UInt8]) throws(FileError) {
        let parts = pathNames(name)
        guard !name.utf8.contains(0), !parts.contains("") else { throw error(.badName, name) }
        guard !parts.contains(".."), !parts.contains(".") else { throw error(.outsideRoot, name) }
        let temporary = temporaryName("")
        let file = try create(temporary)
        do throws(FileError) {
            try write(bytes, to: file.number, name)
            guard fsync(file.number) == 0 else { throw failure(name) }
            guard renameat(folder.number, temporary, folder.number, name) == 0 else {
                throw failure(name)
            }
        } catch {
            unlinkat(folder.number, temporary, 0)
            throw error
        }
        // Until the folder is on the disk, the new name may be lost.
        let parent = parts.count == 1 ? path : "\(path)/\(parts.dropLast().joined(separator: "/"))"
        let opened = try Self.openFolder(parent)
        guard fsync(opened.number) == 0 else { throw failure(name) }
    }

    /// Removes a file; no error if there is none.
    package func remove(_ name: String) throws(FileError) {
        guard !name.utf8.contains(0), name.utf8.first != UInt8(ascii: "/"),
            !pathNames(name).contains("..")
        else { throw error(.outsideRoot, name) }
        guard unlinkat(folder.number, name, 0) == 0 || errno == ENOENT else {
            throw failure(name)
        }
    }
}

extension DataFolder {
    private func error(_ reason: FileError.Reason, _ name: String) -> FileError {
        FileError(reason, path: name, root: path)
    }

    /// The error that the last call of the operating system left.
    private func failure(_ name: String) -> FileError {
        error(.init(errno: errno), name)
    }

    private func temporaryName(_ suffix: String) -> String {
        let number = UInt64.random(in: .min ... .max)
        return "tmp/\(String(number, radix: 36))\(suffix)"
    }

    private func create(_ name: String) throws(FileError) -> Descriptor {
        let flags = O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC
        let number = openat(folder.number, name, flags, 0o600)
        guard number >= 0 else { throw failure(name) }
        return Descriptor(number: number)
    }

    private func write(
        _ bytes: [UInt8], to number: Int32, _ name: String
    ) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw failure(name)
            }
        }
    }

    /// Removes what an earlier run left; what cannot be removed stays, it harms nobody.
    private func emptyTemporary(_ place: String, depth: Int) {
        guard depth < 64,
            let entries = try? root.entries(of: place, limit: 100_000, followingLink: false)
        else { return }
        for entry in entries {
            let name = "\(place)/\(entry.name)"
            if unlinkat(folder.number, name, 0) != 0, entry.kind == .folder {
                emptyTemporary(name, depth: depth + 1)
                unlinkat(folder.number, name, AT_REMOVEDIR)
            }
        }
    }

    private static func makeFolders(_ path: String) throws(FileError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FileError(.badName, path: path)
        }
        let names = pathNames(path)
        for count in 1...names.count where !names[count - 1].isEmpty {
            let made = names[..<count].joined(separator: "/")
            guard mkdir(made, 0o700) == 0 || errno == EEXIST || errno == EISDIR else {
                // Above the folder there may be some in which nothing can be made.
                var status = stat()
                let code = errno
                if stat(made, &status) == 0 { continue }
                throw FileError(.init(errno: code), path: made)
            }
        }
    }

    private static func openFolder(_ path: String) throws(FileError) -> Descriptor {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileError(.init(errno: errno), path: path) }
        return Descriptor(number: number)
    }

    private static func takeLock(
        in folder: borrowing Descriptor, _ path: String
    ) throws(FileError) -> Descriptor {
        let flags = O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC
        let number = openat(folder.number, "lock", flags, 0o600)
        guard number >= 0 else {
            throw FileError(.init(errno: errno), path: "lock", root: path)
        }
        let file = Descriptor(number: number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else {
                throw FileError(.init(errno: code), path: "lock", root: path)
            }
            var text = [UInt8](repeating: 0, count: 32)
            let count = pread(number, &text, text.count, 0)
            let holder = Int(String(decoding: text.prefix(max(0, count)), as: UTF8.self))
            throw FileError(.locked(by: holder), path: path)
        }
        // Only for the message above; that it fails on a full disk is no reason not to start.
        let text = Array("\(getpid())".utf8)
        if ftruncate(number, 0) == 0 { pwrite(number, text, text.count, 0) }
        return file
    }
}
