import CallboardTestSupport
import Glibc
import Store
import Testing
import Values

@testable import Catalog

/// The portal's own process, while its database hangs, is gone or is locked, and afterwards.
@Suite(.serialized) struct DatabaseFaultTests {
    private static let byName = "/api/catalog/entities/by-name/component/default"

    /// What memory alone can answer.
    private static let remembered = [
        "\(byName)/first", "/api/catalog/entities/by-query?limit=0&filter=kind=component",
        "/api/catalog/entity-facets?facet=kind", "/api/catalog/locations",
        "/.backstage/health/v1/readiness", "/metrics",
    ]

    @Test(arguments: [TroubledProxy.Trouble.silence, .refusal])
    func `while PostgreSQL is away memory answers, and afterwards nothing is missing`(
        trouble: TroubledProxy.Trouble
    ) async throws {
        try await withTroubledDatabase { location, proxy in
            try await withTemporaryFolder { folder in
                try RunningPortal.configure(folder, location)
                try Self.write("first", in: folder)
                let portal = try RunningPortal(in: folder)
                defer { portal.kill() }
                try await portal.shows("first")
                proxy.become(trouble)
                try await Self.expectTrouble(portal)
                try Self.write("second", in: folder)
                try await portal.waitFor { portal.log.contains("could not be read") }
                proxy.become(.none)
                try await portal.shows("second")
                try await portal.waitFor {
                    await Self.register(portal)?.hasPrefix("HTTP/1.1 201") ?? false
                }
            }
        }
    }

    @Test func `a portal that starts before PostgreSQL says what it waits for`() async throws {
        try await withTroubledDatabase { location, proxy in
            try await withTemporaryFolder { folder in
                proxy.become(.refusal)
                try RunningPortal.configure(folder, location)
                try Self.write("first", in: folder)
                let portal = try RunningPortal(in: folder)
                defer { portal.kill() }
                try await portal.waitFor { portal.log.contains("Waiting for the database") }
                proxy.become(.none)
                try await portal.shows("first")
            }
        }
    }

    @Test func `while another program holds SQLite's lock reading goes on`() async throws {
        try await withDatabaseLocation(.sqlite) { location in
            guard case .sqliteFile(let path) = location else { return }
            try await withTemporaryFolder { folder in
                try RunningPortal.configure(folder, location)
                try Self.write("first", in: folder)
                let portal = try RunningPortal(in: folder)
                defer { portal.kill() }
                try await portal.shows("first")
                let lock = try WriteLock(path)
                try await Self.expectTrouble(portal)
                try Self.write("second", in: folder)
                try await portal.waitFor { portal.log.contains("could not be read") }
                lock.release()
                try await portal.shows("second")
            }
        }
    }

    @Test func `nothing is acknowledged while the file of SQLite is gone`() async throws {
        try await withDatabaseLocation(.sqlite) { location in
            guard case .sqliteFile(let path) = location else { return }
            try await withTemporaryFolder { folder in
                try RunningPortal.configure(folder, location)
                try Self.write("first", in: folder)
                let portal = try RunningPortal(in: folder)
                defer { portal.kill() }
                try await portal.shows("first")
                try #require(rename(path, "\(path).gone") == 0)
                try await Self.expectTrouble(portal)
                try Self.write("second", in: folder)
                try await portal.waitFor { portal.log.contains("could not be read") }
                try #require(rename("\(path).gone", path) == 0)
                try await portal.shows("second")
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a database that was set back is taken as it is`(engine: Engine) async throws {
        try await withCatalog(engine) { catalog in
            let (a, b) = ("https://git.test/a.yaml", "https://git.test/b.yaml")
            catalog.files.put(a, component("kept"))
            try await catalog.read(a)
            let revision = catalog.revision
            catalog.files.put(b, component("lost"))
            try await catalog.read(b)
            #expect(catalog.components == ["kept", "lost"])
            // What a standby lacks that took over too early, or a backup of before.
            try await catalog.database.write { writer in
                let after: [SQLValue] = [.integer(Slot.first(of: revision + 1))]
                try writer.execute("UPDATE revision SET n = ?", [.integer(revision)])
                try writer.execute("DELETE FROM change WHERE revision > ?", [.integer(revision)])
                try writer.execute("DELETE FROM version WHERE slot >= ?", after)
                try writer.execute("DELETE FROM entity WHERE slot >= ?", after)
                try writer.execute("DELETE FROM source WHERE target = ?", [.text(b)])
                try writer.execute("DELETE FROM item WHERE location LIKE ?", [.text("%b.yaml%")])
            }
            let c = "https://git.test/c.yaml"
            catalog.files.put(c, component("new"))
            try await catalog.read(c)
            #expect(catalog.components == ["kept", "new"])
            // The new one has the slot that the lost one had, and not its content.
            let json = try await catalog.json("component:default/new")
            #expect(json?.at("metadata", "name")?.string == "new")
            try await catalog.read(b)
            try await RevisionTests.expectAgreement(catalog)
            #expect(catalog.components == ["kept", "lost", "new"])
        }
    }

    // MARK: Parts

    private static func write(_ name: String, in folder: String) throws {
        try RunningPortal.write(component(name), to: "\(folder)/files/\(name).yaml")
    }

    private static func register(_ portal: RunningPortal) async -> String? {
        let body = #"{"type":"url","target":"http://127.0.0.1:1/x.yaml"}"#
        return await portal.send(
            "POST /api/catalog/locations?onConflict=refresh HTTP/1.1\r\nHost: a\r\n"
                + "Connection: close\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Memory answers, and what needs the database says so with a reason.
    private static func expectTrouble(_ portal: RunningPortal) async throws {
        let answer = try #require(await register(portal))
        #expect(answer.hasPrefix("HTTP/1.1 503"), "\(answer.prefix(300))")
        #expect(answer.contains("database") && answer.contains("Retry-After"))
        for path in remembered {
            let answer = try #require(await portal.get(path))
            #expect(answer.contains(" 200 OK"), "\(path): \(answer.prefix(200))")
        }
    }
}

extension RunningPortal {
    /// Waits for a state, however slow the machine is; a minute at most.
    func waitFor(_ isSo: () async -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while await !isSo() {
            try #require(ContinuousClock.now < end, "\(log.suffix(1500))")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until a Component can be had.
    func shows(_ name: String) async throws {
        try await waitFor {
            await get("/api/catalog/entities/by-name/component/default/\(name)")?
                .contains(" 200 OK") ?? false
        }
    }
}

/// The lock of the one writer of an SQLite file with a write-ahead log, as another program has it:
/// the byte 120 of the file of shared memory beside it.
private final class WriteLock {
    private let file: Int32

    init(_ path: String) throws {
        file = open("\(path)-shm", O_RDWR)
        try #require(file >= 0)
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 120
        lock.l_len = 1
        // Waits for a writer that is just committing.
        try #require(fcntl(file, F_SETLKW, &lock) == 0)
    }

    func release() { close(file) }
}

/// Gives the body a schema in PostgreSQL that is reached through a line that can be troubled.
private func withTroubledDatabase(
    _ body: (StoreLocation, TroubledProxy) async throws -> Void
) async throws {
    try await withPostgresLocation { location in
        let port = try #require(location.port, "PGPORT is not set")
        let proxy = try #require(TroubledProxy(target: port))
        defer { proxy.close() }
        var troubled = location
        (troubled.host, troubled.port) = ("127.0.0.1", proxy.port)
        try await body(.postgres(troubled), proxy)
    }
}
