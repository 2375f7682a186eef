extension Int {
    /// The number with separators between thousands: `12,380`.
    package var grouped: String {
        let digits = String(magnitude)
        guard digits.utf8.count > 3 else { return String(self) }
        var result = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }

    /// The number and its noun: `1 entity`, `12,380 entities`.
    package func counted(_ one: String, _ many: String) -> String {
        grouped + " " + (self == 1 ? one : many)
    }
}
