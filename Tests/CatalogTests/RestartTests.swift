import CallboardTestSupport
import Glibc
import Store
import Testing

@testable import Catalog

/// What a start finds: images of all kinds, and a database that went on without them.
@Suite struct RestartTests {
    private static let a = "https://git.test/a.yaml"

    /// What is done to the image between stop and start.
    enum Damage: CaseIterable, Sendable {
        case none, removed, empty, short, long, flippedHeader, flippedStart, flippedMiddle
        case flippedEnd, zeroed, folder

        func apply(to path: String) throws {
            guard self != .none else { return }
            var bytes = try bytesOfFile(path)
            unlink(path)
            switch self {
            case .none, .removed: return
            case .empty: bytes = []
            case .short: bytes.removeLast(bytes.count / 3)
            case .long: bytes.append(0)
            case .flippedHeader: bytes[33] ^= 1
            case .flippedStart: bytes[80] ^= 16
            case .flippedMiddle: bytes[bytes.count / 2] ^= 1
            case .flippedEnd: bytes[bytes.count - 1] ^= 128
            case .zeroed: for index in 64..<bytes.count { bytes[index] = 0 }
            case .folder:
                mkdir(path, 0o700)
                return
            }
            let file = open(path, O_WRONLY | O_CREAT, 0o600)
            _ = write(file, bytes, bytes.count)
            close(file)
        }
    }

