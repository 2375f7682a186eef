// What Backstage writes into annotations and how it reads relative targets, so that both portals
// agree on every address (recorded in the conformance answers). Where an address has no shape that
// its host knows, it is treated like one of a plain web server.

extension RepositoryHosts {
    /// The address that a target in a file stands for.
    ///
    /// An absolute target stands for itself, as written. `./x` and `../x` are relative to the
    /// file's folder and `/x` to the root of its repository, or of its server where there is none.
    /// The query of the file's address goes on.
    ///
    /// - Parameters:
    ///   - target: What stands in the file.
    ///   - base: The address of the file.
    /// - Returns: Nil if neither is an absolute address.
    package func resolve(_ target: String, against base: String) -> String? {
        guard WebAddress(target) == nil else { return target }
        guard let base = WebAddress(base) else { return nil }
        let host = host(of: base)
        let place = host.flatMap { RepositoryURL(base, on: $0) }
        if let place, host?.provider == .azure {
            return resolve(target, inAzure: place)
        }
        let resolved: WebAddress
        if target.utf8.first == UInt8(ascii: "/"), let place, place.rootLength > 0 {
            let root = base.pathSegments.prefix(place.rootLength).joined(separator: "/")
            resolved = base.withPath("/\(root)\(target)").withFragment(nil)
        } else {
            guard let plain = WebAddress(target, relativeTo: base) else { return nil }
            resolved = plain
        }
        let text = resolved.withQuery(base.query).text
        guard host?.provider == .github else { return text }
        return replacingKind(ofGitHub: text, with: "tree")
    }

    /// `backstage.io/edit-url` for a file: where it can be edited; nil for a plain web server, and
    /// for an address that names a commit, for that can never be edited.
    package func editURL(of text: String) -> String? {
        guard let address = WebAddress(text), let host = host(of: address),
            !Self.namesCommit(text)
        else { return nil }
        switch host.provider {
        case .github:
            return replacingKind(ofGitHub: text, with: "edit")
        case .gitlab:
            return replacingKind(ofGitLab: text, with: "edit")
        case .bitbucketCloud:
            guard let place = RepositoryURL(address, on: host), let ref = place.ref else {
                return text
            }
            var items = QueryItems(address.query)
            items["mode"] = "edit"
            items["at"] = ref
            return address.withQuery(items.text).text
        case .bitbucketServer:
            // It has no page for editing; the branch in the query breaks the edit links of docs.
            return String(text.prefix { $0 != "?" })
        case .azure:
            return text
        case .gitea:
            guard let place = RepositoryURL(address, on: host), place.kind != .repository else {
                return text
            }
            return place.editAddress(path: place.pathNames)?.text ?? text
        }
    }

    /// Whether one of the words of an address is a commit's hash.
    private static func namesCommit(_ text: String) -> Bool {
        text.utf8.split { byte in
            !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || byte == UInt8(ascii: "_")
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte)
        }.contains { word in
            word.count >= 40
                && word.allSatisfy {
                    UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                        || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
                }
        }
    }

    /// `backstage.io/source-location` for a file: `url:` and its folder with a slash at the end;
    /// nil for a plain web server.
    package func sourceLocation(of text: String) -> String? {
        guard let address = WebAddress(text), host(of: address) != nil else { return nil }
        return resolve("./", against: text).map { "url:\($0)" }
    }

    /// Azure keeps the path in the query.
    private func resolve(_ target: String, inAzure place: RepositoryURL) -> String? {
        // Resolved as if the path were one of an address, which is how Backstage reads it.
        let path = QueryItems(place.address.query)["path"] ?? ""
        let slash = path.isEmpty || path.hasPrefix("/") ? "" : "/"
        guard let within = WebAddress("https://host\(slash)\(path)"),
            let resolved = WebAddress(target, relativeTo: within)
        else { return nil }
        var items = QueryItems(place.address.query)
        items["path"] = resolved.path
        return place.address.withQuery(items.text).text
    }

    /// `//host/owner/repo/blob/…` with another word for `blob`; any other text as it is.
    private func replacingKind(ofGitHub text: String, with word: String) -> String {
        var parts = RepositoryNames.names(in: text)
        guard parts.count >= 7, parts[1].isEmpty, ["blob", "tree", "edit"].contains(parts[5])
        else { return text }
        parts[5] = word
        return parts.joined(separator: "/")
    }

    /// The first `/-/blob/` with another word for `blob`; any other text as it is.
    private func replacingKind(ofGitLab text: String, with word: String) -> String {
        var parts = RepositoryNames.names(in: text)
        let place = parts.indices.dropLast().first { index in
            index > 0 && parts[index - 1] == "-"
                && ["blob", "tree", "edit"].contains(parts[index])
        }
        guard let place else { return text }
        parts[place] = word
        return parts.joined(separator: "/")
    }
}
