/// Why a filter, a query or a condition cannot be understood, for whoever wrote it.
package struct PredicateFault: Error, Sendable, Equatable {
    /// Where in it, such as `$all[1].spec.type`; empty for the whole.
    package let place: String
    /// The place, what is wrong, and what could stand there.
    package let message: String

    package init(_ message: String, at place: String = "") {
        self.place = place
        self.message = place.isEmpty ? message : "at `\(place)`: \(message)"
    }
}

/// How much one query may hold.
///
/// It is a person's or a page's: more is an attack or a mistake.
struct PredicateBudget {
    static let deepest = 32
    static let most = 2000
    /// What a prefix costs, which may stand for every value of its key.
    static let prefixCost = 40

    private var count = 0

    /// Counts one condition or one value, or what costs as much as some.
    mutating func spend(
        _ cost: Int = 1, depth: Int = 0, at place: String
    ) throws(PredicateFault) {
        count += cost
        guard depth <= Self.deepest else {
            throw PredicateFault("a query may be \(Self.deepest) levels deep", at: place)
        }
        guard count <= Self.most else {
            throw PredicateFault(
                "a query may have \(Self.most) conditions and values", at: place)
        }
    }
}
