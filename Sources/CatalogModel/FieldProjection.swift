package import Values

/// Which parts of an entity are wanted: the `fields` of a query.
package struct FieldProjection: Sendable {
    private let paths: [[Substring]]

    /// How many segments all paths together may have: each is looked for in each entity.
    static let mostSegments = 1000

    /// - Parameter fields: dotted paths; blank ones do not count.
    /// - Returns: nil where the whole entity is wanted.
    /// - Throws: ``PredicateFault`` for a path with `[`.
    package init?(_ fields: [String]) throws(PredicateFault) {
        var paths: [[Substring]] = []
        var segments = 0
        for field in fields {
            for part in field.unicodeScalars.split(separator: ",") {
                let path = Substring(trimmed(part))
                guard !path.isEmpty else { continue }
                guard !path.contains("[") else {
                    throw PredicateFault(
                        "fields cannot name elements of lists: \(quoted(String(path)))")
                }
                let names = path.split(separator: ".", omittingEmptySubsequences: false)
                segments += names.count
                guard segments <= Self.mostSegments else {
                    throw PredicateFault(
                        "the fields may have \(Self.mostSegments) names between their dots in all")
                }
                paths.append(names)
            }
        }
        guard !paths.isEmpty else { return nil }
        self.paths = paths
    }

    /// What of a value is at the paths; what is not there is left out.
    package func apply(to value: JSON) -> JSON {
        var builder = JSONBuilder()
        write(value, paths.map { $0[...] }, to: &builder)
        return builder.finish()
    }

    /// A path takes as many of its segments for one key as it has to: keys may hold dots.
    private func write(
        _ value: JSON, _ paths: [ArraySlice<Substring>], to builder: inout JSONBuilder
    ) {
        if value.kind == .array { return writeList(value, paths, to: &builder) }
        builder.beginObject()
        for (key, inner) in value.members {
            let name = key.string ?? ""
            var below: [ArraySlice<Substring>] = []
            var isWhole = false
            for path in paths {
                guard let length = Self.length(of: name, in: path, siblings: value) else {
                    continue
                }
                let rest = path.dropFirst(length)
                if rest.isEmpty { isWhole = true } else { below.append(rest) }
            }
            if isWhole {
                builder.copy(key)
                builder.copy(inner)
            } else if below.contains(where: { Self.leads($0, into: inner) }) {
                builder.copy(key)
                write(inner, below, to: &builder)
            }
        }
        builder.end()
    }

    /// Elements keep their places: what stands before the last one that is asked for is null.
    private func writeList(
        _ list: JSON, _ paths: [ArraySlice<Substring>], to builder: inout JSONBuilder
    ) {
        builder.beginArray()
        let wanted = paths.filter { Self.leads($0, into: list) }
        let end = wanted.compactMap { $0.first.flatMap(Self.index) }.max() ?? -1
        for (place, element) in list.elements.enumerated() where place <= end {
            let below = wanted.filter { $0.first.flatMap(Self.index) == place }.map {
                $0.dropFirst()
            }
            if below.isEmpty {
                builder.null()
            } else if below.contains(where: \.isEmpty) {
                builder.copy(element)
            } else {
                write(element, below, to: &builder)
            }
        }
        builder.end()
    }

    /// How many segments of a path this key is; nil where the path does not go through it.
    ///
    /// The shortest key that exists wins.
    private static func length(
        of name: String, in path: ArraySlice<Substring>, siblings: JSON
    ) -> Int? {
        var joined = ""
        for (count, segment) in path.enumerated() {
            joined += count == 0 ? segment : ".\(segment)"
            if siblings[joined] != nil { return joined == name ? count + 1 : nil }
        }
        return nil
    }

    /// The place in a list that a segment names, as it has to be written: `0`, not `00`.
    private static func index(_ segment: Substring) -> Int? {
        Int(segment).flatMap { $0 >= 0 && String($0) == segment ? $0 : nil }
    }

    /// Whether a path ends at something within a value.
    private static func leads(_ path: ArraySlice<Substring>, into value: JSON) -> Bool {
        guard let first = path.first else { return true }
        if value.kind == .array {
            let place = index(first)
            return value.elements.enumerated().contains {
                $0.offset == place && leads(path.dropFirst(), into: $0.element)
            }
        }
        guard value.kind == .object else { return false }
        var joined = ""
        for (count, segment) in path.enumerated() {
            joined += count == 0 ? segment : ".\(segment)"
            if let inner = value[joined] { return leads(path.dropFirst(count + 1), into: inner) }
        }
        return false
    }
}
