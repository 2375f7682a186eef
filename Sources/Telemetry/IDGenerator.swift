import Synchronization

/// Where new identifiers come from: handed to whatever makes them, so that a test can predict them.
///
/// May be used from any thread.
package struct IDGenerator: Sendable {
    private let next: @Sendable () -> (UInt64, UInt64)

    /// Identifiers from the kernel's random numbers: nobody can guess one.
    package static let random = IDGenerator {
        // Swift's own source reads the kernel's generator and cannot fail.
        var source = SystemRandomNumberGenerator()
        return (source.next(), source.next())
    }

    /// The same identifiers in the same order for the same seed.
    ///
    /// For tests only: whoever knows the seed knows them all.
    package static func seeded(_ seed: UInt64) -> IDGenerator {
        let state = Atomic<UInt64>(seed)
        // Two steps of SplitMix64: every counter value gives another, well mixed number.
        let source = MixedCounter(state: state)
        return IDGenerator { (source.next(), source.next()) }
    }

    /// A new version 4 UUID in lower case, `f47ac10b-58cc-4372-a567-0e02b2c3d479`.
    package func uuid() -> String {
        var (high, low) = next()
        high = high & 0xffff_ffff_ffff_0fff | 0x4000
        low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let hex = [UInt8]("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (half, marks) in [(high, [8, 12]), (low, [0, 4])] {
            for digit in 0..<16 {
                if marks.contains(digit) { text.append(UInt8(ascii: "-")) }
                text.append(hex[Int(half >> UInt64(60 - 4 * digit) & 15)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private final class MixedCounter: Sendable {
    let state: Atomic<UInt64>

    init(state: consuming Atomic<UInt64>) {
        self.state = state
    }

    func next() -> UInt64 {
        let step = 0x9e37_79b9_7f4a_7c15 as UInt64
        var mixed = state.wrappingAdd(step, ordering: .relaxed).newValue
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
