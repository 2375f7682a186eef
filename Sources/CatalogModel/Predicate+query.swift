package import Values

extension Predicate {
    /// Reads Backstage's query language: `$all`, `$any`, `$not`, and conditions on keys with
    /// `$exists`, `$in`, `$hasPrefix` and `$contains`.
    ///
    /// As in Backstage an operator within the query makes the other members of its object void,
    /// of several on a key the first of the list above counts, and at the root an operator has to
    /// stand alone.
    package static func parse(query: JSON) throws(PredicateFault) -> Predicate {
        guard query.kind == .object else {
            throw PredicateFault(
                "a query is an object, as in {\"kind\": \"component\"}; found \(excerpt(query))")
        }
        if query.count > 1, let name = operators.first(where: { query[$0] != nil }) {
            throw PredicateFault("`\(name)` has to stand alone at the root of a query", at: name)
        }
        var reader = QueryReader()
        return try reader.read(query, at: "", depth: 0)
    }

    fileprivate static let operators = ["$all", "$any", "$not"]

    /// The query that means this; reading it back gives what holds for the same entities.
    package var query: JSON {
        var builder = JSONBuilder()
        write(to: &builder)
        return builder.finish()
    }

    private func write(to builder: inout JSONBuilder) {
        builder.beginObject()
        switch self {
        case .constant(let value):
            Self.writeList(value ? "$all" : "$any", [], to: &builder)
        case .all(let parts): Self.writeList("$all", parts, to: &builder)
        case .any(let parts): Self.writeList("$any", parts, to: &builder)
        case .not(let part):
            builder.key("$not")
            part.write(to: &builder)
        case .exists(let key), .equals(let key, _), .hasPrefix(let key, _):
            // No entity has a key that begins like an operator, and the language cannot name one.
            if key.utf8.first == UInt8(ascii: "$") {
                Self.writeList("$any", [], to: &builder)
            } else {
                builder.key(key)
                writeCondition(to: &builder)
            }
        case .relation(let type, let targets):
            if targets?.isEmpty == true {
                Self.writeList("$any", [], to: &builder)
            } else {
                Self.writeRelation(type, targets, to: &builder)
            }
        }
        builder.end()
    }

    private static func writeList(
        _ name: String, _ parts: [Predicate], to builder: inout JSONBuilder
    ) {
        builder.key(name)
        builder.beginArray()
        for part in parts { part.write(to: &builder) }
        builder.end()
    }

    private func writeCondition(to builder: inout JSONBuilder) {
        if case .equals(_, let values) = self, values.count == 1 {
            return builder.string(values[0])
        }
        builder.beginObject()
        switch self {
        case .equals(_, let values):
            builder.key("$in")
            builder.beginArray()
            for value in values { builder.string(value) }
            builder.end()
        case .hasPrefix(_, let prefix): builder.member("$hasPrefix", prefix)
        default:
            builder.key("$exists")
            builder.bool(true)
        }
        builder.end()
    }

    private static func writeRelation(
        _ type: String, _ targets: [String]?, to builder: inout JSONBuilder
    ) {
        builder.key("relations")
        builder.beginObject()
        builder.key("$contains")
        builder.beginObject()
        builder.member("type", type)
        if let targets {
            builder.key("targetRef")
            Predicate.equals("", targets).writeCondition(to: &builder)
        }
        builder.end()
        builder.end()
    }
}

/// The start of a value, for a message.
func excerpt(_ value: JSON) -> String {
    let text = value.text
    let start = text.unicodeScalars.prefix(60)
    return start.endIndex < text.endIndex ? "\(String(start))…" : text
}

/// Reads one query.
private struct QueryReader {
    private var budget = PredicateBudget()

