import Store

/// What people marked with a star.
struct Stars: Sendable {
    let database: Database

    /// So many a person: more is no choice any more.
    static let limit = 1000

    /// The canonical references of what a person marked, the newest first.
    func refs(of user: String) async throws -> [String] {
        try await database.read { reader in
            try reader.all(
                """
                SELECT entity_ref FROM star WHERE user_ref = ?
                ORDER BY starred_at DESC, entity_ref LIMIT ?
                """, [.text(user), .integer(Int64(Self.limit))]
            ) { try $0.text(0) }
        }
    }

    /// Marks an entity, or takes the mark away; one that is as it should be stays so.
    func set(_ isStarred: Bool, _ ref: String, for user: String) async throws {
        try await database.write(.interactive) { writer in
            guard isStarred else {
                try writer.execute(
                    "DELETE FROM star WHERE user_ref = ? AND entity_ref = ?",
                    [.text(user), .text(ref)])
                return
            }
            try writer.execute(
                """
                INSERT INTO star (user_ref, entity_ref, starred_at) VALUES (?, ?, {now})
                ON CONFLICT (user_ref, entity_ref) DO NOTHING
                """, [.text(user), .text(ref)])
        }
    }
}
