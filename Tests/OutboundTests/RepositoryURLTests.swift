import Testing

@testable import Outbound

private let hosts = RepositoryHosts(configured: [
    RepositoryHost(
        .github, host: "localhost:7821", apiBaseURL: "http://localhost:7821/api/v3/"),
    RepositoryHost(.github, host: "ghe.acme.example"),
    RepositoryHost(.gitlab, host: "localhost:7822", baseURL: "http://localhost:7822"),
    RepositoryHost(
        .gitlab, host: "acme.example", baseURL: "https://acme.example/tools/gitlab/"),
    RepositoryHost(.bitbucketServer, host: "bitbucket.acme.example"),
    RepositoryHost(.gitea, host: "gitea.acme.example"),
    RepositoryHost(.azure, host: "acme.visualstudio.com"),
])

@Suite struct `A place in a repository` {
    struct Row: CustomTestStringConvertible, Sendable {
        let url: String
        /// Owner, repository, ref or `-`, path.
        let place: String
        /// With a token, and without if that differs.
        var content: [String?] = []
        var archive: String?
        var edit: String?
        var folder: String?
        var testDescription: String { url }
    }

    static let rows: [Row] = [
        Row(
            url: "https://github.com/acme/shop/blob/main/docs/a%20b.yaml",
            place: "acme shop main docs/a b.yaml",
            content: [
                "https://api.github.com/repos/acme/shop/contents/docs/a%20b.yaml?ref=main",
                "https://raw.githubusercontent.com/acme/shop/main/docs/a%20b.yaml",
            ],
            archive: "https://api.github.com/repos/acme/shop/tarball/main",
            edit: "https://github.com/acme/shop/edit/main/docs/a%20b.yaml",
            folder: "https://github.com/acme/shop/tree/main/docs"),
        Row(
            url: "https://github.com/acme/shop/tree/feature%2Fx/a.yaml",
            place: "acme shop feature/x a.yaml",
            content: [
                "https://api.github.com/repos/acme/shop/contents/a.yaml?ref=feature%2Fx",
                "https://raw.githubusercontent.com/acme/shop/feature/x/a.yaml",
            ],
            archive: "https://api.github.com/repos/acme/shop/tarball/feature%2Fx",
            edit: "https://github.com/acme/shop/edit/feature%2Fx/a.yaml",
            folder: "https://github.com/acme/shop/tree/feature%2Fx/docs"),
        Row(
            url: "https://ghe.acme.example/o/r/raw/v1/a.yaml", place: "o r v1 a.yaml",
            content: ["https://ghe.acme.example/api/v3/repos/o/r/contents/a.yaml?ref=v1"]),
        Row(
            url: "http://localhost:7821/acme/lab/blob/main/catalog-info.yaml",
            place: "acme lab main catalog-info.yaml",
            content: [
                "http://localhost:7821/api/v3/repos/acme/lab/contents/catalog-info.yaml?ref=main"
            ]),
        Row(
            url: "https://github.com/acme/shop", place: "acme shop - ", content: [nil],
            archive: "https://api.github.com/repos/acme/shop/tarball"),
        Row(
            url: "https://gitlab.com/group/sub/repo/-/blob/main/dir/f.yaml",
            place: "group/sub repo main dir/f.yaml",
            content: [
                "https://gitlab.com/api/v4/projects/group%2Fsub%2Frepo/repository/files/dir%2Ff.yaml/raw?ref=main"
            ],
            archive:
                "https://gitlab.com/api/v4/projects/group%2Fsub%2Frepo/repository/archive.tar.gz?sha=main",
            edit: "https://gitlab.com/group/sub/repo/-/edit/main/dir/f.yaml",
            folder: "https://gitlab.com/group/sub/repo/-/tree/main/docs"),
        Row(
            url: "https://gitlab.com/group/repo/blob/main/blob/f.yaml",
            place: "group repo main blob/f.yaml"),
        Row(
            url: "https://acme.example/tools/gitlab/g/r/-/raw/v1/f.yaml", place: "g r v1 f.yaml",
            content: [
                "https://acme.example/tools/gitlab/api/v4/projects/g%2Fr/repository/files/f.yaml/raw?ref=v1"
            ],
            edit: "https://acme.example/tools/gitlab/g/r/-/edit/v1/f.yaml"),
        Row(
            url: "https://bitbucket.org/space/repo/src/main/a/b.yaml",
            place: "space repo main a/b.yaml",
            content: ["https://api.bitbucket.org/2.0/repositories/space/repo/src/main/a/b.yaml"],
            archive: "https://bitbucket.org/space/repo/get/main.tar.gz",
            edit: "https://bitbucket.org/space/repo/src/main/a/b.yaml?mode=edit&at=main",
            folder: "https://bitbucket.org/space/repo/src/main/docs"),
        Row(
            url: "https://bitbucket.acme.example/projects/KEY/repos/r/browse/a/b.yaml?at=rel%2F1",
            place: "KEY r rel/1 a/b.yaml",
            content: [
                "https://bitbucket.acme.example/rest/api/1.0/projects/KEY/repos/r/raw/a/b.yaml?at=rel%2F1"
            ],
            archive:
                "https://bitbucket.acme.example/rest/api/1.0/projects/KEY/repos/r/archive?format=tgz&at=rel%2F1",
            edit: "https://bitbucket.acme.example/projects/KEY/repos/r/browse/a/b.yaml?at=rel%2F1",
            folder: "https://bitbucket.acme.example/projects/KEY/repos/r/browse/docs?at=rel%2F1"),
        Row(
            url: "https://bitbucket.acme.example/users/ada/repos/r/browse/b.yaml",
            place: "~ada r - b.yaml",
            content: [
                "https://bitbucket.acme.example/rest/api/1.0/projects/~ada/repos/r/raw/b.yaml"
            ],
            folder: "https://bitbucket.acme.example/users/ada/repos/r/browse/docs"),
        Row(
            url: "https://dev.azure.com/org/proj/_git/repo?path=%2Fa%2Fb.yaml&version=GBmain",
            place: "org proj/repo main a/b.yaml",
            content: [
                "https://dev.azure.com/org/proj/_apis/git/repositories/repo/items?api-version=6.0&path=%2Fa%2Fb.yaml&versionDescriptor.version=main&versionDescriptor.versionType=branch"
            ],
            folder: "https://dev.azure.com/org/proj/_git/repo?path=%2Fdocs&version=GBmain"),
        Row(
            url: "https://acme.visualstudio.com/proj/_git/repo?path=/b.yaml&version=GTv1",
            place: "acme proj/repo v1 b.yaml",
            content: [
                "https://acme.visualstudio.com/proj/_apis/git/repositories/repo/items?api-version=6.0&path=%2Fb.yaml&versionDescriptor.version=v1&versionDescriptor.versionType=tag"
            ]),
        Row(url: "https://dev.azure.com/org/_git/repo", place: "org repo/repo - "),
        Row(
            url: "https://gitea.acme.example/o/r/src/branch/main/a/b.yaml",
            place: "o r main a/b.yaml",
            content: ["https://gitea.acme.example/api/v1/repos/o/r/raw/a/b.yaml?ref=main"],
            archive: "https://gitea.acme.example/api/v1/repos/o/r/archive/main.tar.gz",
            edit: "https://gitea.acme.example/o/r/_edit/main/a/b.yaml",
            folder: "https://gitea.acme.example/o/r/src/branch/main/docs"),
    ]

