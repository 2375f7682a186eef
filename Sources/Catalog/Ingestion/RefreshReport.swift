package import Values

/// What a refresh did, for logs and answers.
package struct RefreshReport: Sendable {
    package var files = 0
    package var unchanged = 0
    package var put = 0
    package var removed = 0
    /// How many names can be given to others that declare them: of what went, or is an orphan now.
    var freed = 0
    /// What single files were found to declare no more.
    var readings: [ItemReading] = []
    /// What is wrong in the files that were read.
    package var problems: [Diagnostic] = []
    package var unreached: [Diagnostic] = []
    /// The last revision that it wrote; nil where it wrote nothing.
    package var revision: Int64?

    mutating func count(_ file: WalkedFile) {
        files += 1
        switch file.outcome {
        case .same: unchanged += 1
        case .failed(let diagnostic): problems.append(diagnostic)
        case .interpreted(let found): problems += found.refused.flatMap(\.diagnostics)
        }
    }

    mutating func add(_ commit: CommitReport?) {
        guard let commit else { return }
        put += commit.put
        removed += commit.removed
        freed += commit.removed + commit.orphaned
        readings += commit.readings
        problems += commit.conflicts
        if let last = commit.revision { revision = last }
    }
}

/// What one commit did: how many entities it wrote and took away, and who claimed one twice.
package struct CommitReport: Sendable {
    /// nil where there was nothing to write.
    var revision: Int64?
    var put = 0
    var removed = 0
    /// How many of those that were put became orphans.
    var orphaned = 0
    var conflicts: [Diagnostic] = []
    /// What items declare no more and what is still there; see ``BatchPlanner/undeclared``.
    var undeclared: [UInt32: [String]] = [:]
    var readings: [ItemReading] = []
}
