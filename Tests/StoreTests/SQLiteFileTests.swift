import CallboardTestSupport
import Glibc
import Store
import Testing

@Suite struct SQLiteFileTests {
    private func readFile(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            bytes += chunk[..<count]
        }
        return bytes
    }

    private func writeFile(_ path: String, _ bytes: [UInt8]) {
        guard let file = fopen(path, "wb") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func count(_ database: Database) async throws -> Int64 {
        try await database.read { reader in
            try reader.one("SELECT count(*) FROM thing") { try $0.int64(0) }
        }
    }

    private func add(_ count: Int, to database: Database) async throws {
        try await database.write { writer in
            let rows = (0..<count).map { _ in
                [.blob([UInt8](repeating: 1, count: 200))] as [SQLValue]
            }
            try writer.insert(into: "thing", columns: ["body"], rows: rows)
        }
    }

    @Test func `only its owner may read the files, and a second portal is refused`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/new/data/callboard.sqlite"
            let database = try await Database.open(.sqliteFile(path))
            try await database.migrate([things])
            try await add(1, to: database)
            #expect(mode(folder + "/new/data") == 0o700)
            for suffix in ["", "-wal", "-shm", ".lock"] { #expect(mode(path + suffix) == 0o600) }

            let error = await #expect(throws: StoreError.self) {
                _ = try await Database.open(.sqliteFile(path))
            }
            #expect(error?.code == .busy)
            #expect(
                error?.message
                    == "The database \(path) is in use by process \(getpid()). Stop that "
                    + "one first, or give this one another data folder.")
            #expect(try await count(database) == 1)
            await database.close()
            #expect(!exists(path + "-wal"))

            let again = try await Database.open(.sqliteFile(path))
            #expect(try await count(again) == 1)
            await again.close()
        }
    }

    @Test func `a place that cannot hold a database is said with its reason`() async throws {
        try await withTemporaryFolder { folder in
            writeFile(folder + "/file", [1])
            writeFile(folder + "/noise.sqlite", [UInt8](repeating: 0x41, count: 8_192))
            mkdir(folder + "/folder.sqlite", 0o700)
            symlink(folder + "/elsewhere", folder + "/link.sqlite")
            let cases: [(String, StoreError.Code, String)] = [
                ("/file/x.sqlite", .unavailable, "Not a directory"),
                ("/folder.sqlite", .unavailable, "Is a directory"),
                ("/link.sqlite", .unavailable, "symbolic link"),
                ("/noise.sqlite", .corrupt, "restore a backup"),
            ]
            for (name, expected, part) in cases {
                let error = await #expect(throws: StoreError.self, "\(name)") {
                    _ = try await Database.open(.sqliteFile(folder + name))
                }
                #expect(error?.code == expected && error?.message.contains(part) == true, "\(name)")
            }
            #expect(!exists(folder + "/elsewhere"))
        }
    }

    @Test func `a temporary database leaves nothing behind`() async throws {
        let database = try await Database.open(.sqliteTemporary)
        let path = try await database.read { reader in
            try reader.one("SELECT file FROM pragma_database_list WHERE name = 'main'") {
                try $0.text(0)
            }
        }
        #expect(exists(path))
        await database.close()
        #expect(exists(path) == false)
    }

    @Test func `a full disk stops writing, not reading, and heals`() async throws {
        try await withDatabase(.sqlite, migrations: [things]) { database in
            try await add(10, to: database)
            try await database.write { try $0.execute("PRAGMA max_page_count = 40") }
            let full = try await code { try await add(5_000, to: database) }
            #expect(full == .full)
            #expect(try await count(database) == 10)
            try await database.write { try $0.execute("PRAGMA max_page_count = 10000") }
            try await add(5_000, to: database)
            #expect(try await count(database) == 5_010)
        }
    }

    @Test func `a process that dies loses nothing that was committed`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/live.sqlite"
            let database = try await Database.open(.sqliteFile(path))
            try await database.migrate([things])
            for _ in 0..<3 { try await add(20, to: database) }
            // What a kill leaves: the file and its log, here with the last transaction whole, torn
            // in its last page, and followed by noise.
            let file = readFile(path)
            let log = readFile(path + "-wal")
            #expect(log.count > 8_192)
            await database.close()
            let tails: [([UInt8], Int64)] = [
                (log, 60), (log.dropLast(100), 40), (log + [UInt8](repeating: 9, count: 5_000), 60),
            ].map { (Array($0.0), $0.1) }
            for (number, (tail, expected)) in tails.enumerated() {
                let copy = folder + "/copy\(number).sqlite"
                writeFile(copy, file)
                writeFile(copy + "-wal", tail)
                let recovered = try await Database.open(.sqliteFile(copy))
                #expect(try await count(recovered) == expected)
                let check = try await recovered.read { reader in
                    try reader.one("PRAGMA integrity_check") { try $0.text(0) }
                }
                #expect(check == "ok")
                await recovered.close()
            }
        }
    }

    @Test func `a bulk load copies its log back less often`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/load.sqlite"
            let database = try await Database.open(.sqliteFile(path))
            try await database.migrate([things])
            let rows = (0..<5_000).map { _ in
                [.blob([UInt8](repeating: 3, count: 1_000))] as [SQLValue]
            }
            func load(_ workload: Workload) async throws -> Int {
                try await database.write(workload) {
                    try $0.insert(into: "thing", columns: ["body"], rows: rows)
                }
                return readFile(path).count
            }
            #expect(try await load(.bulk) < 1_000_000)
            #expect(try await load(.interactive) > 10_000_000)
            await database.close()
        }
    }
}
