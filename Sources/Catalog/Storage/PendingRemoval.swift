/// What a source does not have any more and what stays nevertheless, until somebody says that it may
/// go.
///
/// More than fifty entities and more than a tenth of a source's do not go because one reading says
/// so: see docs/decisions/0013-removals-wait.md.
struct PendingRemoval: Sendable, Equatable {
    /// The number of the source.
    var source: Int64
    /// Since when it waits, in milliseconds since 1970; 0 before it is stored.
    var since: Int64
    /// How many complete readings in a row said the same; more than two are not counted.
    var readings: Int
    /// How many entities the source had when it last was read, those that wait included.
    var total: Int
    /// Who said that they may go; nil for nobody yet.
    var approvedBy: String?
    /// The references of what waits.
    ///
    /// True: a file that is still there does not declare it any more; false: nothing leads to its
    /// file.
    var refs: [String: Bool]

    /// How many entities go without being asked for, whatever the size of the source.
    static let floor = 50

    /// Whether so many of a source's entities do not go by themselves.
    static func mustWait(_ count: Int, of total: Int) -> Bool {
        count > floor && count > total / 10
    }
}

/// The new state of what waits of one source, and how its entities differ from those stored.
struct PendingRemovalChange: Sendable {
    /// Without entities: nothing waits any more.
    var removal: PendingRemoval
    private(set) var added: [String: Bool]
    private(set) var dropped: [String]

    init(_ removal: PendingRemoval, from former: PendingRemoval?) {
        self.removal = removal
        let known = former?.refs ?? [:]
        added = removal.refs.filter { known[$0.key] != $0.value }
        dropped = known.keys.filter { removal.refs[$0] != known[$0] }
    }
}
