/// What a transaction needs of an engine's connection; used by one thread at a time.
protocol Session: AnyObject {
    /// Runs one statement; the closure answers false to stop before the last row.
    func query(
        _ sql: String, _ parameters: [SQLValue], _ row: (borrowing Row) throws -> Bool) throws

    /// Runs one statement and answers how many rows it inserted, updated or deleted.
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs several statements without parameters.
    func executeScript(_ sql: String) throws

    /// Inserts the rows that `next` hands over until it answers nil.
    ///
    /// Table and columns are already known to be plain names, and each row to have a value for
    /// every column.
    func insert(
        into table: String, columns: [String], next: () throws -> [SQLValue]?
    ) throws -> Int
}
