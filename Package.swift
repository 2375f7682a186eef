// swift-tools-version: 6.2
import PackageDescription

// The targets stand in one order, lowest first (docs/architecture.md): a target imports only what
// stands above it here, features never import each other, and each C library has exactly one
// importer. Tests/RepositoryTests reads the sources and fails on a breach.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func part(_ name: String, _ dependencies: String...) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
            exclude: [], swiftSettings: strict)
    ]
}

func tests(_ name: String, _ dependencies: String..., exclude: [String] = []) -> [Target] {
    [
        .testTarget(
            name: "\(name)Tests",
            dependencies: ([name] + dependencies).map { .init(stringLiteral: $0) },
            exclude: exclude, swiftSettings: strict)
    ]
}

/// A part whose `Assets` folder is compiled into the binary as string literals by `EmbedAssets`.
func partWithAssets(_ name: String, _ dependencies: String...) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
            exclude: ["Assets"], swiftSettings: strict, plugins: ["EmbedAssets"])
    ]
}

func library(_ name: String, pkgConfig: String, apt: String) -> [Target] {
    [.systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])]
}

/// A few lines of C of our own, where Swift cannot say it.
func native(_ name: String) -> [Target] {
    [.target(name: name)]
}

let targets: [[Target]] = [
    part("Telemetry"),
    library("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
    part("Crypto", "COpenSSL"),
    library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    part("Compression", "CZlib", "CZstd"),
    part("Values"),
    part("CatalogModel", "Values"),
    native("CLinux"),
    part("Files", "CLinux"),
    partWithAssets("Markup"),
    library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    part("Descriptors", "CYAML", "Values"),
    part("Settings", "Values", "Descriptors"),
    [.systemLibrary(name: "CMemory")],
    part("Postings", "CMemory", "Values"),
    library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("CPostgreSQL", pkgConfig: "libpq", apt: "libpq-dev"),
    part("Store", "Settings", "CSQLite", "CPostgreSQL"),
    library("CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    part("Inbound", "CMicroHTTPD"),
    library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    part("Outbound", "Settings", "CCurl"),
    part("Jobs", "Telemetry", "Store"),
    part(
        "Catalog", "Telemetry", "Crypto", "Compression", "Values", "CatalogModel", "Files",
        "Settings",
        "Descriptors", "Postings", "Store", "Outbound", "Jobs"),
    part(
        "Access", "Telemetry", "Crypto", "Values", "CatalogModel", "Settings", "Store", "Outbound"),
    part("Routing", "Telemetry", "Values", "Store", "Inbound", "Access"),
    part("Portal", "Markup", "Settings", "Store", "Inbound", "Routing"),
    part("SignIn", "Telemetry", "Crypto", "Values", "Inbound", "Access", "Routing"),
    part(
        "CatalogAPI", "Crypto", "Values", "CatalogModel", "Inbound", "Outbound", "Catalog",
        "Access", "Routing"),
    part(
        "Browse", "Telemetry", "Values", "CatalogModel", "Markup", "Store", "Inbound", "Outbound",
        "Catalog", "Access", "Routing", "Portal"),
    part(
        "Server", "Telemetry", "Compression", "Values", "CatalogModel", "Files", "Markup",
        "Settings",
        "Store", "Inbound", "Outbound", "Jobs", "Catalog", "Access", "Crypto", "Routing", "Portal",
        "CatalogAPI", "SignIn", "Browse"),
    [
        .executableTarget(
            name: "callboard", dependencies: ["Server"], swiftSettings: strict)
    ],

    part(
        "CallboardTestSupport", "Telemetry", "Values", "CatalogModel", "Store", "Jobs", "Catalog"),
    tests("Telemetry"),
    tests("Crypto"),
    tests("Compression"),
    tests("Values"),
    tests("CatalogModel", "Descriptors", "Values"),
    tests("Files", "CallboardTestSupport"),
    tests("Markup"),
    tests("Descriptors", "Values"),
    tests("Settings", "Values", "CallboardTestSupport"),
    tests("Postings"),
    tests("Store", "CallboardTestSupport"),
    tests("Inbound"),
    tests("Outbound", "CallboardTestSupport"),
    tests("Jobs", "Telemetry", "Store", "CallboardTestSupport"),
    tests(
        "Catalog", "Telemetry", "Values", "CatalogModel", "Files", "Postings", "Store", "Outbound",
        "Jobs", "CallboardTestSupport"),
    tests(
        "CatalogAPI", "Telemetry", "Values", "CatalogModel", "Store", "Inbound", "Outbound",
        "Catalog",
        "Access",
        "Routing", "Crypto", "Descriptors", "CallboardTestSupport"),
    tests(
        "Access", "Telemetry", "Crypto", "Values", "CatalogModel", "Store", "Outbound",
        "CallboardTestSupport"),
    tests("Routing", "Inbound"),
    tests(
        "SignIn", "Telemetry", "Crypto", "Values", "CatalogModel", "Store", "Inbound", "Access",
        "Routing", "CallboardTestSupport"),
    tests(
        "Browse", "Telemetry", "Values", "CatalogModel", "Markup", "Descriptors", "Inbound",
        "Catalog", "Access", "Routing", "Portal", "Store", "CallboardTestSupport",
        exclude: ["Golden"]),
    tests(
        "Server", "Telemetry", "Values", "Inbound", "Outbound", "Routing", "CatalogModel", "Files",
        "Settings",
        "Postings", "Store", "Catalog", "SignIn", "Crypto", "CallboardTestSupport",
        exclude: ["Fixtures", "Golden"]),
    [.testTarget(name: "RepositoryTests", swiftSettings: strict)],
    [
        .executableTarget(name: "EmbedAssetsTool", swiftSettings: strict),
        .plugin(
            name: "EmbedAssets", capability: .buildTool(), dependencies: ["EmbedAssetsTool"]),
    ],
]

let package = Package(name: "callboard", targets: targets.flatMap { $0 })
