import Catalog
import CatalogModel
import Files
import Glibc
import Outbound
import Routing
import Settings
import Store
import Values

/// What the server needs of the configuration, read and checked.
struct PortalConfiguration: Sendable {
    var title: String
    var organization: String?
    /// As the browser sees it, without a slash at the end.
    var appURL: String
    var backendURL: String
    /// Where pages are mounted: the path of `app.baseUrl`; empty for the root.
    var basePath: String
    var host: String
    var port: Int
    /// Whose word is taken for where a request came from.
    var trust: ProxyTrust
    var encryption: Encryption
    var store: StoreLocation
    /// For the image of the index and the lock; nil with a database that is only temporary.
    var dataFolder: String?
    var reading: [HostRule]
    var hosts: RepositoryHosts
    var catalog: CatalogSettings

    /// Where the image of the index is kept; nil where nothing is kept.
    var imagePath: String? { dataFolder.map { "\($0)/catalog.image" } }

    /// The part under `catalog`.
    struct CatalogSettings: Sendable {
        var locations: [(location: LocationRef, isOptional: Bool)]
        var rules: CatalogRules
        var isReadonly: Bool
        var keepsOrphans: Bool
        /// How often addresses are asked for changes; nil for never.
        var interval: Duration?
        var history: HistoryRule
    }
}

extension PortalConfiguration {
    /// Reads all of it.
    ///
    /// - Parameters:
    ///   - workingFolder: absolute; what relative paths are relative to.
    ///   - host: what the command line says instead of `backend.listen`; as is `port`.
    /// - Throws: the first ``Diagnostic``, with the place of the value that is wrong.
    init(
        _ settings: PortalSettings, workingFolder: String, host givenHost: String? = nil,
        port givenPort: Int? = nil
    ) throws(Diagnostic) {
        title = try settings.string("app.title") ?? "Callboard"
        organization = try settings.string("organization.name")
        let listen = try Self.listen(settings)
        (host, port) = (givenHost ?? listen.0, givenPort ?? listen.1)
        trust = try Self.trust(settings)
        encryption = try Self.encryption(settings)
        backendURL = Self.trimmed(
            try settings.string("backend.baseUrl")
                ?? "\(encryption.scheme)://localhost:\(port)")
        appURL = Self.trimmed(try settings.string("app.baseUrl") ?? backendURL)
        basePath = Self.trimmed(WebAddress(appURL)?.path ?? "")
        (store, dataFolder) = try Self.store(settings, workingFolder)
        reading = try Self.reading(settings)
        hosts = RepositoryHosts(configured: try Self.hosts(settings))
        catalog = try CatalogSettings(settings, workingFolder: workingFolder)
    }

    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    static func fault(
        _ settings: PortalSettings, _ path: String, _ summary: String, remedy: String
    ) -> Diagnostic {
        let origin = settings.origin(of: path)
        return Diagnostic(
            "config.bad-value", file: origin?.file, at: origin?.place ?? .unknown, pointer: path,
            summary, remedy: remedy)
    }

    /// `backend.listen` is `:7007`, `host:7007`, a port, or an object; `PORT` of the environment
    /// reaches it through `${PORT}`.
    private static func listen(_ settings: PortalSettings) throws(Diagnostic) -> (String, Int) {
        let path = "backend.listen"
        guard let value = settings.value(path) else { return ("127.0.0.1", 7007) }
        var host = ""
        var port: Int?
        if value.kind == .object {
            host = try settings.string("\(path).host") ?? ""
            port = try settings.int("\(path).port") ?? 7007
        } else {
            let text = value.string ?? value.text
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            port = parts.last.flatMap { Int($0) }
            if parts.count > 1 { host = parts.dropLast().joined(separator: ":") }
        }
        guard let port, (0...65535).contains(port) else {
            throw fault(
                settings, path, "`backend.listen` names no port from 0 to 65535",
                remedy: "write `listen: {host: 127.0.0.1, port: 7007}`")
        }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }

    /// `backend.trustProxy` is a boolean, a number of proxies, or addresses; all of it also as text,
    /// as the environment has it.
    private static func trust(_ settings: PortalSettings) throws(Diagnostic) -> ProxyTrust {
        let path = "backend.trustProxy"
        guard let value = settings.value(path) else { return .nobody }
        let text = value.string
        if let trusts = value.bool ?? text.flatMap({ Bool($0) }) {
            return trusts ? .everybody : .nobody
        }
        if let count = value.int ?? text.flatMap({ Int($0) }), value.kind != .array {
            guard (0...100).contains(count) else {
                throw fault(
                    settings, path, "`\(path)` is no number of proxies",
                    remedy: "write how many there are before the portal, such as `1`")
            }
            return .hops(count)
        }
        let addresses = try settings.strings(path, allowsOne: true)
        do throws(ProxyTrust.Fault) {
            return try ProxyTrust(addresses: addresses)
        } catch {
            throw fault(
                settings, path, error.description,
                remedy: "write `trustProxy: loopback, 10.0.0.0/8`, or the number of proxies")
        }
    }

