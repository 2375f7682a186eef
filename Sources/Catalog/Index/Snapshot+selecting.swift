package import CatalogModel
import Postings
import Values

extension Snapshot {
    /// The entities that a predicate holds for, of those that may be seen.
    package func select(_ predicate: Predicate, _ visibility: Visibility) -> Selection {
        let wanted = visibility.predicate.map { Predicate.all([$0, predicate]) } ?? predicate
        return Selection(
            bitmaps: parts.indices.map { part in
                var found = evaluate(wanted, part)
                found.formIntersection(parts[part].living)
                return found
            })
    }

    /// Takes out of a selection what does not contain a text in one of some keys' values.
    ///
    /// - Parameter term: as typed; blanks around it do not count, and a blank one filters nothing.
    package func narrow(_ selection: inout Selection, toText term: String, in keys: [String]) {
        var needle = folded(term.trimmingBlanks)
        guard !needle.isEmpty else { return }
        for part in parts.indices {
            var found = Bitmap(size: parts[part].segment.count)
            for key in keys {
                let key = folded(key)
                if let column = parts[part].column(key) {
                    needle.withUTF8 { column.insertDocuments(containing: $0, into: &found) }
                }
                if let type = RelationType(key: key) {
                    needle.withUTF8 { needle in
                        insertTargets(ofSourcesDeclaring: type.reversed, into: &found, part) {
                            Postings.contains($0, needle)
                        }
                    }
                }
            }
            selection.bitmaps[part].formIntersection(found)
        }
    }

    /// The documents of a part that a predicate holds for, dead ones included.
    private func evaluate(_ predicate: Predicate, _ part: Int) -> Bitmap {
        let segment = parts[part].segment
        switch predicate {
        case .constant(let value):
            return Bitmap(size: segment.count, filled: value)
        case .all(let inner):
            guard let first = inner.first else { return Bitmap(size: segment.count, filled: true) }
            var found = evaluate(first, part)
            for other in inner.dropFirst() { found.formIntersection(evaluate(other, part)) }
            return found
        case .any(let inner):
            var found = Bitmap(size: segment.count)
            for other in inner { found.formUnion(evaluate(other, part)) }
            return found
        case .not(let inner):
            var found = Bitmap(size: segment.count, filled: true)
            found.subtract(evaluate(inner, part))
            return found
        case .exists(let key):
            return having(key, part)
        case .equals(let key, let values):
            return equal(key, values, part)
        case .hasPrefix(let key, let prefix):
            return beginning(key, prefix, part)
        case .relation(let type, let targets):
            let key = "relations.\(folded(type))"
            return targets.map { equal(key, $0, part) } ?? having(key, part)
        }
    }

    private func having(_ key: String, _ part: Int) -> Bitmap {
        var found = Bitmap(size: parts[part].segment.count)
        if let column = parts[part].column(key) { found.formUnion(column.having) }
        if let type = RelationType(key: key) {
            insertTargets(ofSourcesDeclaring: type.reversed, into: &found, part) { _ in true }
        }
        return found
    }

    private func equal(_ key: String, _ values: [String], _ part: Int) -> Bitmap {
        var found = Bitmap(size: parts[part].segment.count)
        let column = parts[part].column(key)
        let type = RelationType(key: key)
        for value in values {
            var value = value
            value.withUTF8 { bytes in
                if let column {
                    for index in column.values(equal: bytes) {
                        found.formUnion(column.postings(index))
                    }
                }
                // The other side may have said it: that group's `members` make a `memberOf`.
                guard let type, let source = entity(bytes) else { return }
                forEachTarget(of: source, type.reversed) { target in
                    if let document = parts[part].segment.document(named: target) {
                        found.insert(document)
                    }
                }
            }
        }
        return found
    }

    private func beginning(_ key: String, _ prefix: String, _ part: Int) -> Bitmap {
        var found = Bitmap(size: parts[part].segment.count)
        var prefix = prefix
        prefix.withUTF8 { bytes in
            if let column = parts[part].column(key) {
                for index in column.values(prefix: bytes) {
                    found.formUnion(column.postings(index))
                }
            }
            guard let type = RelationType(key: key) else { return }
            insertTargets(ofSourcesDeclaring: type.reversed, into: &found, part) { name in
                name.starts(with: bytes)
            }
        }
        return found
    }
}

extension String {
    /// The text without blanks, tabs and line ends at both ends, as JavaScript's `trim`.
    var trimmingBlanks: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
