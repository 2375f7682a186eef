internal import Values

/// The name of an entity in the catalog: kind, namespace and name, as they were written.
///
/// Two references are the same when they differ in nothing but case: equality and hash are those
/// of ``canonical``.
package struct EntityRef: Hashable, Sendable, CustomStringConvertible {
    package let kind: String
    package let namespace: String
    package let name: String
    /// The form that is stored and compared: `component:default/cart`, lower case, with all parts.
    package let canonical: String

    /// The namespace of whatever names none.
    package static let defaultNamespace = "default"

    package init(kind: String, namespace: String = EntityRef.defaultNamespace, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        canonical = folded("\(kind):\(namespace)/\(name)")
    }

    /// The reference as it was written, with all parts.
    package var description: String { "\(kind):\(namespace)/\(name)" }

    package static func == (left: EntityRef, right: EntityRef) -> Bool {
        left.canonical == right.canonical
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(canonical)
    }
}

/// Why a text names no entity.
package enum EntityRefError: Error, Sendable, Equatable {
    /// There is no kind before a colon, and the context gives none.
    case noKind(String)
    /// A part is there but empty, as in `:x`, `a:/x` or `a:b/`.
    case emptyPart(String)

    /// What Backstage says.
    package var message: String {
        switch self {
        case .noKind(let text):
            "Entity reference \"\(text)\" had missing or empty kind"
                + " (e.g. did not start with \"component:\" or similar)"
        case .emptyPart(let text):
            "Entity reference \"\(text)\" was not on the form [<kind>:][<namespace>/]<name>"
        }
    }
}

extension EntityRef {
    /// Reads `[<kind>:][<namespace>/]<name>`; nothing is trimmed and no character is refused.
    ///
    /// A colon after the first slash belongs to the name, and so does every slash but the first.
    ///
    /// - Parameters:
    ///   - defaultKind: the kind of a text that names none; nil when it has to.
    ///   - defaultNamespace: the namespace of a text that names none.
    /// - Throws: ``EntityRefError``.
    package static func parse(
        _ text: String, defaultKind: String? = nil,
        defaultNamespace: String = EntityRef.defaultNamespace
    ) throws(EntityRefError) -> EntityRef {
        let bytes = text.utf8
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        var colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        if let first = colon, let slash, slash < first { colon = nil }
        var rest = bytes.startIndex
        var kind: String?
        if let colon {
            kind = String(text[rest..<colon])
            rest = bytes.index(after: colon)
        }
        var namespace: String?
        if let slash {
            namespace = String(text[rest..<slash])
            rest = bytes.index(after: slash)
        }
        let name = String(text[rest...])
        guard kind?.isEmpty != true, namespace?.isEmpty != true, !name.isEmpty else {
            throw .emptyPart(text)
        }
        guard let kind = kind ?? defaultKind else { throw .noKind(text) }
        return EntityRef(kind: kind, namespace: namespace ?? defaultNamespace, name: name)
    }
}

/// Where entities are read from: a type such as `url` or `file`, and a target of that type.
package struct LocationRef: Hashable, Sendable, CustomStringConvertible {
    package let type: String
    package let target: String

    package init(type: String, target: String) {
        self.type = type
        self.target = target
    }

    /// The form `type:target`, as annotations have it.
    package var text: String { "\(type):\(target)" }
    package var description: String { text }

    /// Reads `type:target`, split at the first colon; nil without a colon or a type.
    package static func parse(_ text: String) -> LocationRef? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex
        else { return nil }
        return LocationRef(
            type: String(text[..<colon]), target: String(text[text.utf8.index(after: colon)...]))
    }
}
