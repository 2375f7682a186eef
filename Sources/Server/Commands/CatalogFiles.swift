import CatalogModel
import Catalog
import Files
import Outbound

/// The files that the paths of a command line mean, and the folders that they may be read in.
struct CatalogFiles {
    private(set) var locations: [LocationRef] = []
    private(set) var roots: [FileRoot] = []
    /// How many files were left out because they are parts of templates.
    private(set) var skeletonCount = 0
    private let workingFolder: String

    /// - Throws: ``UsageError`` for the first path that leads to nothing.
    init(
        _ paths: [String], in workingFolder: String, takesAddresses: Bool
    ) throws(UsageError) {
        self.workingFolder = workingFolder
        if let root = try? FileRoot(workingFolder) { roots.append(root) }
        for path in paths {
            if WebAddress(path) != nil {
                guard takesAddresses else {
                    throw UsageError(
                        message: "`\(path)` is an address", remedy: "add `--network` to read it")
                }
                locations.append(LocationRef(type: "url", target: path))
            } else {
                try add(path)
            }
        }
        var seen: Set<LocationRef> = []
        locations = locations.filter { seen.insert($0).inserted }
    }

    private mutating func add(_ path: String) throws(UsageError) {
        let absolute = SourceReader.tidied(
            path.hasPrefix("/") ? path : "\(workingFolder)/\(path)")
        if let folder = try? FileRoot(absolute) {
            try add(folder: folder, named: path)
        } else {
            let parent = absolute.split(separator: "/").dropLast().joined(separator: "/")
            let name = absolute.split(separator: "/").last.map(String.init) ?? ""
            do throws(FileError) {
                let root = try FileRoot("/\(parent)")
                _ = try root.stamp(of: name)
                allow(root)
            } catch {
                throw UsageError(
                    message: error.reason == .notFound
                        ? "there is no file or folder `\(path)`"
                        : "`\(path)` cannot be read: \(error)",
                    remedy: "paths are relative to \(workingFolder)")
            }
            locations.append(LocationRef(type: "file", target: absolute))
        }
    }

    /// Every catalog file below a folder; folders that begin with a dot, packages that were
    /// fetched, and skeletons of templates are not looked into.
    private mutating func add(folder: FileRoot, named path: String) throws(UsageError) {
        let all: [String]
        do {
            let pattern = try GlobPattern("**/{catalog-info,template}.{yaml,yml}")
            all = try folder.files(
                matching: pattern, limits: GlobLimits(files: 200_000, depth: 64)
            ).files.filter { !$0.split(separator: "/").contains("node_modules") }
        } catch {
            throw UsageError(
                message: "`\(path)` cannot be searched: \(error)",
                remedy: "name the files themselves")
        }
        let templates = Set(all.filter { Self.name($0).hasPrefix("template.") }.map(Self.folder))
        let found = all.filter { Self.name($0).hasPrefix("catalog-info.") }
        guard !found.isEmpty else {
            throw UsageError(
                message: "there is no catalog-info.yaml or catalog-info.yml below `\(path)`",
                remedy: "name the files themselves, if they are called otherwise")
        }
        allow(folder)
        for file in found {
            if Self.isInside(file, templates), Self.isUnrendered(file, folder) {
                skeletonCount += 1
            } else {
                locations.append(LocationRef(type: "file", target: "\(folder.path)/\(file)"))
            }
        }
    }

    private static func name(_ path: String) -> Substring {
        path.split(separator: "/").last ?? ""
    }

    private static func folder(_ path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// Whether a file stands in a folder below one of a template.
    private static func isInside(_ file: String, _ templates: Set<String>) -> Bool {
        var folder = folder(file)
        while !folder.isEmpty {
            folder = Self.folder(folder)
            if templates.contains(folder) { return true }
        }
        return false
    }

    /// Whether a file becomes YAML only when a template runs.
    private static func isUnrendered(_ file: String, _ folder: FileRoot) -> Bool {
        guard let content = try? folder.read(file, limit: 1 << 20) else { return false }
        let text = String(decoding: content.bytes, as: UTF8.self)
        return text.contains("${{") || text.contains("{%")
    }

    /// Lets files be read in a folder, unless one that holds it is allowed already.
    private mutating func allow(_ root: FileRoot) {
        let isInside = roots.contains {
            root.path == $0.path || root.path.hasPrefix($0.path == "/" ? "/" : "\($0.path)/")
        }
        if !isInside { roots.append(root) }
    }
}