    // MARK: The database

    private static func store(
        _ settings: PortalSettings, _ workingFolder: String
    ) throws(Diagnostic) -> (StoreLocation, String?) {
        let client = try settings.string("backend.database.client") ?? "better-sqlite3"
        switch client {
        case "better-sqlite3", "sqlite3", "sqlite":
            return try sqlite(settings, workingFolder)
        case "pg", "postgres", "postgresql":
            return (.postgres(try postgres(settings)), try dataFolder(settings, workingFolder))
        default:
            throw fault(
                settings, "backend.database.client", "there is no database client `\(client)`",
                remedy: "write `better-sqlite3` or `pg`")
        }
    }

    private static func absolute(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") ? path : SourceReader.tidied("\(folder)/\(path)")
    }

    private static func dataFolder(
        _ settings: PortalSettings, _ workingFolder: String
    ) throws(Diagnostic) -> String? {
        try settings.string("callboard.dataFolder").map { absolute($0, workingFolder) }
    }

    private static func sqlite(
        _ settings: PortalSettings, _ workingFolder: String
    ) throws(Diagnostic) -> (StoreLocation, String?) {
        let path = "backend.database.connection"
        let own = try dataFolder(settings, workingFolder)
        guard let connection = settings.value(path) else { return (.sqliteTemporary, own) }
        if connection.kind == .object {
            if let folder = try settings.string("\(path).directory") {
                let folder = absolute(folder, workingFolder)
                return (.sqliteFile("\(folder)/callboard.sqlite"), own ?? folder)
            }
            guard let file = try settings.string("\(path).filename") else {
                throw fault(
                    settings, path, "`connection` has neither a directory nor a filename",
                    remedy: "write `connection: {directory: ./data}` or `connection: ':memory:'`")
            }
            return file == ":memory:"
                ? (.sqliteTemporary, own) : sqliteFile(absolute(file, workingFolder), own)
        }
        guard let text = connection.string, !text.isEmpty else { return (.sqliteTemporary, own) }
        return text == ":memory:"
            ? (.sqliteTemporary, own) : sqliteFile(absolute(text, workingFolder), own)
    }

    private static func sqliteFile(_ file: String, _ own: String?) -> (StoreLocation, String?) {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        return (.sqliteFile(file), own ?? folder)
    }

    private static func postgres(_ settings: PortalSettings) throws(Diagnostic) -> PostgresLocation
    {
        let path = "backend.database.connection"
        var location = PostgresLocation()
        guard let connection = settings.value(path) else { return location }
        if let text = connection.string {
            location.connectionString = text
            return location
        }
        location.connectionString = try settings.string("\(path).connectionString")
        location.host = try settings.string("\(path).host")
        location.port = try settings.int("\(path).port")
        location.user = try settings.string("\(path).user")
        location.password = try settings.string("\(path).password")
        location.database = try settings.string("\(path).database")
        if let ssl = settings.value("\(path).ssl") {
            location.sslMode = ssl.bool == false ? "disable" : "require"
        }
        if let schema = try settings.string("backend.database.schema") { location.schema = schema }
        return location
    }

    // MARK: Reading

    private static func reading(_ settings: PortalSettings) throws(Diagnostic) -> [HostRule] {
        var rules: [HostRule] = []
        for (index, entry) in settings.elements("backend.reading.allow").enumerated() {
            guard let host = try entry.string("host") else {
                throw fault(
                    settings, "backend.reading.allow.\(index)", "an entry has no host",
                    remedy: "write `- host: example.com`")
            }
            let paths = entry.has("paths") ? try entry.strings("paths") : nil
            do throws(HostRule.Fault) {
                rules.append(try HostRule(host: host, paths: paths))
            } catch {
                throw fault(
                    settings, "backend.reading.allow.\(index).host", error.description,
                    remedy: "write a host such as `example.com` or `*.example.com`")
            }
        }
        return rules
    }

    private static func hosts(_ settings: PortalSettings) throws(Diagnostic) -> [RepositoryHost] {
        var hosts: [RepositoryHost] = []
        let names: [(key: String, provider: RepositoryProvider, standard: String?)] = [
            ("github", .github, "github.com"), ("gitlab", .gitlab, "gitlab.com"),
            ("bitbucketCloud", .bitbucketCloud, "bitbucket.org"),
            ("bitbucketServer", .bitbucketServer, nil), ("azure", .azure, "dev.azure.com"),
            ("gitea", .gitea, nil),
        ]
        for name in names {
            for entry in settings.elements("integrations.\(name.key)") {
                guard let host = try entry.string("host") ?? name.standard else { continue }
                hosts.append(
                    RepositoryHost(
                        name.provider, host: host, baseURL: try entry.string("baseUrl"),
                        apiBaseURL: try entry.string("apiBaseUrl"),
                        rawBaseURL: try entry.string("rawBaseUrl")))
            }
        }
        return hosts
    }
}

