extension Metrics {
    /// The media type of `exposition`.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics in the Prometheus text exposition format 0.0.4, by name.
    ///
    /// Last comes `callboard_metrics_dropped_total`, for each metric that refused label sets.
    package var exposition: String {
        var text = Exposition()
        let metrics = all
        for (name, metric) in metrics {
            switch metric.source {
            case .counter(let labelled):
                text.head(name, metric)
                for (values, counter) in labelled.all {
                    text.sample(name, labelled.labels, values, String(counter.value))
                }
            case .gauge(let labelled):
                text.head(name, metric)
                for (values, gauge) in labelled.all {
                    text.sample(name, labelled.labels, values, Exposition.number(gauge.value))
                }
            case .histogram(let labelled):
                text.head(name, metric)
                for (values, histogram) in labelled.all {
                    text.histogram(name, labelled.labels, values, histogram)
                }
            case .observed(_, let read):
                guard let number = read() else { continue }
                text.head(name, metric)
                text.sample(name, [], [], Exposition.number(number))
            }
        }
        let dropped = metrics.filter { $0.metric.source.dropped > 0 }
        if !dropped.isEmpty {
            let name = "callboard_metrics_dropped_total"
            text.head(name, type: "counter", help: "Measurements whose label set was refused.")
            for (refusing, metric) in dropped {
                text.sample(name, ["metric"], [refusing], String(metric.source.dropped))
            }
        }
        return text.text
    }
}

/// Text in the exposition format, while it is written.
private struct Exposition {
    var text = ""

    mutating func head(_ name: String, _ metric: Metric) {
        head(name, type: metric.source.type, help: metric.help)
    }

    mutating func head(_ name: String, type: String, help: String) {
        text += "# HELP \(name) \(Exposition.escape(help, alsoQuotes: false))\n"
        text += "# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ number: String) {
        text += name
        if !labels.isEmpty {
            let pairs = zip(labels, values).map {
                "\($0)=\"\(Exposition.escape($1, alsoQuotes: true))\""
            }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(number)\n"
    }

    mutating func histogram(
        _ name: String, _ labels: [String], _ values: [String], _ histogram: Histogram
    ) {
        let counts = histogram.cumulativeCounts
        for (bound, count) in zip(histogram.bounds + [.infinity], counts) {
            sample(
                name + "_bucket", labels + ["le"], values + [Exposition.number(bound)],
                String(count))
        }
        sample(name + "_sum", labels, values, Exposition.number(histogram.sum))
        sample(name + "_count", labels, values, String(counts.last ?? 0))
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Whole numbers without ".0", as other exporters write them: 1024, not 1024.0.
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }

    static func escape(_ text: String, alsoQuotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\n": escaped += #"\n"#
            case "\"" where alsoQuotes: escaped += #"\""#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
