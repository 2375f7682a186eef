package import Store

/// The tables of the catalog.
///
/// - `entity`: one row for each entity that is or was there; `slot` is its current version.
///   `removed` is the revision in which it went; the row stays for its history and for restoring.
/// - `version`: what an entity's source said, compressed; what a row says is never
///   changed, but by an erasure. Its slot holds
///   the revision in its upper bits (``Slot``), so that followers read "newer than mine" by the
///   primary key. No content means that the entity was removed.
/// - `source`: where reading begins: a location of the configuration or of the API.
/// - `item`: a file or address that was read, with the hash of what it held.
///   Of sources and items too `removed` is the revision in which they went, and the row stays: so
///   that no number is used twice, and history names the file that it was.
/// - `reach`: which Location entities lead to an item; a row for each time it is listed.
/// - `reference_place`: the lines of a file on which its references stand (`ReferencePlaces`),
///   compressed.
/// - `problem`: what was not read, refused or claimed twice, with its diagnostic; `content` keeps
///   the document of a conflict's loser or of an unknown kind.
/// - `pending_removal`, `pending_removal_entity`: what a source does not have any more and what
///   waits for an operator's word before it goes (``PendingRemoval``).
/// - `change`: a row a revision.
/// - `dictionary`: what contents are compressed with; each content names its dictionary.
/// - `erasure`: that something was erased, when, and how much; not what or of whom. An image of an
///   earlier revision is not used any more.
package enum CatalogMigrations {
    package static let set = MigrationSet(
        target: "catalog",
        migrations: [
            Migration(
                "0001-create-catalog",
                """
                CREATE TABLE entity (
                    number {bigint} NOT NULL PRIMARY KEY,
                    uid {blob} NOT NULL,
                    ref {text} NOT NULL,
                    slot {bigint} NOT NULL,
                    item {bigint} NOT NULL,
                    removed {bigint}
                ) {strict};
                CREATE UNIQUE INDEX entity_ref_idx ON entity (ref) WHERE removed IS NULL;
                CREATE INDEX entity_past_ref_idx ON entity (ref) WHERE removed IS NOT NULL;
                CREATE TABLE version (
                    slot {bigint} NOT NULL PRIMARY KEY,
                    entity {bigint} NOT NULL,
                    previous {bigint},
                    cause {bigint} NOT NULL,
                    item {bigint} NOT NULL,
                    hash {blob},
                    content {blob}
                ) {strict};
                CREATE TABLE source (
                    number {bigint} NOT NULL PRIMARY KEY,
                    uid {text} NOT NULL UNIQUE,
                    type {text} NOT NULL,
                    target {text} NOT NULL,
                    origin {text} NOT NULL,
                    presence {text} NOT NULL,
                    UNIQUE (type, target)
                ) {strict};
                CREATE TABLE item (
                    number {bigint} NOT NULL PRIMARY KEY,
                    location {text} NOT NULL UNIQUE,
                    origin {text} NOT NULL,
                    hash {blob},
                    etag {text},
                    state {text} NOT NULL,
                    read_at {bigint} NOT NULL
                ) {strict};
                CREATE TABLE reach (
                    number {autokey},
                    parent {text} NOT NULL,
                    item {bigint} NOT NULL
                ) {strict};
                CREATE INDEX reach_parent_idx ON reach (parent);
                CREATE TABLE problem (
                    number {autokey},
                    item {bigint} NOT NULL,
                    ref {text},
                    code {text} NOT NULL,
                    diagnostic {text} NOT NULL,
                    content {blob},
                    since {bigint} NOT NULL
                ) {strict};
                CREATE INDEX problem_item_idx ON problem (item);
                CREATE INDEX problem_ref_idx ON problem (ref);
                CREATE TABLE change (
                    revision {bigint} NOT NULL PRIMARY KEY,
                    at {bigint} NOT NULL,
                    author {text} NOT NULL,
                    cause {text} NOT NULL,
                    put {bigint} NOT NULL,
                    removed {bigint} NOT NULL
                ) {strict};
                CREATE TABLE dictionary (
                    number {bigint} NOT NULL PRIMARY KEY,
                    bytes {blob} NOT NULL
                ) {strict};
                """),
            // Files are read anew once: the places in those that do not change would stay unknown,
            // and their problems without the lines around them.
            Migration(
                "0002-create-reference-place",
                """
                CREATE TABLE reference_place (
                    item {bigint} NOT NULL PRIMARY KEY,
                    places {blob} NOT NULL
                ) {strict};
                UPDATE item SET hash = NULL, etag = NULL;
                """),
            Migration(
                "0004-create-erasure",
                """
                CREATE TABLE erasure (
                    number {autokey},
                    at {bigint} NOT NULL,
                    revision {bigint} NOT NULL,
                    counts {text} NOT NULL
                ) {strict};
                """),
            Migration(
                "0005-let-removals-wait",
                """
                CREATE TABLE pending_removal (
                    source {bigint} NOT NULL PRIMARY KEY,
                    since {bigint} NOT NULL,
                    readings {bigint} NOT NULL,
                    total {bigint} NOT NULL,
                    approved_by {text}
                ) {strict};
                CREATE TABLE pending_removal_entity (
                    source {bigint} NOT NULL,
                    ref {text} NOT NULL,
                    undeclared {bigint} NOT NULL,
                    PRIMARY KEY (source, ref)
                ) {keyed};
                """),
            // What is unique among those that are there may have been there before.
            Migration(
                "0006-keep-what-was-removed",
                """
                CREATE TABLE kept_source (
                    number {bigint} NOT NULL PRIMARY KEY,
                    uid {text} NOT NULL,
                    type {text} NOT NULL,
                    target {text} NOT NULL,
                    origin {text} NOT NULL,
                    presence {text} NOT NULL,
                    removed {bigint}
                ) {strict};
                INSERT INTO kept_source
                    SELECT number, uid, type, target, origin, presence, NULL FROM source;
                DROP TABLE source;
                ALTER TABLE kept_source RENAME TO source;
                CREATE UNIQUE INDEX source_location_idx ON source (type, target)
                    WHERE removed IS NULL;
                CREATE UNIQUE INDEX source_uid_idx ON source (uid) WHERE removed IS NULL;
                CREATE TABLE kept_item (
                    number {bigint} NOT NULL PRIMARY KEY,
                    location {text} NOT NULL,
                    origin {text} NOT NULL,
                    hash {blob},
                    etag {text},
                    state {text} NOT NULL,
                    read_at {bigint} NOT NULL,
                    removed {bigint}
                ) {strict};
                INSERT INTO kept_item
                    SELECT number, location, origin, hash, etag, state, read_at, NULL FROM item;
                DROP TABLE item;
                ALTER TABLE kept_item RENAME TO item;
                CREATE UNIQUE INDEX item_location_idx ON item (location) WHERE removed IS NULL;
                CREATE INDEX item_removed_idx ON item (removed) WHERE removed IS NOT NULL;
                CREATE INDEX entity_removed_idx ON entity (removed, number)
                    WHERE removed IS NOT NULL;
                CREATE INDEX entity_removed_item_idx ON entity (item) WHERE removed IS NOT NULL;
                CREATE INDEX change_at_idx ON change (at);
                """),
        ])
}

/// Where a version is: its revision and its place in it, in one number.
///
/// A revision holds up to 2²⁰ versions. The numbers rise with revisions, so that the versions
/// newer than a revision are a range of the primary key.
package enum Slot {
    package static let versionsPerRevision: Int64 = 1 << 20

    /// The least slot of a revision.
    package static func first(of revision: Int64) -> Int64 { revision &* versionsPerRevision }

    /// The revision that a slot belongs to.
    package static func revision(of slot: Int64) -> Int64 { slot / versionsPerRevision }
}

/// Why a version was written.
package enum Cause: Int64, Sendable {
    case created = 1, edited, refused, recovered, orphaned, removed, restored

    /// The word for people.
    package var word: String {
        switch self {
        case .created: "created"
        case .edited: "edited"
        case .refused: "refused"
        case .recovered: "recovered"
        case .orphaned: "orphaned"
        case .removed: "removed"
        case .restored: "restored"
        }
    }
}
