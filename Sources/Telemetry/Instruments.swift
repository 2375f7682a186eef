import Synchronization

/// A number that only grows: requests answered, bytes read.
///
/// Cheap enough for every request.
package final class Counter: Sendable {
    private let total = Atomic<UInt64>(0)

    init() {}

    /// The sum since the start.
    package var value: UInt64 { total.load(ordering: .relaxed) }

    /// Adds an amount; a negative one is ignored, since a counter never goes back.
    package func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        total.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }
}

/// A number that rises and falls: connections open, jobs waiting.
package final class Gauge: Sendable {
    private let number = AtomicNumber()

    init() {}

    /// The present number.
    package var value: Double { number.value }

    /// Replaces the number.
    package func set(_ value: Double) { number.store(value) }

    /// Adds to the number; a negative amount takes away.
    package func add(_ amount: Double) { number.add(amount) }
}

/// How often a measured number lay in which range: durations of requests, sizes of answers.
package final class Histogram: Sendable {
    /// The upper ends of the ranges, ascending; what is above the last is counted as well.
    package let bounds: [Double]
    // One more cell than bounds, for what is above the last. Objects, since an atomic cannot be
    // an element of an array.
    private let cells: [Counter]
    private let total = AtomicNumber()

    init(bounds: [Double]) {
        self.bounds = bounds.filter(\.isFinite).sorted()
        cells = (0...self.bounds.count).map { _ in Counter() }
    }

    /// Bounds in seconds that fit answers from memory as well as slow calls: 0.5 ms to 10 s.
    package static let seconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Counts one measured number; what is not a number is ignored.
    package func observe(_ number: Double) {
        guard !number.isNaN else { return }
        // A number on a bound belongs below it.
        cells[bounds.firstIndex { number <= $0 } ?? bounds.count].increment()
        total.add(number)
    }

    /// Counts one measured duration, in seconds.
    package func observe(_ duration: Duration) {
        observe(duration / .seconds(1))
    }

    /// How many numbers were at or below each bound, then how many there were at all.
    var cumulativeCounts: [UInt64] {
        var sum: UInt64 = 0
        return cells.map {
            sum &+= $0.value
            return sum
        }
    }

    /// The sum of all numbers.
    var sum: Double { total.value }
}

/// A floating-point number that several threads change, kept as its bits.
private final class AtomicNumber: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isDone, found) = bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if isDone { return }
            old = found
        }
    }
}

/// One metric with labels: the instruments of all the label sets seen so far.
///
/// Labels must have few values each (a route's pattern, a status), never ids or addresses. From the
/// 101st label set on, what is measured goes nowhere and is counted as dropped.
package final class Labelled<Instrument: Sendable>: Sendable {
    /// How many label sets one metric may have.
    package static var limit: Int { 100 }

    let labels: [String]
    private let make: @Sendable () -> Instrument
    private let overflow: Instrument
    private let refused = Counter()
    private let known = Mutex<[[String]: Instrument]>([:])

    init(labels: [String], make: @escaping @Sendable () -> Instrument) {
        self.labels = labels
        self.make = make
        overflow = make()
    }

    /// The instrument of a label set, the values in the order in which the labels were declared.
    ///
    /// Keep the result where the values are known beforehand; the lookup takes a lock.
    package func with(_ values: String...) -> Instrument {
        let found: Instrument? = known.withLock { known in
            if let instrument = known[values] { return instrument }
            guard known.count < Self.limit, values.count == labels.count else { return nil }
            let instrument = make()
            known[values] = instrument
            return instrument
        }
        if let found { return found }
        refused.increment()
        return overflow
    }

    /// How many times an instrument was asked for and refused.
    package var dropped: UInt64 { refused.value }

    /// The instruments by label values, in the order of these.
    var all: [(values: [String], instrument: Instrument)] {
        known.withLock { $0.map { ($0.key, $0.value) } }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
