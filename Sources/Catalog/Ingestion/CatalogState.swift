import Synchronization

/// The current snapshot; reading it is a lock and a reference.
package final class CatalogState: Sendable {
    private struct State {
        var snapshot = Snapshot.empty
        var waiting: [(revision: Int64, continuation: CheckedContinuation<Void, Never>, id: Int)] =
            []
        var nextID = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// What queries are answered from now.
    package var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// Replaces the snapshot and wakes who waited for its revision.
    func publish(_ snapshot: Snapshot) {
        let ready = state.withLock { state in
            state.snapshot = snapshot
            let ready = state.waiting.filter { $0.revision <= snapshot.revision }
            state.waiting.removeAll { $0.revision <= snapshot.revision }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// The snapshot once it includes a revision, or whatever there is after a time.
    ///
    /// So that someone who wrote is not answered from before the write, whichever replica answers.
    package func snapshot(reaching revision: Int64, within limit: Duration) async -> Snapshot {
        let current = snapshot
        guard current.revision < revision else { return current }
        await withTaskGroup { group in
            group.addTask { await self.wait(for: revision) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return snapshot
    }

    /// The wait, two seconds at most, for a revision that a client has seen; nil where it is there.
    ///
    /// Two seconds, so that a number from nowhere holds nobody up for long (design, section 4).
    package func wait(reaching revision: Int64) -> (@Sendable () async -> Void)? {
        guard snapshot.revision < revision else { return nil }
        return { _ = await self.snapshot(reaching: revision, within: .seconds(2)) }
    }

    private func wait(for revision: Int64) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.snapshot.revision >= revision || Task.isCancelled { return true }
                    state.waiting.append((revision, continuation, id))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            waiter?.resume()
        }
    }
}
