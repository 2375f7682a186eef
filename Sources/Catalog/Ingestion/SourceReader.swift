package import CatalogModel
package import Files
import Glibc
package import Outbound
package import Values

/// Reads `file` and `url` locations: files beneath their roots, addresses through the one client.
package struct SourceReader: LocationReader {
    /// A file of descriptors may have 10 MB (`DescriptorLimits`); one more byte shows that it has
    /// more.
    private static let byteLimit = 10_000_001

    private let roots: [FileRoot]
    private let client: OutboundClient
    private let policy: OutboundPolicy
    private let hosts: RepositoryHosts
    private let workingFolder: String

    /// - Parameters:
    ///   - roots: the folders that files may be read in; the first that holds a path counts.
    ///   - workingFolder: what relative targets of the configuration are relative to, absolute.
    package init(
        roots: [FileRoot], workingFolder: String, client: OutboundClient, policy: OutboundPolicy,
        hosts: RepositoryHosts
    ) {
        self.roots = roots
        self.workingFolder = workingFolder
        self.client = client
        self.policy = policy
        self.hosts = hosts
    }

    // MARK: Where things are

    /// Refuses folders, and files named from an address; relative addresses follow their forge.
    package func resolve(_ target: String, type: String, from base: LocationRef)
        -> Result<LocationRef, Diagnostic>
    {
        switch type {
        case "file":
            guard base.type == "file" else {
                return .failure(
                    Diagnostic(
                        "catalog.location-type", file: base.target,
                        "`type: file` cannot be read from an address",
                        reason: "the Location stands in \(base.text)",
                        remedy: "delete `type: file`; the target is relative to the file already"))
            }
            guard !target.hasSuffix("/") else {
                return .failure(
                    Diagnostic(
                        "catalog.location-folder", file: base.target,
                        "`\(target)` is a folder",
                        remedy: "name a file, or a pattern such as "
                            + "`\(target)catalog-info.yaml`"))
            }
            return .success(LocationRef(type: "file", target: absolute(target, from: base.target)))
        case "url":
            guard WebAddress(target)?.userInformation == nil else {
                return .failure(
                    Diagnostic(
                        "catalog.credentials", file: base.target,
                        "`\(withoutCredentials(target))` is written with a user name or password",
                        reason: "whoever may see the location would see them",
                        remedy: "leave them out, and configure a token for the host under "
                            + "`integrations`"))
            }
            if base.type == "url", let text = hosts.resolve(target, against: base.target) {
                return .success(LocationRef(type: "url", target: text))
            }
            return .success(LocationRef(type: "url", target: target))
        default:
            return .failure(
                Diagnostic(
                    "catalog.location-type", file: base.target,
                    "locations of the type `\(type)` cannot be read",
                    reason: "there are `url` and `file`", remedy: "write `type: url`"))
        }
    }

    private func absolute(_ target: String, from file: String) -> String {
        if target.hasPrefix("/") { return Self.tidied(target) }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        return Self.tidied("\(folder)/\(target)")
    }

    /// The path without `.` and `..`, as far as there is something to leave.
    package static func tidied(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." {
                if !names.isEmpty { names.removeLast() }
            } else {
                names.append(name)
            }
        }
        return "/" + names.joined(separator: "/")
    }

    /// Where the host of an address shows it; edit and source pages only of known forges.
    package func annotations(of location: LocationRef) -> [(name: String, value: String)] {
        guard location.type == "url" else { return [] }
        var found = [("backstage.io/view-url", location.target)]
        if let edit = hosts.editURL(of: location.target) {
            found.append(("backstage.io/edit-url", edit))
        }
        if let source = hosts.sourceLocation(of: location.target) {
            found.append(("backstage.io/source-location", source))
        }
        return found
    }

    // MARK: Reading

    /// Reads files beneath the roots only, and addresses that the policy lets through.
    package func read(_ location: LocationRef, etag: String?) async -> Reading {
        switch location.type {
        case "file": await readFiles(location, etag: etag)
        case "url": await readAddress(location, etag: etag)
        default:
            .failed(
                Diagnostic(
                    "catalog.location-type",
                    "locations of the type `\(location.type)` cannot be read",
                    reason: "there are `url` and `file`", remedy: "write `type: url`"))
        }
    }

    /// The root that holds a path, and the path relative to it.
    private func place(_ path: String) -> (root: FileRoot, path: String)? {
        for root in roots {
            let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
            if path.hasPrefix(prefix) { return (root, String(path.dropFirst(prefix.count))) }
        }
        return nil
    }

    private func readFiles(_ location: LocationRef, etag: String?) async -> Reading {
        let path = absolute(location.target, from: "\(workingFolder)/.")
        guard let (root, relative) = place(path) else {
            return .failed(outside(path))
        }
        guard relative.contains(where: { "*?[{".contains($0) }) else {
            return file(root, relative, path, etag: etag)
        }
        do {
            let pattern = try GlobPattern(relative)
            let matches = try root.files(matching: pattern)
            guard !matches.files.isEmpty else {
                return .missing(notFound(location.target, "no file matches the pattern"))
            }
            let prefix = path.dropLast(relative.count)
            return .files(
                matches.files.map { name in
                    guard case .files(let found) = file(root, name, "\(prefix)\(name)"),
                        let first = found.first
                    else {
                        return FileReading(
                            location: LocationRef(type: "file", target: "\(prefix)\(name)"),
                            content: .failed(notFound(name, "it is gone")))
                    }
                    return first
                })
        } catch {
            return .failed(
                Diagnostic(
                    "catalog.pattern", "`\(location.target)` cannot be searched",
                    reason: String(describing: error), remedy: "mend the pattern"))
        }
    }

    /// - Parameter etag: the version that was read before; with the same stamp the file is not read.
    private func file(
        _ root: FileRoot, _ relative: String, _ path: String, etag: String? = nil
    ) -> Reading {
        let location = LocationRef(type: "file", target: path)
        do throws(FileError) {
            if let etag, Self.version(try root.stamp(of: relative)) == etag {
                return .files([FileReading(location: location, content: .unchanged)])
            }
            let content = try root.read(relative, limit: Self.byteLimit)
            let isSettled = Self.isSettled(content.stamp)
            return .files([
                FileReading(
                    location: location,
                    content: .bytes(
                        content.bytes, etag: isSettled ? Self.version(content.stamp) : nil))
            ])
        } catch {
            if error.reason == .notFound {
                return .missing(notFound(path, "there is no such file"))
            }
            return .files([
                FileReading(
                    location: location,
                    content: .failed(
                        Diagnostic(
                            "catalog.unreadable-file", file: path, "the file cannot be read",
                            reason: String(describing: error),
                            remedy:
                                "mend the file's mode or place; it is read again when it changes"
                        )))
            ])
        }
    }

    /// A file's stamp as the text that stands for its version.
    private static func version(_ stamp: FileStamp) -> String {
        "\(stamp.number)-\(stamp.size)-\(stamp.modifiedNanoseconds)-\(stamp.changedNanoseconds)"
    }

    /// Whether a further change would give the file another stamp: clocks of file systems tick
    /// coarsely, so that what changed just now may change again under the same time.
    private static func isSettled(_ stamp: FileStamp) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let changed = stamp.changedNanoseconds / 1_000_000_000
        return Int64(now.tv_sec) > changed &+ 2
    }

    private func notFound(_ target: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            "catalog.target-missing", "`\(target)` is not there", reason: reason,
            remedy: "mend the target, or write `presence: optional` if it may be missing")
    }

    private func outside(_ path: String) -> Diagnostic {
        Diagnostic(
            "catalog.outside-root", "`\(path)` is outside of what may be read",
            reason: "files are read in \(roots.map(\.path).joined(separator: ", "))",
            remedy: "move the file, or start the portal in a folder that holds it")
    }

    private func readAddress(_ location: LocationRef, etag: String?) async -> Reading {
        guard WebAddress(location.target) != nil else {
            return .failed(
                Diagnostic(
                    "catalog.bad-url", "`\(location.target)` is no address",
                    remedy: "write it whole, beginning with https://"))
        }
        var request = OutboundRequest(location.target, policy: policy)
        request.limits.bodyBytes = Self.byteLimit
        request.etag = etag
        do throws(OutboundError) {
            let answer = try await client.fetch(request)
            if answer.isNotModified, etag != nil {
                return .files([FileReading(location: location, content: .unchanged)])
            }
            guard answer.status == 200 else { return failed(location, answer.status) }
            return .files([
                FileReading(
                    location: location, content: .bytes(answer.body, etag: answer.etag))
            ])
        } catch {
            return .failed(unreachable(location, error))
        }
    }

    private func failed(_ location: LocationRef, _ status: Int) -> Reading {
        if status == 404 || status == 410 {
            return .missing(notFound(location.target, "its server answers \(status)"))
        }
        return .failed(
            Diagnostic(
                "catalog.unreachable", "`\(location.target)` cannot be read",
                reason: "its server answers \(status)",
                remedy: status == 401 || status == 403
                    ? "configure a token for the host under `integrations`"
                    : "it is tried again by itself; what was read before stays"))
    }

    private func unreachable(_ location: LocationRef, _ error: OutboundError) -> Diagnostic {
        let host = WebAddress(location.target)?.hostAndPort ?? location.target
        if error.reason == .notAllowed {
            return Diagnostic(
                "catalog.host-not-allowed", "`\(location.target)` may not be read",
                reason: "the host \(host) is not allowed",
                remedy:
                    "add `backend: {reading: {allow: [{host: '\(host)'}]}}` to the configuration, "
                    + "or the host to `integrations`")
        }
        return Diagnostic(
            "catalog.unreachable", "`\(withoutCredentials(location.target))` cannot be read",
            reason: String(describing: error),
            remedy: "it is tried again by itself; what was read before stays")
    }

    /// Refuses a target that names more or less than one file.
    package func readText(_ target: String, from base: LocationRef) async
        -> Result<(location: LocationRef, bytes: [UInt8]), Diagnostic>
    {
        let isAddress = WebAddress(target) != nil
        let location: LocationRef
        if isAddress {
            location = LocationRef(type: "url", target: target)
        } else {
            switch resolve(target, type: base.type, from: base) {
            case .success(let resolved): location = resolved
            case .failure(let diagnostic): return .failure(diagnostic)
            }
        }
        switch await read(location, etag: nil) {
        case .missing(let diagnostic), .failed(let diagnostic): return .failure(diagnostic)
        case .files(let files):
            guard files.count == 1, let file = files.first else {
                return .failure(
                    Diagnostic("catalog.placeholder", "`\(target)` names \(files.count) files"))
            }
            switch file.content {
            case .bytes(let bytes, _): return .success((file.location, bytes))
            case .failed(let diagnostic): return .failure(diagnostic)
            case .unchanged:
                return .failure(Diagnostic("catalog.placeholder", "`\(target)` gave no content"))
            }
        }
    }
}
