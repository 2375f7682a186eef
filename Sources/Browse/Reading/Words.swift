import CatalogModel
import Markup
import Values

/// The words for kinds and relations.
enum Words {
    /// The kinds in the order in which people think of them.
    static let kindOrder = [
        "component", "api", "resource", "system", "domain", "group", "user", "template",
        "location",
    ]

    /// `Components`, for a kind in any case.
    static func plural(_ kind: String) -> String {
        switch folded(kind) {
        case "api": return "APIs"
        case "all", "": return "Entities"
        case let kind:
            return kind.prefix(1).uppercased() + kind.dropFirst() + (kind.hasSuffix("s") ? "" : "s")
        }
    }

    /// `components`, within a sentence.
    static func pluralInText(_ kind: String) -> String {
        folded(kind) == "api" ? "APIs" : folded(plural(kind))
    }

    /// `component`, `API`: within a sentence.
    static func kind(_ kind: String) -> String {
        folded(kind) == "api" ? "API" : folded(kind)
    }

    /// The heading of a list of relations; those that matter most first.
    static let relations: [(type: RelationType, title: String)] = [
        (.dependencyOf, "Depended on by"), (.dependsOn, "Depends on"),
        (.providesApi, "Provides APIs"), (.apiProvidedBy, "Provided by"),
        (.consumesApi, "Consumes APIs"), (.apiConsumedBy, "Consumed by"),
        (.hasMember, "Members"), (.memberOf, "Member of"), (.childOf, "Parent"),
        (.parentOf, "Children"), (.partOf, "Part of"), (.hasPart, "Has"), (.ownerOf, "Owns"),
        (.ownedBy, "Owned by"),
    ]

    /// `cart`, or `finance/cart` outside of the default namespace.
    static func short(_ ref: EntityRef) -> String {
        ref.namespace == EntityRef.defaultNamespace ? ref.name : "\(ref.namespace)/\(ref.name)"
    }

    /// Texts as one: `a`, `a and b`, `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// A sentence as pages have it, from one as diagnostics have it.
    static func sentence(_ text: String) -> String {
        // A name such as `spec.owner` keeps its letters.
        let isWord = text.prefix { $0 != " " }.allSatisfy(\.isLetter)
        let start = isWord ? text.prefix(1).uppercased() + text.dropFirst() : text
        return start.hasSuffix(".") || start.hasSuffix("?") ? start : start + "."
    }
}
