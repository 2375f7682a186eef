import Telemetry

extension Instant {
    /// The form that HTTP has for times: `Sat, 21 Nov 2026 09:30:00 GMT` (RFC 9110, 5.6.7).
    var httpDate: String {
        let text = Array(iso8601)
        guard text.count >= 19 else { return "Thu, 01 Jan 1970 00:00:00 GMT" }
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        // 1970-01-01 was a Thursday.
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        let weekday = weekdays[Int(((days % 7) + 7) % 7)]
        let month = Int(String(text[5...6])).flatMap {
            (1...12).contains($0) ? months[$0 - 1] : nil
        }
        return "\(weekday), \(String(text[8...9])) \(month ?? "Jan") \(String(text[..<4])) "
            + "\(String(text[11...18])) GMT"
    }
}
