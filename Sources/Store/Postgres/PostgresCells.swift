import CPostgreSQL

/// One row of an answer of PostgreSQL; every column arrives in its binary form.
struct PostgresCells {
    let result: OpaquePointer
    let row: Int32

    /// Object ids of the types that are read and sent; they are fixed for all time (pg_type.dat).
    enum TypeID {
        static let bool: UInt32 = 16
        static let bytea: UInt32 = 17
        static let name: UInt32 = 19
        static let int8: UInt32 = 20
        static let int2: UInt32 = 21
        static let int4: UInt32 = 23
        static let text: UInt32 = 25
        static let float4: UInt32 = 700
        static let float8: UInt32 = 701
        static let varchar: UInt32 = 1_043
    }

    var count: Int { Int(PQnfields(result)) }

    func kind(_ column: Int) -> Row.Kind {
        let column = Int32(truncatingIfNeeded: column)
        guard PQgetisnull(result, row, column) == 0 else { return .null }
        return switch PQftype(result, column) {
        case TypeID.int8, TypeID.int4, TypeID.int2, TypeID.bool: .integer
        case TypeID.float8, TypeID.float4: .real
        case TypeID.text, TypeID.varchar, TypeID.name: .text
        case TypeID.bytea: .blob
        default: .other
        }
    }

    func name(_ column: Int) -> String {
        PQfname(result, Int32(truncatingIfNeeded: column)).map { String(cString: $0) } ?? "?"
    }

    func int64(_ column: Int) -> Int64 {
        let bytes = bytes(column)
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch bytes.count {
        case 8: Int64(bitPattern: bits)
        case 4: Int64(Int32(truncatingIfNeeded: bits))
        case 2: Int64(Int16(truncatingIfNeeded: bits))
        default: Int64(bits & 1)
        }
    }

    func double(_ column: Int) -> Double {
        let bytes = bytes(column)
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return bytes.count == 4
            ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : Double(bitPattern: bits)
    }

    func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        let column = Int32(truncatingIfNeeded: column)
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}
