/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    package let message: String
    package let place: TextPosition
}

/// How much a JSON text may hold.
package struct JSONLimits: Sendable {
    /// The size of the text in bytes.
    package var bytes: Int
    /// How deep arrays and objects may stand in each other.
    package var depth: Int
    /// How many combining marks may stand on one character; more makes text that no one can draw,
    /// and that costs seconds to compare.
    package var combiningMarks: Int

    package init(bytes: Int = 64 << 20, depth: Int = 256, combiningMarks: Int = 64) {
        self.bytes = bytes
        self.depth = depth
        self.combiningMarks = combiningMarks
    }
}

extension JSON {
    /// Reads one JSON text (RFC 8259): UTF-8, no byte order mark, nothing after the value.
    ///
    /// Integers within ±2⁵³ stay integers, other numbers become doubles as in JavaScript; a key
    /// that comes twice keeps its last value.
    ///
    /// - Throws: ``JSONSyntaxError`` with the place of the first fault.
    package static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = JSONLimits(),
        keepsPlaces: Bool = false
    ) throws(JSONSyntaxError) -> JSON {
        var parser = JSONParser(bytes: bytes, limits: limits, keepsPlaces: keepsPlaces)
        return try parser.document()
    }

    /// Reads one JSON text, by the same rules, from an array.
    package static func parse(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits(), keepsPlaces: Bool = false
    ) throws(JSONSyntaxError) -> JSON {
        // `withUnsafeBufferPointer` cannot pass a typed error on in every position.
        let result: Result<JSON, JSONSyntaxError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(JSONSyntaxError) {
                return .success(try parse(buffer, limits: limits, keepsPlaces: keepsPlaces))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads one JSON text within the standard limits, without places.
    package static func parse(_ text: String) throws(JSONSyntaxError) -> JSON {
        try parse(Array(text.utf8))
    }
}

/// A recursive-descent parser over bytes whose depth is bounded by the limits.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private let keepsPlaces: Bool
    private var position = 0
    private var builder: JSONBuilder
    private var scratch: [UInt8] = []

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits, keepsPlaces: Bool) {
        self.bytes = bytes
        self.limits = limits
        self.keepsPlaces = keepsPlaces
        builder = JSONBuilder(keepsPlaces: keepsPlaces)
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        guard bytes.count <= limits.bytes else {
            throw fault("the text is larger than \(limits.bytes) bytes", at: 0)
        }
        if let bad = firstInvalidUTF8(bytes) { throw fault("this byte is not UTF-8", at: bad) }
        try value(depth: 0)
        blanks()
        guard position == bytes.count else { throw fault("nothing may follow the value") }
        guard !builder.isFull else { throw fault("the text is too large") }
        return builder.finish()
    }

    private func fault(_ message: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(message: message, place: .of(offset: offset ?? position, in: bytes))
    }

    /// Places are worked out line by line only when asked for: it costs a pass over the text.
    private mutating func place() -> TextPosition {
        guard keepsPlaces else { return .unknown }
        while lineScan < position {
            if bytes[lineScan] == UInt8(ascii: "\n") {
                line &+= 1
                column = 1
            } else if bytes[lineScan] & 0xC0 != 0x80 {
                column &+= 1
            }
            lineScan += 1
        }
        return TextPosition(line: line, column: column)
    }
    private var lineScan = 0
    private var line: UInt32 = 1
    private var column: UInt32 = 1

    private mutating func blanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) {
        blanks()
        guard position < bytes.count else { throw fault("a value is missing at the end") }
        let place = place()
        switch bytes[position] {
        case UInt8(ascii: "{"):
            try object(depth: depth + 1, place)
        case UInt8(ascii: "["):
            try array(depth: depth + 1, place)
        case UInt8(ascii: "\""):
            try string(place)
        case UInt8(ascii: "t"):
            try word("true")
            builder.bool(true, at: place)
        case UInt8(ascii: "f"):
            try word("false")
            builder.bool(false, at: place)
        case UInt8(ascii: "n"):
            try word("null")
            builder.null(at: place)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number(place)
        default:
            throw fault("this is not the beginning of a JSON value")
        }
    }

    private mutating func word(_ text: StaticString) throws(JSONSyntaxError) {
        let length = text.utf8CodeUnitCount
        guard bytes.count - position >= length,
            (0..<length).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { throw fault("this is not a JSON value: expected `\(text)`") }
        position += length
    }

    private mutating func array(depth: Int, _ place: TextPosition) throws(JSONSyntaxError) {
        guard depth <= limits.depth else { throw tooDeep() }
        builder.beginArray(at: place)
        position += 1
        blanks()
        if take(UInt8(ascii: "]")) { return builder.end() }
        while true {
            try value(depth: depth)
            blanks()
            if take(UInt8(ascii: "]")) { return builder.end() }
            guard take(UInt8(ascii: ",")) else { throw fault("expected `,` or `]`") }
        }
    }

    private mutating func object(depth: Int, _ place: TextPosition) throws(JSONSyntaxError) {
        guard depth <= limits.depth else { throw tooDeep() }
        builder.beginObject(at: place)
        position += 1
        blanks()
        if take(UInt8(ascii: "}")) { return builder.end() }
        while true {
            blanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw fault("expected a key in double quotes")
            }
            let keyPlace = self.place()
            try string(keyPlace)
            blanks()
            guard take(UInt8(ascii: ":")) else { throw fault("expected `:` after the key") }
            try value(depth: depth)
            blanks()
            if take(UInt8(ascii: "}")) { return builder.end() }
            guard take(UInt8(ascii: ",")) else { throw fault("expected `,` or `}`") }
        }
    }

    private func tooDeep() -> JSONSyntaxError {
        fault("values stand more than \(limits.depth) levels deep in each other")
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    // MARK: Strings

    private mutating func string(_ place: TextPosition) throws(JSONSyntaxError) {
        position += 1
        let start = position
        var highest: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
                if highest >= 0xCC { try checkMarks(text, from: start) }
                builder.string(text, at: place)
                position += 1
                return
            }
            if byte == UInt8(ascii: "\\") { return try escaped(from: start, place) }
            guard byte >= 0x20 else { throw fault("a control character must be escaped") }
            highest = max(highest, byte)
            position += 1
        }
        throw fault("this string does not end", at: start - 1)
    }

    private mutating func escaped(from start: Int, _ place: TextPosition) throws(JSONSyntaxError) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                let text = scratch
                let stacks = text.withUnsafeBufferPointer {
                    builder.string($0, at: place)
                    return stacksMarks($0, beyond: limits.combiningMarks)
                }
                if stacks { throw tooManyMarks(from: start) }
                return
            }
            guard byte >= 0x20 else { throw fault("a control character must be escaped") }
            if byte == UInt8(ascii: "\\") { try escape() } else { scratch.append(byte) }
        }
        throw fault("this string does not end", at: start - 1)
    }

    private func checkMarks(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(JSONSyntaxError) {
        if stacksMarks(text, beyond: limits.combiningMarks) { throw tooManyMarks(from: start) }
    }

    private func tooManyMarks(from start: Int) -> JSONSyntaxError {
        fault(
            "more than \(limits.combiningMarks) marks are stacked on one character", at: start - 1)
    }

    private mutating func escape() throws(JSONSyntaxError) {
        guard position < bytes.count else { throw fault("this string does not end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(byte)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try hex4()
            if (0xD800..<0xDC00).contains(unit), position + 1 < bytes.count,
                bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw loneSurrogate() }
                unit = 0x10000 &+ ((unit &- 0xD800) << 10) &+ (low &- 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw loneSurrogate() }
            guard unit > 0 else { throw fault("the character U+0000 cannot be stored") }
            scratch.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        default: throw fault("`\\\(Unicode.Scalar(byte))` is no escape", at: position - 2)
        }
    }

    private func loneSurrogate() -> JSONSyntaxError {
        fault("half of a surrogate pair cannot stand alone")
    }

    private mutating func hex4() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count,
                let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
            else { throw fault("`\\u` needs four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] &- 48 < 10 { position += 1 }
        return position - start
    }

    private mutating func number(_ place: TextPosition) throws(JSONSyntaxError) {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = position
        guard digits() > 0 else { throw fault("a number needs digits") }
        if bytes[first] == UInt8(ascii: "0"), position - first > 1 {
            throw fault("a number may not begin with 0", at: first)
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { throw fault("digits are missing after the point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw fault("digits are missing in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text), value.magnitude <= 1 << 53 {
            builder.integer(value, at: place)
        } else if let value = Double(text) {
            builder.number(value, at: place)
        } else {
            throw fault("this number cannot be read", at: start)
        }
    }
}
