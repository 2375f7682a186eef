import Glibc

/// What commands say to the person at the terminal.
enum Console {
    /// A line of the command's output.
    static func say(_ text: String) { write(1, text) }
    /// A line about what went wrong.
    static func complain(_ text: String) { write(2, text) }

    private static func write(_ descriptor: Int32, _ text: String) {
        let bytes = Array((text + "\n").utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            guard count > 0 else { return }
            done += count
        }
    }
}
