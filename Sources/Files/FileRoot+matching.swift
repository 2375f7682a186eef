/// How much a search for files may look at.
package struct GlobLimits: Sendable {
    /// The most files in the result.
    package var files: Int
    /// The most folders below each other.
    package var depth: Int
    /// The most names that are looked at, matching or not.
    package var entries: Int

    package init(files: Int = 10_000, depth: Int = 32, entries: Int = 1_000_000) {
        self.files = files
        self.depth = depth
        self.entries = entries
    }
}

/// What a search for files found.
package struct GlobMatches: Sendable {
    /// Paths relative to the root, sorted by their bytes, each once.
    package internal(set) var files: [String] = []
    /// What could not be looked at: folders without permission, links that lead out.
    ///
    /// At most 100.
    package internal(set) var refused: [FileError] = []
}

extension FileRoot {
    /// The regular files that a pattern matches.
    ///
    /// A symbolic link is followed where a part of the pattern other than `**` names it and the
    /// root follows links; `**` never goes through one, so that circles end. Each folder is read
    /// once, and only if something in it can still match.
    ///
    /// - Parameter pattern: Relative to the root; a leading `./` is ignored.
    /// - Throws: `tooMany` when a limit is passed, `outsideRoot` for a pattern with `..` or a
    ///   leading slash. A folder that cannot be read is no error but stands in `refused`.
    package func files(
        matching pattern: GlobPattern, limits: GlobLimits = GlobLimits()
    ) throws(FileError) -> GlobMatches {
        let names = pathNames(pattern.text)
        guard names.first != "", !names.contains("..") else {
            throw error(.outsideRoot, pattern.text)
        }
        var states = pattern.start()
        // A leading "./" is the root itself.
        if names.first == "." {
            states = pattern.advance(states, over: ["."], throughLink: false)
        }
        var search = Search(root: self, pattern: pattern, limits: limits)
        try search.look(in: "", states, depth: 0, followingLink: true)
        search.found.files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return search.found
    }
}

/// One walk over the folders that can hold matches.
private struct Search {
    let root: FileRoot
    let pattern: GlobPattern
    let limits: GlobLimits
    var found = GlobMatches()
    private var seen = 0

    init(root: FileRoot, pattern: GlobPattern, limits: GlobLimits) {
        self.root = root
        self.pattern = pattern
        self.limits = limits
    }

    mutating func look(
        in folder: String, _ states: Set<GlobPattern.State>, depth: Int, followingLink: Bool
    ) throws(FileError) {
        guard depth <= limits.depth else {
            throw root.error(.tooMany(limit: limits.depth), folder)
        }
        let entries: [FolderEntry]
        do {
            entries = try root.entries(
                of: folder, limit: limits.entries - seen, followingLink: followingLink)
        } catch {
            if case .tooMany = error.reason {
                throw root.error(.tooMany(limit: limits.entries), pattern.text)
            }
            return refuse(error)
        }
        seen += entries.count
        for entry in entries {
            try look(at: entry, in: folder, states, depth: depth)
        }
    }

    private mutating func look(
        at entry: FolderEntry, in folder: String, _ states: Set<GlobPattern.State>, depth: Int
    ) throws(FileError) {
        let name = Array(entry.name.unicodeScalars)
        var next = pattern.advance(states, over: name, throughLink: false)
        guard !next.isEmpty else { return }
        let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
        let isLink = entry.kind == .link
        let kind: FileKind
        do {
            if let known = entry.kind, known != .link {
                kind = known
            } else {
                kind = try root.kind(of: path)
            }
        } catch {
            return refuse(error)
        }
        switch kind {
        case .regular where pattern.isComplete(next):
            guard found.files.count < limits.files else {
                throw root.error(.tooMany(limit: limits.files), pattern.text)
            }
            found.files.append(path)
        case .folder where pattern.canContinue(next):
            if isLink { next = pattern.advance(states, over: name, throughLink: true) }
            guard pattern.canContinue(next) else { return }
            try look(in: path, next, depth: depth + 1, followingLink: isLink)
        default:
            break
        }
    }

    private mutating func refuse(_ error: FileError) {
        if found.refused.count < 100 { found.refused.append(error) }
    }
}