    mutating func read(
        _ query: JSON, at place: String, depth: Int
    ) throws(PredicateFault) -> Predicate {
        try budget.spend(depth: depth, at: place)
        guard query.kind == .object else {
            throw PredicateFault("an object is needed; found \(excerpt(query))", at: place)
        }
        for name in Predicate.operators {
            if let value = query[name] {
                return try combine(name, value, at: joined(place, name), depth)
            }
        }
        var parts: [Predicate] = []
        for (key, value) in query.members {
            let name = key.string ?? ""
            let inner = joined(place, name)
            guard !name.utf8.starts(with: "$".utf8) else {
                throw PredicateFault(
                    "there is no operator `\(name)`; there are $all, $any and $not", at: inner)
            }
            try budget.spend(at: inner)
            parts.append(try condition(folded(name), value, at: inner))
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private func joined(_ place: String, _ name: String) -> String {
        place.isEmpty ? name : "\(place).\(name)"
    }

    private mutating func combine(
        _ name: String, _ value: JSON, at place: String, _ depth: Int
    ) throws(PredicateFault) -> Predicate {
        if name == "$not" { return .not(try read(value, at: place, depth: depth + 1)) }
        guard value.kind == .array else {
            throw PredicateFault("a list of queries is needed", at: place)
        }
        var parts: [Predicate] = []
        for element in value.elements {
            parts.append(try read(element, at: "\(place)[\(parts.count)]", depth: depth + 1))
        }
        return name == "$all" ? .all(parts) : .any(parts)
    }

    private mutating func condition(
        _ key: String, _ value: JSON, at place: String
    ) throws(PredicateFault) -> Predicate {
        if let text = primitive(value) { return .equals(key, [text]) }
        if value.kind == .object {
            if let exists = value["$exists"] {
                guard let flag = exists.bool else {
                    throw PredicateFault("`$exists` takes true or false", at: place)
                }
                return flag ? .exists(key) : .not(.exists(key))
            }
            if let list = value["$in"] { return .equals(key, try primitives(list, at: place)) }
            if let prefix = value["$hasPrefix"] {
                guard let text = prefix.string else {
                    throw PredicateFault("`$hasPrefix` takes a text", at: place)
                }
                try budget.spend(PredicateBudget.prefixCost, at: place)
                return .hasPrefix(key, folded(text))
            }
            if let contained = value["$contains"] {
                return try contains(key, contained, at: place)
            }
        }
        throw PredicateFault(
            "a text, a number, true, false, or one of $exists, $in, $hasPrefix and $contains is"
                + " needed; found \(excerpt(value))", at: place)
    }

    private mutating func contains(
        _ key: String, _ value: JSON, at place: String
    ) throws(PredicateFault) -> Predicate {
        if let text = primitive(value) { return .equals(key, [text]) }
        guard key == "relations", value.kind == .object else {
            throw PredicateFault(
                "`$contains` takes a text, a number, true or false, and for `relations` an object"
                    + " with type and targetRef", at: place)
        }
        var type: String?
        var targets: [String]?
        for (name, inner) in value.members {
            switch folded(name.string ?? "") {
            case "type" where type == nil:
                guard let text = inner.string else {
                    throw PredicateFault("the type of a relation is a text", at: place)
                }
                type = folded(text)
            case "targetref" where targets == nil:
                targets = try self.targets(inner, at: place)
            default:
                throw PredicateFault(
                    "a relation has type and targetRef, each once; found `\(name.string ?? "")`",
                    at: place)
            }
        }
        guard let type, !type.isEmpty else {
            throw PredicateFault("a relation needs its type", at: place)
        }
        return .relation(type, targets)
    }

    private mutating func targets(
        _ value: JSON, at place: String
    ) throws(PredicateFault) -> [String] {
        if let text = value.string { return [folded(text)] }
        guard value.count == 1, let list = value["$in"], list.kind == .array, list.count > 0,
            list.elements.allSatisfy({ $0.kind == .string })
        else {
            throw PredicateFault(
                "`targetRef` takes a text or {\"$in\": [texts, at least one]}", at: place)
        }
        return try primitives(list, at: place)
    }

    private func primitive(_ value: JSON) -> String? {
        switch value.kind {
        case .string: value.string.map(folded)
        case .bool: value.bool == true ? "true" : "false"
        case .integer, .number: value.double.map(javaScriptText)
        default: nil
        }
    }

    private mutating func primitives(
        _ list: JSON, at place: String
    ) throws(PredicateFault) -> [String] {
        guard list.kind == .array else { throw PredicateFault("`$in` takes a list", at: place) }
        var texts: [String] = []
        for element in list.elements {
            try budget.spend(at: place)
            guard let text = primitive(element) else {
                throw PredicateFault(
                    "`$in` takes texts, numbers, true and false; found \(excerpt(element))",
                    at: place)
            }
            texts.append(text)
        }
        return texts
    }
}
