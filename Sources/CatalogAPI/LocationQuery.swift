import Catalog
import CatalogModel
import Routing
import Values

/// Which registered locations are meant: Backstage's query language over their four fields.
///
/// It differs from the one over entities: other fields are a fault, nothing contains anything, and
/// of no conditions none holds, also in `$all`.
struct LocationQuery {
    private let query: JSON?

    private static let fields = ["id", "type", "target", "entityref"]

    init(_ query: JSON?) throws(RequestFault) {
        self.query = query
        guard let query else { return }
        do throws(PredicateFault) {
            _ = try Predicate.parse(query: query)
        } catch {
            throw RequestFault(.input, error.message)
        }
        try Self.check(query)
    }

    private static func check(_ query: JSON) throws(RequestFault) {
        for name in ["$all", "$any"] {
            guard let parts = query[name] else { continue }
            for part in parts.elements { try check(part) }
            return
        }
        if let part = query["$not"] { return try check(part) }
        for (key, _) in query.members where !fields.contains(folded(key.string ?? "")) {
            throw RequestFault(
                .input,
                "a location has id, type, target and entityRef; not `\(key.string ?? "")`")
        }
    }

    func matches(_ source: Source) -> Bool {
        query.map { matches($0, source) } ?? true
    }

    private func matches(_ query: JSON, _ source: Source) -> Bool {
        if let parts = query["$all"] {
            return parts.count > 0 && parts.elements.allSatisfy { matches($0, source) }
        }
        if let parts = query["$any"] { return parts.elements.contains { matches($0, source) } }
        if let part = query["$not"] { return !matches(part, source) }
        return query.members.allSatisfy { key, value in
            Self.holds(value, of: Self.field(folded(key.string ?? ""), source))
        }
    }

    private static func field(_ name: String, _ source: Source) -> String {
        switch name {
        case "id": source.uid
        case "type": folded(source.location.type)
        case "target": folded(source.location.target)
        default: SourceEntity(source.location, isOptional: false).ref.canonical
        }
    }

    private static func holds(_ condition: JSON, of field: String) -> Bool {
        guard condition.kind == .object else { return text(of: condition) == field }
        if let exists = condition["$exists"] { return exists.bool ?? false }
        if let values = condition["$in"] {
            return values.elements.contains { text(of: $0) == field }
        }
        if let prefix = condition["$hasPrefix"]?.string { return field.hasPrefix(folded(prefix)) }
        return false
    }

    private static func text(of value: JSON) -> String { folded(value.string ?? value.text) }
}
