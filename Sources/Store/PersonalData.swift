/// What a part keeps of persons in tables of its own, for `callboard erase`.
package struct PersonalData: Sendable {
    /// What it is, in the plural: `sessions`.
    package let what: String
    /// How many rows there are of a user, by the canonical reference.
    package let count: @Sendable (Reader, _ ref: String) throws -> Int
    /// Removes them.
    package let erase: @Sendable (Writer, _ ref: String) throws -> Void

    /// The rows of a table in which a column holds the user's reference.
    ///
    /// - Parameters:
    ///   - table: a plain name, as is the column's.
    package init(what: String, table: String, column: String) {
        self.what = what
        count = { reader, ref in
            Int(
                try reader.one("SELECT count(*) FROM \(table) WHERE \(column) = ?", [.text(ref)]) {
                    try $0.int64(0)
                })
        }
        erase = { writer, ref in
            try writer.execute("DELETE FROM \(table) WHERE \(column) = ?", [.text(ref)])
        }
    }
}
