/// Who runs a place where repositories are kept, and so how its addresses are built.
package enum RepositoryProvider: String, Sendable, CaseIterable {
    case github
    case gitlab
    case bitbucketCloud
    case bitbucketServer
    case azure
    case gitea
}

/// One host of `integrations`, without its credentials.
package struct RepositoryHost: Equatable, Sendable {
    /// How its addresses are built.
    package let provider: RepositoryProvider
    /// The host, with the port if it is not 443, such as `ghe.example.com` or `localhost:7821`.
    package let host: String
    /// Where its pages begin, without a slash at the end, such as `https://example.com/gitlab`.
    package let baseURL: String
    /// Where its API begins, without a slash at the end; nil if it has none.
    package let apiBaseURL: String?
    /// Where the bare content of files begins (GitHub only), without a slash at the end.
    package let rawBaseURL: String?

    /// A host as configured; what is nil follows from the provider and the host.
    package init(
        _ provider: RepositoryProvider, host: String, baseURL: String? = nil,
        apiBaseURL: String? = nil, rawBaseURL: String? = nil
    ) {
        self.provider = provider
        self.host = host.lowercased()
        let base = baseURL.map(Self.trimmed) ?? "https://\(host)"
        self.baseURL = base
        self.rawBaseURL =
            rawBaseURL.map(Self.trimmed)
            ?? (provider == .github && host == "github.com"
                ? "https://raw.githubusercontent.com" : nil)
        self.apiBaseURL = apiBaseURL.map(Self.trimmed) ?? Self.api(provider, host, base)
    }

    private static func api(
        _ provider: RepositoryProvider, _ host: String, _ base: String
    ) -> String? {
        switch provider {
        case .github where host == "github.com": "https://api.github.com"
        case .github: "https://\(host)/api/v3"
        case .gitlab: "\(base)/api/v4"
        case .bitbucketCloud: "https://api.bitbucket.org/2.0"
        case .bitbucketServer: "https://\(host)/rest/api/1.0"
        case .azure: nil
        case .gitea: "\(base)/api/v1"
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}

/// All hosts where repositories are known to be kept: the configured ones and the public ones.
package struct RepositoryHosts: Sendable {
    /// The configured hosts in their order, then the public ones that were not configured.
    package let all: [RepositoryHost]

    /// - Parameter configured: The hosts of `integrations`; of two with the same name the first
    ///   counts.
    package init(configured: [RepositoryHost] = []) {
        let known = Set(configured.map(\.host))
        all =
            configured
            + [
                RepositoryHost(.github, host: "github.com"),
                RepositoryHost(.gitlab, host: "gitlab.com"),
                RepositoryHost(.bitbucketCloud, host: "bitbucket.org"),
                RepositoryHost(.azure, host: "dev.azure.com"),
            ].filter { !known.contains($0.host) }
    }

    /// The host that an address belongs to; nil for a plain web server.
    package func host(of address: WebAddress) -> RepositoryHost? {
        guard address.scheme == "https" || address.scheme == "http" else { return nil }
        return all.first { $0.host == address.hostAndPort }
    }

    /// The place in a repository that an address names; nil if it names none that is understood.
    package func place(_ text: String) -> RepositoryURL? {
        guard let address = WebAddress(text), let host = host(of: address) else { return nil }
        return RepositoryURL(address, on: host)
    }
}
