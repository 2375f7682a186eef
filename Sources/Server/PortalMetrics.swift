import Catalog
import Inbound
import Routing
import Telemetry

/// Counts requests by route and by class of status.
struct RequestMetrics: Sendable {
    private let requests: Labelled<Counter>
    private let durations: Labelled<Histogram>
    private let bytes: Counter

    init(_ metrics: Metrics) {
        requests = metrics.counters(
            "callboard_http_requests_total",
            help: "Requests that were answered, by route and class of status; 0xx: given up.",
            labels: ["method", "route", "status"])
        durations = metrics.histograms(
            "callboard_http_request_duration_seconds",
            help: "From the request line to the end of the answer, by route.", labels: ["route"])
        bytes = metrics.counter(
            "callboard_http_response_bytes_total", help: "Bytes of bodies that were sent.")
    }

    /// For the router: called once for each request.
    @Sendable func count(_ request: RequestObservation) {
        requests.with(
            request.method.rawValue, request.route, "\(request.status / 100)xx"
        ).increment()
        durations.with(request.route).observe(request.duration)
        bytes.increment(by: request.bytes)
    }
}

/// Counts the readings of sources.
struct SourceMetrics: Sendable {
    private let durations: Labelled<Histogram>
    private let failures: Labelled<Counter>
    private let written: Counter
    private let removed: Counter

    init(_ metrics: Metrics) {
        durations = metrics.histograms(
            "callboard_source_reading_seconds",
            help: "How long readings of sources took, by their cause.", labels: ["cause"],
            bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
        failures = metrics.counters(
            "callboard_source_failures_total",
            help: "Readings of sources that failed, by their cause.", labels: ["cause"])
        written = metrics.counter(
            "callboard_entities_written_total",
            help: "Versions of entities that readings wrote.")
        removed = metrics.counter(
            "callboard_entities_removed_total", help: "Entities that readings took away.")
    }

    /// For the schedule: called once for each reading.
    @Sendable func count(_ reading: SourceReading) {
        durations.with(reading.cause.rawValue).observe(reading.duration)
        if reading.hasFailed { failures.with(reading.cause.rawValue).increment() }
        written.increment(by: reading.report?.put ?? 0)
        removed.increment(by: reading.report?.removed ?? 0)
    }
}

/// Shows how large the catalog is.
func observeCatalog(_ state: CatalogState, in metrics: Metrics) {
    metrics.observe("callboard_entities", help: "Entities in the catalog.") {
        Double(state.snapshot.count)
    }
    metrics.observe("callboard_revision", help: "The last change that answers include.") {
        Double(state.snapshot.revision)
    }
}
