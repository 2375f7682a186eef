import Glibc
package import Store
import Testing

/// Gives the body a fresh, migrated database of the engine, and removes it afterwards.
///
/// For scenarios on both engines: `@Test(arguments: Engine.allCases)`. Without a PostgreSQL server
/// the test is cancelled with a reason that names `script/with-postgres`; where
/// CALLBOARD_REQUIRE_POSTGRES is 1 it fails instead.
package func withDatabase<Value: Sendable>(
    _ engine: Engine, migrations: [MigrationSet] = [],
    options: DatabaseOptions = DatabaseOptions(),
    _ body: (Database) async throws -> Value
) async throws -> Value {
    try await withDatabaseLocation(engine) { location in
        let database = try await Database.open(location, options: options)
        do {
            try await database.migrate(migrations)
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

/// Gives the body a place where no database has been yet, for tests that open it themselves, several
/// times or from several sides; removes what is there afterwards.
package func withDatabaseLocation<Value: Sendable>(
    _ engine: Engine, _ body: (StoreLocation) async throws -> Value
) async throws -> Value {
    switch engine {
    case .sqlite:
        try await withTemporaryFolder { try await body(.sqliteFile($0 + "/data/test.sqlite")) }
    case .postgres:
        try await withPostgresLocation { try await body(.postgres($0)) }
    }
}

/// The same for PostgreSQL alone: a schema of its own in the server that the environment names.
package func withPostgresLocation<Value: Sendable>(
    _ body: (PostgresLocation) async throws -> Value
) async throws -> Value {
    let location = try postgresLocation()
    do {
        let value = try await body(location)
        try await dropSchema(of: location)
        return value
    } catch {
        try? await dropSchema(of: location)
        throw error
    }
}

/// From CALLBOARD_TEST_POSTGRES (a connection string) or PGHOST, PGPORT, PGUSER and PGDATABASE.
private func postgresLocation() throws -> PostgresLocation {
    let connectionString = environment("CALLBOARD_TEST_POSTGRES")
    let host = environment("PGHOST")
    guard connectionString != nil || host != nil else {
        let reason = "a PostgreSQL server: run the tests through script/with-postgres"
        if environment("CALLBOARD_REQUIRE_POSTGRES") == "1" { throw MissingSupport(what: reason) }
        _ = skipIsSaid
        try Test.cancel("It needs \(reason).")
    }
    let schema = "test_\(String(UInt64.random(in: .min ... .max), radix: 36))"
    guard connectionString == nil else {
        return PostgresLocation(connectionString: connectionString, schema: schema)
    }
    return PostgresLocation(
        host: host, port: environment("PGPORT").flatMap { Int($0) }, user: environment("PGUSER"),
        password: environment("PGPASSWORD"), database: environment("PGDATABASE"), schema: schema)
}

/// The console leaves out cancelled cases, so one line of our own says what did not run.
private let skipIsSaid: Void = {
    let line = Array(
        "PostgreSQL cases are skipped: no server is named. Use script/with-postgres.\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}()

private func dropSchema(of location: PostgresLocation) async throws {
    let database = try await Database.open(.postgres(location))
    do {
        try await database.write(.bulk) {
            try $0.execute("DROP SCHEMA IF EXISTS \(location.schema) CASCADE")
        }
    } catch {
        await database.close()
        throw error
    }
    await database.close()
}