    @Test(arguments: rows)
    func `is read from its page and gives its other addresses`(row: Row) throws {
        let place = try #require(hosts.place(row.url))
        let repository = [place.project, place.repository].compactMap(\.self).joined(separator: "/")
        #expect(
            "\(place.owner) \(repository) \(place.ref ?? "-") \(place.path)" == row.place)
        if let content = row.content.first {
            #expect(place.contentAddress(withToken: true)?.text == content)
            #expect(place.contentAddress(withToken: false)?.text == row.content.last)
        }
        if let archive = row.archive { #expect(place.archiveAddress()?.text == archive) }
        if let edit = row.edit {
            #expect(place.editAddress(path: place.pathNames)?.text == edit)
        }
        if let folder = row.folder {
            #expect(place.folderAddress(path: ["docs"])?.text == folder)
        }
    }

    @Test(arguments: [
        "https://github.com/acme/shop/blob/main/%2e%2e%2f%2e%2e%2fuser/repos",
        "https://github.com/acme/shop/blob/main/..%2f..%2fuser",
        "https://github.com/acme/shop/blob/main/%252e%252e/x",
        "https://github.com/acme/shop/blob/main/a%252f..%252fb",
        "https://github.com/acme/shop/blob/main/..%2F%CC%81x",
        "https://github.com/acme/shop/blob/main/a%5C..%5Cb",
        "https://github.com/acme/shop/blob/main/a%00b",
        "https://github.com/acme/shop/blob/main/a%0Ab",
        "https://github.com/acme/shop/blob/main/%FF",
        "https://github.com/acme/shop/blob/main/%25252525252e%25252525252e",
        "https://github.com/acme/shop/blob/..%2F..%2Fx/a",
        "https://github.com/acme%2F..%2Fother/shop/blob/main/a",
        "https://github.com/acme/shop%2F../blob/main/a",
        "https://github.com/acme//blob/main/a",
        "https://u:p@github.com/acme/shop/blob/main/a",
        "https://github.com/acme/shop/issues/1",
        "https://github.com/acme/shop/blob",
        "https://github.com/acme",
        "https://github.com:444/acme/shop/blob/main/a",
        "https://github.com.evil.example/acme/shop/blob/main/a",
        "https://gitlab.com/group/repo/-/issues/1",
        "https://gitlab.com/repo/-/blob/main/a",
        "https://acme.example/other/g/r/-/blob/main/f.yaml",
        "https://dev.azure.com/org/proj/_git/repo?path=/../../x",
        "https://dev.azure.com/org/proj/_git/repo?path=/a&version=XXmain",
        "https://dev.azure.com/org/proj/repo?path=/a",
        "https://bitbucket.acme.example/projects/KEY/repos/r/browse/a?at=../x",
        "https://bitbucket.acme.example/projects/KEY/repos/r/commits/a",
        "https://gitea.acme.example/o/r/src/main/a.yaml",
        "ftp://github.com/acme/shop/blob/main/a",
        "github.com/acme/shop/blob/main/a",
    ])
    func `is not read from what could lead elsewhere`(text: String) {
        #expect(hosts.place(text) == nil)
    }

