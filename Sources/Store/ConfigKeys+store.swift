package import Settings

extension ConfigKeys {
    /// Where the database is.
    package static let store = ConfigKeys(
        owner: "Store",
        [
            ConfigKey(
                "backend.database.client",
                .choice(["better-sqlite3", "sqlite3", "sqlite", "pg", "postgres", "postgresql"]),
                default: "better-sqlite3", "Which engine keeps the data: SQLite or PostgreSQL."),
            ConfigKey(
                "backend.database.connection", .either([.string, .object]), default: ":memory:",
                "Where the database is: a file, `:memory:`, a connection string, or its parts."),
            ConfigKey(
                "backend.database.connection.directory", .string,
                "SQLite: the folder of the file `callboard.sqlite` and of all that belongs to it."),
            ConfigKey(
                "backend.database.connection.filename", .string,
                "SQLite: the file; `:memory:` for a temporary one."),
            ConfigKey(
                "backend.database.connection.connectionString", .secret,
                "PostgreSQL: address and credentials in one; the other parts win over it."),
            ConfigKey(
                "backend.database.connection.host", .string, default: "PGHOST",
                "PostgreSQL: the server's name, its address, or the folder of its socket."),
            ConfigKey(
                "backend.database.connection.port", .integer(1...65535), default: "5432",
                "PostgreSQL: the server's port."),
            ConfigKey(
                "backend.database.connection.user", .string, default: "PGUSER",
                "PostgreSQL: who connects."),
            ConfigKey(
                "backend.database.connection.password", .secret, default: "PGPASSWORD",
                "PostgreSQL: the password."),
            ConfigKey(
                "backend.database.connection.database", .string, default: "PGDATABASE",
                "PostgreSQL: the database, which has to exist."),
            ConfigKey(
                "backend.database.connection.ssl", .either([.bool, .object]),
                "PostgreSQL: whether the connection has to be encrypted."),
            ConfigKey(
                "backend.database.schema", .string, default: "callboard",
                "PostgreSQL: the schema of all tables; it is made if it is not there."),
        ])
}