    @Test(arguments: Engine.allCases, Damage.allCases)
    func `an image speeds a start up or does not matter`(
        engine: Engine, damage: Damage
    ) async throws {
        try await withTemporaryFolder { folder in
            var options = KeeperOptions.forTests
            options.imagePath = "\(folder)/image"
            try await withCatalog(engine, options: options) { catalog in
                catalog.files.put(Self.a, RevisionTests.file("n", 30))
                try await catalog.read(Self.a)
                await catalog.keeper.saveImage()
                // The image is three changes behind what the database has.
                for round in 1...3 {
                    catalog.files.put(Self.a, RevisionTests.file("n", 30 - round, round: round))
                    try await catalog.read(Self.a)
                }
                try damage.apply(to: "\(folder)/image")
                let again = try await catalog.another(options: options)
                #expect(again.revision == catalog.revision)
                #expect(try await again.allAnswers() == catalog.allAnswers())
                let files = again.keeper.registry.items.map(\.location)
                #expect(Set(files) == Set(catalog.keeper.registry.items.map(\.location)))
                // And it goes on from there.
                let before = again.revision
                try await again.read(Self.a)
                #expect(again.revision == before)
                again.files.put(Self.a, RevisionTests.file("m", 3))
                try await again.read(Self.a)
                #expect(again.components == ["m0", "m1", "m2"])
                await again.keeper.saveImage()
                let last = try await again.another(options: options)
                #expect(try await last.allAnswers() == again.allAnswers())
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `an image is used only by the database that it is of`(engine: Engine) async throws {
        try await withTemporaryFolder { folder in
            var options = KeeperOptions.forTests
            options.imagePath = "\(folder)/image"
            try await withCatalog(engine, options: options) { catalog in
                catalog.files.put(Self.a, RevisionTests.file("old", 3))
                try await catalog.read(Self.a)
                await catalog.keeper.saveImage()
            }
            try await withCatalog(engine) { catalog in
                for round in 0..<4 {
                    catalog.files.put(Self.a, RevisionTests.file("new", 3, round: round))
                    try await catalog.read(Self.a)
                }
                let again = try await catalog.another(options: options)
                #expect(again.components == ["new0", "new1", "new2"])
                #expect(try await again.allAnswers() == catalog.allAnswers())
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a keeper that starts while another writes has all`(engine: Engine) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.put(Self.a, RevisionTests.file("n", 50))
            try await catalog.read(Self.a)
            async let writes: Void = {
                for round in 1...10 {
                    catalog.files.put(Self.a, RevisionTests.file("n", 50 - round, round: round))
                    try await catalog.read(Self.a)
                }
            }()
            for _ in 0..<5 {
                let other = try await catalog.another()
                #expect((40...50).contains(other.components.count))
            }
            try await writes
            try await RevisionTests.expectAgreement(catalog, catalog.another())
        }
    }

    @Test(arguments: Engine.allCases)
    func `an address with another version of the same bytes is read once more and not again`(
        engine: Engine
    ) async throws {
        try await withCatalog(engine) { catalog in
            catalog.files.knowsVersions(true)
            catalog.files.put(Self.a, component("x"))
            catalog.files.version(Self.a, "one")
            try await catalog.read(Self.a)
            try await catalog.read(Self.a)
            #expect(catalog.files.unchangedCount == 1)
            let before = catalog.revision
            catalog.files.version(Self.a, "two")
            try await catalog.read(Self.a)
            #expect(catalog.files.unchangedCount == 1)
            try await catalog.read(Self.a)
            #expect(catalog.files.unchangedCount == 2)
            try await catalog.another().read(Self.a)
            #expect(catalog.files.unchangedCount == 3)
            #expect(catalog.revision == before)
            // The version of what was read is not kept for what is read later.
            catalog.files.put(Self.a, component("y"))
            catalog.files.version(Self.a, "three")
            try await catalog.read(Self.a)
            #expect(catalog.components == ["y"])
        }
    }

    /// A revision has room for 2²⁰ versions; here for fewer, so that it need not take minutes.
    @Test(arguments: Engine.allCases, [1, 7, 100, 101])
    func `more than a revision has room for takes several, and all or none is there`(
        engine: Engine, limit: Int
    ) async throws {
        var options = KeeperOptions.forTests
        options.versionsPerRevision = limit
        try await withCatalog(engine, options: options) { catalog in
            let follower = try await catalog.another(options: options)
            catalog.files.put(Self.a, RevisionTests.file("n", 100))
            try await catalog.read(Self.a)
            #expect(catalog.components.count == 100)
            let before = catalog.revision
            try await RevisionTests.expectAgreement(catalog, follower)
            try await catalog.unregister(Self.a)
            // The Location entity goes too.
            #expect(catalog.revision == before + Int64((101 + limit - 1) / limit))
            #expect(catalog.reader.select(nil).count == 0)
            try await RevisionTests.expectAgreement(catalog, follower)
            let history = try await catalog.reader.history(of: "component:default/n99", limit: 5)
            #expect(history?.versions.map(\.cause) == [.removed, .created])
            #expect(history?.versions.allSatisfy { $0.author == "test" } ?? false)
            let check = CatalogCheck(database: catalog.database, imagePath: nil)
            #expect(try await check.run(repairs: false).findings == [])
            try await catalog.read(Self.a)
            #expect(catalog.components.count == 100)
            try await RevisionTests.expectAgreement(catalog, follower)
        }
    }

    /// More than a batch holds on both engines, and a real catalog's size on one.
    @Test(arguments: zip(Engine.allCases, [20, 7]))
    func `thousands of entities come, change and go`(engine: Engine, fileCount: Int) async throws {
        try await withCatalog(engine) { catalog in
            let files = (0..<fileCount).map { "/r/\($0).yaml" }
            for (index, file) in files.enumerated() {
                catalog.files.put(file, RevisionTests.file("f\(index)n", 1000))
            }
            try await catalog.read("/r/*.yaml")
            #expect(catalog.reader.select(nil).count == fileCount * 1000 + 1)
            let before = catalog.revision
            try await catalog.read("/r/*.yaml")
            #expect(catalog.revision == before)
            catalog.files.put(files[5], RevisionTests.file("f5n", 999))
            try await catalog.read("/r/*.yaml")
            #expect(catalog.revision == before + 1)
            let again = try await catalog.another()
            #expect(again.reader.select(nil).count == fileCount * 1000)
            #expect(try await again.json("component:default/f5n998") != nil)
            #expect(try await again.json("component:default/f5n999") == nil)
            try await again.unregister("/r/*.yaml")
            #expect(again.reader.select(nil).count == 0)
            try await catalog.keeper.catchUp()
            #expect(catalog.reader.select(nil).count == 0)
        }
    }
}

/// The bytes of a file.
private func bytesOfFile(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY)
    try #require(file >= 0)
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(file, &buffer, buffer.count), count > 0 {
        bytes += buffer.prefix(count)
    }
    return bytes
}
