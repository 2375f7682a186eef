import CatalogModel
import Values

/// What is different between two versions of an entity, in words.
struct ContentChange: Sendable {
    /// The names of the fields that differ, in the order of the newer version.
    private(set) var fields: [String] = []
    private let after: JSON

    init(from before: JSON, to after: JSON) {
        self.after = after
        for group in ["metadata", "spec"] {
            for name in Self.names(before, after, group)
            where before.at(group, name) != after.at(group, name) {
                fields.append(name)
            }
        }
        for name in ["apiVersion", "kind", "status"] where before[name] != after[name] {
            fields.append(name)
        }
    }

    private static func names(_ before: JSON, _ after: JSON, _ group: String) -> [String] {
        var names: [String] = []
        for side in [after, before] {
            for (key, _) in side[group]?.members ?? JSON.null.members {
                guard let name = key.string, !names.contains(name) else { continue }
                names.append(name)
            }
        }
        return names
    }

    /// What goes on from the entity's name: `was moved to production`.
    var predicate: String {
        if let special { return "was \(special)" }
        return fields.isEmpty ? "was written again" : "was changed (\(summary))"
    }

    /// What stands by itself: `Moved to production`, `Changed tags and owner`.
    var heading: String {
        if let special { return special.prefix(1).uppercased() + special.dropFirst() }
        return fields.isEmpty ? "Written again" : "Changed \(summary)"
    }

    /// Changes that have words of their own.
    private var special: String? {
        guard fields.count == 1, let value = after.at("spec", fields[0])?.string else { return nil }
        switch fields[0] {
        case "lifecycle": return "moved to \(value)"
        case "owner": return "given to \(value)"
        default: return nil
        }
    }

    /// The fields in a few words: `lifecycle and tags`.
    private var summary: String {
        fields.count > 3 ? "\(fields.count) fields" : Words.list(fields)
    }
}
