package import Values

/// What entities a query, a permission or an audience is about: one value for all of them.
///
/// Keys and values are folded. Two evaluators exist: over a snapshot's bitmaps (`Catalog`), and
/// over a single entity (``matches(_:)``); a property test holds them against each other.
package indirect enum Predicate: Sendable, Equatable {
    case constant(Bool)
    /// All of them; true where there are none.
    case all([Predicate])
    /// One of them; false where there are none.
    case any([Predicate])
    case not(Predicate)
    /// The key is there, with a value or with null.
    case exists(String)
    /// One of the key's values is one of these.
    case equals(String, [String])
    case hasPrefix(String, String)
    /// There is a relation of the folded type, to one of these targets or, with nil, to anything.
    ///
    /// The same as a condition on the key `relations.<type>`.
    case relation(String, [String]?)
}

/// Who may see what: every catalog query takes one.
package enum Visibility: Sendable {
    /// For the program's own work; says why.
    case everything(because: StaticString)
    case matching(Predicate)
    case nothing

    /// The condition to add to a query; nil for none.
    package var predicate: Predicate? {
        switch self {
        case .everything: nil
        case .matching(let predicate): predicate
        case .nothing: .constant(false)
        }
    }
}

/// What a single entity has under each key: the other way to answer a predicate.
package struct EntityFacts: Sendable {
    // Bytes, not strings: two spellings of one accented letter are two values, as in the index.
    private var values: [[UInt8]: Set<[UInt8]>] = [:]

    /// - Parameter relations: all of the entity's, also those that others declare.
    package init(content: JSON, relations: [EntityRelation]) {
        var values: [[UInt8]: Set<[UInt8]>] = [:]
        forEachSearchPair(content: content, relations: relations) { key, folded, _ in
            values[Array(key), default: []].formUnion(folded.map { [Array($0)] } ?? [])
        }
        self.values = values
    }

    func has(_ key: String) -> Bool { values[Array(key.utf8)] != nil }

    func has(_ key: String, oneOf wanted: [String]) -> Bool {
        guard let found = values[Array(key.utf8)] else { return false }
        return wanted.contains { found.contains(Array($0.utf8)) }
    }

    func has(_ key: String, prefix: String) -> Bool {
        values[Array(key.utf8)]?.contains { $0.starts(with: prefix.utf8) } ?? false
    }
}

extension Predicate {
    /// Whether it holds for an entity.
    package func matches(_ facts: EntityFacts) -> Bool {
        switch self {
        case .constant(let value): value
        case .all(let inner): inner.allSatisfy { $0.matches(facts) }
        case .any(let inner): inner.contains { $0.matches(facts) }
        case .not(let inner): !inner.matches(facts)
        case .exists(let key): facts.has(key)
        case .equals(let key, let values): facts.has(key, oneOf: values)
        case .hasPrefix(let key, let prefix): facts.has(key, prefix: prefix)
        case .relation(let type, let targets?): facts.has("relations.\(type)", oneOf: targets)
        case .relation(let type, nil): facts.has("relations.\(type)")
        }
    }
}
