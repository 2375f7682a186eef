/// What a kind of entity looks like: its versions, the fields of its `spec`, and the relations
/// that they declare.
///
/// A class, like ``FieldDefinition``: every entity's check walks through some twenty of them, and a
/// copy of a reference costs less than a copy of all that they hold.
package final class KindDefinition: Sendable {
    /// The name as it must be written, such as `Component`.
    package let name: String
    /// The `apiVersion`s it may have, newest first.
    package let versions: [String]
    /// `apiVersion`s that were once of this kind, each with what to do about it.
    package let retired: [String: String]
    /// The fields of `spec` in the order in which they are asked for.
    ///
    /// Other fields are allowed.
    package let fields: [FieldDefinition]

    package init(
        name: String, versions: [String], retired: [String: String] = [:],
        fields: [FieldDefinition]
    ) {
        self.name = name
        self.versions = versions
        self.retired = retired
        self.fields = fields
    }
}

/// One field of a map.
package final class FieldDefinition: Sendable {
    package let name: String
    package let shape: FieldShape
    package let isRequired: Bool
    /// A value to show to somebody who left the field out, as it is written in YAML.
    package let example: String
    /// What the references in this field declare; nil where it holds none.
    package let relation: RelationRule?

    package init(
        _ name: String, _ shape: FieldShape, isRequired: Bool = false, example: String = "",
        relation: RelationRule? = nil
    ) {
        self.name = name
        self.shape = shape
        self.isRequired = isRequired
        self.example = example
        self.relation = relation
    }
}

/// What a field may hold.
package indirect enum FieldShape: Sendable {
    /// A text that is not empty.
    case text
    /// A text, empty or not.
    case anyText
    /// A text or `true` or `false`.
    case textOrFlag
    /// One of these texts.
    case choice([String])
    case list(of: FieldShape)
    /// A map with these fields; `others` is what every further field has to be, nil for anything.
    case map([FieldDefinition] = [], others: FieldShape? = nil)
    /// One map of any fields, or a list of such.
    case mapOrMaps
}

/// How the references of a field become relations of the entity.
package struct RelationRule: Sendable {
    package let type: RelationType
    /// The kind of a reference that names none; nil when every one has to.
    package let defaultKind: String?
    /// Whether a reference without a namespace means that of the entity; else `default`.
    package let inheritsNamespace: Bool

    package init(_ type: RelationType, defaultKind: String?, inheritsNamespace: Bool = true) {
        self.type = type
        self.defaultKind = defaultKind
        self.inheritsNamespace = inheritsNamespace
    }
}

/// All kinds that a portal knows.
package struct KindRegistry: Sendable {
    /// The kinds in the order in which they are listed to people.
    package let definitions: [KindDefinition]

    package init(_ definitions: [KindDefinition]) {
        self.definitions = definitions
    }

    /// The kind of exactly this name.
    package func definition(named name: String) -> KindDefinition? {
        definitions.first { $0.name == name }
    }
}
