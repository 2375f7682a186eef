import CallboardTestSupport
import Store
import Testing

/// A table with a column of every type.
let things = MigrationSet(
    target: "things",
    migrations: [
        Migration(
            "0001-create-things",
            """
            CREATE TABLE thing (
                id {autokey},
                name {text} UNIQUE,
                size {bigint} NOT NULL DEFAULT 0 CHECK (size >= 0),
                amount {bigint},
                weight {real},
                body {blob},
                parent {bigint} REFERENCES thing (id)
            ) {strict};
            -- A comment; with a semicolon, a { and a '
            CREATE INDEX thing_size_idx ON thing (size);
            """)
    ])

/// The code of the `StoreError` that the body throws; anything else fails the test.
func code<Value>(_ body: () async throws -> Value) async throws -> StoreError.Code? {
    do {
        _ = try await body()
        return nil
    } catch let error as StoreError { return error.code }
}

@Suite struct TransactionTests {
    static let values: [SQLValue] = [
        .null, 0, -1, .integer(.max), .integer(.min), .real(0), .real(-1.5), .real(.infinity),
        .real(.leastNonzeroMagnitude), "", "plain", "Zoë 🐘 '\"$1 ?",
        .text(String(repeating: "x", count: 70_000)),
        .blob([]), .blob([0, 255, 0]), .blob([UInt8](repeating: 7, count: 70_000)),
    ]

    @Test(arguments: Engine.allCases)
    func `every kind of value comes back as it went in, singly and in bulk`(engine: Engine)
        async throws
    {
        try await withDatabase(engine, migrations: [things]) { database in
            let back = try await database.write { writer in
                try Self.values.map { value in
                    // Beside a typed column, so that PostgreSQL need not guess what NULL is.
                    let column = value.column
                    let id = try writer.one(
                        "INSERT INTO thing (\(column)) VALUES (?) RETURNING id", [value]
                    ) { try $0.int64(0) }
                    return try writer.one(
                        "SELECT \(column) FROM thing WHERE id = ? AND \(column) IS NOT DISTINCT FROM ?",
                        [.integer(id), value]
                    ) { try $0.value(0) }
                }
            }
            #expect(back == Self.values)

            // Enough rows that PostgreSQL takes them by COPY.
            let rows = (0..<300).map { number in
                let value = Self.values[number % Self.values.count]
                return [.integer(1_000 + Int64(number))]
                    + ["amount", "body", "weight"].map { value.column == $0 ? value : .null }
                    + [value.column == "name" && number < 16 ? value : .null]
            }
            let copied = try await database.write { writer in
                try writer.execute("DELETE FROM thing")
                let columns = ["id", "amount", "body", "weight", "name"]
                #expect(try writer.insert(into: "thing", columns: columns, rows: rows) == 300)
                return try writer.all(
                    "SELECT id, amount, body, weight, name FROM thing ORDER BY id"
                ) {
                    row in
                    try (0..<5).map { try row.value($0) }
                }
            }
            #expect(copied == rows)
        }
    }

