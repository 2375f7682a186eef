/// The two engines behind the store; every scenario is tested on both.
package enum Engine: String, CaseIterable, Sendable {
    case sqlite, postgres
}

/// One value on its way into a statement or out of a row.
///
/// Text must not contain NUL and a real must not be NaN: PostgreSQL refuses the one, SQLite turns
/// the other into NULL, so both are refused before they reach an engine.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByNilLiteral
{
    /// Text.
    package init(stringLiteral value: String) { self = .text(value) }
    /// An integer.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// NULL.
    package init(nilLiteral: ()) { self = .null }
}

extension SQLValue {
    /// Text, or NULL for nil.
    package static func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }

    /// Throws `StoreError.Code.invalid` for what the two engines would take differently.
    ///
    /// - Parameter position: counts from one; named in the error.
    func check(position: Int) throws {
        switch self {
        case .text(var text):
            if text.withUTF8({ $0.contains(0) }) {
                throw StoreError(.invalid, "Value \(position) is text that contains a NUL byte.")
            }
        case .real(let number):
            if number.isNaN {
                throw StoreError(.invalid, "Value \(position) is not a number (NaN).")
            }
        case .null, .integer, .blob: break
        }
    }
}
