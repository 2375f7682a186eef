/// What went wrong in the store, in words of its own: neither an engine's type nor a status code.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller may treat differently.
    package enum Code: Sendable, Equatable {
        /// Somebody else holds what is needed; trying again later is sensible.
        case busy
        /// No space left. Nothing of the transaction was written; reading goes on.
        case full
        /// The database cannot be reached or its disk fails.
        case unavailable
        /// The statement took longer than its limit; the database itself answers.
        case timeout
        /// The rows would break a rule of the schema.
        case constraint(Constraint)
        /// The file is damaged, or is no database.
        case corrupt
        /// The statement, a value or a migration is wrong: a fault of the program, or data of a
        /// newer version.
        case invalid
        /// The file, folder or server takes no writes.
        case readOnly
        /// Anything else.
        case other
    }

    /// The rule of the schema that was broken.
    package enum Constraint: Sendable, Equatable {
        case unique, foreignKey, notNull, check
    }

    /// The kind of failure.
    package let code: Code
    /// What happened, where, why, and what to do: whole sentences, no values out of rows.
    package let message: String
    /// The statement as it was written in the source, if one was running.
    package let sql: String?
    /// True where the connection was lost while the commit was under way.
    ///
    /// The transaction may or may not have happened: read before repeating it.
    package let mayHaveCommitted: Bool

    init(_ code: Code, _ message: String, sql: String? = nil, mayHaveCommitted: Bool = false) {
        self.code = code
        self.message = message
        self.sql = sql
        self.mayHaveCommitted = mayHaveCommitted
    }

    static let closed = StoreError(
        .unavailable, "The database was closed: the program is stopping.")

    /// The message, and the statement where there is one.
    package var description: String {
        sql.map { "\(message) [\($0)]" } ?? message
    }
}