    @Test(arguments: Engine.allCases)
    func `rows are read strictly and alike`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: [things]) { database in
            let row =
                "SELECT 7, 'x', x, CAST(1.5 AS {real}), 1 < 2, count(*) FROM (SELECT NULL AS x) AS t GROUP BY x"
            try await database.read { reader in
                try reader.one(row) {
                    let read = [
                        SQLValue.integer(try $0.int64(0)), .text(try $0.text(1)),
                        .text(try $0.optionalText(2)), .real(try $0.double(3)),
                        .integer(try $0.int64(4)),
                    ]
                    #expect(read == [7, "x", nil, .real(1.5), 1])
                    #expect($0.isNull(2) && $0.isNull(99) && $0.count == 6)
                }
                #expect(try reader.first("SELECT id FROM thing") { try $0.int64(0) } == nil)
                #expect(throws: StoreError.self) { try reader.one("SELECT id FROM thing") { _ in } }
                // Nested, the same text twice.
                let nested = try reader.all("SELECT 1 UNION ALL SELECT 2") { outer in
                    let number = try outer.int64(0)
                    return try reader.all("SELECT 1 UNION ALL SELECT 2") {
                        try $0.int64(0) * number
                    }
                }
                #expect(nested.flatMap { $0 }.sorted() == [1, 2, 2, 4])
            }
            for wrong in 0..<3 {
                let error = try await code {
                    try await database.read { reader in
                        try reader.one(row) {
                            switch wrong {
                            case 0: _ = try $0.int64(1)
                            case 1: _ = try $0.text(2)
                            default: _ = try $0.int64(6)
                            }
                        }
                    }
                }
                #expect(error == .invalid)
            }
        }
    }

    /// Statements that break a rule, and the code of each.
    static let broken: [(sql: String, values: [SQLValue], code: StoreError.Code)] = [
        ("INSERT INTO thing (name) VALUES (?)", ["taken"], .constraint(.unique)),
        ("INSERT INTO thing (id) VALUES (?)", [1], .constraint(.unique)),
        ("INSERT INTO thing (parent) VALUES (?)", [99], .constraint(.foreignKey)),
        ("UPDATE thing SET size = ?", [nil], .constraint(.notNull)),
        ("INSERT INTO thing (size) VALUES (?)", [-1], .constraint(.check)),
        ("INSERT INTO thing (size) VALUES (?)", ["text"], .invalid),
        ("INSERT INTO thing (name) VALUES (?)", ["a\u{0}b"], .invalid),
        ("INSERT INTO thing (weight) VALUES (?)", [.real(.nan)], .invalid),
        ("INSERT INTO thing (name) VALUES (?)", [], .invalid),
        ("INSERT INTO nothing (name) VALUES (?)", ["x"], .invalid),
        ("SELECT {nonsense}", [], .invalid),
        ("SELEKT", [], .invalid),
    ]

    @Test(arguments: Engine.allCases)
    func `a broken rule is named, ends the transaction and changes nothing`(engine: Engine)
        async throws
    {
        try await withDatabase(engine, migrations: [things]) { database in
            try await database.write {
                try $0.execute("INSERT INTO thing (id, name) VALUES (1, 'taken')")
            }
            for (sql, values, expected) in Self.broken {
                let found = try await code {
                    try await database.write { writer in
                        try writer.execute("INSERT INTO thing (name) VALUES ('before')")
                        // Swallowing the error does not rescue the transaction.
                        _ = try? writer.execute(sql, values)
                        _ = try? writer.execute("INSERT INTO thing (name) VALUES ('after')")
                    }
                }
                #expect(found == expected, "\(sql) \(values)")
            }
            let names = try await database.read { reader in
                try reader.all("SELECT name FROM thing") { try $0.text(0) }
            }
            #expect(names == ["taken"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `what the body throws comes out and the transaction is rolled back`(engine: Engine)
        async throws
    {
        struct Enough: Error {}
        try await withDatabase(engine, migrations: [things]) { database in
            await #expect(throws: Enough.self) {
                try await database.write { writer in
                    #expect(try writer.execute("INSERT INTO thing (name) VALUES ('a'), ('b')") == 2)
                    #expect(try writer.execute("UPDATE thing SET size = 3 WHERE name = 'c'") == 0)
                    throw Enough()
                }
            }
            let count = try await database.read { reader in
                try reader.one("SELECT count(*) FROM thing") { try $0.int64(0) }
            }
            #expect(count == 0)
        }
    }

    @Test(arguments: Engine.allCases)
    func `the dialects agree on order, case, time and locks`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: [things]) { database in
            try await database.write { writer in
                let names = ["b", "B", "a", "é", "_", "Z"]
                try writer.insert(into: "thing", columns: ["name"], rows: names.map { [.text($0)] })
                let sorted = try writer.all("SELECT name FROM thing ORDER BY name {locked-skip}") {
                    try $0.text(0)
                }
                #expect(sorted == ["B", "Z", "_", "a", "b", "é"])
                let alike = try writer.all("SELECT name FROM thing WHERE name LIKE 'b%' {locked}") {
                    try $0.text(0)
                }
                #expect(alike == ["b"])
                let now = try writer.one("SELECT {now}, '{now} ?', \"name\" FROM thing") { row in
                    #expect(try row.text(1) == "{now} ?")
                    return try row.int64(0)
                }
                #expect(now > 1_700_000_000_000 && now < 5_000_000_000_000)
                let upsert = """
                    INSERT INTO thing (name, size) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET size = excluded.size RETURNING size
                    """
                #expect(try writer.one(upsert, ["a", 9]) { try $0.int64(0) } == 9)
                let sum = try writer.one("SELECT CAST(sum(size) AS {bigint}) FROM thing") {
                    try $0.int64(0)
                }
                #expect(sum == 9)
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `a read sees one state while a writer commits`(engine: Engine) async throws {
        try await withDatabase(engine, migrations: [things]) { database in
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let gate = Gate()
            async let counts = database.read { reader in
                let count = "SELECT count(*) FROM thing"
                let before = try reader.one(count) { try $0.int64(0) }
                ask.yield()
                gate.wait()
                return (before, try reader.one(count) { try $0.int64(0) })
            }
            for await _ in asked { break }
            try await database.write { try $0.execute("INSERT INTO thing (name) VALUES ('new')") }
            gate.open()
            let seen = try await counts
            #expect(seen == (0, 0))
            let now = try database.readNow { reader in
                try reader.one("SELECT count(*) FROM thing") { try $0.int64(0) }
            }
            #expect(now == (engine == .sqlite ? 1 : nil))
        }
    }

    @Test(arguments: Engine.allCases)
    func `ten thousand rows go in at once and a closed database says so`(engine: Engine)
        async throws
    {
        try await withDatabase(engine, migrations: [things]) { database in
            let rows = (0..<10_000).map {
                [.text("name \($0)"), .integer(Int64($0))] as [SQLValue]
            }
            let inserted = try await database.write(.bulk) { writer in
                try writer.insert(into: "thing", columns: ["name", "size"], rows: rows)
            }
            #expect(inserted == 10_000)
            let sum = try await database.read(.bulk) { reader in
                try reader.one("SELECT CAST(sum(size) AS {bigint}) FROM thing") { try $0.int64(0) }
            }
            #expect(sum == 49_995_000)
            let again = try await code {
                try await database.write { writer in
                    try writer.insert(into: "thing", columns: ["name", "size"], rows: rows)
                }
            }
            #expect(again == .constraint(.unique))
            await database.close()
            #expect(try await code { try await database.read { _ in } } == .unavailable)
            #expect(try await code { try await database.write { _ in } } == .unavailable)
        }
    }
}

extension SQLValue {
    /// The column of `thing` that takes it.
    fileprivate var column: String {
        switch self {
        case .null, .text: "name"
        case .integer: "amount"
        case .real: "weight"
        case .blob: "body"
        }
    }
}
