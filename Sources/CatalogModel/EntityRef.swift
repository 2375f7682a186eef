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

    /// Takes the parts as they are written, whatever their case; checks nothing.
    package init(kind: String, namespace: String = EntityRef.defaultNamespace, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        canonical = canonicalRef(kind, namespace, name)
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
        var text = text
        let parts = text.withUTF8 { RefParts($0) }
        guard let parts else { throw .emptyPart(text) }
        func part(_ range: Range<Int>) -> String {
            let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
            return String(text[start..<text.utf8.index(start, offsetBy: range.count)])
        }
        guard let kind = parts.kind.map(part) ?? defaultKind else { throw .noKind(text) }
        return EntityRef(
            kind: kind, namespace: parts.namespace.map(part) ?? defaultNamespace,
            name: part(parts.name))
    }

    /// The canonical form of a reference as ``parse(_:defaultKind:defaultNamespace:)`` reads it,
    /// without its parts.
    ///
    /// - Parameter text: the bytes of a well-formed text.
    static func canonical(
        _ text: UnsafeBufferPointer<UInt8>, defaultKind: String?, defaultNamespace: String
    ) throws(EntityRefError) -> String {
        func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
            .init(rebasing: text[range])
        }
        guard let parts = RefParts(text) else {
            throw .emptyPart(String(decoding: text, as: UTF8.self))
        }
        var kind = defaultKind ?? ""
        var namespace = defaultNamespace
        if parts.kind == nil, defaultKind == nil {
            throw .noKind(String(decoding: text, as: UTF8.self))
        }
        return kind.withUTF8 { kind in
            namespace.withUTF8 { namespace in
                canonicalRef(
                    parts.kind.map(slice) ?? kind, parts.namespace.map(slice) ?? namespace,
                    slice(parts.name))
            }
        }
    }
}

/// Where the parts of a reference stand in its text.
private struct RefParts {
    let kind: Range<Int>?
    let namespace: Range<Int>?
    let name: Range<Int>

    /// - Returns: nil where a part is there but empty.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        let head = slash ?? bytes.count
        let colon = bytes[..<head].firstIndex(of: UInt8(ascii: ":"))
        let rest = colon.map { $0 + 1 } ?? 0
        kind = colon.map { 0..<$0 }
        namespace = slash.map { rest..<$0 }
        name = (slash.map { $0 + 1 } ?? rest)..<bytes.count
        guard kind?.isEmpty != true, namespace?.isEmpty != true, !name.isEmpty else { return nil }
    }
}

private func canonicalRef(_ kind: String, _ namespace: String, _ name: String) -> String {
    var (kind, namespace, name) = (kind, namespace, name)
    return kind.withUTF8 { kind in
        namespace.withUTF8 { namespace in
            name.withUTF8 { canonicalRef(kind, namespace, $0) }
        }
    }
}

/// `kind:namespace/name`, folded, written in one go.
private func canonicalRef(
    _ kind: UnsafeBufferPointer<UInt8>, _ namespace: UnsafeBufferPointer<UInt8>,
    _ name: UnsafeBufferPointer<UInt8>
) -> String {
    let count = kind.count + namespace.count + name.count + 2
    var seen: UInt8 = 0
    let plain = String(unsafeUninitializedCapacity: count) { output in
        var place = 0
        func append(_ bytes: UnsafeBufferPointer<UInt8>) {
            for byte in bytes {
                seen |= byte
                output[place] = byte | (byte &- 65 < 26 ? 0x20 : 0)
                place += 1
            }
        }
        append(kind)
        output[place] = UInt8(ascii: ":")
        place += 1
        append(namespace)
        output[place] = UInt8(ascii: "/")
        place += 1
        append(name)
        return count
    }
    // Other characters' letters fold as Unicode has it; their ASCII ones are folded already.
    return seen < 0x80 ? plain : plain.lowercased()
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
