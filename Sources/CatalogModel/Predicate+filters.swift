internal import Values

extension Predicate {
    /// Reads the values of `filter=` parameters.
    ///
    /// Each value is a set of conditions parted by commas that all have to hold; of several sets
    /// one has to. A key that a set names several times, in the same case, may have any of the
    /// values; `key` alone asks whether it is there, `key=` for the empty text. There is no way to write a comma.
    ///
    /// - Returns: nil where nothing is filtered.
    package static func parse(filters: [String]) throws(PredicateFault) -> Predicate? {
        var sets: [Predicate] = []
        var budget = PredicateBudget()
        for filter in filters {
            var conditions: [FilterCondition] = []
            for part in filter.unicodeScalars.split(separator: ",") {
                let part = trimmed(part)
                guard !part.isEmpty else { continue }
                try budget.spend(at: "")
                add(part, of: filter, to: &conditions)
            }
            if conditions.contains(where: \.key.isEmpty) {
                throw PredicateFault(
                    "a condition of the filter \(quoted(filter)) has no key;"
                        + " write `key=value` or `key`")
            }
            guard !conditions.isEmpty else { continue }
            let parts = conditions.map { condition in
                let key = folded(condition.key)
                return condition.values.map { Predicate.equals(key, $0) } ?? .exists(key)
            }
            sets.append(parts.count == 1 ? parts[0] : .all(parts))
        }
        if sets.isEmpty { return nil }
        return sets.count == 1 ? sets[0] : .any(sets)
    }

    private struct FilterCondition {
        /// As it was written.
        let key: String
        /// nil as long as only the key was named.
        var values: [String]?
    }

    private static func add(
        _ part: Substring.UnicodeScalarView, of filter: String,
        to conditions: inout [FilterCondition]
    ) {
        let equals = part.firstIndex(of: "=")
        let key = String(trimmed(part[..<(equals ?? part.endIndex)]))
        let value = equals.map { folded(String(trimmed(part[part.index(after: $0)...]))) }
        let known = conditions.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
        guard let known else {
            conditions.append(FilterCondition(key: key, values: value.map { [$0] }))
            return
        }
        if let value { conditions[known].values = (conditions[known].values ?? []) + [value] }
    }
}

/// The text without the blanks around it that JavaScript's `trim` removes.
func trimmed(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    var text = text
    while let first = text.first, first.isJavaScriptBlank { text.removeFirst() }
    while let last = text.last, last.isJavaScriptBlank { text.removeLast() }
    return text
}
