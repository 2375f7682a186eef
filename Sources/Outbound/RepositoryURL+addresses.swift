extension RepositoryURL {
    /// Where the bytes of the file are had, with one request.
    ///
    /// - Parameter withToken: Whether a token goes with the request; GitHub's API is asked only
    ///   then, because without one it answers sixty times an hour.
    /// - Returns: Nil for a repository or folder, and where a ref is needed and missing.
    package func contentAddress(withToken: Bool) -> WebAddress? {
        guard kind != .repository, !pathNames.isEmpty else { return nil }
        switch host.provider {
        case .github:
            guard let ref else { return nil }
            if let raw = host.rawBaseURL, !withToken || host.apiBaseURL == nil {
                let names = [owner, repository] + RepositoryNames.names(in: ref)
                return address(raw, names + pathNames)
            }
            return api(["repos", owner, repository, "contents"] + pathNames, ("ref", ref))
        case .gitlab:
            let file = ["projects", projectPath, "repository", "files", path, "raw"]
            return api(file, ("ref", ref ?? "HEAD"))
        case .bitbucketCloud:
            guard let ref else { return nil }
            return api(["repositories", owner, repository, "src", ref] + pathNames)
        case .bitbucketServer:
            return api(["projects", owner, "repos", repository, "raw"] + pathNames, ("at", ref))
        case .azure:
            return azureItems(("path", "/\(path)"))
        case .gitea:
            return api(["repos", owner, repository, "raw"] + pathNames, ("ref", ref))
        }
    }

    /// The `Accept` header that `contentAddress` needs to answer with the bare bytes.
    package var contentAccept: String? {
        switch host.provider {
        case .github: "application/vnd.github.raw"
        case .azure: "application/octet-stream"
        case .gitlab, .bitbucketCloud, .bitbucketServer, .gitea: nil
        }
    }

    /// Where the whole tree at the ref is had as one archive: tar with gzip, and zip from Azure.
    package func archiveAddress() -> WebAddress? {
        switch host.provider {
        case .github:
            return api(["repos", owner, repository, "tarball"] + (ref.map { [$0] } ?? []))
        case .gitlab:
            return api(["projects", projectPath, "repository", "archive.tar.gz"], ("sha", ref))
        case .bitbucketCloud:
            guard let ref else { return nil }
            return address(host.baseURL, [owner, repository, "get", "\(ref).tar.gz"])
        case .bitbucketServer:
            let archive = ["projects", owner, "repos", repository, "archive"]
            return api(archive, ("format", "tgz"), ("at", ref))
        case .azure:
            return azureItems(("recursionLevel", "full"), ("download", "true"), ("$format", "zip"))
        case .gitea:
            guard let ref else { return nil }
            return api(["repos", owner, repository, "archive", "\(ref).tar.gz"])
        }
    }

    /// The page of a file of this repository at the same ref.
    package func viewAddress(path names: [String]) -> WebAddress? {
        pageAddress(names, kind: .file)
    }

    /// The page of a folder of this repository at the same ref.
    package func folderAddress(path names: [String]) -> WebAddress? {
        pageAddress(names, kind: .folder)
    }

    /// The page to edit a file of this repository; where a host has none, the page of the file.
    package func editAddress(path names: [String]) -> WebAddress? {
        pageAddress(names, kind: .edit)
    }

    private func pageAddress(_ names: [String], kind: Kind) -> WebAddress? {
        let refNames = ref.map { [$0] } ?? ["HEAD"]
        let base = host.baseURL
        switch host.provider {
        case .github:
            let word = kind == .folder ? "tree" : kind == .edit ? "edit" : "blob"
            return address(base, [owner, repository, word] + refNames + names)
        case .gitlab:
            let word = kind == .folder ? "tree" : kind == .edit ? "edit" : "blob"
            let project = RepositoryNames.names(in: owner) + [repository, "-", word]
            return address(base, project + refNames + names)
        case .bitbucketCloud:
            let page = address(base, [owner, repository, "src"] + refNames + names)
            return kind == .edit ? page?.withQuery(query(("mode", "edit"), ("at", ref))) : page
        case .bitbucketServer:
            let place =
                owner.hasPrefix("~")
                ? ["users", String(owner.dropFirst())] : ["projects", owner]
            return address(base, place + ["repos", repository, "browse"] + names)?
                .withQuery(query(("at", ref)))
        case .azure:
            let page = address.withFragment(nil)
            var items = QueryItems(page.query)
            items["path"] = "/" + names.joined(separator: "/")
            return page.withQuery(items.text)
        case .gitea:
            if kind == .edit {
                return address(base, [owner, repository, "_edit"] + refNames + names)
            }
            return address(base, [owner, repository, "src", refKind.rawValue] + refNames + names)
        }
    }

    private var projectPath: String { "\(owner)/\(repository)" }

    private func api(_ names: [String], _ items: (String, String?)...) -> WebAddress? {
        guard let base = host.apiBaseURL else { return nil }
        return address(base, names)?.withQuery(query(items))
    }

    private func azureItems(_ items: (String, String?)...) -> WebAddress? {
        guard let project else { return nil }
        // In the host that names the organisation, the path must not name it again.
        let isOld = address.host?.hasSuffix(".visualstudio.com") ?? false
        let above = isOld ? [] : RepositoryNames.names(in: owner)
        let names = above + [project, "_apis", "git", "repositories", repository, "items"]
        var all: [(String, String?)] = [("api-version", "6.0")] + items
        if let ref {
            all.append(("versionDescriptor.version", ref))
            all.append(("versionDescriptor.versionType", refKind.rawValue))
        }
        return address(address.origin, names)?.withQuery(query(all))
    }

    /// Names below a base address, each encoded as one name, slashes in it included.
    private func address(_ base: String, _ names: [String]) -> WebAddress? {
        let path = names.map { PercentEncoding.encode($0, .component) }.joined(separator: "/")
        return WebAddress("\(base)/\(path)")
    }

    private func query(_ items: (String, String?)...) -> String? {
        query(items)
    }

    private func query(_ items: [(String, String?)]) -> String? {
        let pairs = items.compactMap { name, value in
            value.map { "\(name)=\(PercentEncoding.encode($0, .component))" }
        }
        return pairs.isEmpty ? nil : pairs.joined(separator: "&")
    }
}
