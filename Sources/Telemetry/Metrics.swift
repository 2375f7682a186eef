import Synchronization

/// The metrics of one process.
///
/// Parts ask it for their instruments once and keep them. Asking again for the same metric gives
/// the same instruments. What cannot be registered (a bad name, the same name with another type or
/// other labels) gets an instrument that works and is not shown, and a line in `problems`: a metric
/// never stops the program.
package final class Metrics: Sendable {
    private let state = Mutex(State())

    private struct State {
        var metrics: [String: Metric] = [:]
        var problems: [String] = []
    }

    /// Makes an empty registry.
    package init() {}

    /// What could not be registered, one sentence each; a test asks for it to be empty.
    package var problems: [String] { state.withLock { $0.problems } }

    /// A counter without labels; by custom its name ends in `_total`.
    package func counter(_ name: String, help: String) -> Counter {
        counters(name, help: help, labels: []).with()
    }

    /// Counters with labels.
    package func counters(_ name: String, help: String, labels: [String]) -> Labelled<Counter> {
        let new = Labelled(labels: labels) { Counter() }
        guard case .counter(let kept) = register(name, help, .counter(new)) else { return new }
        return kept
    }

    /// A gauge without labels.
    package func gauge(_ name: String, help: String) -> Gauge {
        gauges(name, help: help, labels: []).with()
    }

    /// Gauges with labels.
    package func gauges(_ name: String, help: String, labels: [String]) -> Labelled<Gauge> {
        let new = Labelled(labels: labels) { Gauge() }
        guard case .gauge(let kept) = register(name, help, .gauge(new)) else { return new }
        return kept
    }

    /// A histogram without labels; the unit is the name's last word, by custom seconds or bytes.
    package func histogram(
        _ name: String, help: String, bounds: [Double] = Histogram.seconds
    ) -> Histogram {
        histograms(name, help: help, labels: [], bounds: bounds).with()
    }

    /// Histograms with labels.
    package func histograms(
        _ name: String, help: String, labels: [String], bounds: [Double] = Histogram.seconds
    ) -> Labelled<Histogram> {
        let new = Labelled(labels: labels) { Histogram(bounds: bounds) }
        guard case .histogram(let kept) = register(name, help, .histogram(new)) else { return new }
        return kept
    }

    /// A number that is read when the metrics are asked for: the length of a queue, a file's size.
    ///
    /// The closure runs on the asking thread, must be quick, and gives nil where there is no number.
    package func observe(
        _ name: String, help: String, isCounter: Bool = false,
        read: @escaping @Sendable () -> Double?
    ) {
        _ = register(name, help, .observed(isCounter: isCounter, read: read))
    }

    /// All metrics, by name.
    var all: [(name: String, metric: Metric)] {
        state.withLock { state in state.metrics.map { ($0.key, $0.value) } }
            .sorted { $0.0 < $1.0 }
    }

    private func register(_ name: String, _ help: String, _ source: Metric.Source) -> Metric.Source?
    {
        state.withLock { state in
            if let known = state.metrics[name] {
                if known.source.accepts(source) { return known.source }
                state.problems.append(
                    "The metric \(name) is registered twice, as different things.")
                return nil
            }
            guard Metrics.isName(name), source.labels.allSatisfy(Metrics.isLabel) else {
                state.problems.append("The metric \(name) or one of its labels has a bad name.")
                return nil
            }
            state.metrics[name] = Metric(help: help, source: source)
            return source
        }
    }

    /// Letters, digits and underscores, not beginning with a digit.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == 0x5f
        }
    }

    /// `le` belongs to histograms, and names with two underscores in front to the collector.
    private static func isLabel(_ text: String) -> Bool {
        isName(text) && text != "le" && !text.hasPrefix("__")
    }
}

/// One registered metric.
struct Metric {
    let help: String
    let source: Source

    enum Source {
        case counter(Labelled<Counter>)
        case gauge(Labelled<Gauge>)
        case histogram(Labelled<Histogram>)
        case observed(isCounter: Bool, read: @Sendable () -> Double?)

        var labels: [String] {
            switch self {
            case .counter(let labelled): labelled.labels
            case .gauge(let labelled): labelled.labels
            case .histogram(let labelled): labelled.labels
            case .observed: []
            }
        }

        var dropped: UInt64 {
            switch self {
            case .counter(let labelled): labelled.dropped
            case .gauge(let labelled): labelled.dropped
            case .histogram(let labelled): labelled.dropped
            case .observed: 0
            }
        }

        /// The word of the exposition format.
        var type: String {
            switch self {
            case .counter, .observed(isCounter: true, _): "counter"
            case .gauge, .observed(isCounter: false, _): "gauge"
            case .histogram: "histogram"
            }
        }

        /// Whether a second registration means the same metric; a closure is never the same.
        func accepts(_ other: Source) -> Bool {
            switch (self, other) {
            case (.counter, .counter), (.gauge, .gauge), (.histogram, .histogram):
                labels == other.labels
            default: false
            }
        }
    }
}
