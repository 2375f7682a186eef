/// Values in the binary form that PostgreSQL takes, as parameters or as rows of a COPY.
struct PostgresParameters {
    private typealias TypeID = PostgresCells.TypeID

    /// The type to declare for a value; 0 leaves NULL to the server.
    static func type(of value: SQLValue) -> UInt32 {
        switch value {
        case .null: 0
        case .integer: TypeID.int8
        case .real: TypeID.float8
        case .text: TypeID.text
        case .blob: TypeID.bytea
        }
    }

    let types: [UInt32]
    // One byte in front, so that even an empty value has an address.
    private var bytes: [UInt8] = [0]
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []

    init(_ values: [SQLValue]) throws {
        types = values.map(Self.type)
        for (index, value) in values.enumerated() {
            try value.check(position: index + 1)
            let start = bytes.count
            Self.append(value, to: &bytes)
            if case .null = value { offsets.append(nil) } else { offsets.append(start) }
            lengths.append(Int32(truncatingIfNeeded: bytes.count - start))
        }
    }

    /// Lends what libpq wants: addresses, lengths, and for each value the form "binary".
    func withPointers<Value>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = offsets.map { offset in
                offset.flatMap { offset in start.map { $0 + offset } }
            }
            return try body(pointers, lengths, Array(repeating: 1, count: lengths.count))
        }
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: break
        case .integer(let number): appendBigEndian(UInt64(bitPattern: number), to: &bytes)
        case .real(let number): appendBigEndian(number.bitPattern, to: &bytes)
        case .text(let text): bytes += text.utf8
        case .blob(let blob): bytes += blob
        }
    }

    private static func appendBigEndian(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    // MARK: COPY

    /// The signature, no flags, no extension (PostgreSQL manual, COPY, "Binary Format").
    static let copyHeader =
        Array("PGCOPY\n".utf8) + [255, 13, 10, 0] + [UInt8](repeating: 0, count: 8)
    /// Minus one where a row's number of columns would stand.
    static let copyTrailer: [UInt8] = [255, 255]

    /// Appends one row: the number of columns, then for each its length (minus one: NULL) and bytes.
    static func appendCopyRow(_ row: [SQLValue], to bytes: inout [UInt8]) throws {
        appendBigEndian(Int16(truncatingIfNeeded: row.count), to: &bytes)
        for (index, value) in row.enumerated() {
            try value.check(position: index + 1)
            let start = bytes.count
            appendBigEndian(Int32(-1), to: &bytes)
            if case .null = value { continue }
            append(value, to: &bytes)
            let length = Int32(truncatingIfNeeded: bytes.count - start - 4).bigEndian
            withUnsafeBytes(of: length) { bytes.replaceSubrange(start..<(start + 4), with: $0) }
        }
    }
}
