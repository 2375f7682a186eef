package import Store

/// The tables of durable work.
///
/// - `lease_holder`: a row for each process that holds leases, and until when it counts as alive.
/// - `lease`: a row for each piece of work that somebody took up; `generation` rises with every
///   change of the holder. A lease whose holder has no living row is free.
package enum JobsMigrations {
    package static let set = MigrationSet(
        target: "jobs",
        migrations: [
            Migration(
                "0001-create-lease",
                """
                CREATE TABLE lease_holder (
                    id {text} NOT NULL PRIMARY KEY,
                    alive_until {bigint} NOT NULL
                ) {keyed};
                CREATE TABLE lease (
                    name {text} NOT NULL PRIMARY KEY,
                    holder {text} NOT NULL,
                    generation {bigint} NOT NULL
                ) {keyed};
                CREATE INDEX lease_holder_idx ON lease (holder);
                """)
        ])
}