    @Test func `the same tree is told from another ref or repository`() throws {
        let base = "https://github.com/acme/shop"
        let place = try #require(hosts.place("\(base)/blob/main/a.yaml"))
        let same = try #require(hosts.place("\(base)/tree/main/x/b.yaml"))
        #expect(place.sharesTree(with: same))
        for other in ["\(base)/blob/v1/a.yaml", "\(base)2/blob/main/a.yaml", base] {
            #expect(!place.sharesTree(with: try #require(hosts.place(other))))
        }
    }
}

@Suite struct `Targets and annotations` {
    private static let github = "https://github.com/acme/shop/blob/main/dir/all.yaml"
    private static let gitlab = "https://gitlab.com/g/s/r/-/blob/main/dir/all.yaml"
    private static let server =
        "https://bitbucket.acme.example/projects/K/repos/r/browse/dir/all.yaml?at=main"
    private static let azure =
        "https://dev.azure.com/org/proj/_git/repo?path=%2Fdir%2Fall.yaml&version=GBmain"
    private static let gitea = "https://gitea.acme.example/o/r/src/branch/main/dir/all.yaml"
    private static let plain = "http://localhost:9911/more/index.yaml?t=1#x"

    /// Target, the file that has it, what it stands for.
    static let targets: [(String, String, String?)] = [
        ("./x.yaml", github, "https://github.com/acme/shop/tree/main/dir/x.yaml"),
        ("x.yaml", github, "https://github.com/acme/shop/tree/main/dir/x.yaml"),
        ("../x.yaml", github, "https://github.com/acme/shop/tree/main/x.yaml"),
        ("/x/y.yaml", github, "https://github.com/acme/shop/tree/main/x/y.yaml"),
        ("/../../../x.yaml", github, "https://github.com/acme/x.yaml"),
        ("./*/x.yaml", github, "https://github.com/acme/shop/tree/main/dir/*/x.yaml"),
        ("https://other/x", github, "https://other/x"),
        ("file:./x", github, "file:./x"),
        ("./x.yaml", gitlab, "https://gitlab.com/g/s/r/-/blob/main/dir/x.yaml"),
        ("/x.yaml", gitlab, "https://gitlab.com/g/s/r/-/blob/main/x.yaml"),
        (
            "/x.yaml", server,
            "https://bitbucket.acme.example/projects/K/repos/r/browse/x.yaml?at=main"
        ),
        (
            "./x.yaml", server,
            "https://bitbucket.acme.example/projects/K/repos/r/browse/dir/x.yaml?at=main"
        ),
        (
            "./x.yaml", azure,
            "https://dev.azure.com/org/proj/_git/repo?path=%2Fdir%2Fx.yaml&version=GBmain"
        ),
        (
            "/x.yaml", azure,
            "https://dev.azure.com/org/proj/_git/repo?path=%2Fx.yaml&version=GBmain"
        ),
        (
            "../../../x.yaml", azure,
            "https://dev.azure.com/org/proj/_git/repo?path=%2Fx.yaml&version=GBmain"
        ),
        ("/x.yaml", gitea, "https://gitea.acme.example/o/r/src/branch/main/x.yaml"),
        ("./x.yaml", plain, "http://localhost:9911/more/x.yaml?t=1"),
        ("../x.yaml", plain, "http://localhost:9911/x.yaml?t=1"),
        ("/x.yaml", plain, "http://localhost:9911/x.yaml?t=1"),
        ("/x.yaml", "https://github.com/orgs/acme", "https://github.com/x.yaml"),
        ("./x.yaml", "not absolute", nil),
    ]

