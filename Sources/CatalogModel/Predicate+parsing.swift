package import Values

/// Why a filter or query cannot be understood; the message is for whoever wrote it.
package struct PredicateFault: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

extension Predicate {
    /// Reads the values of `filter=` parameters.
    ///
    /// Each value is a set of conditions parted by commas that all have to hold; of several sets
    /// one has to. A key that a set names several times may have any of the values; `key` alone
    /// asks whether it is there, `key=` for the empty text.
    ///
    /// - Returns: nil where nothing is filtered.
    package static func parse(filters: [String]) throws(PredicateFault) -> Predicate? {
        var sets: [Predicate] = []
        for filter in filters {
            var order: [String] = []
            var values: [String: [String]] = [:]
            var present: Set<String> = []
            for part in filter.split(separator: ",") {
                let part = trimmed(part)
                guard !part.isEmpty else { continue }
                let halves = part.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let key = folded(trimmed(halves[0]))
                guard !key.isEmpty else {
                    throw PredicateFault("a condition of the filter `\(filter)` has no key")
                }
                if !order.contains(key) { order.append(key) }
                if halves.count > 1 {
                    values[key, default: []].append(folded(trimmed(halves[1])))
                } else {
                    present.insert(key)
                }
            }
            guard !order.isEmpty else { continue }
            sets.append(
                .all(
                    order.map { key in
                        guard let wanted = values[key], !present.contains(key) else {
                            return .exists(key)
                        }
                        return .equals(key, wanted)
                    }))
        }
        if sets.isEmpty { return nil }
        return sets.count == 1 ? sets[0] : .any(sets)
    }

    private static func trimmed(_ text: Substring) -> String {
        var scalars = text.unicodeScalars
        while let first = scalars.first, first.isJavaScriptBlank { scalars.removeFirst() }
        while let last = scalars.last, last.isJavaScriptBlank { scalars.removeLast() }
        return String(scalars)
    }

    /// Reads Backstage's query language: `$all`, `$any`, `$not`, and conditions on keys with
    /// `$exists`, `$in`, `$hasPrefix`, `$contains`.
    package static func parse(query: JSON) throws(PredicateFault) -> Predicate {
        guard query.kind == .object else {
            throw PredicateFault("a query has to be an object, as in {\"kind\": \"component\"}")
        }
        var count = 0
        return try parse(query, depth: 0, &count)
    }

    /// A query is a person's or a page's: more than this is an attack or a mistake.
    private static let depthLimit = 32
    private static let countLimit = 2000

    private static func parse(
        _ query: JSON, depth: Int, _ count: inout Int
    ) throws(PredicateFault) -> Predicate {
        count += 1
        guard depth <= depthLimit, count <= countLimit else {
            throw PredicateFault(
                "a query may be \(depthLimit) levels deep and have \(countLimit) conditions")
        }
        guard query.kind == .object else {
            throw PredicateFault("expected an object, found \(query.text.prefix(60))")
        }
        let operators = query.members.filter { $0.key.string?.hasPrefix("$") ?? false }
        if let (key, value) = operators.first {
            guard query.count == 1 else {
                throw PredicateFault("`\(key.string ?? "")` has to stand alone in its object")
            }
            return try combine(key.string ?? "", value, depth, &count)
        }
        var parts: [Predicate] = []
        for (key, value) in query.members {
            count += 1
            parts.append(try condition(folded(key.string ?? ""), value))
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private static func combine(
        _ name: String, _ value: JSON, _ depth: Int, _ count: inout Int
    ) throws(PredicateFault) -> Predicate {
        switch name {
        case "$all", "$any":
            guard value.kind == .array else {
                throw PredicateFault("`\(name)` takes a list of queries")
            }
            var parts: [Predicate] = []
            for element in value.elements {
                parts.append(try parse(element, depth: depth + 1, &count))
            }
            return name == "$all" ? .all(parts) : .any(parts)
        case "$not":
            return .not(try parse(value, depth: depth + 1, &count))
        default:
            throw PredicateFault("`\(name)` is no operator here; there are $all, $any and $not")
        }
    }

    private static func condition(
        _ key: String, _ value: JSON
    ) throws(PredicateFault) -> Predicate {
        if let text = primitive(value) { return .equals(key, [text]) }
        guard value.kind == .object else {
            throw PredicateFault(
                "`\(key)` needs a text, a number, true, false or an operator; "
                    + "found \(value.text.prefix(60))")
        }
        if let exists = value["$exists"] {
            guard let flag = exists.bool else {
                throw PredicateFault("`$exists` takes true or false")
            }
            return flag ? .exists(key) : .not(.exists(key))
        }
        if let list = value["$in"] {
            return .equals(key, try primitives(list, "$in"))
        }
        if let prefix = value["$hasPrefix"] {
            guard let text = prefix.string else {
                throw PredicateFault("`$hasPrefix` takes a text")
            }
            return .hasPrefix(key, folded(text))
        }
        if let contained = value["$contains"] {
            if let text = primitive(contained) { return .equals(key, [text]) }
            guard key == "relations", contained.kind == .object else {
                throw PredicateFault(
                    "`$contains` takes a text, a number, true or false; "
                        + "for `relations` an object with type and targetRef")
            }
            return try relation(contained)
        }
        let found = value.members.compactMap(\.key.string).joined(separator: ", ")
        throw PredicateFault(
            "`\(key)` has no operator that is known (\(found)); "
                + "there are $exists, $in, $hasPrefix and $contains")
    }

    private static func relation(_ value: JSON) throws(PredicateFault) -> Predicate {
        var type: String?
        var targets: [String]?
        for (key, inner) in value.members {
            switch folded(key.string ?? "") {
            case "type" where type == nil:
                guard let text = inner.string else {
                    throw PredicateFault("the type of a relation has to be a text")
                }
                type = folded(text)
            case "targetref" where targets == nil:
                if let text = inner.string {
                    targets = [folded(text)]
                } else if inner.count == 1, let list = inner["$in"] {
                    guard list.kind == .array, list.elements.allSatisfy({ $0.kind == .string })
                    else { throw PredicateFault("`targetRef` takes a text or {\"$in\": [texts]}") }
                    targets = try primitives(list, "$in")
                } else {
                    throw PredicateFault("`targetRef` takes a text or {\"$in\": [texts]}")
                }
            default:
                throw PredicateFault(
                    "a relation has type and targetRef, each once; found `\(key.string ?? "")`")
            }
        }
        guard let type else { throw PredicateFault("a relation needs its type") }
        if let targets, targets.isEmpty { throw PredicateFault("`$in` is empty") }
        return .relation(type, targets)
    }

    private static func primitive(_ value: JSON) -> String? {
        switch value.kind {
        case .string: value.string.map(folded)
        case .bool: value.bool == true ? "true" : "false"
        case .integer, .number: value.double.map(javaScriptText)
        default: nil
        }
    }

    private static func primitives(
        _ list: JSON, _ name: String
    ) throws(PredicateFault) -> [String] {
        guard list.kind == .array else { throw PredicateFault("`\(name)` takes a list") }
        var texts: [String] = []
        for element in list.elements {
            guard let text = primitive(element) else {
                throw PredicateFault("`\(name)` takes texts, numbers, true and false")
            }
            texts.append(text)
        }
        return texts
    }
}
