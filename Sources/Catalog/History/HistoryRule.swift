/// Which versions of an entity stay in its history.
///
/// What an entity is now always stays, and of one that is gone, that it went.
package struct HistoryRule: Sendable, Equatable {
    /// How much stays of what is older than ``keepAll``.
    package enum Thinning: String, Sendable, CaseIterable {
        /// The last version of each day, seven days or month (of 30 days), as counted from 1970.
        case daily, weekly, monthly
        /// Nothing.
        case none

        /// In milliseconds.
        fileprivate var period: Int64? {
            switch self {
            case .daily: 86_400_000
            case .weekly: 7 * 86_400_000
            case .monthly: 30 * 86_400_000
            case .none: nil
            }
        }
    }

    /// For how long after another took its place every version stays; nil for ever.
    package var keepAll: Duration? = .seconds(365 * 86_400)
    package var thenKeep = Thinning.daily
    /// After how long nothing of the past stays; nil for never.
    package var forgetAfter: Duration?

    package init() {}

    /// A version, as far as the rule cares.
    struct Version {
        var slot: Int64
        /// When it was written, in milliseconds since 1970.
        var at: Int64
    }

    /// Those of an entity's versions that go.
    ///
    /// - Parameter versions: the newest, which is the current one, first.
    func superfluous(_ versions: [Version], now: Int64) -> [Int64] {
        let keptSince = keepAll.map { now - $0.milliseconds }
        let knownSince = forgetAfter.map { now - $0.milliseconds }
        var gone: [Int64] = []
        for (index, version) in versions.enumerated().dropFirst() {
            // A version is past since the next one was written, however old it is itself.
            let pastSince = versions[index - 1].at
            if let knownSince, pastSince < knownSince {
                gone.append(version.slot)
                continue
            }
            guard let keptSince, pastSince < keptSince else { continue }
            // Who made it, and what it was in the beginning.
            let isFirst = index == versions.count - 1
            guard let period = thenKeep.period else {
                gone.append(version.slot)
                continue
            }
            let isLastOfPeriod = pastSince / period != version.at / period
            if !isLastOfPeriod, !isFirst { gone.append(version.slot) }
        }
        return gone
    }
}

extension Duration {
    /// Whole milliseconds.
    fileprivate var milliseconds: Int64 {
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}
