import CatalogModel
import Postings
import Values

/// One value of a facet and how many entities have it.
package struct FacetCount: Sendable, Equatable {
    package let value: String
    package let count: Int
}

/// A value in the memory of a segment, which lives as long as the snapshot.
private struct CountedValue {
    let value: UnsafeBufferPointer<UInt8>
    let count: Int

    static func < (left: CountedValue, right: CountedValue) -> Bool {
        byteOrder(left.value, right.value) < 0
    }
}

extension Snapshot {
    /// How many entities of a selection have each value of a key.
    ///
    /// Values are told apart by the form in which they were written and come in byte order; those
    /// that no entity of the selection has are left out.
    package func facet(_ key: String, in selection: Selection) -> [FacetCount] {
        let key = folded(key)
        var merged: [CountedValue] = []
        for part in parts.indices {
            guard let column = parts[part].column(key) else { continue }
            var counted: [CountedValue] = []
            let counts = column.counts(in: selection.bitmaps[part])
            for value in counts.indices where counts[value] > 0 {
                counted.append(CountedValue(value: column.original(value), count: counts[value]))
            }
            if column.hasOriginals { counted.sort { $0 < $1 } }
            merged = merge(merged, counted)
        }
        if let type = RelationType(key: key) {
            merged = merge(merged, countDeclaredByOthers(type, selection))
        }
        return merged.map {
            FacetCount(value: String(decoding: $0.value, as: UTF8.self), count: $0.count)
        }
    }

    private func merge(_ left: [CountedValue], _ right: [CountedValue]) -> [CountedValue] {
        if left.isEmpty || right.isEmpty { return left + right }
        var out: [CountedValue] = []
        out.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            let order = byteOrder(left[i].value, right[j].value)
            if order == 0 {
                out.append(
                    CountedValue(value: left[i].value, count: left[i].count + right[j].count))
                i += 1
                j += 1
            } else if order < 0 {
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
    ) -> [CountedValue] {
        var found: [CountedValue] = []
        for part in parts {
            guard let column = part.segment.column(type.reversed.key) else { continue }
            var counts: [Int: Int] = [:]
            for value in 0..<column.count {
                guard let target = entity(column.folded(value)), selection.contains(target) else {
                    continue
                }
                var own: Set<[UInt8]> = []
                forEachTarget(of: target, type) { own.insert(Array($0)) }
                column.postings(value).forEach { document in
                    if part.living.contains(document),
                        own.isEmpty || !own.contains(Array(part.segment.name(of: document)))
                    {
                        counts[document, default: 0] += 1
                    }
                    return true
                }
            }
            found += counts.map {
                CountedValue(value: part.segment.name(of: $0.key), count: $0.value)
            }
        }
        found.sort { $0 < $1 }
        return found
    }
}
