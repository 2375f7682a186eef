import Glibc

/// The state of all watched files at one moment, and where to listen for changes.
struct WatchedState {
    /// Which names in a folder matter.
    enum Interest {
        case all
        case names(Set<String>)

        mutating func add(_ other: Interest) {
            if case .names(let mine) = self, case .names(let more) = other {
                self = .names(mine.union(more))
            } else {
                self = .all
            }
        }
    }

    /// Every regular file by its path.
    private var files: [String: FileStamp] = [:]
    /// The folders and files to listen at.
    private(set) var interests: [String: Interest] = [:]
    /// There was more than `entryLimit`, or a tree deeper than `depthLimit`.
    private(set) var isCut = false

    private static let entryLimit = 200_000
    private static let depthLimit = 32
    private var seen = 0

    init() {}

    /// Looks at files, and at folders with all that is below them.
    init(looking targets: [String]) {
        for target in targets where !target.utf8.contains(0) {
            listenAbove(target)
            var status = stat()
            guard stat(target, &status) == 0 else { continue }
            switch FileKind(mode: status.st_mode) {
            case .regular:
                files[target] = FileStamp(status)
                listen(at: target, .all)
            case .folder:
                look(in: target, depth: 0)
            case .link, .other:
                break
            }
        }
    }

    /// Looks at some files only.
    ///
    /// - Returns: nil where that does not tell all: one of them was no regular file before, or is
    ///   none now.
    func looking(againAt paths: Set<String>) -> WatchedState? {
        var now = self
        for path in paths {
            var status = stat()
            guard files[path] != nil, stat(path, &status) == 0,
                FileKind(mode: status.st_mode) == .regular
            else { return nil }
            now.files[path] = FileStamp(status)
        }
        return now
    }

    /// The paths whose file is new, other or gone; sorted.
    func differences(from before: WatchedState) -> [String] {
        var changed = files.filter { before.files[$0.key] != $0.value }.map(\.key)
        changed += before.files.keys.filter { files[$0] == nil }
        return changed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Listens in the folder of a target, or, where that is missing, in the nearest one above it,
    /// so that its coming back is heard.
    private mutating func listenAbove(_ target: String) {
        var rest = target[...]
        while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
        while rest != "/", !rest.isEmpty {
            let name: Substring
            let folder: Substring
            if let slash = rest.lastIndex(of: "/") {
                name = rest[rest.index(after: slash)...]
                folder = slash == rest.startIndex ? "/" : rest[..<slash]
            } else {
                name = rest
                folder = "."
            }
            listen(at: String(folder), .names([String(name)]))
            var status = stat()
            if stat(String(folder), &status) == 0 || folder == "." { return }
            rest = folder
        }
    }

    private mutating func listen(at path: String, _ interest: Interest) {
        interests[path, default: interest].add(interest)
    }

    private mutating func look(in folder: String, depth: Int) {
        guard depth <= Self.depthLimit, seen < Self.entryLimit else {
            isCut = true
            return
        }
        listen(at: folder, .all)
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        var folders: [String] = []
        while let entry = readdir(stream) {
            guard let read = FolderEntry(entry), read.name != ".", read.name != ".." else {
                continue
            }
            seen += 1
            guard seen < Self.entryLimit else {
                isCut = true
                return
            }
            let path = folder.hasSuffix("/") ? folder + read.name : "\(folder)/\(read.name)"
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            switch FileKind(mode: status.st_mode) {
            case .regular: files[path] = FileStamp(status)
            // Links to folders are not followed: they may lead in circles.
            case .folder where read.kind != .link: folders.append(path)
            case .folder, .link, .other: break
            }
        }
        for path in folders { look(in: path, depth: depth + 1) }
    }
}
