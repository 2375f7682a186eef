import Store

/// The tables of the pages.
///
/// - `star`: what people marked with a star; both references are canonical. An entity that is gone
///   keeps its stars, for it may come back.
enum BrowseMigrations {
    /// Both sides: whose stars they are, and stars that others gave to the user.
    static let personalData = [
        PersonalData(what: "stars", table: "star", column: "user_ref"),
        PersonalData(what: "stars_of_others", table: "star", column: "entity_ref"),
    ]

    static let set = MigrationSet(
        target: "browse",
        migrations: [
            Migration(
                "0001-create-star",
                """
                CREATE TABLE star (
                    user_ref {text} NOT NULL,
                    entity_ref {text} NOT NULL,
                    starred_at {bigint} NOT NULL,
                    PRIMARY KEY (user_ref, entity_ref)
                ) {keyed};
                """)
        ])
}