    @Test(arguments: targets)
    func `a target is resolved against its file`(target: String, base: String, expected: String?) {
        #expect(hosts.resolve(target, against: base) == expected)
    }

    /// Address, edit address, source location; the first ones are recorded answers of Backstage.
    static let annotations: [(String, String?, String?)] = [
        ("http://localhost:9911/components.yaml", nil, nil),
        (
            "http://localhost:7821/acme-labs/experiments/blob/main/catalog-info.yaml",
            "http://localhost:7821/acme-labs/experiments/edit/main/catalog-info.yaml",
            "url:http://localhost:7821/acme-labs/experiments/tree/main/"
        ),
        (
            "http://localhost:7821/acme/monorepo/blob/main/services/*/catalog-info.yaml",
            "http://localhost:7821/acme/monorepo/edit/main/services/*/catalog-info.yaml",
            "url:http://localhost:7821/acme/monorepo/tree/main/services/*/"
        ),
        (
            "http://localhost:7822/acme/platform/nested/-/blob/trunk/backstage/catalog-info.yaml",
            "http://localhost:7822/acme/platform/nested/-/edit/trunk/backstage/catalog-info.yaml",
            "url:http://localhost:7822/acme/platform/nested/-/blob/trunk/backstage/"
        ),
        (
            "https://github.com/acme/storefront/blob/main/catalog-info.yaml",
            "https://github.com/acme/storefront/edit/main/catalog-info.yaml",
            "url:https://github.com/acme/storefront/tree/main/"
        ),
        (
            "https://github.com/orgs/acme/teams/web", "https://github.com/orgs/acme/teams/web",
            "url:https://github.com/orgs/acme/teams/"
        ),
        (
            "https://bitbucket.org/s/r/src/main/a.yaml",
            "https://bitbucket.org/s/r/src/main/a.yaml?mode=edit&at=main",
            "url:https://bitbucket.org/s/r/src/main/"
        ),
        (
            server, "https://bitbucket.acme.example/projects/K/repos/r/browse/dir/all.yaml",
            "url:https://bitbucket.acme.example/projects/K/repos/r/browse/dir/?at=main"
        ),
        (
            azure, azure,
            "url:https://dev.azure.com/org/proj/_git/repo?path=%2Fdir%2F&version=GBmain"
        ),
        (
            gitea, "https://gitea.acme.example/o/r/_edit/main/dir/all.yaml",
            "url:https://gitea.acme.example/o/r/src/branch/main/dir/"
        ),
        (
            "https://github.com/a/b/blob/0123456789abcdef0123456789abcdef01234567/c.yaml", nil,
            "url:https://github.com/a/b/tree/0123456789abcdef0123456789abcdef01234567/"
        ),
        (
            "https://github.com/a/b/blob/x0123456789abcdef0123456789abcdef01234567/c.yaml",
            "https://github.com/a/b/edit/x0123456789abcdef0123456789abcdef01234567/c.yaml",
            "url:https://github.com/a/b/tree/x0123456789abcdef0123456789abcdef01234567/"
        ),
        ("no address", nil, nil),
    ]

    @Test(arguments: annotations)
    func `a file has the addresses that Backstage gives it`(
        text: String, edit: String?, source: String?
    ) {
        #expect(hosts.editURL(of: text) == edit)
        #expect(hosts.sourceLocation(of: text) == source)
    }
}
