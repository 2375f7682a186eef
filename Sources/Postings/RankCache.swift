import Synchronization

/// For keys that answers are ordered by: each document's first value, as a rank.
///
/// Made when an order is first asked for and kept with the segment: 4 bytes a document and key.
final class RankCache: Sendable {
    private let ranks = Mutex<[Int: RankTable]>([:])

    func table(of column: Column) -> RankTable {
        ranks.withLock { ranks in
            if let known = ranks[column.index] { return known }
            var table = [UInt32](repeating: .max, count: column.segment.count)
            for value in 0..<column.count {
                column.postings(value).forEach { document in
                    if table[document] == .max {
                        table[document] = UInt32(truncatingIfNeeded: value)
                    }
                    return true
                }
            }
            let made = RankTable(ranks: table)
            ranks[column.index] = made
            return made
        }
    }
}

/// The rank of each document's first value of a key; `UInt32.max` for a document without one.
package final class RankTable: Sendable {
    package let ranks: [UInt32]

    init(ranks: [UInt32]) {
        self.ranks = ranks
    }
}

extension Column {
    /// The rank of each document's first value; see ``RankTable``.
    package var rankTable: RankTable { segment.ranks.table(of: self) }
}
