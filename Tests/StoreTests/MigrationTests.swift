import CallboardTestSupport
import Store
import Testing

@Suite struct MigrationTests {
    static let first = Migration("0001-create-a", "CREATE TABLE a (x {bigint} NOT NULL) {strict};")
    static let second = Migration("0002-create-b", "CREATE TABLE b (x {bigint} NOT NULL) {strict};")

    static func sets(_ migrations: Migration...) -> [MigrationSet] {
        [MigrationSet(target: "letters", migrations: migrations)]
    }

    @Test(arguments: Engine.allCases)
    func `each migration is applied once, in order, across restarts`(engine: Engine) async throws {
        try await withDatabaseLocation(engine) { location in
            for (sets, expected) in [
                (Self.sets(Self.first), ["store/0001-create-revision", "letters/0001-create-a"]),
                (Self.sets(Self.first), []),
                (Self.sets(Self.first, Self.second), ["letters/0002-create-b"]),
                ([], []),
            ] {
                let database = try await Database.open(location)
                let applied = try await database.migrate(sets)
                #expect(applied == expected)
                await database.close()
            }
        }
    }

    /// What a program may wrongly hold after `first` and `second` were applied, and what it is told.
    static let faults: [(migrations: [Migration], said: String)] = [
        (
            [Migration("0001-create-a", "CREATE TABLE a (y {bigint}) {strict};"), second],
            "Migration letters/0001-create-a was applied in another wording than this program has. "
                + "A released migration is never edited: put its text back and add a new migration "
                + "for the change."
        ),
        (
            [first],
            "The database was changed by a newer version: this program does not know migration "
                + "letters/0002-create-b. Start that version, or restore a backup made before the "
                + "upgrade."
        ),
        (
            [first, Migration("0003-create-c", "SELECT 1"), second],
            "Migration letters/0003-create-c stands before 0002-create-b, which was already applied. "
                + "Migrations are only added at the end: give it a later place."
        ),
        (
            [first, Migration("0002-create-bee", "SELECT 1")],
            "The database has migration letters/0002-create-b where this program has "
                + "0002-create-bee: it belongs to another version, or a released migration was "
                + "renamed."
        ),
    ]

    @Test(arguments: Engine.allCases)
    func `an edited, missing, moved or renamed migration is refused by name`(engine: Engine)
        async throws
    {
        try await withDatabase(engine, migrations: Self.sets(Self.first, Self.second)) { database in
            for (migrations, said) in Self.faults {
                let error = await #expect(throws: StoreError.self) {
                    try await database.migrate([
                        MigrationSet(target: "letters", migrations: migrations)
                    ])
                }
                #expect(error?.message == said && error?.code == .invalid)
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a migration that fails leaves nothing of its run`(engine: Engine) async throws {
        try await withDatabase(engine) { database in
            let broken = Migration(
                "0002-break", "CREATE TABLE c (x {bigint}) {strict}; CREATE TABEL d;")
            let error = await #expect(throws: StoreError.self) {
                try await database.migrate(Self.sets(Self.first, broken))
            }
            #expect(error?.message.hasPrefix("Migration letters/0002-break failed") == true)
            let applied = try await database.migrate(Self.sets(Self.first, Self.second))
            #expect(applied == ["letters/0001-create-a", "letters/0002-create-b"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `a set may differ between the engines`(engine: Engine) async throws {
        let migration = Migration(
            "0001-name", sqlite: "CREATE TABLE only_sqlite (x {bigint}) {strict};",
            postgres: "CREATE TABLE only_postgres (x {bigint}) {strict};")
        try await withDatabase(engine, migrations: Self.sets(migration)) { database in
            try await database.write { _ = try $0.execute("INSERT INTO only_\(engine) VALUES (1)") }
        }
    }
}
