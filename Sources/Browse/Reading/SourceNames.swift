import CatalogModel
import Markup

/// How files and addresses are named to people, and where one can look at them.
struct SourceNames: Sendable {
    /// Files below it are named from it on.
    let workingFolder: String

    /// A short name for a file, an address or a location reference: `acme/shop/catalog-info.yaml`.
    func name(_ file: String) -> String {
        var text = file
        for prefix in ["source ", "url:", "file:"] where text.hasPrefix(prefix) {
            text = String(text.dropFirst(prefix.count))
        }
        if !workingFolder.isEmpty, text.hasPrefix(workingFolder + "/") {
            return String(text.dropFirst(workingFolder.count + 1))
        }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return withoutBranch(String(text.dropFirst(scheme.count)))
        }
        return text
    }

    /// `host/owner/repo/blob/branch/path` as `owner/repo/path`.
    private func withoutBranch(_ address: String) -> String {
        for mark in ["/-/blob/", "/-/tree/", "/blob/", "/tree/", "/src/branch/"] {
            guard let range = address.firstRange(of: mark) else { continue }
            let repository = address[..<range.lowerBound].split(separator: "/").dropFirst()
            let path = address[range.upperBound...].split(separator: "/").dropFirst()
            guard !repository.isEmpty else { continue }
            return (Array(repository) + Array(path)).joined(separator: "/")
        }
        return address
    }

    /// Where a person can look at a file; nil for what no browser reaches.
    func address(_ file: String, line: Int? = nil) -> Href? {
        let text = file.hasPrefix("url:") ? String(file.dropFirst(4)) : file
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else { return nil }
        guard let line, !text.contains("#") else { return .external(text) }
        let isHosted = ["/blob/", "/src/branch/"].contains { text.contains($0) }
        return .external(isHosted ? "\(text)#L\(line)" : text)
    }

    /// A text with the working folder's files named shortly.
    func shortened(_ text: String) -> String {
        workingFolder.isEmpty ? text : text.replacing(workingFolder + "/", with: "")
    }
}