extension PortalConfiguration.CatalogSettings {
    init(_ settings: PortalSettings, workingFolder: String) throws(Diagnostic) {
        isReadonly = try settings.bool("catalog.readonly") ?? false
        keepsOrphans = try settings.string("catalog.orphanStrategy") == "keep"
        if settings.value("catalog.processingInterval")?.bool == false {
            interval = nil
        } else {
            interval = try settings.duration("catalog.processingInterval") ?? .seconds(120)
        }
        history = try Self.history(settings)
        locations = []
        var rules: [CatalogRules.Rule] = []
        if settings.value("catalog.rules") != nil {
            for entry in settings.elements("catalog.rules") {
                rules.append(try Self.rule(entry, workingFolder))
            }
        } else {
            rules = CatalogRules.standard.rules
        }
        for entry in settings.elements("catalog.locations") {
            guard let type = try entry.string("type"), let target = try entry.string("target")
            else { continue }
            let location = Self.location(type, target, workingFolder)
            locations.append((location, try entry.string("presence") == "optional"))
            for inner in entry.elements("rules") {
                let own = CatalogRules.Matcher(type: location.type) { $0 == location.target }
                rules.append(
                    CatalogRules.Rule(allow: try Self.allowances(inner), locations: [own]))
            }
        }
        self.rules = CatalogRules(rules)
    }

    private static func history(_ settings: PortalSettings) throws(Diagnostic) -> HistoryRule {
        let path = "callboard.catalog.history"
        var rule = HistoryRule()
        if let isForEver = settings.value("\(path).keepAll")?.bool {
            guard isForEver else {
                throw PortalConfiguration.fault(
                    settings, "\(path).keepAll", "`keepAll` is `true` or a duration",
                    remedy: "write `keepAll: 8 days` for the least")
            }
            rule.keepAll = nil
        } else if let time = try settings.duration("\(path).keepAll") {
            rule.keepAll = try least(time, "\(path).keepAll", settings)
        }
        if let word = try settings.string("\(path).thenKeep") {
            rule.thenKeep = HistoryRule.Thinning(rawValue: word) ?? rule.thenKeep
        }
        let forgets = settings.value("\(path).forgetAfter")
        if forgets?.bool == true {
            throw PortalConfiguration.fault(
                settings, "\(path).forgetAfter", "`forgetAfter` is `false` or a duration",
                remedy: "write `forgetAfter: 1825 days`")
        }
        if forgets?.bool == nil, let time = try settings.duration("\(path).forgetAfter") {
            rule.forgetAfter = try least(time, "\(path).forgetAfter", settings)
        }
        return rule
    }

    /// What was removed can be restored for a week, out of the history.
    private static func least(
        _ time: Duration, _ path: String, _ settings: PortalSettings
    ) throws(Diagnostic) -> Duration {
        guard time >= .seconds(8 * 86_400) else {
            throw PortalConfiguration.fault(
                settings, path, "the history is kept for 8 days at least",
                remedy: "write `8 days` or more; what was removed can be restored for a week")
        }
        return time
    }

    /// Files are named from the working folder on; an address loses its user name and password,
    /// which no address is asked with and everybody would see.
    private static func location(
        _ type: String, _ target: String, _ workingFolder: String
    ) -> LocationRef {
        guard type == "file" else {
            return LocationRef(type: type, target: withoutCredentials(target))
        }
        let path = target.hasPrefix("/") ? target : "\(workingFolder)/\(target)"
        return LocationRef(type: type, target: SourceReader.tidied(path))
    }

    private static func allowances(_ rule: PortalSettings) throws(Diagnostic) -> [CatalogRules
        .Allowance]
    {
        var found: [CatalogRules.Allowance] = []
        for element in rule.value("allow")?.elements ?? JSON.null.elements {
            if let kind = element.string {
                found.append(.init(kind: kind))
            } else if let kind = element["kind"]?.string {
                found.append(.init(kind: kind, specType: element["spec.type"]?.string))
            }
        }
        return found
    }

    private static func rule(
        _ entry: PortalSettings, _ workingFolder: String
    ) throws(Diagnostic) -> CatalogRules.Rule {
        guard entry.has("locations") else {
            return CatalogRules.Rule(allow: try allowances(entry))
        }
        var matchers: [CatalogRules.Matcher] = []
        for place in entry.elements("locations") {
            let type = try place.string("type") ?? "url"
            if let pattern = try place.string("pattern") {
                let glob = try? GlobPattern(pattern, options: [.caseInsensitive, .dotFiles])
                matchers.append(.init(type: type) { glob?.matches($0) ?? false })
            } else if let exact = try place.string("exact") {
                let location = location(type, exact, workingFolder)
                matchers.append(.init(type: type) { $0 == location.target })
            } else {
                matchers.append(.init(type: type) { _ in true })
            }
        }
        return CatalogRules.Rule(allow: try allowances(entry), locations: matchers)
    }
}

extension StoreLocation {
    /// Where the database is, for people; never a password.
    var words: String {
        switch self {
        case .sqliteFile(let path): path
        case .sqliteTemporary: "a temporary file, which is gone when the portal stops"
        case .postgres(let location): location.description
        }
    }
}
