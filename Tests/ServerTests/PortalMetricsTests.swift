import Inbound
import Routing
import Telemetry
import Testing

@testable import Server

struct PortalMetricsTests {
    @Test func `requests are counted by route and class of status`() {
        let metrics = Metrics()
        let count = RequestMetrics(metrics).count
        for status in [200, 204, 404, 0] {
            count(
                RequestObservation(
                    method: .get, route: "/things/{name}", status: status, bytes: 10,
                    duration: .milliseconds(3)))
        }
        let text = metrics.exposition
        let start = #"callboard_http_requests_total{method="GET",route="/things/{name}",status="#
        #expect(text.contains("\(start)\"2xx\"} 2\n"))
        #expect(text.contains("\(start)\"4xx\"} 1\n"))
        #expect(text.contains("\(start)\"0xx\"} 1\n"))
        #expect(text.contains("callboard_http_response_bytes_total 40\n"))
        #expect(
            text.contains(
                #"callboard_http_request_duration_seconds_bucket{route="/things/{name}",le="0.005"} 4"#
            ))
        #expect(metrics.problems == [])
    }
}
