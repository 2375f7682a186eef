import Store

/// All questions about leases to the database, and all changes.
///
/// Every time is the database's.
enum LeaseQueries {
    /// Says that a process is alive for some time from now on.
    static func renew(_ writer: Writer, holder: String, for lifetime: Int64) throws {
        try writer.execute(
            """
            INSERT INTO lease_holder (id, alive_until) VALUES (?, {now} + ?)
            ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
            """,
            [.text(holder), .integer(lifetime)])
    }

    /// Forgets processes that died long ago; what they held is free either way.
    static func forgetDead(_ writer: Writer) throws {
        try writer.execute(
            "DELETE FROM lease_holder WHERE alive_until < {now} - ?", [.integer(3_600_000)])
    }

    /// What a process holds, with the generations.
    static func held(_ reader: Reader, by holder: String) throws -> [String: Int64] {
        var held: [String: Int64] = [:]
        try reader.query(
            "SELECT name, generation FROM lease WHERE holder = ?", [.text(holder)]
        ) { held[try $0.text(0)] = try $0.int64(1) }
        return held
    }

    /// The leases that living processes hold, with their holders.
    static func taken(_ reader: Reader) throws -> [String: String] {
        var taken: [String: String] = [:]
        try reader.query(
            """
            SELECT l.name, l.holder FROM lease l JOIN lease_holder h ON h.id = l.holder
            WHERE h.alive_until > {now}
            """
        ) { taken[try $0.text(0)] = try $0.text(1) }
        return taken
    }

    /// Takes a lease, from whoever has it; with `ifFree` only if no living process does.
    ///
    /// - Returns: its new generation; nil where it was not free.
    static func take(
        _ writer: Writer, _ name: String, holder: String, ifFree: Bool
    ) throws -> Int64? {
        let condition =
            ifFree
            ? """
            WHERE lease.holder = excluded.holder OR NOT EXISTS (SELECT 1 FROM lease_holder h
                WHERE h.id = lease.holder AND h.alive_until > {now})
            """ : ""
        return try writer.first(
            """
            INSERT INTO lease (name, holder, generation) VALUES (?, ?, 1)
            ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, generation = lease.generation + 1 \(condition)
            RETURNING generation
            """,
            [.text(name), .text(holder)]
        ) { try $0.int64(0) }
    }

    /// Gives a lease back, if its generation is the current one; nobody holds it then.
    static func release(_ writer: Writer, _ lease: Lease) throws {
        try writer.execute(
            "UPDATE lease SET holder = '' WHERE name = ? AND holder = ? AND generation = ?",
            [.text(lease.name), .text(lease.holder), .integer(lease.generation)])
    }

    /// Forgets a process and gives back all that it holds.
    static func leave(_ writer: Writer, holder: String) throws {
        try writer.execute(
            "UPDATE lease SET holder = '' WHERE holder = ?", [.text(holder)])
        try writer.execute("DELETE FROM lease_holder WHERE id = ?", [.text(holder)])
    }
}
