import Catalog
import CatalogModel
import Markup
import Values

/// An entity that a page shows, with what the index knows of it.
struct ShownEntity: Sendable {
    let visit: Visit
    let indexed: IndexedEntity
    /// The own content.
    let content: JSON
    /// As the entity writes it.
    let ref: EntityRef
    /// What concerns it, the worst first.
    let problems: [CatalogProblem]
    /// All its relations, sorted.
    let relations: [EntityRelation]

    init(_ visit: Visit, _ indexed: IndexedEntity, _ content: JSON) {
        self.visit = visit
        self.indexed = indexed
        self.content = content
        let snapshot = visit.reader.snapshot
        let canonical = snapshot.ref(of: indexed)
        let known = try? EntityRef.parse(canonical)
        ref = EntityRef(
            kind: content["kind"]?.string ?? known?.kind ?? "",
            namespace: content.at("metadata", "namespace")?.string ?? known?.namespace ?? "",
            name: content.at("metadata", "name")?.string ?? known?.name ?? "")
        problems = visit.board.problems(of: canonical, item: snapshot.stamp(of: indexed).item)
        relations = snapshot.relations(of: indexed)
    }

    /// What it is called.
    var title: String { visit.services.names.title(of: content) }

    /// The kind, folded.
    var kind: String { folded(ref.kind) }

    func targets(_ type: RelationType) -> [String] {
        relations.filter { $0.type == type }.map(\.target)
    }

    func annotation(_ name: String) -> String? {
        content.at("metadata", "annotations")?[name]?.string
    }

    /// The address of a tab.
    func href(_ tab: EntityRoutes.Tab) -> Href { Self.href(visit, ref, tab) }

    static func href(_ visit: Visit, _ ref: EntityRef, _ tab: EntityRoutes.Tab) -> Href {
        let path = ["catalog", folded(ref.namespace), folded(ref.kind), folded(ref.name)]
        return visit.links.to(tab == .overview ? path : path + [tab.rawValue])
    }

    /// Where something is done with it, and asked about before.
    func href(_ action: Action) -> Href {
        visit.links.to(
            "catalog", folded(ref.namespace), folded(ref.kind), folded(ref.name), action.rawValue)
    }

    /// What can be done with an entity.
    enum Action: String, Sendable {
        case refresh, star, unregister, delete
    }

    /// Whether nothing declares it any more.
    var isOrphan: Bool { annotation("backstage.io/orphan") == "true" }

    /// The short name of the file that declares it.
    var fileName: String {
        let location = annotation("backstage.io/managed-by-location") ?? ref.canonical
        return visit.services.names.name(location)
    }

    /// Where a person can look at that file.
    var fileAddress: Href? {
        if let view = annotation("backstage.io/view-url") {
            let href = Href.external(view)
            if !href.isRefused { return href }
        }
        return annotation("backstage.io/managed-by-location")
            .flatMap { visit.services.names.address($0) }
    }

    /// Where a person can edit it.
    var editAddress: Href? {
        annotation("backstage.io/edit-url").map(Href.external).flatMap { $0.isRefused ? nil : $0 }
    }

    /// What is wrong with it, for its own page.
    func cards(isOpen: Bool, limit: Int? = nil) async throws -> [DiagnosticCard] {
        let shown = try await visit.reader.located(
            limit.map { Array(problems.prefix($0)) } ?? problems)
        let labels = try await EntityLabels.load([], visit)
        let cards = ProblemCards(
            reader: visit.reader, labels: labels, names: visit.services.names, now: visit.now)
        return shown.map { cards.card($0, isOwnPage: true, isOpen: isOpen) }
    }
}

/// Finds the line of an entity's YAML that a problem is about.
struct ProblemLines: Sendable {
    private let content: JSON

    init(_ content: JSON) {
        self.content = content
    }

    /// By the pointer that the problem names, else by the field that holds the reference.
    func line(of problem: CatalogProblem, in yaml: YAMLText) -> Int? {
        if let pointer = problem.diagnostic.pointer, let line = yaml.lines[pointer] { return line }
        guard let missing = problem.missing else { return nil }
        return pointer(to: missing).flatMap { yaml.lines[$0] }
    }

    /// Where a relation is declared, as a JSON pointer.
    func pointer(to relation: EntityRelation) -> String? {
        let kind = content["kind"]?.string ?? ""
        let namespace = content.at("metadata", "namespace")?.string ?? EntityRef.defaultNamespace
        for field in KindRegistry.builtIn.definition(named: kind)?.fields ?? [] {
            guard let rule = field.relation, rule.type == relation.type,
                let value = content["spec"]?[field.name]
            else { continue }
            let isTarget: (JSON) -> Bool = { text in
                let ref = text.string.flatMap {
                    try? EntityRef.parse(
                        $0, defaultKind: rule.defaultKind, defaultNamespace: namespace)
                }
                return ref?.canonical == relation.target
            }
            if isTarget(value) { return "/spec/\(field.name)" }
            for (index, element) in value.elements.enumerated() where isTarget(element) {
                return "/spec/\(field.name)/\(index)"
            }
        }
        return nil
    }
}
