import Catalog
import CatalogModel
import Markup
import Values

/// What pages call entities: title, kind and type of those that a page names, read in one go.
struct EntityLabels: Sendable {
    struct Label: Sendable {
        var title: String
        var type: String?
        var picture: String?
    }

    private let links: Links
    private var labels: [String: Label] = [:]

    /// - Parameter refs: canonical ones; those that are not there or may not be seen are plain text
    ///   later.
    static func load(_ refs: some Sequence<String>, _ visit: Visit) async throws -> EntityLabels {
        let reader = visit.reader
        var labels = EntityLabels(links: visit.links)
        let visible = reader.select(nil)
        var known: [(ref: String, entity: IndexedEntity)] = []
        for ref in Set(refs) {
            if let entity = reader.snapshot.entity(ref), reader.isIn(visible, entity) {
                known.append((ref, entity))
            }
        }
        let contents = try await reader.contents(known.map(\.entity))
        for ((ref, _), content) in zip(known, contents) {
            labels.add(ref, content, visit.services.names)
        }
        return labels
    }

    private mutating func add(_ ref: String, _ content: JSON, _ names: SourceNames) {
        labels[ref] = Label(
            title: names.title(of: content), type: content.at("spec", "type")?.string,
            picture: content.at("spec", "profile", "picture")?.string)
    }

    /// Whether the entity is there and may be seen.
    func has(_ ref: String) -> Bool { labels[ref] != nil }

    /// Its title; for one that is not there the short form of its reference.
    func title(_ ref: String) -> String {
        labels[ref]?.title ?? (try? EntityRef.parse(ref)).map(Words.short) ?? ref
    }

    /// The type that its `spec` has.
    func type(_ ref: String) -> String? { labels[ref]?.type }

    /// The entity's page; nil for what is not there.
    func href(_ ref: String) -> Href? {
        guard has(ref), let ref = try? EntityRef.parse(ref) else { return nil }
        return links.entity(namespace: ref.namespace, kind: ref.kind, name: ref.name)
    }

    /// As a list names it.
    func link(_ ref: String, aside: String? = nil) -> EntityLink {
        let kind = (try? EntityRef.parse(ref))?.kind ?? ""
        return EntityLink(.kind(kind), title(ref), href: href(ref), aside: aside)
    }

    /// As an owner or a person is named.
    func who(_ ref: String) -> Who {
        let kind = (try? EntityRef.parse(ref))?.kind
        return Who(
            title(ref), href: href(ref), isGroup: kind != "user",
            picture: labels[ref]?.picture.map(Href.external).flatMap { $0.isRefused ? nil : $0 })
    }

    /// Of nothing: every reference is plain text.
    init(links: Links) {
        self.links = links
    }
}

extension SourceNames {
    /// What an entity is called: its title, a person's or group's display name, what the location
    /// of a source points to, or its name.
    func title(of content: JSON) -> String {
        let spec = content["spec"]
        for text in [content.at("metadata", "title"), spec?.at("profile", "displayName")] {
            if let text = text?.string, !text.isEmpty { return text }
        }
        let title = content.at("metadata", "name")?.string ?? ""
        // The location of a source has a hash for its name.
        if title.hasPrefix("generated-"), let target = spec?["target"]?.string {
            return name(target)
        }
        return title
    }
}

extension JSON {
    /// The texts of a list.
    var texts: [String] { elements.compactMap(\.string) }
}
