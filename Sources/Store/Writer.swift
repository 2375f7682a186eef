/// A transaction that may change data: everything it does happens, or nothing.
package final class Writer: Reader {
    private(set) var notifications: [Notification] = []

    struct Notification {
        let channel: String
        let payload: String
    }

    /// Runs a statement and answers how many rows it inserted, updated or deleted.
    @discardableResult
    package func execute(_ sql: String, _ parameters: [SQLValue] = []) throws -> Int {
        try attempt { try session.execute(sql, parameters) }
    }

    /// Inserts many rows by the quickest way the engine has, and answers how many.
    ///
    /// Table and columns are plain names (small letters, digits, underscores); every row has a value
    /// for every column. On PostgreSQL from about fifty rows on the columns must be declared with
    /// the placeholders of `Dialect`, since the values travel in their binary form.
    @discardableResult
    package func insert(
        into table: String, columns: [String], rows: some Sequence<[SQLValue]>
    ) throws -> Int {
        try attempt {
            for name in [table] + columns { try Dialect.checkName(name) }
            guard !columns.isEmpty else { throw StoreError(.invalid, "No column was named.") }
            var iterator = rows.makeIterator()
            return try session.insert(into: table, columns: columns) {
                guard let row = iterator.next() else { return nil }
                guard row.count == columns.count else {
                    throw StoreError(
                        .invalid,
                        "A row for \(table) has \(row.count) values for "
                            + "\(columns.count) columns.")
                }
                return row
            }
        }
    }

    /// Takes the next revision; from here to the commit no other transaction can take one.
    ///
    /// This makes the order of revisions the order of commits, without gaps: a sequence would hand
    /// out numbers that commit out of order, and whoever reads "newer than mine" would skip rows.
    /// Compute first, take the revision late, read again what was read before it, write, commit.
    package func nextRevision() throws -> Int64 {
        try one("UPDATE revision SET n = n + 1 RETURNING n") { try $0.int64(0) }
    }

    /// Tells whoever listens on the channel (`Database.changes`), once this transaction commits.
    ///
    /// - Parameter channel: a plain name.
    /// - Parameter payload: a hint of at most 7,900 bytes; it may get lost or arrive twice.
    package func notify(_ channel: String, _ payload: String) throws {
        try attempt {
            try Dialect.checkName(channel)
            try SQLValue.text(payload).check(position: 1)
            guard payload.utf8.count <= 7_900 else {
                throw StoreError(
                    .invalid, "A notification of \(payload.utf8.count) bytes is too long (7,900).")
            }
            notifications.append(Notification(channel: channel, payload: payload))
        }
    }
}
