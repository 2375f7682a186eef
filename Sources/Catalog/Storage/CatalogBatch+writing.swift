import CatalogModel
import Store
import Values

extension CatalogBatch {
    /// Writes all of the batch and gives what tells this change from every other of its number.
    ///
    /// The revision is taken here, late, and has to be the one that follows what the batch was
    /// computed from: its lock is held to the commit, so that revisions are in the order of
    /// commits without gaps. What does not fit into one takes several, in the same transaction:
    /// nobody sees one without the others.
    ///
    /// - Parameter before: the same of the change that the batch was computed from; nil for none.
    /// - Returns: the time of the database's clock, and the text of the last revision.
    /// - Throws: ``StaleBatch`` where another process was first, or the database was set back to
    ///   another history; nothing is then written.
    func write(
        to writer: Writer, revision: Int64, after before: String?
    ) throws -> (at: Int64, text: String) {
        for number in 0..<revisionCount {
            guard try writer.nextRevision() == revision + Int64(number) else { throw StaleBatch() }
        }
        if let before {
            guard try CatalogQueries.change(writer, revision - 1) == before else {
                throw StaleBatch()
            }
        }
        let now = try writer.one("SELECT {now}") { try $0.int64(0) }
        if let dictionary {
            try writer.execute(
                "INSERT INTO dictionary (number, bytes) VALUES (?, ?)",
                [.integer(dictionary.number), .blob(dictionary.bytes)])
        }
        try writeSources(writer, revision)
        try writeItems(writer, revision)
        try writeEntities(writer, revision)
        try writeProblems(writer, now)
        try writeRemovals(writer, now)
        let text = try writeChanges(writer, revision, now)
        try writer.notify("catalog", "\(revision + Int64(revisionCount - 1))")
        return (now, text)
    }

    /// Writes a row for each revision.
    ///
    /// - Returns: the text of the last.
    private func writeChanges(
        _ writer: Writer, _ revision: Int64, _ now: Int64
    ) throws -> String {
        var text = ""
        let rows = (0..<revisionCount).map { number -> [SQLValue] in
            let part = entities.dropFirst(number * versionsPerRevision).prefix(versionsPerRevision)
            let put = Int64(part.count { $0.content != nil })
            let removed = Int64(part.count) - put
            text = CatalogQueries.changeText(
                at: now, author: author, cause: cause, put: put, removed: removed)
            return [
                .integer(revision + Int64(number)), .integer(now), .text(author), .text(cause),
                .integer(put), .integer(removed),
            ]
        }
        try writer.insert(
            into: "change", columns: ["revision", "at", "author", "cause", "put", "removed"],
            rows: rows)
        return text
    }

    /// Writes nothing but the etags of items that hold what they held; needs no revision.
    static func writeVersions(of items: [Item], to writer: Writer) throws {
        for item in items {
            try writer.execute(
                "UPDATE item SET etag = ? WHERE number = ? AND hash = ?",
                [
                    .text(item.etag), .integer(Int64(item.number)),
                    item.hash.map { .blob($0) } ?? .null,
                ])
        }
    }

    private func writeSources(_ writer: Writer, _ revision: Int64) throws {
        for number in removedSources {
            try writer.execute(
                "UPDATE source SET removed = ? WHERE number = ?",
                [.integer(revision), .integer(number)])
        }
        try writer.insert(
            into: "source", columns: ["number", "uid", "type", "target", "origin", "presence"],
            rows: addedSources.map {
                [
                    .integer($0.number), .text($0.uid), .text($0.location.type),
                    .text($0.location.target), .text($0.origin.rawValue),
                    .text($0.isOptional ? "optional" : "required"),
                ]
            })
    }

    private func writeItems(_ writer: Writer, _ revision: Int64) throws {
        for number in removedItems {
            try writer.execute(
                "UPDATE item SET removed = ?, hash = NULL, etag = NULL WHERE number = ?",
                [.integer(revision), .integer(Int64(number))])
            try writer.execute("DELETE FROM problem WHERE item = ?", [.integer(Int64(number))])
            try writer.execute("DELETE FROM reach WHERE item = ?", [.integer(Int64(number))])
            try writer.execute(
                "DELETE FROM reference_place WHERE item = ?", [.integer(Int64(number))])
        }
        for item in items {
            try writer.execute(
                """
                INSERT INTO item (number, location, origin, hash, etag, state, read_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (number) DO UPDATE SET origin = excluded.origin, hash = excluded.hash,
                    etag = excluded.etag, state = excluded.state, read_at = excluded.read_at,
                    removed = NULL
                """,
                [
                    .integer(Int64(item.number)), .text(item.location), .text(item.origin),
                    item.hash.map { .blob($0) } ?? .null, .text(item.etag),
                    .text(item.state.rawValue), .integer(item.readAt),
                ])
        }
        for (item, places) in references.sorted(by: { $0.key < $1.key }) {
            try writer.execute(
                """
                INSERT INTO reference_place (item, places) VALUES (?, ?)
                ON CONFLICT (item) DO UPDATE SET places = excluded.places
                """, [.integer(Int64(item)), .blob(places)])
        }
        for (parent, items) in reach.sorted(by: { $0.key < $1.key }) {
            try writer.execute("DELETE FROM reach WHERE parent = ?", [.text(parent)])
            try writer.insert(
                into: "reach", columns: ["parent", "item"],
                rows: items.map { [.text(parent), .integer(Int64($0))] })
        }
    }

