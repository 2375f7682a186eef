package import CatalogModel
import Postings
import Store
package import Values

/// Something that is wrong in the catalog, and whom it concerns.
package struct CatalogProblem: Sendable {
    package internal(set) var diagnostic: Diagnostic
    /// The entity that it is about, canonical; nil for a whole file.
    package let ref: String?
    /// The file or record that it was found in.
    package let item: UInt32?
    /// Where that is, as the text of a location reference.
    package let location: String?
    /// Whom it concerns, as canonical references.
    package let owners: [String]
    /// The reference that leads nowhere, where that is the problem.
    package let missing: EntityRelation?
    /// Since when it is so, in milliseconds since 1970; nil where that is not known.
    package let since: Int64?
    /// Further entities that it is about, canonical: each of them shows it.
    package var concerned: [String] = []
}

extension CatalogReader {
    /// All that is wrong with what may be seen: what was not read, refused or claimed twice, what
    /// no file declares any more, and references that lead nowhere.
    ///
    /// What is about nothing in the catalog is only for those who may see everything.
    package func problems() async throws -> [CatalogProblem] {
        let stored = try await bodies.database.read { try CatalogQueries.storedProblems($0) }
        let visible = select(nil)
        let seesAll = visibility.predicate == nil
        var found: [CatalogProblem] = []
        for (problem, location) in stored {
            let entity = problem.ref.flatMap { snapshot.entity($0) }
            guard entity.map({ isIn(visible, $0) }) ?? seesAll else { continue }
            found.append(
                CatalogProblem(
                    diagnostic: problem.diagnostic, ref: problem.ref, item: problem.item,
                    location: location, owners: owners(of: problem, entity), missing: nil,
                    since: problem.since))
        }
        let missing = snapshot.missingTargets(in: visible)
        let orphans = select(Self.orphan).entities
        let locations = try await locations(of: missing.map(\.0) + orphans)
        return try await found + waitingProblems() + orphans.map { orphan($0, locations) }
            + missing.map { self.missing($0, $1, locations) }
    }

    /// The problems with the places of references that lead nowhere, as far as they are known.
    ///
    /// For those that are shown: the places of all would be much to read.
    package func located(_ problems: [CatalogProblem]) async throws -> [CatalogProblem] {
        let items = problems.compactMap { $0.missing == nil ? nil : $0.item }
        let places = try await bodies.referencePlaces(of: Set(items))
        return problems.map { problem in
            guard let missing = problem.missing, let ref = problem.ref, let item = problem.item
            else { return problem }
            var located = problem
            located.diagnostic.file = problem.location.flatMap { LocationRef.parse($0)?.target }
            located.diagnostic =
                places[item]?.located(located.diagnostic, missing, of: ref) ?? located.diagnostic
            return located
        }
    }

    private func owners(of problem: Problem, _ entity: IndexedEntity?) -> [String] {
        if let entity { return snapshot.owners(of: entity) }
        if let candidate = problem.candidate, let content = try? JSON.parse(candidate) {
            let declared = declaredRelations(of: content).filter { $0.type == .ownedBy }
            if !declared.isEmpty { return declared.map(\.target) }
        }
        // A file's other entities say whose it is.
        let siblings = snapshot.entities(declaredBy: problem.item).prefix(20)
        return Set(siblings.flatMap { snapshot.owners(of: $0) }).sorted()
    }

    /// What no file declares any more.
    package static let orphan = Predicate.equals(
        "metadata.annotations.backstage.io/orphan", ["true"])

    private func orphan(_ entity: IndexedEntity, _ locations: [UInt32: String]) -> CatalogProblem {
        let ref = snapshot.ref(of: entity)
        let item = snapshot.stamp(of: entity).item
        return CatalogProblem(
            diagnostic: Diagnostic(
                "catalog.orphan", severity: .warning, "Nothing declares `\(ref)` any more",
                reason: "the file or location that declared it no longer does",
                remedy: "declare it again, or delete it"),
            ref: ref, item: item, location: locations[item],
            owners: snapshot.owners(of: entity), missing: nil, since: nil)
    }

    private func missing(
        _ entity: IndexedEntity, _ relation: EntityRelation, _ locations: [UInt32: String]
    ) -> CatalogProblem {
        let item = snapshot.stamp(of: entity).item
        return CatalogProblem(
            diagnostic: missingTarget(relation), ref: snapshot.ref(of: entity), item: item,
            location: locations[item], owners: snapshot.owners(of: entity), missing: relation,
            since: nil)
    }

    /// The locations of the items that declare entities.
    private func locations(of entities: [IndexedEntity]) async throws -> [UInt32: String] {
        let items = Set(entities.map { snapshot.stamp(of: $0).item })
        guard !items.isEmpty else { return [:] }
        return try await bodies.database.read { try CatalogQueries.locations($0, of: items) }
    }
}

