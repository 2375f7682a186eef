import CatalogModel
import Postings
import Values

/// One value of a facet and how many entities have it.
package struct FacetCount: Sendable, Equatable {
    package let value: String
    package let count: Int
}

extension Snapshot {
    /// How many entities of a selection have each value of a key.
    ///
    /// Values are told apart by the form in which they were written and come in byte order; those
    /// that no entity of the selection has are left out.
    package func facet(_ key: String, in selection: Selection) -> [FacetCount] {
        let key = folded(key)
        var merged: [(value: [UInt8], count: Int)] = []
        for part in parts.indices {
            guard let column = parts[part].column(key) else { continue }
            var counted: [(value: [UInt8], count: Int)] = []
            let counts = column.counts(in: selection.bitmaps[part])
            for value in counts.indices where counts[value] > 0 {
                counted.append((Array(column.original(value)), counts[value]))
            }
            if column.hasOriginals { counted.sort { $0.value.lexicographicallyPrecedes($1.value) } }
            merged = merged.isEmpty ? counted : merge(merged, counted)
        }
        if let type = RelationType(key: key) {
            let others = countDeclaredByOthers(type, selection)
            if !others.isEmpty { merged = merge(merged, others) }
        }
        return merged.map {
            FacetCount(value: String(decoding: $0.value, as: UTF8.self), count: $0.count)
        }
    }

    private func merge(
        _ left: [(value: [UInt8], count: Int)], _ right: [(value: [UInt8], count: Int)]
    ) -> [(value: [UInt8], count: Int)] {
        var out: [(value: [UInt8], count: Int)] = []
        out.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if left[i].value == right[j].value {
                out.append((left[i].value, left[i].count + right[j].count))
                i += 1
                j += 1
            } else if left[i].value.lexicographicallyPrecedes(right[j].value) {
                out.append(left[i])
                i += 1
            } else {
                out.append(right[j])
                j += 1
            }
        }
        out += left[i...]
        out += right[j...]
        return out
    }

    /// Counts the relations of a type that the other side declares and the entity itself does not.
    private func countDeclaredByOthers(
        _ type: RelationType, _ selection: Selection
    ) -> [(value: [UInt8], count: Int)] {
        var counts: [[UInt8]: Int] = [:]
        for part in parts {
            guard let column = part.segment.column(type.reversed.key) else { continue }
            for value in 0..<column.count {
                guard let target = entity(column.folded(value)), selection.contains(target) else {
                    continue
                }
                var own: Set<[UInt8]> = []
                forEachTarget(of: target, type) { own.insert(Array($0)) }
                column.postings(value).forEach { document in
                    let source = Array(part.segment.name(of: document))
                    if part.living.contains(document), !own.contains(source) {
                        counts[source, default: 0] += 1
                    }
                    return true
                }
            }
        }
        return counts.map { ($0.key, $0.value) }
            .sorted { $0.value.lexicographicallyPrecedes($1.value) }
    }
}
