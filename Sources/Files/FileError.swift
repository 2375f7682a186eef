/// Why a file or folder could not be used.
package struct FileError: Error, Equatable {
    /// What is in the way.
    package enum Reason: Equatable, Sendable {
        /// There is nothing of that name, or a part of the path is no folder.
        case notFound
        /// A folder where a file was asked for.
        case isFolder
        /// `..`, an absolute path or a symbolic link leads out of the root.
        case outsideRoot
        /// A symbolic link where none may be followed, or a chain of links without end.
        case link
        /// Larger than the caller's limit, in bytes.
        case tooLarge(limitBytes: Int)
        /// A device, a socket or a pipe.
        case notRegular
        /// The operating system does not let this process have it.
        case permission
        /// The file was written to while it was read.
        case changedWhileRead
        /// A NUL character, or a name longer than the operating system takes.
        case badName
        /// A pattern matches more files, or a tree is deeper or larger, than the limit.
        case tooMany(limit: Int)
        /// Another process holds the lock; the number is its process id as far as known.
        case locked(by: Int?)
        /// Anything else, with the number of the operating system's error.
        case io(code: Int32)
    }

    /// What is in the way.
    package let reason: Reason
    /// The path as the caller gave it; empty for the root itself.
    package let path: String
    /// The folder that the path is relative to; empty if the path stands alone.
    package let root: String

    package init(_ reason: Reason, path: String, root: String = "") {
        self.reason = reason
        self.path = path
        self.root = root
    }
}

extension FileError: CustomStringConvertible {
    /// One sentence for people: the place, what happened and, where it helps, what to do.
    package var description: String {
        let place = path.isEmpty ? root : path
        let within = root.isEmpty || path.isEmpty ? "" : " in \(root)"
        return "\(place)\(within): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .notFound: "there is no such file or folder."
        case .isFolder: "this is a folder, but a file is needed."
        case .outsideRoot: "the path leads out of the folder that may be read."
        case .link: "a symbolic link is in the way, and links are not followed here."
        case .tooLarge(let limit): "the file is larger than the limit of \(limit) bytes."
        case .notRegular: "this is a device, a socket or a pipe, not a file."
        case .permission: "the operating system refuses access; check owner and mode."
        case .changedWhileRead: "the file was changed while it was being read; read it again."
        case .badName: "the name is too long or has a character that no file name can have."
        case .tooMany(let limit): "there are more than \(limit) entries, which is the limit."
        case .locked(let process?): "process \(process) is using this folder; stop it first."
        case .locked(nil): "another process is using this folder; stop it first."
        case .io(let code): "the operating system reports \(systemMessage(code))."
        }
    }
}