/// What is said of a reference that leads nowhere.
func missingTarget(_ relation: EntityRelation) -> Diagnostic {
    let target = relation.target
    if relation.type == .ownedBy {
        return Diagnostic(
            "catalog.unknown-owner", severity: .warning, pointer: "/spec/owner",
            "The owner `\(target)` is not in the catalog",
            reason: "no source has delivered `\(target)`, so that nobody is known to own it",
            remedy: "name an owner that is there, or register the file that declares this one")
    }
    let words: [RelationType: String] = [
        .dependsOn: "It depends on", .dependencyOf: "It says that it is needed by",
        .partOf: "It is part of", .hasPart: "It has the part", .providesApi: "It provides",
        .consumesApi: "It consumes", .memberOf: "It is a member of",
        .hasMember: "It has the member",
        .childOf: "Its parent is", .parentOf: "It has the child", .ownerOf: "It owns",
        .apiProvidedBy: "It is provided by", .apiConsumedBy: "It is consumed by",
    ]
    return Diagnostic(
        "catalog.unknown-target", severity: .warning,
        "\(words[relation.type] ?? "It names") `\(target)`, which is not in the catalog",
        reason: "no source has delivered `\(target)`",
        remedy: "correct the reference, or register the file that declares its target")
}

extension Snapshot {
    /// The owners that an entity's own content names.
    func owners(of entity: IndexedEntity) -> [String] {
        var owners: [String] = []
        forEachTarget(of: entity, .ownedBy) { owners.append(String(decoding: $0, as: UTF8.self)) }
        return owners
    }

    /// The references of a selection's entities that lead to nothing in the catalog.
    ///
    /// It goes by distinct targets, not by entities: most targets are there and cost one look-up.
    func missingTargets(in selection: Selection) -> [(IndexedEntity, EntityRelation)] {
        var found: [(IndexedEntity, EntityRelation)] = []
        for part in parts.indices {
            let segment = parts[part].segment
            for type in RelationType.builtIn {
                guard let column = segment.column(type.key), column.isEdge else { continue }
                for value in 0..<column.count where entity(column.folded(value)) == nil {
                    let target = String(decoding: column.folded(value), as: UTF8.self)
                    column.postings(value).forEach { document in
                        if selection.bitmaps[part].contains(document) {
                            found.append(
                                (
                                    IndexedEntity(part: part, document: document),
                                    EntityRelation(type: type, target: target)
                                ))
                        }
                        return true
                    }
                }
            }
        }
        return found
    }
}

extension CatalogQueries {
    /// The locations of items.
    static func locations(_ reader: Reader, of items: Set<UInt32>) throws -> [UInt32: String] {
        var locations: [UInt32: String] = [:]
        try each("SELECT number, location FROM item WHERE number", of: items, reader) { row in
            locations[UInt32(truncatingIfNeeded: try row.int64(0))] = try row.text(1)
        }
        return locations
    }

    /// What is kept of where the references of items stand, compressed.
    static func referencePlaces(
        _ reader: Reader, of items: Set<UInt32>
    ) throws -> [UInt32: [UInt8]] {
        var places: [UInt32: [UInt8]] = [:]
        let sql: StaticString = "SELECT item, places FROM reference_place WHERE item"
        try each(sql, of: items, reader) { row in
            let bytes = try row.blob(1)
            if !bytes.isEmpty { places[UInt32(truncatingIfNeeded: try row.int64(0))] = bytes }
        }
        return places
    }

    /// The rows of a query for some items at a time.
    private static func each(
        _ sql: StaticString, of items: Set<UInt32>, _ reader: Reader,
        _ body: (borrowing Row) throws -> Void
    ) throws {
        var rest = items.sorted()[...]
        while !rest.isEmpty {
            let size = rest.count >= 64 ? 64 : 1
            let marks = Array(repeating: "?", count: size).joined(separator: ",")
            try reader.query(
                "\(sql) IN (\(marks))", rest.prefix(size).map { .integer(Int64($0)) }, body)
            rest = rest.dropFirst(size)
        }
    }

    /// Every problem with the location of its item.
    static func storedProblems(_ reader: Reader) throws -> [(Problem, location: String?)] {
        try reader.all(
            """
            SELECT p.item, p.ref, p.diagnostic, p.content, p.since, i.location
            FROM problem p LEFT JOIN item i ON i.number = p.item ORDER BY p.number
            """
        ) { row in
            let diagnostic = (try? JSON.parse(try row.text(2))).flatMap(Diagnostic.init)
            let problem = Problem(
                item: UInt32(truncatingIfNeeded: try row.int64(0)), ref: try row.optionalText(1),
                diagnostic: diagnostic
                    ?? Diagnostic("catalog.unreadable-problem", "This problem's record is damaged"),
                candidate: try row.optionalBlob(3), since: try row.int64(4))
            return (problem, try row.optionalText(5))
        }
    }
}
