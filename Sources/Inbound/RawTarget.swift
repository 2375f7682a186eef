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

    /// Takes the query out of the library's sight, once it is copied.
    ///
    /// The library would put each argument into the connection's memory, although nobody asks for
    /// them: some 400 fill it, and the client never gets an answer. It has found the `?` by now, and
    /// reads on from there to a NUL.
    func hideQuery(in target: UnsafePointer<CChar>) {
        var index = 0
        while index < count, UInt8(bitPattern: target[index]) != UInt8(ascii: "?") { index += 1 }
        guard index + 1 < count else { return }
        UnsafeMutablePointer(mutating: target)[index + 1] = 0
    }
}
