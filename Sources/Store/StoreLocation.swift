/// Where a database is.
package enum StoreLocation: Sendable {
    /// A file; it and its folder are created where they are missing (modes 0600 and 0700).
    case sqliteFile(String)
    /// A private file that is removed when the database is closed: what `:memory:` means here.
    case sqliteTemporary
    /// A schema in a PostgreSQL database.
    case postgres(PostgresLocation)
}

/// How to reach a PostgreSQL database.
package struct PostgresLocation: Sendable, CustomStringConvertible, CustomReflectable {
    /// A whole connection string (`postgresql://...` or `host=... dbname=...`); the other members,
    /// where given, win over it.
    package var connectionString: String?
    /// A host name, an address, or the folder of a Unix socket.
    package var host: String?
    package var port: Int?
    package var user: String?
    package var password: String?
    package var database: String?
    /// `disable` to `verify-full`, as PostgreSQL names them.
    package var sslMode: String?
    /// A file with the certificates of the authorities to trust.
    package var sslRootCertificate: String?
    /// The schema that holds every table; created by the first migration.
    package var schema: String

    /// Everything that is nil is left to libpq's own defaults (PGHOST and the like).
    package init(
        connectionString: String? = nil, host: String? = nil, port: Int? = nil,
        user: String? = nil, password: String? = nil, database: String? = nil,
        sslMode: String? = nil, sslRootCertificate: String? = nil, schema: String = "callboard"
    ) {
        self.connectionString = connectionString
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.sslMode = sslMode
        self.sslRootCertificate = sslRootCertificate
        self.schema = schema
    }

    /// Host, port and database, never the password or a connection string that may hold it.
    package var description: String {
        let place = connectionString == nil ? host ?? "the default host" : "the configured address"
        let door = port.map { ":\($0)" } ?? ""
        return "PostgreSQL at \(place)\(door), database \(database ?? "default"), schema \(schema)"
    }

    /// Nothing but the description, so that dumping a location shows no password.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// Sizes and limits of a database; the defaults suit two cores.
package struct DatabaseOptions: Sendable {
    /// Threads, and connections, for reading.
    package var readers = 4
    /// Threads, and connections, for writing on PostgreSQL; SQLite always has one.
    package var writers = 2
    /// How long interactive work waits for a statement of PostgreSQL, or for a lock that another
    /// program has on the file of SQLite.
    ///
    /// Less than the two seconds within which a person is told. A server that does not answer at
    /// all is noticed after this time, a slow one says so itself at three quarters of it.
    package var callLimit: Duration = .milliseconds(1_800)
    /// PostgreSQL: the same for bulk work and migrations.
    package var bulkLimit: Duration = .seconds(600)
    /// SQLite: pages in the write-ahead log before it is copied back, interactive and bulk.
    ///
    /// 1,000 pages are 4 MB; 16,000 are 64 MB, so that a first load rewrites hot pages once.
    package var checkpointPages: (interactive: Int32, bulk: Int32) = (1_000, 16_000)

    package init() {}
}

/// What a transaction is for; decides its time limit and how often SQLite copies its log back.
package enum Workload: Sendable {
    /// A request, a job, a small batch.
    case interactive
    /// A first load, a migration, an export: fewer checkpoints, a long time limit.
    case bulk
}
