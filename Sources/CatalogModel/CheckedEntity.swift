package import Values

/// An entity that is right by the rules of its kind.
package struct CheckedEntity: Sendable {
    package let ref: EntityRef
    /// Metadata first, with the namespace set and without uid and etag; lists of references in
    /// `spec` sorted by UTF-16 code units, as Backstage gives them back.
    package let content: JSON
    /// What the entity itself declares: sorted and distinct.
    package let relations: [EntityRelation]

    package init(ref: EntityRef, content: JSON, relations: [EntityRelation]) {
        self.ref = ref
        self.content = content
        self.relations = relations
    }
}

/// Checks a document by all rules of the catalog's format and of its kind.
///
/// - Parameter file: the file or address, for the diagnostics.
/// - Throws: ``EntityRefusal`` with everything that is wrong, not only the first.
package func checkEntity(
    _ document: JSON, file: String?, kinds: KindRegistry = .builtIn
) throws(EntityRefusal) -> CheckedEntity {
    var faults = FaultList(file: file)
    guard let ref = checkEnvelope(document, &faults) else {
        throw EntityRefusal(ref: nil, faults: faults.faults)
    }
    faults.ref = ref.canonical
    faults.kind = ref.kind
    checkRoot(document, &faults)
    checkMetadata(document["metadata"] ?? .null, &faults)
    var relations: [EntityRelation] = []
    let definition = kinds.definition(named: ref.kind)
    if let definition, definition.versions.contains(document["apiVersion"]?.string ?? "") {
        checkSpec(document, definition, &faults)
        relations = readRelations(document["spec"] ?? .null, definition, ref, &faults)
    } else {
        addUnknownKind(document, ref, kinds, &faults)
    }
    checkRepeatedKeys(document, "", &faults)
    guard faults.faults.isEmpty else { throw EntityRefusal(ref: ref, faults: faults.faults) }
    return CheckedEntity(
        ref: ref, content: normalised(document, ref, definition), relations: relations)
}

/// The relations that a content declares, for one that was checked before it was stored.
package func declaredRelations(
    of content: JSON, kinds: KindRegistry = .builtIn
) -> [EntityRelation] {
    var faults = FaultList(file: nil)
    guard let ref = checkEnvelope(content, &faults),
        let definition = kinds.definition(named: ref.kind)
    else { return [] }
    return readRelations(content["spec"] ?? .null, definition, ref, &faults)
}

// MARK: The root

private func checkRoot(_ document: JSON, _ faults: inout FaultList) {
    let known = ["apiVersion", "kind", "metadata", "spec"]
    for (key, _) in document.members {
        let name = key.string ?? ""
        guard !known.contains(name) else { continue }
        let metadata = ["tags", "annotations", "labels", "links", "title", "description", "name"]
        let remedy: String
        if name == "relations" || name == "status" {
            remedy = "remove it: the portal works it out itself"
        } else if metadata.contains(name) {
            remedy = "indent it below `metadata:`"
        } else {
            remedy = "indent it below `spec:`, or remove it"
        }
        faults.add(
            "foreign-field", .policy, at: key, "/\(pointerPart(name))",
            "`\(name)` may not stand at the root",
            reason: "an entity has apiVersion, kind, metadata and spec there",
            remedy: remedy, cause: "The entity has unknown root field \(name)")
    }
}

private func addUnknownKind(
    _ document: JSON, _ ref: EntityRef, _ kinds: KindRegistry, _ faults: inout FaultList
) {
    let version = document["apiVersion"]?.string ?? ""
    guard let definition = kinds.definition(named: ref.kind) else {
        let names = kinds.definitions.map(\.name)
        let near = nearest(to: ref.kind, among: names)
        faults.add(
            "unknown-kind", .unclaimed, at: document["kind"] ?? document, "/kind",
            "`\(ref.kind)` is no kind that is known here",
            reason: "known are \(names.joined(separator: ", "))",
            remedy: near.map { "write `kind: \($0)`, if that is meant" }
                ?? "add the kind to the portal, or leave the file out of what it reads",
            cause: "")
        return
    }
    let retired = definition.retired[version]
    let near = nearest(to: version, among: definition.versions) ?? definition.versions[0]
    faults.add(
        "unknown-kind", .unclaimed, at: document["apiVersion"] ?? document, "/apiVersion",
        "`\(version)` is no apiVersion of \(ref.kind)",
        reason: "\(ref.kind) has \(definition.versions.joined(separator: ", "))",
        remedy: retired ?? "write `apiVersion: \(near)`", cause: "")
}

/// Keys that differ in case only would be one key of the index.
private func checkRepeatedKeys(_ value: JSON, _ pointer: String, _ faults: inout FaultList) {
    switch value.kind {
    case .array:
        var index = 0
        for element in value.elements {
            checkRepeatedKeys(element, "\(pointer)/\(index)", &faults)
            index += 1
        }
    case .object:
        var seen: [String: String] = [:]
        for (key, inner) in value.members {
            let name = key.string ?? ""
            if let other = seen.updateValue(name, forKey: folded(name)) {
                faults.add(
                    "repeated-key", .keys, at: key, "\(pointer)/\(pointerPart(name))",
                    "`\(name)` and `\(other)` differ in case only",
                    reason: "filters do not mind case, so that they would be one key",
                    remedy: "give one of the two another name",
                    cause: "Entity has duplicate keys that vary only in casing, \(folded(name))")
            }
            checkRepeatedKeys(inner, "\(pointer)/\(pointerPart(name))", &faults)
        }
    default: return
    }
}

// MARK: The normal form

private func normalised(
    _ document: JSON, _ ref: EntityRef, _ definition: KindDefinition?
) -> JSON {
    var builder = JSONBuilder()
    builder.beginObject()
    builder.key("metadata")
    builder.beginObject()
    builder.member("namespace", ref.namespace)
    for (key, value) in document["metadata"]?.members ?? JSON.null.members {
        if key.isString("namespace") || key.isString("uid") || key.isString("etag") { continue }
        builder.copy(key)
        builder.copy(value)
    }
    builder.end()
    let lists = Set(
        definition?.fields.compactMap { field -> String? in
            guard field.relation != nil, case .list = field.shape else { return nil }
            return field.name
        } ?? [])
    for (key, value) in document.members where !key.isString("metadata") {
        builder.copy(key)
        guard key.isString("spec"), value.kind == .object else {
            builder.copy(value)
            continue
        }
        builder.beginObject()
        for (name, inner) in value.members {
            builder.copy(name)
            if lists.contains(name.string ?? "") {
                copySorted(inner, to: &builder)
            } else {
                builder.copy(inner)
            }
        }
        builder.end()
    }
    builder.end()
    return builder.finish()
}

private func copySorted(_ list: JSON, to builder: inout JSONBuilder) {
    guard list.kind == .array else { return builder.copy(list) }
    builder.beginArray()
    let texts = list.elements.compactMap(\.string)
    for text in texts.sorted(by: { $0.utf16.lexicographicallyPrecedes($1.utf16) }) {
        builder.string(text)
    }
    builder.end()
}
