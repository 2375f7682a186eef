// Jobs: durable work that only one process may do at a time. It knows the database and nothing of
// what the work is about.

package import Store

/// The right to do one piece of work, until somebody else has it.
///
/// A lease has a generation, which rises each time that it passes to another holder. Nothing tells
/// a process that was paused that its lease is gone; what it then writes is refused, because every
/// effect is written in a transaction that calls ``confirm(in:)``.
package struct Lease: Sendable, Equatable {
    /// What the work is called, unique in the database.
    package let name: String
    /// The process that has it.
    package let holder: String
    package let generation: Int64

    /// Throws ``LostLease`` unless this generation is still the current one.
    ///
    /// From here to the end of the transaction nobody can take the lease over: who tries waits.
    package func confirm(in writer: Writer) throws {
        let isCurrent = try writer.first(
            "SELECT 1 FROM lease WHERE name = ? AND holder = ? AND generation = ? {locked}",
            [.text(name), .text(holder), .integer(generation)]
        ) { _ in true }
        guard isCurrent == true else { throw LostLease(name: name) }
    }
}

/// Somebody else does the work now, or it is done by nobody any more: nothing was written.
package struct LostLease: Error, Sendable, CustomStringConvertible {
    package let name: String

    package init(name: String) { self.name = name }

    package var description: String {
        "Another process took the lease \(name) over; nothing was written."
    }
}
