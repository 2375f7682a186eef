/// A file or folder of a repository, taken apart from the address of its page.
///
/// Each name is decoded and checked once, here, and encoded anew in every address that is built
/// from it: a name that would lead elsewhere when decoded (`..`, a slash), however often it was encoded,
/// is refused, so that a token never reaches another part of an API.
package struct RepositoryURL: Equatable, Sendable {
    /// What the page shows.
    package enum Kind: Equatable, Sendable {
        case file
        case folder
        /// The bare content of a file.
        case raw
        /// The page on which a file is edited.
        case edit
        /// The repository itself, with neither branch nor path.
        case repository
    }

    /// What a ref names, where the address says it.
    package enum RefKind: String, Sendable {
        case branch
        case tag
        case commit
    }

    /// The host it is on.
    package let host: RepositoryHost
    /// What the page shows.
    package let kind: Kind
    /// The user, organisation, workspace or project that owns the repository; groups of GitLab
    /// joined by `/`.
    package let owner: String
    /// The project between organisation and repository, in Azure only.
    package let project: String?
    /// The name of the repository.
    package let repository: String
    /// The branch, tag or commit; nil for the default branch.
    ///
    /// A branch with a slash in its name is only understood where it was written `%2F` or has a
    /// parameter of its own.
    package let ref: String?
    /// What the ref names; `branch` where the address does not say it.
    package let refKind: RefKind
    /// The names down to the file or folder; empty for the root.
    package let pathNames: [String]
    /// How many names of the address's own path stand before those of `pathNames`.
    let rootLength: Int
    /// The address that all this was read from.
    package let address: WebAddress

    /// The path within the repository, without a slash at its beginning.
    package var path: String { pathNames.joined(separator: "/") }

    /// Takes an address apart.
    ///
    /// - Returns: Nil if it does not name a repository in the way of that host, or holds a name
    ///   that no repository, branch or file can have.
    package init?(_ address: WebAddress, on host: RepositoryHost) {
        guard let names = RepositoryNames(address, on: host),
            let parts = names.parts(host.provider)
        else { return nil }
        guard !parts.owner.isEmpty, !parts.repository.isEmpty, parts.ref != "",
            RepositoryNames.isSafe(parts.ref ?? "x")
        else { return nil }
        self.host = host
        self.address = address
        kind = parts.kind
        owner = parts.owner
        project = parts.project
        repository = parts.repository
        ref = parts.ref
        refKind = parts.refKind
        pathNames = parts.path
        rootLength = parts.rootLength
    }

    /// Whether both are in the same repository at the same ref.
    package func sharesTree(with other: RepositoryURL) -> Bool {
        host == other.host && owner == other.owner && project == other.project
            && repository == other.repository && ref == other.ref && refKind == other.refKind
    }
}

/// What the grammar of one provider finds in an address.
struct RepositoryParts {
    var kind = RepositoryURL.Kind.repository
    var owner: String
    var project: String?
    var repository: String
    var ref: String?
    var refKind = RepositoryURL.RefKind.branch
    var path: [String] = []
    var rootLength = 0
}

/// The decoded names of an address's path, and the grammars over them.
struct RepositoryNames {
    private let names: [String]
    private let query: QueryItems
    /// How many names of the path belong to the base address of the host.
    private let baseLength: Int
    private let hostName: String

    /// Nil if a name cannot be part of a repository's address.
    init?(_ address: WebAddress, on host: RepositoryHost) {
        guard address.userInformation == nil else { return nil }
        var segments = address.pathSegments[...]
        if segments.last == "" { segments.removeLast() }
        var names: [String] = []
        for segment in segments {
            guard let name = PercentEncoding.decode(segment), !name.isEmpty, Self.isSafe(name)
            else { return nil }
            names.append(name)
        }
        let base = WebAddress(host.baseURL)?.pathSegments.filter { !$0.isEmpty }.map(String.init)
        let prefix = base ?? []
        guard names.starts(with: prefix) else { return nil }
        baseLength = prefix.count
        self.names = Array(names.dropFirst(prefix.count))
        query = QueryItems(address.query)
        hostName = address.host ?? ""
    }

    /// What stands between slashes; split at bytes, because to Swift a slash with an accent after it
    /// is another character.
    static func names(in text: String, alsoAtBackslashes: Bool = false) -> [String] {
        text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || alsoAtBackslashes && $0 == UInt8(ascii: "\\")
        }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a name leads nowhere else, even if it is decoded again.
    static func isSafe(_ name: String) -> Bool {
        var name = name
        // Each round makes it shorter; five encodings are four more than anybody needs.
        for _ in 0..<5 {
            let parts = names(in: name, alsoAtBackslashes: true)
            guard !parts.contains("."), !parts.contains(".."),
                !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
            else { return false }
            guard let decoded = PercentEncoding.decode(name) else { return false }
            if decoded == name { return true }
            name = decoded
        }
        return false
    }

    func parts(_ provider: RepositoryProvider) -> RepositoryParts? {
        var parts: RepositoryParts?
        switch provider {
        case .github: parts = github()
        case .gitlab: parts = gitlab()
        case .bitbucketCloud: parts = bitbucketCloud()
        case .bitbucketServer: parts = bitbucketServer()
        case .azure: parts = azure()
        case .gitea: parts = gitea()
        }
        guard let parts, Self.holdNoSlash(parts.path + [parts.repository]) else { return nil }
        return parts
    }

