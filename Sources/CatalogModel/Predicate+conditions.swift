package import Values

extension Predicate {
    /// Reads the conditions of a permission decision about `catalog-entity`: `anyOf`, `allOf`,
    /// `not`, and rules with their `params`.
    ///
    /// Claims, kinds and values are compared without regard to case. As in Backstage of several
    /// members the first of the list above counts, and further params are passed over.
    ///
    /// - Parameter needsResourceType: whether every rule has to name the type of what it is about,
    ///   as those that travel between servers do.
    package static func parse(
        conditions: JSON, needsResourceType: Bool = false
    ) throws(PredicateFault) -> Predicate {
        var budget = PredicateBudget()
        return try read(conditions, at: "", depth: 0, needsResourceType, &budget)
    }

    private static func read(
        _ criteria: JSON, at place: String, depth: Int, _ needsType: Bool,
        _ budget: inout PredicateBudget
    ) throws(PredicateFault) -> Predicate {
        try budget.spend(depth: depth, at: place)
        func joined(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }
        for name in ["anyOf", "allOf"] {
            guard let list = criteria[name] else { continue }
            guard list.kind == .array, list.count > 0 else {
                throw PredicateFault(
                    "`\(name)` takes a list of at least one condition", at: joined(name))
            }
            var parts: [Predicate] = []
            for element in list.elements {
                parts.append(
                    try read(
                        element, at: "\(joined(name))[\(parts.count)]", depth: depth + 1,
                        needsType, &budget))
            }
            return name == "anyOf" ? .any(parts) : .all(parts)
        }
        if let inner = criteria["not"] {
            return .not(
                try read(inner, at: joined("not"), depth: depth + 1, needsType, &budget))
        }
        guard let rule = criteria["rule"]?.string else {
            throw PredicateFault(
                "anyOf, allOf, not or a rule is needed; found \(excerpt(criteria))", at: place)
        }
        guard !needsType || criteria["resourceType"]?.string != nil else {
            throw PredicateFault("a rule needs its `resourceType`", at: place)
        }
        return try read(rule, criteria["params"] ?? .null, at: place)
    }

    private static func read(
        _ rule: String, _ params: JSON, at place: String
    ) throws(PredicateFault) -> Predicate {
        func text(_ name: String) throws(PredicateFault) -> String {
            guard let text = params[name]?.string else {
                throw PredicateFault("\(rule) needs the text `\(name)` in its params", at: place)
            }
            return folded(text)
        }
        func texts(_ name: String) throws(PredicateFault) -> [String] {
            guard let list = params[name], list.kind == .array,
                list.elements.allSatisfy({ $0.kind == .string })
            else {
                throw PredicateFault(
                    "\(rule) needs the list of texts `\(name)` in its params", at: place)
            }
            return list.elements.map { folded($0.string ?? "") }
        }
        func has(_ path: String, _ name: String) throws(PredicateFault) -> Predicate {
            let key = "\(path).\(try text(name))"
            guard params["value"] != nil else { return .exists(key) }
            return .equals(key, [try text("value")])
        }
        switch rule {
        case "HAS_ANNOTATION": return try has("metadata.annotations", "annotation")
        case "HAS_LABEL": return try has("metadata.labels", "label")
        case "HAS_METADATA": return try has("metadata", "key")
        case "HAS_SPEC": return try has("spec", "key")
        case "IS_ENTITY_KIND": return .equals("kind", try texts("kinds"))
        case "IS_ENTITY_OWNER": return .relation("ownedby", try texts("claims"))
        default:
            throw PredicateFault(
                "there is no rule \(quoted(rule)); there are HAS_ANNOTATION, HAS_LABEL,"
                    + " HAS_METADATA, HAS_SPEC, IS_ENTITY_KIND and IS_ENTITY_OWNER", at: place)
        }
    }
}
