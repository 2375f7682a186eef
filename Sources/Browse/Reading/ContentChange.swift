import CatalogModel
import Values

/// What is different between two versions of an entity, in words.
struct ContentChange: Sendable {
    /// The names of the fields that differ, in the order of the newer version.
    private(set) var fields: [String] = []
    private let after: JSON

    init(from before: JSON, to after: JSON) {
        self.after = after
        for (group, names) in [("metadata", Self.names(before, after, "metadata")), ("spec", Self.names(before, after, "spec"))] {
            for name in names where before.at(group, name) != after.at(group, name) {
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

    /// What goes on from the entity's name: `moved to production`.
    var sentence: String {
        if fields == ["lifecycle"], let stage = after.at("spec", "lifecycle")?.string {
            return "moved to \(stage)"
        }
        if fields == ["owner"], let owner = after.at("spec", "owner")?.string {
            return "went to \(owner)"
        }
        return fields.isEmpty ? "was written again" : "changed \(summary)"
    }

    /// The fields in a few words: `lifecycle and tags`.
    var summary: String {
        fields.count > 3 ? "\(fields.count) fields" : Words.list(fields)
    }
}