    private static func holdNoSlash(_ names: [String]) -> Bool {
        names.allSatisfy { self.names(in: $0, alsoAtBackslashes: true).count == 1 }
    }

    // MARK: Grammars

    /// Reads `owner/repo/blob/main/path`.
    private func github() -> RepositoryParts? {
        guard names.count >= 2, Self.holdNoSlash([names[0]]) else { return nil }
        return withPath(
            RepositoryParts(owner: names[0], repository: names[1]), kindAt: 2, refAt: 3,
            kinds: ["blob": .file, "tree": .folder, "raw": .raw, "edit": .edit])
    }

    /// `group/subgroup/repo/-/blob/main/path`; old pages lack the `-`.
    private func gitlab() -> RepositoryParts? {
        let kinds: [String: RepositoryURL.Kind] = [
            "blob": .file, "tree": .folder, "raw": .raw, "edit": .edit,
        ]
        guard names.count >= 2 else { return nil }
        let end =
            names.firstIndex(of: "-")
            ?? names.indices.first { $0 >= 2 && kinds[names[$0]] != nil }
            ?? names.endIndex
        let project = names[..<end]
        guard let repository = project.last, project.count >= 2,
            Self.holdNoSlash(Array(project))
        else { return nil }
        let parts = RepositoryParts(
            owner: project.dropLast().joined(separator: "/"), repository: repository)
        let kindAt = end < names.endIndex && names[end] == "-" ? end + 1 : end
        return withPath(parts, kindAt: kindAt, refAt: kindAt + 1, kinds: kinds)
    }

    /// Reads `workspace/repo/src/main/path`.
    private func bitbucketCloud() -> RepositoryParts? {
        guard names.count >= 2, Self.holdNoSlash([names[0]]) else { return nil }
        var parts = withPath(
            RepositoryParts(owner: names[0], repository: names[1]), kindAt: 2, refAt: 3,
            kinds: ["src": .file, "raw": .raw])
        if query["mode"] == "edit" { parts?.kind = .edit }
        return parts
    }

    /// `projects/KEY/repos/repo/browse/path?at=main`, also `users/name/repos/…` for one's own.
    private func bitbucketServer() -> RepositoryParts? {
        guard names.count >= 4, names[2] == "repos", Self.holdNoSlash([names[1]]) else {
            return nil
        }
        let owner: String
        switch names[0] {
        case "projects": owner = names[1]
        case "users": owner = "~\(names[1])"
        default: return nil
        }
        var parts = RepositoryParts(owner: owner, repository: names[3])
        parts.ref = query["at"]
        guard names.count > 4 else { return parts }
        switch names[4] {
        case "browse", "src": parts.kind = .file
        case "raw": parts.kind = .raw
        default: return nil
        }
        parts.path = Array(names[5...])
        parts.rootLength = baseLength + 5
        return parts
    }

    /// Reads `org/project/_git/repo?path=/path&version=GBmain`.
    ///
    /// The project is left out if it is named like the repository. Before the name `dev.azure.com` the organisation stood in the host.
    private func azure() -> RepositoryParts? {
        guard let mark = names.firstIndex(of: "_git"), mark + 1 < names.count,
            Self.holdNoSlash(names)
        else { return nil }
        let repository = names[mark + 1]
        var above = Array(names[..<mark])
        if hostName.hasSuffix(".visualstudio.com") {
            above.insert(String(hostName.prefix { $0 != "." }), at: 0)
        }
        guard (1...3).contains(above.count) else { return nil }
        let project = above.count == 1 ? repository : above.removeLast()
        var parts = RepositoryParts(
            owner: above.joined(separator: "/"), project: project, repository: repository)
        if let version = query["version"] {
            switch version.prefix(2) {
            case "GB": parts.refKind = .branch
            case "GT": parts.refKind = .tag
            case "GC": parts.refKind = .commit
            default: return nil
            }
            parts.ref = String(version.dropFirst(2))
        }
        guard let path = query["path"] else { return parts }
        parts.kind = .file
        parts.path = Self.names(in: path).filter { !$0.isEmpty }
        return parts.path.allSatisfy(Self.isSafe) ? parts : nil
    }

    /// Reads `owner/repo/src/branch/main/path`.
    private func gitea() -> RepositoryParts? {
        guard names.count >= 2, Self.holdNoSlash([names[0]]) else { return nil }
        var parts = RepositoryParts(owner: names[0], repository: names[1])
        guard names.count > 2 else { return parts }
        if names[2] == "_edit" {
            return withPath(parts, kindAt: 2, refAt: 3, kinds: ["_edit": .edit])
        }
        guard names.count > 3, let refKind = RepositoryURL.RefKind(rawValue: names[3]) else {
            return nil
        }
        parts.refKind = refKind
        return withPath(parts, kindAt: 2, refAt: 4, kinds: ["src": .file, "raw": .raw])
    }

    /// Adds kind, ref and path from the names at and after these places.
    private func withPath(
        _ parts: RepositoryParts, kindAt: Int, refAt: Int, kinds: [String: RepositoryURL.Kind]
    ) -> RepositoryParts? {
        guard names.count > kindAt else { return names.count == kindAt ? parts : nil }
        guard let kind = kinds[names[kindAt]], names.count > refAt else { return nil }
        var parts = parts
        parts.kind = kind
        parts.ref = names[refAt]
        parts.path = Array(names[(refAt + 1)...])
        parts.rootLength = baseLength + refAt + 1
        return parts
    }
}
