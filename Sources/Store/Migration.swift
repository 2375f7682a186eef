/// One step from one shape of the tables to the next.
///
/// A step that was released is never edited, only followed by another: its checksum is recorded
/// where it was applied.
package struct Migration: Sendable {
    /// Its number and what it does: `0001-create-entities`.
    package let name: String
    let sqlite: String
    let postgres: String

    /// One text for both engines, with the placeholders of `Dialect`; may hold several statements.
    package init(_ name: String, _ sql: String) {
        self.init(name, sqlite: sql, postgres: sql)
    }

    /// A text for each engine, where one cannot serve both; the placeholders work here too.
    package init(_ name: String, sqlite: String, postgres: String) {
        self.name = name
        self.sqlite = sqlite
        self.postgres = postgres
    }

    func sql(for engine: Engine) -> String { engine == .sqlite ? sqlite : postgres }

    /// FNV-1a, 64 bits, as sixteen hexadecimal digits: against accidents, not against attackers.
    func checksum(for engine: Engine) -> String {
        let hash = fnv1a(sql(for: engine))
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// All migrations of one target, in the order in which they are applied.
package struct MigrationSet: Sendable {
    /// The target that owns the tables: `catalog`.
    package let target: String
    /// Oldest first; new ones are added at the end.
    package let migrations: [Migration]

    package init(target: String, migrations: [Migration]) {
        self.target = target
        self.migrations = migrations
    }

    /// The store's own.
    static let store = MigrationSet(
        target: "store",
        migrations: [
            Migration(
                "0001-create-revision",
                """
                CREATE TABLE revision (
                    one {bigint} NOT NULL PRIMARY KEY CHECK (one = 1),
                    n {bigint} NOT NULL
                ) {strict};
                INSERT INTO revision (one, n) VALUES (1, 0);
                """)
        ])
}

/// FNV-1a over the UTF-8 bytes (offset basis and prime of the 64-bit variant).
func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

extension Writer {
    /// Applies what is missing and answers the names, as `target/0001-what`.
    ///
    /// Everything happens in this one transaction, so that a step that fails leaves the tables as
    /// the running release knows them.
    func migrate(_ sets: [MigrationSet]) throws -> [String] {
        try execute(
            """
            CREATE TABLE IF NOT EXISTS migration (
                target {text} NOT NULL,
                name {text} NOT NULL,
                position {bigint} NOT NULL,
                checksum {text} NOT NULL,
                applied_at {bigint} NOT NULL,
                PRIMARY KEY (target, name)
            ) {strict}
            """)
        var applied: [String] = []
        for set in [.store] + sets { applied += try apply(set) }
        return applied
    }

    private func apply(_ set: MigrationSet) throws -> [String] {
        let recorded = try all(
            "SELECT name, checksum FROM migration WHERE target = ? ORDER BY position",
            [.text(set.target)]
        ) { (name: try $0.text(0), checksum: try $0.text(1)) }

        for (old, known) in zip(recorded, set.migrations) {
            guard old.name == known.name else { throw misplaced(old.name, known.name, in: set) }
            guard old.checksum == known.checksum(for: engine) else {
                throw StoreError(
                    .invalid,
                    "Migration \(set.target)/\(known.name) was applied in another wording than this "
                        + "program has. A released migration is never edited: put its text back and "
                        + "add a new migration for the change.")
            }
        }
        if recorded.count > set.migrations.count {
            let unknown = recorded[set.migrations.count].name
            throw StoreError(
                .invalid,
                "The database was changed by a newer version: this program does not know migration "
                    + "\(set.target)/\(unknown). Start that version, or restore a backup made "
                    + "before the upgrade.")
        }

        var applied: [String] = []
        for (position, migration) in set.migrations.enumerated().dropFirst(recorded.count) {
            let name = "\(set.target)/\(migration.name)"
            do { try attempt { try session.executeScript(migration.sql(for: engine)) } } catch let
                error as StoreError
            {
                throw StoreError(
                    error.code, "Migration \(name) failed, nothing was changed: \(error.message)",
                    sql: error.sql)
            }
            try execute(
                """
                INSERT INTO migration (target, name, position, checksum, applied_at)
                VALUES (?, ?, ?, ?, {now})
                """,
                [
                    .text(set.target), .text(migration.name), .integer(Int64(position)),
                    .text(migration.checksum(for: engine)),
                ])
            applied.append(name)
        }
        return applied
    }

    private func misplaced(_ old: String, _ known: String, in set: MigrationSet) -> StoreError {
        let names = set.migrations.map(\.name)
        if names.contains(old) {
            return StoreError(
                .invalid,
                "Migration \(set.target)/\(known) stands before \(old), which was already applied. "
                    + "Migrations are only added at the end: give it a later place.")
        }
        return StoreError(
            .invalid,
            "The database has migration \(set.target)/\(old) where this program has \(known): it "
                + "belongs to another version, or a released migration was renamed.")
    }
}
