import Synchronization

/// Compressed contents by slot, bounded by their size.
///
/// A slot's content never changes, so that nothing is ever taken out because it became wrong, but
/// for a database that was set back.
/// When it is full the oldest go, but what was asked for since it came stays for another round
/// (second chance): close to least-recently-used, without moving anything on a read.
final class BodyCache: Sendable {
    private struct Entry {
        var bytes: [UInt8]
        var wasUsed: Bool
    }

    private struct State {
        var entries: [Int64: Entry] = [:]
        var order: [Int64] = []
        var hand = 0
        var byteCount = 0
    }

    private let state = Mutex(State())
    private let byteLimit: Int
    /// What an entry costs beside its bytes: measured for a dictionary of arrays.
    private static let overhead = 96

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    func content(_ slot: Int64) -> [UInt8]? {
        state.withLock { state in
            guard let index = state.entries.index(forKey: slot) else { return nil }
            if !state.entries.values[index].wasUsed { state.entries.values[index].wasUsed = true }
            return state.entries.values[index].bytes
        }
    }

    func insert(_ slot: Int64, _ bytes: [UInt8]) {
        state.withLock { state in
            guard state.entries[slot] == nil else { return }
            let cost = bytes.count + Self.overhead
            guard cost <= byteLimit / 8 else { return }
            while state.byteCount + cost > byteLimit, !state.order.isEmpty { evict(&state) }
            state.entries[slot] = Entry(bytes: bytes, wasUsed: false)
            state.order.append(slot)
            state.byteCount += cost
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }

    /// Turns the hand until something went: what was used is spared once.
    private func evict(_ state: inout State) {
        while true {
            if state.hand >= state.order.count { state.hand = 0 }
            let slot = state.order[state.hand]
            if state.entries[slot]?.wasUsed == true {
                state.entries[slot]?.wasUsed = false
                state.hand += 1
                continue
            }
            if let gone = state.entries.removeValue(forKey: slot) {
                state.byteCount -= gone.bytes.count + Self.overhead
            }
            state.order.swapAt(state.hand, state.order.count - 1)
            state.order.removeLast()
            return
        }
    }
}
