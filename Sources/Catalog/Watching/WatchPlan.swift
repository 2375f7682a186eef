import CatalogModel
import Descriptors
import Files
import Values

/// Which paths on the disk the catalog depends on, and how.
struct WatchPlan: Sendable {
    /// A place where files may appear that a source takes in.
    struct Target: Sendable {
        /// What is watched: the file, or the folder in which the pattern is looked for.
        var path: String
        /// nil for the file itself.
        var pattern: GlobPattern?
        /// The location of the source.
        var source: String

        func takesIn(_ file: String) -> Bool {
            guard let pattern else { return file == path }
            return pattern.matches(file)
        }
    }

    /// The files that were read, and the locations of their sources.
    var files: [String: String] = [:]
    var targets: [Target] = []
    /// For each file that placeholders name: the files that do.
    var namedBy: [String: Set<String>] = [:]

    /// What to watch.
    var paths: Set<String> {
        Set(files.keys).union(targets.map(\.path)).union(namedBy.keys)
    }

    /// Adds what a location points to, if that is on the disk.
    mutating func add(_ location: LocationRef, source: String) {
        guard location.type == "file" else { return }
        let path = location.target
        guard path.contains(where: { "*?[{".contains($0) }) else {
            targets.append(Target(path: path, pattern: nil, source: source))
            return
        }
        let fixed = path.split(separator: "/").prefix { !$0.contains { "*?[{".contains($0) } }
        // A pattern that cannot be used gives its diagnostic when it is read.
        guard let pattern = try? GlobPattern(path) else { return }
        targets.append(
            Target(path: "/" + fixed.joined(separator: "/"), pattern: pattern, source: source))
    }

    /// What has to be read again for changed paths.
    func affected(by changed: [String]) -> Affected {
        var affected = Affected()
        for path in changed {
            if files[path] != nil { affected.files.insert(path) }
            affected.files.formUnion(namedBy[path] ?? [])
            affected.forgotten.formUnion(namedBy[path] ?? [])
            guard files[path] == nil else { continue }
            for target in targets where target.takesIn(path) {
                affected.sources.insert(target.source)
            }
        }
        return affected
    }

    /// What changed paths ask for.
    struct Affected: Sendable {
        /// Files to be read again.
        var files: Set<String> = []
        /// Those of them that count as changed even if their bytes are the same.
        var forgotten: Set<String> = []
        /// Sources to be walked through again, because files came.
        var sources: Set<String> = []
    }
}

/// The texts that a file's placeholders name, by their targets.
///
/// Most files have none: a file is parsed only where the bytes of a placeholder's name are in it.
func placeholderTargets(in bytes: [UInt8]) -> [String] {
    let names = ["$text", "$json", "$yaml"]
    guard names.contains(where: { contains(bytes, Array($0.utf8)) }) else { return [] }
    var found: [String] = []
    func collect(_ value: JSON) {
        for element in value.kind == .array ? value.elements : JSON.null.elements {
            collect(element)
        }
        guard value.kind == .object else { return }
        if value.count == 1, let name = names.first(where: { value[$0] != nil }),
            let target = value[name]?.string
        {
            return found.append(target)
        }
        for (_, inner) in value.members { collect(inner) }
    }
    for document in readDocuments(bytes, file: nil).documents { collect(document.root) }
    return found
}

private func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    var start = bytes.startIndex
    while let found = bytes[start...].firstIndex(of: first) {
        if bytes[found...].starts(with: needle) { return true }
        start = found + 1
    }
    return false
}
