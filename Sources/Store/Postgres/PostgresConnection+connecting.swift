import CPostgreSQL
import Glibc

extension PostgresConnection {
    /// Connects without blocking longer than until the deadline, but for the name look-up, which
    /// libpq leaves to the system.
    static func connect(
        _ location: PostgresLocation, until deadline: ContinuousClock.Instant
    ) throws -> OpaquePointer {
        var settings: [(String, String)] = [
            ("application_name", "callboard"), ("client_encoding", "UTF8"),
            // A vanished network ends a bulk statement in seconds, too (units: s, s, count, ms).
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
        let given: [(String, String?)] = [
            ("dbname", location.connectionString), ("host", location.host),
            ("port", location.port.map { "\($0)" }), ("user", location.user),
            ("password", location.password), ("sslmode", location.sslMode),
            ("sslrootcert", location.sslRootCertificate),
            // After the connection string, so that it wins over the name in there.
            ("dbname", location.database),
        ]
        settings += given.compactMap { key, value in value.map { (key, $0) } }

        let keys = settings.map { strdup($0.0) }
        let values = settings.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        let handle = PQconnectStartParams(
            keys.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let handle else { throw StoreError(.unavailable, "Out of memory for a connection.") }

        var state =
            PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard state != PGRES_POLLING_FAILED, wait(PQsocket(handle), events, until: deadline)
            else {
                let said =
                    state == PGRES_POLLING_FAILED
                    ? String(cString: PQerrorMessage(handle)).asOneLine : "It does not answer."
                PQfinish(handle)
                throw StoreError(
                    .unavailable,
                    "\(location) cannot be reached: check that it runs, its address, the user, the "
                        + "password and the database's name. \(said)")
            }
            state = PQconnectPoll(handle)
        }
        return handle
    }

    /// Refuses a server that is too old or stores text in another encoding.
    func checkServer() throws {
        let version = PQserverVersion(handle)
        guard version >= 130_000 else {
            throw StoreError(
                .invalid,
                "PostgreSQL \(version / 10_000) is too old: version 13 or newer is needed.")
        }
        let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) }
        guard encoding == "UTF8" else {
            throw StoreError(
                .invalid,
                "The PostgreSQL database has encoding \(encoding ?? "unknown"): create one with "
                    + "ENCODING 'UTF8'.")
        }
    }
}
