import Synchronization

/// For keys that answers are ordered by: each document's smallest value, as a rank.
///
/// Made when an order is first asked for and kept with the segment: 4 bytes a document and key.
final class RankCache: Sendable {
    private let ranks = Mutex<[Int: RankTable]>([:])

    func table(of column: Column) -> RankTable {
        ranks.withLock { ranks in
            if let known = ranks[column.index] { return known }
            let made = RankTable(ranks: column.firstValues)
            ranks[column.index] = made
            return made
        }
    }
}

/// The number of each document's smallest value of a key, counted without regard to case;
/// `UInt32.max` for a document without one.
package final class RankTable: Sendable {
    package let ranks: [UInt32]
    /// The documents that have one.
    package let ranked: Bitmap

    init(ranks: [UInt32]) {
        self.ranks = ranks
        var ranked = Bitmap(size: ranks.count)
        for document in ranks.indices where ranks[document] != .max { ranked.insert(document) }
        self.ranked = ranked
    }
}

extension Column {
    /// The rank of each document's first value; see ``RankTable``.
    package var rankTable: RankTable { segment.ranks.table(of: self) }
}
