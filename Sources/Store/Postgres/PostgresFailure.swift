import CPostgreSQL

/// An error report of the server, and what it means for the store.
struct PostgresFailure {
    /// The five letters and digits of SQLSTATE; empty where libpq itself reports.
    let state: String
    let words: String

    init(_ result: OpaquePointer) {
        func field(_ letter: Character) -> String? {
            letter.asciiValue.flatMap { callboard_pq_field(result, CChar(bitPattern: $0)) }
                .map { String(cString: $0) }
        }
        state = field("C") ?? ""
        // Not the detail: it quotes values out of rows.
        let rule = field("n").map { " (\($0))" } ?? ""
        words = (field("M") ?? String(cString: PQresultErrorMessage(result))).asOneLine + rule
    }

    /// Transactions got in each other's way; repeating this one can succeed.
    var isCollision: Bool { ["40001", "40P01", "55P03"].contains(state) }

    /// The server ends this connection.
    var endsConnection: Bool { ["57P01", "57P02", "57P03", "25P03", "25P02"].contains(state) }

    func error(sql: String?) -> StoreError {
        StoreError(code, "PostgreSQL says \"\(words)\" (\(state)).\(advice)", sql: sql)
    }

    private var code: StoreError.Code {
        switch state {
        case "23505": return .constraint(.unique)
        case "23503": return .constraint(.foreignKey)
        case "23502": return .constraint(.notNull)
        case "23514": return .constraint(.check)
        case "53100": return .full
        case "57014": return .timeout
        case "25006": return .readOnly
        case "08P01": return .invalid  // Too few or too many values for the parameters.
        case "XX001", "XX002": return .corrupt
        default: break
        }
        if isCollision { return .busy }
        if endsConnection { return .unavailable }
        return switch state.prefix(2) {
        case "08", "53", "58": .unavailable
        case "22", "42", "0A", "21", "26", "28", "3F": .invalid
        default: .other
        }
    }

    private var advice: String {
        switch code {
        case .full: " Free space on the database server and try again; nothing was written."
        case .timeout: " The statement took longer than it may."
        case .readOnly: " This server takes no writes now: it may be a standby."
        default: state == "42501" ? " Grant the database user what it needs on the schema." : ""
        }
    }
}

extension String {
    /// Line ends and tabs of libpq's messages made spaces.
    var asOneLine: String {
        split(whereSeparator: { $0.isNewline || $0 == "\t" }).joined(separator: " ")
    }
}
