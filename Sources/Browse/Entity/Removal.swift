import Catalog
import CatalogModel
import Markup
import Values

/// What would go if an entity or its source were taken out of the catalog.
struct Removal: Sendable {
    private let entity: ShownEntity
    private var visit: Visit { entity.visit }

    /// So many of what goes are named.
    private static let limit = 200

    init(_ entity: ShownEntity) {
        self.entity = entity
    }

    /// Stands for exactly what the person was shown.
    static func mark(_ removal: SourceRemoval, _ source: Source) -> String {
        let text = ([source.uid] + removal.refs).joined(separator: "\n")
        return String(Array(text.utf8).withUnsafeBytes { hashBytes($0) }, radix: 36)
    }

    private var crumbs: [Crumb] {
        EntityHead.crumbs(visit, entity.ref) + [Crumb(entity.title, entity.href(.overview))]
    }

    private func model(_ title: String, _ explanation: HTML) -> RemovalModel {
        RemovalModel(
            title, crumbs: crumbs, explanation: explanation, cancel: entity.href(.overview))
    }

    // MARK: Unregistering

    /// - Parameter source: the registered address that it comes from; nil where there is none.
    func unregistering(_ source: Source?) async throws -> RemovalModel {
        guard let source else { return configured }
        let name = visit.services.names.name(source.location.target)
        guard !visit.services.actions.isReadonly else {
            return model(
                "\(name) cannot be unregistered",
                """
                The configuration says <code>catalog.readonly</code>: nothing is registered or \
                unregistered through the portal.
                """)
        }
        let removal = await visit.services.keeper.removal(of: source)
        let visible = visit.reader.select(nil)
        let seen = removal.refs.filter { ref in
            visit.reader.snapshot.entity(ref).map { visit.reader.isIn(visible, $0) } ?? false
        }
        let shown = Array(seen.prefix(Self.limit))
        let labels = try await EntityLabels.load(shown, visit)
        var model = model(
            "Unregister \(name)",
            """
            The address <span class="mono">\(source.location.target)</span> is forgotten, and all \
            that only it leads to goes with it. The history of what goes is kept. If the address is \
            registered again, the entities come back, with new uids.
            """)
        model.entities = shown.map { ref in
            labels.link(ref, aside: (try? EntityRef.parse(ref)).map { Words.kind($0.kind) })
        }
        model.total = removal.refs.count
        model.hidden = removal.refs.count - seen.count
        model.successors = removal.successors.map { ref, location in
            (
                (try? EntityRef.parse(ref)).map { "\($0.kind) \(Words.short($0))" } ?? ref,
                visit.services.names.name(location)
            )
        }
        let count = removal.refs.count.counted("entity", "entities")
        model.confirm = Button(
            "Unregister, and remove \(count)",
            .post(
                entity.href(.unregister), fields: [QueryItem("what", Self.mark(removal, source))]),
            icon: .remove, style: .danger)
        return model
    }

    /// What is said of an entity that comes from the configuration's locations.
    private var configured: RemovalModel {
        let keeper = visit.services.keeper
        let sources = keeper.sources(of: entity.indexed, in: visit.reader.snapshot)
        guard let source = sources.first else {
            return model(
                "\(entity.title) has no source",
                """
                Nothing that is registered or configured leads to it any more. It can be \
                <a href="\(entity.href(.delete))">deleted</a> by itself.
                """)
        }
        return model(
            "\(entity.title) was not registered here",
            """
            It was read because the configuration names <span class="mono">\
            \(visit.services.names.name(source.location.target))</span> under \
            <code>catalog.locations</code>. To take it out of the catalog, delete it from its file, \
            <span class="mono">\(entity.fileName)</span>, or take the location out of the \
            configuration and start the portal again.
            """)
    }

    // MARK: Deleting

    /// What is said before an entity is deleted by itself.
    var deleting: RemovalModel {
        guard entity.isOrphan else {
            return model(
                "\(entity.title) would come back",
                """
                <span class="mono">\(entity.fileName)</span> declares it, so that it would come back \
                when that is read again. Delete it from the file, or \
                <a href="\(entity.href(.unregister))">unregister its source</a>.
                """)
        }
        var model = model(
            "Delete \(entity.title)",
            """
            Nothing declares <span class="mono">\(entity.ref.canonical)</span> any more. Deleted, it \
            is in no list and no answer; its history is kept at its address. If a file declares it \
            again, it comes back with a new uid.
            """)
        model.confirm = Button(
            "Delete \(entity.title.prefix(60))",
            .post(entity.href(.delete), fields: []), icon: .remove, style: .danger)
        return model
    }
}
