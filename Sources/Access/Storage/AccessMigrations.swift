package import Store

/// The tables of access.
///
/// - `signing_key`: public halves of the keys that user tokens are signed with, in PEM. The private
///   halves never leave the process that made them.
/// - `user_ownership`: through what each user with a token owns things, a JSON array of references;
///   tokens themselves need not carry it.
/// - `session`: sign-ins of the portal's own pages; `id` is the SHA-256 of the cookie's value, so
///   that whoever reads the table can act for nobody.
package enum AccessMigrations {
    package static let set = MigrationSet(
        target: "access",
        migrations: [
            Migration(
                "0001-create-access",
                """
                CREATE TABLE signing_key (
                    id {text} NOT NULL PRIMARY KEY,
                    public_key {text} NOT NULL,
                    published_until {bigint} NOT NULL
                ) {strict};
                CREATE TABLE user_ownership (
                    user_ref {text} NOT NULL PRIMARY KEY,
                    ownership {text} NOT NULL,
                    expires_at {bigint} NOT NULL
                ) {strict};
                CREATE INDEX user_ownership_expires_at_idx ON user_ownership (expires_at);
                CREATE TABLE session (
                    id {blob} NOT NULL PRIMARY KEY,
                    user_ref {text} NOT NULL,
                    ownership {text} NOT NULL,
                    expires_at {bigint} NOT NULL
                ) {strict};
                CREATE INDEX session_expires_at_idx ON session (expires_at);
                """)
        ])
}
