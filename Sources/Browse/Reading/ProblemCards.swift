import Catalog
import CatalogModel
import Markup
import Values

/// Turns problems into what pages show of them.
struct ProblemCards: Sendable {
    let reader: CatalogReader
    let labels: EntityLabels
    let names: SourceNames
    /// Seconds since 1970.
    let now: Int

    /// A card.
    ///
    /// - Parameter isOwnPage: whether it stands on the page of the entity that it is about.
    func card(
        _ problem: CatalogProblem, isOwnPage: Bool = false, isOpen: Bool = false
    ) -> DiagnosticCard {
        let diagnostic = problem.diagnostic
        return DiagnosticCard(
            diagnostic.severity.tone, code: diagnostic.code,
            sentence: Words.sentence(shown(diagnostic.summary)),
            place: place(diagnostic, in: problem.location),
            subject: isOwnPage ? nil : subject(of: problem),
            reason: diagnostic.reason.map { Words.sentence(shown($0)) },
            remedy: remedy(of: problem).map(Words.sentence), excerpt: excerpt(of: diagnostic),
            age: problem.since.map { TimeText(Int($0 / 1000), now: now) }, isOpen: isOpen)
    }

    /// A card of what was found in a file of which nothing is stored.
    func card(_ diagnostic: Diagnostic, isOpen: Bool) -> DiagnosticCard {
        DiagnosticCard(
            diagnostic.severity.tone, code: diagnostic.code,
            sentence: Words.sentence(shown(diagnostic.summary)),
            place: place(diagnostic, in: diagnostic.file),
            reason: diagnostic.reason.map { Words.sentence(shown($0)) },
            remedy: diagnostic.remedy.map { Words.sentence(shown($0)) },
            excerpt: excerpt(of: diagnostic), isOpen: isOpen)
    }

    /// The references whose labels cards need.
    static func refs(_ problems: some Sequence<CatalogProblem>) -> [String] {
        problems.compactMap(\.ref)
    }

    private func shown(_ text: String) -> String {
        // Within sentences a reference in the default namespace is longer than it helps.
        names.shortened(text)
    }

    private func subject(of problem: CatalogProblem) -> EntityLink? {
        problem.ref.map { labels.link($0) }
    }

    private func place(_ diagnostic: Diagnostic, in location: String?) -> DiagnosticCard.Place? {
        let named = diagnostic.file.flatMap { $0.isEmpty ? nil : $0 }
        guard let file = named ?? location else { return nil }
        let line = diagnostic.place.isKnown ? Int(diagnostic.place.line) : nil
        var text = names.name(file)
        if let line { text += ":\(line):\(diagnostic.place.column)" }
        return DiagnosticCard.Place(text, href: names.address(file, line: line))
    }

    private func excerpt(of diagnostic: Diagnostic) -> Excerpt? {
        guard let excerpt = diagnostic.excerpt, !excerpt.lines.isEmpty else { return nil }
        let isJSON = diagnostic.file?.hasSuffix(".json") ?? false
        return Excerpt(
            firstLine: Int(excerpt.firstLine), lines: excerpt.lines,
            line: Int(diagnostic.place.line), column: Int(excerpt.caret),
            language: isJSON ? .json : .yaml)
    }

    private func remedy(of problem: CatalogProblem) -> String? {
        if let missing = problem.missing, let near = nearest(to: missing.target) {
            let target = (try? EntityRef.parse(near)).map(Words.short) ?? near
            return "Write `\(target)`, if that is meant, or register the file that declares it"
        }
        return problem.diagnostic.remedy.map(shown)
    }

    /// The entity of the same kind whose name is written nearly so.
    private func nearest(to ref: String) -> String? {
        NearMisses(reader).refs(like: ref, limit: 1, otherKinds: false).first
    }
}

/// Entities whose names are nearly what somebody wrote.
struct NearMisses: Sendable {
    private let reader: CatalogReader

    init(_ reader: CatalogReader) {
        self.reader = reader
    }

    /// References of entities of the same kind with nearly that name, the nearest first, and with
    /// `otherKinds` those of that very name of other kinds and namespaces.
    func refs(like ref: String, limit: Int, otherKinds: Bool) -> [String] {
        guard let wanted = try? EntityRef.parse(folded(ref)) else { return [] }
        let order = EntityOrder()
        var found: [String] = []
        let same = reader.select(.equals("metadata.name", [wanted.name]))
        for entity in reader.snapshot.page(same, order, limit: limit) {
            let ref = reader.snapshot.ref(of: entity)
            let isSameKind = ref.hasPrefix(wanted.kind + ":")
            if otherKinds || isSameKind { found.append(ref) }
        }
        let kind = reader.select(.equals("kind", [wanted.kind]))
        let near = reader.values("metadata.name", in: kind)
            .map { (name: $0, distance: distance(folded($0), wanted.name, atMost: 2)) }
            .filter { $0.distance > 0 && $0.distance <= 2 }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        for (name, _) in near.prefix(limit) {
            let named = reader.select(
                .all([
                    .equals("kind", [wanted.kind]), .equals("metadata.name", [folded(name)]),
                ]))
            found += reader.snapshot.page(named, order, limit: 1).map(reader.snapshot.ref)
        }
        return Array(found.prefix(limit))
    }

    /// How many letters have to be changed, added or taken away; `limit + 1` for more than `limit`.
    ///
    /// A third of a short name changed is another name.
    private func distance(_ left: String, _ right: String, atMost limit: Int) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard abs(a.count - b.count) <= limit, min(a.count, b.count) > 3, b.count <= 100 else {
            return limit + 1
        }
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            var smallest = row[0]
            for (j, other) in b.enumerated() {
                let cost = min(row[j + 1] + 1, row[j] + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = cost
                smallest = min(smallest, cost)
            }
            if smallest > limit { return limit + 1 }
        }
        return row[b.count]
    }
}
