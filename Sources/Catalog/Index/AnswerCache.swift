import Synchronization

/// Answers that cost much to write, kept with the snapshot that they are true of.
///
/// Bounded: 64 answers and 16 MB; what comes after is not kept. It goes with its snapshot.
package final class AnswerCache: Sendable {
    private struct State {
        var answers: [String: [UInt8]] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())
    private static let byteLimit = 16 << 20
    private static let countLimit = 64

    init() {}

    /// The kept answer, or the one that is made now.
    ///
    /// - Parameter key: all that the answer depends on beside the snapshot, visibility included.
    package func answer(_ key: String, _ make: () throws -> [UInt8]) rethrows -> [UInt8] {
        if let known = state.withLock({ $0.answers[key] }) { return known }
        let made = try make()
        state.withLock { state in
            guard state.answers.count < Self.countLimit,
                state.byteCount + made.count <= Self.byteLimit, state.answers[key] == nil
            else { return }
            state.answers[key] = made
            state.byteCount += made.count
        }
        return made
    }
}
