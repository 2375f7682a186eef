package import Settings

extension ConfigKeys {
    /// What may be fetched, and the hosts of repositories.
    package static let outbound = ConfigKeys(
        owner: "Outbound",
        [
            ConfigKey(
                "backend.reading.allow", .list(.object), default: "none",
                "Hosts that files may be read from, beside those of `integrations`."),
            ConfigKey(
                "backend.reading.allow[].host", .string,
                "A host, with its port if it has one; `*.example.com` for all below it."),
            ConfigKey(
                "backend.reading.allow[].paths", .list(.string), default: "all",
                "What the paths of addresses have to begin with."),
        ] + hosts)

    private static let hosts: [ConfigKey] = [
        ("github", "GitHub", "github.com"), ("gitlab", "GitLab", "gitlab.com"),
        ("bitbucketCloud", "Bitbucket Cloud", "bitbucket.org"),
        ("bitbucketServer", "Bitbucket Server", nil), ("azure", "Azure DevOps", "dev.azure.com"),
        ("gitea", "Gitea", nil),
    ].flatMap { key, title, host in
        [
            ConfigKey(
                "integrations.\(key)", .list(.object), "The hosts of \(title) that are read from."),
            ConfigKey(
                "integrations.\(key)[].host", .string, default: host, "The host's name."),
            ConfigKey(
                "integrations.\(key)[].baseUrl", .string, default: "the host's own",
                "Where its pages are."),
            ConfigKey(
                "integrations.\(key)[].apiBaseUrl", .string, default: "the host's own",
                "Where its API is."),
            ConfigKey(
                "integrations.\(key)[].rawBaseUrl", .string, default: "the host's own",
                "Where the bytes of its files are."),
        ]
    }
}
