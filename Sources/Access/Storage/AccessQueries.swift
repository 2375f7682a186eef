import Crypto
import Store
import Telemetry
import Values

/// All SQL of access.
///
/// Times are milliseconds since 1970 by the caller's clock, which also wrote those in the tokens.
enum AccessQueries {
    // MARK: Signing keys

    static func publishedKeys(_ reader: Reader, at now: Instant) throws -> [PublishedKey] {
        try reader.all(
            """
            SELECT id, public_key, published_until FROM signing_key
            WHERE published_until > ? ORDER BY published_until, id
            """, [.integer(now.milliseconds)]
        ) { row in
            PublishedKey(
                verification: try VerificationKey(
                    publicPEM: try row.text(1), id: try row.text(0)),
                until: Instant(milliseconds: try row.int64(2)))
        }
    }

    /// Adds a key, and removes those that nothing valid can be signed with any more.
    static func publish(_ writer: Writer, _ key: PublishedKey, at now: Instant) throws {
        try writer.execute(
            "DELETE FROM signing_key WHERE published_until <= ?", [.integer(now.milliseconds)])
        try writer.execute(
            "INSERT INTO signing_key (id, public_key, published_until) VALUES (?, ?, ?)",
            [
                .text(key.verification.id), .text(try key.verification.publicPEM()),
                .integer(key.until.milliseconds),
            ])
    }

    // MARK: Ownership

    static func ownership(_ reader: Reader, of ref: String, at now: Instant) throws -> [String]? {
        try reader.first(
            "SELECT ownership FROM user_ownership WHERE user_ref = ? AND expires_at > ?",
            [.text(ref), .integer(now.milliseconds)]
        ) { references(try $0.text(0)) }
    }

    /// Keeps it for as long as any token of the user lasts.
    static func keepOwnership(
        _ writer: Writer, of user: Principal.User, until end: Instant, at now: Instant
    ) throws {
        try writer.execute(
            "DELETE FROM user_ownership WHERE expires_at <= ?", [.integer(now.milliseconds)])
        try writer.execute(
            """
            INSERT INTO user_ownership (user_ref, ownership, expires_at) VALUES (?, ?, ?)
            ON CONFLICT (user_ref) DO UPDATE SET
                ownership = excluded.ownership,
                expires_at = CASE WHEN excluded.expires_at > user_ownership.expires_at
                    THEN excluded.expires_at ELSE user_ownership.expires_at END
            """,
            [.text(user.ref), .text(text(user.ownership)), .integer(end.milliseconds)])
    }

    // MARK: Sessions

    static func session(
        _ reader: Reader, _ id: [UInt8], at now: Instant
    ) throws -> (user: Principal.User, end: Instant)? {
        try reader.first(
            "SELECT user_ref, ownership, expires_at FROM session WHERE id = ? AND expires_at > ?",
            [.blob(id), .integer(now.milliseconds)]
        ) { row in
            (
                Principal.User(ref: try row.text(0), ownership: references(try row.text(1))),
                Instant(milliseconds: try row.int64(2))
            )
        }
    }

    static func begin(
        _ writer: Writer, _ id: [UInt8], of user: Principal.User, until end: Instant,
        at now: Instant
    ) throws {
        try writer.execute(
            "DELETE FROM session WHERE expires_at <= ?", [.integer(now.milliseconds)])
        try writer.execute(
            "INSERT INTO session (id, user_ref, ownership, expires_at) VALUES (?, ?, ?, ?)",
            [
                .blob(id), .text(user.ref), .text(text(user.ownership)),
                .integer(end.milliseconds),
            ])
    }

    static func end(_ writer: Writer, _ id: [UInt8]) throws {
        try writer.execute("DELETE FROM session WHERE id = ?", [.blob(id)])
    }

    // MARK: References in a column

    private static func text(_ references: [String]) -> String {
        var json = JSONWriter()
        json.strings(references)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func references(_ text: String) -> [String] {
        guard let json = try? JSON.parse(text) else { return [] }
        return json.elements.compactMap(\.string)
    }
}

extension JSONWriter {
    /// Appends an array of strings.
    package mutating func strings(_ texts: [String]) {
        raw("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { raw(",") }
            string(text)
        }
        raw("]")
    }
}
