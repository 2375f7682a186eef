import FoundationEssentials

/// The files of the repository that this test stands in.
struct SourceTree {
    /// Every file of the project with its path from the root; what is no text has none.
    let files: [(path: String, text: String?)]

    /// What belongs to the project: not build folders, and not what somebody left at the root.
    private static let places = [
        "Sources", "Tests", "Plugins", "Resources", "script", "docs", ".ci", "Package.swift",
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", ".gitignore",
    ]

    init() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast(3).joined(separator: "/")
        let manager = FileManager.default
        var files: [(String, String?)] = []
        for place in Self.places {
            var isFolder = false
            guard manager.fileExists(atPath: "\(root)/\(place)", isDirectory: &isFolder) else {
                continue
            }
            let inside =
                isFolder ? try manager.subpathsOfDirectory(atPath: "\(root)/\(place)") : [""]
            for name in inside.sorted() where !name.contains("__pycache__") {
                let path = name.isEmpty ? place : "\(place)/\(name)"
                guard let data = manager.contents(atPath: "\(root)/\(path)") else { continue }
                files.append((path, String(validating: data, as: UTF8.self)))
            }
        }
        self.files = files
    }

    /// The texts whose path begins and ends so.
    func texts(under prefix: String = "", _ suffix: String) -> [(path: String, text: String)] {
        files.compactMap { file in
            guard file.path.hasPrefix(prefix), file.path.hasSuffix(suffix) else { return nil }
            return file.text.map { (file.path, $0) }
        }
    }

    /// What a link can lead to: a file's text, or the empty text for a folder or a picture.
    func read(_ path: String) -> String? {
        if let file = files.first(where: { $0.path == path }) { return file.text ?? "" }
        return files.contains { $0.path.hasPrefix(path + "/") } ? "" : nil
    }
}
