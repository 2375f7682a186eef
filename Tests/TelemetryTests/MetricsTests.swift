import Telemetry
import Testing

struct MetricsTests {
    @Test func `the exposition is sorted, typed and escaped`() {
        let metrics = Metrics()
        let requests = metrics.counters(
            "b_requests_total", help: "Requests\nby \\ \"route\".", labels: ["route", "status"])
        requests.with("/b\n\"\\", "200").increment()
        requests.with("/a", "404").increment(by: 41)
        requests.with("/a", "404").increment()
        requests.with("/a", "404").increment(by: -5)
        let gauge = metrics.gauge("c_open", help: "Open.")
        gauge.set(2)
        gauge.add(-0.5)
        let times = metrics.histogram("a_seconds", help: "Time.", bounds: [1, 0.5])
        for number in [0.25, 0.5, 0.75, 8, .nan] { times.observe(number) }
        times.observe(.milliseconds(1500))
        metrics.observe("d_bytes", help: "Size.") { 1_048_576 }
        metrics.observe("e_absent", help: "Not there.") { nil }
        #expect(
            metrics.exposition == #"""
                # HELP a_seconds Time.
                # TYPE a_seconds histogram
                a_seconds_bucket{le="0.5"} 2
                a_seconds_bucket{le="1"} 3
                a_seconds_bucket{le="+Inf"} 5
                a_seconds_sum 11
                a_seconds_count 5
                # HELP b_requests_total Requests\nby \\ "route".
                # TYPE b_requests_total counter
                b_requests_total{route="/a",status="404"} 42
                b_requests_total{route="/b\n\"\\",status="200"} 1
                # HELP c_open Open.
                # TYPE c_open gauge
                c_open 1.5
                # HELP d_bytes Size.
                # TYPE d_bytes gauge
                d_bytes 1048576

                """#)
        #expect(metrics.problems == [])
    }

    @Test func `label sets are bounded and what is dropped is counted`() {
        let metrics = Metrics()
        let counters = metrics.counters("x_total", help: "X.", labels: ["id"])
        for id in 0..<150 { counters.with("\(id)").increment() }
        counters.with("1").increment()
        counters.with("1", "2").increment()
        #expect(counters.dropped == 51)
        #expect(counters.with("1").value == 2)
        let lines = metrics.exposition.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("x_total{") }.count == 100)
        #expect(lines.last == #"callboard_metrics_dropped_total{metric="x_total"} 51"#)
    }

    @Test func `the same registration gives the same instrument, another one is a problem`() {
        let metrics = Metrics()
        metrics.counter("a_total", help: "A.").increment()
        #expect(metrics.counter("a_total", help: "A.").value == 1)
        #expect(metrics.problems == [])
        metrics.gauge("a_total", help: "A.").set(7)
        metrics.counters("a_total", help: "A.", labels: ["x"]).with("1").increment()
        metrics.counter("1a", help: "A.").increment()
        metrics.counter("a-b", help: "A.").increment()
        _ = metrics.histograms("h", help: "A.", labels: ["le"])
        #expect(metrics.problems.count == 5)
        #expect(metrics.exposition.split(separator: "\n").last == "a_total 1")
    }

    @Test func `what many threads add is all there`() async {
        let metrics = Metrics()
        let counter = metrics.counter("a_total", help: "A.")
        let gauge = metrics.gauge("b", help: "B.")
        let counters = metrics.counters("c_total", help: "C.", labels: ["n"])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<10_000 {
                        counter.increment()
                        gauge.add(1)
                        counters.with("\(number % 4)").increment()
                    }
                }
            }
        }
        #expect(counter.value == 80_000)
        #expect(gauge.value == 80_000)
        #expect((0..<4).map { counters.with("\($0)").value } == [20_000, 20_000, 20_000, 20_000])
    }

    @Test func `the process shows memory, time, descriptors and its start`() throws {
        let metrics = Metrics()
        metrics.observeProcess()
        var values: [String: Double] = [:]
        for line in metrics.exposition.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            values[String(parts[0])] = Double(parts[1])
        }
        #expect(values.count == 6)
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_open_fds"]) >= 3)
        let start = try #require(values["process_start_time_seconds"])
        let age = Double(Clock.system.now.milliseconds) / 1000 - start
        #expect(age > -2 && age < 3600)
    }
}