    private func writeEntities(_ writer: Writer, _ revision: Int64) throws {
        var versions: [[SQLValue]] = []
        var created: [[SQLValue]] = []
        for (index, change) in entities.enumerated() {
            let slot = slot(of: index, from: revision)
            let number = change.known?.number ?? slot
            versions.append([
                .integer(slot), .integer(number),
                change.known.map { .integer($0.slot) } ?? .null, .integer(change.cause.rawValue),
                .integer(Int64(change.item)), change.content.map { .blob($0.hash) } ?? .null,
                change.content.map { .blob($0.compressed) } ?? .null,
            ])
            guard change.known != nil else {
                created.append([
                    .integer(number), .blob(change.uid), .text(change.ref), .integer(slot),
                    .integer(Int64(change.item)), .null,
                ])
                continue
            }
            let values: [SQLValue] = [
                .integer(slot), .integer(Int64(change.item)),
                change.content == nil ? .integer(Slot.revision(of: slot)) : .null,
                .integer(number),
            ]
            let update = "UPDATE entity SET slot = ?, item = ?, removed = ? WHERE number = ?"
            // What is restored was looked up before, and not in the state that the batch is based on.
            guard change.cause == .restored, let known = change.known else {
                try writer.execute(update, values)
                continue
            }
            let count = try writer.execute(
                update + " AND slot = ?", values + [.integer(known.slot)])
            guard count == 1 else { throw RestoreFault.changed(change.ref) }
        }
        try writer.insert(
            into: "version",
            columns: ["slot", "entity", "previous", "cause", "item", "hash", "content"],
            rows: versions)
        try writer.insert(
            into: "entity", columns: ["number", "uid", "ref", "slot", "item", "removed"],
            rows: created)
    }

    private func writeRemovals(_ writer: Writer, _ now: Int64) throws {
        for (source, change) in removals.sorted(by: { $0.key < $1.key }) {
            for ref in change.dropped {
                try writer.execute(
                    "DELETE FROM pending_removal_entity WHERE source = ? AND ref = ?",
                    [.integer(source), .text(ref)])
            }
            try writer.insert(
                into: "pending_removal_entity", columns: ["source", "ref", "undeclared"],
                rows: change.added.map { ref, isUndeclared in
                    [.integer(source), .text(ref), .integer(isUndeclared ? 1 : 0)]
                })
            let removal = change.removal
            guard !removal.refs.isEmpty else {
                try writer.execute(
                    "DELETE FROM pending_removal WHERE source = ?", [.integer(source)])
                continue
            }
            try writer.execute(
                """
                INSERT INTO pending_removal (source, since, readings, total, approved_by)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (source) DO UPDATE SET since = excluded.since,
                    readings = excluded.readings, total = excluded.total,
                    approved_by = excluded.approved_by
                """,
                [
                    .integer(source), .integer(removal.since == 0 ? now : removal.since),
                    .integer(Int64(removal.readings)), .integer(Int64(removal.total)),
                    .text(removal.approvedBy),
                ])
        }
    }

    /// Replaces an item's problems; one that was there before keeps its age.
    private func writeProblems(_ writer: Writer, _ now: Int64) throws {
        for (item, problems) in problems.sorted(by: { $0.key < $1.key }) {
            var since: [String: Int64] = [:]
            try writer.query(
                "SELECT ref, code, since FROM problem WHERE item = ?", [.integer(Int64(item))]
            ) { row in
                since["\(try row.optionalText(0) ?? "") \(try row.text(1))"] = try row.int64(2)
            }
            try writer.execute("DELETE FROM problem WHERE item = ?", [.integer(Int64(item))])
            try writer.insert(
                into: "problem",
                columns: ["item", "ref", "code", "diagnostic", "content", "since"],
                rows: problems.map { problem in
                    var json = JSONWriter()
                    problem.diagnostic.write(to: &json)
                    let key = "\(problem.ref ?? "") \(problem.diagnostic.code)"
                    return [
                        .integer(Int64(item)), .text(problem.ref), .text(problem.diagnostic.code),
                        .text(String(decoding: json.bytes, as: UTF8.self)),
                        problem.candidate.map { .blob($0) } ?? .null,
                        .integer(since[key] ?? now),
                    ]
                })
        }
    }
}
