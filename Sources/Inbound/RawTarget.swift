/// The target of a request line, copied before the library takes it apart in its buffer.
struct RawTarget {
    /// Where the target stands in the read buffer, and how long it is up to the first NUL.
    let address: UInt
    let count: Int
    /// The text; nil where it holds a byte that no target may hold.
    let text: String?

    init(_ target: UnsafePointer<CChar>) {
        address = UInt(bitPattern: target)
        var count = 0
        var isClean = true
        while target[count] != 0 {
            let byte = UInt8(bitPattern: target[count])
            if byte < 0x21 || byte > 0x7e || byte == UInt8(ascii: "#") { isClean = false }
            count += 1
        }
        self.count = count
        guard isClean else {
            text = nil
            return
        }
        let bytes = UnsafeRawBufferPointer(start: target, count: count)
        text = String(decoding: bytes, as: UTF8.self)
    }
}
