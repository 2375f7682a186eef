import Values

/// The document in the form in which it is stored; see ``CheckedEntity/content``.
func normalisedContent(
    _ document: JSON, ref: EntityRef, definition: KindDefinition?
) -> JSON {
    var builder = JSONBuilder(keepsPlaces: true)
    builder.beginObject(at: document.place)
    builder.key("metadata")
    builder.beginObject(at: document["metadata"]?.place ?? .unknown)
    builder.member("namespace", ref.namespace)
    let replaced = ["namespace", "uid", "etag"]
    for (key, value) in document["metadata"]?.members ?? JSON.null.members
    where !replaced.contains(where: key.isString) {
        if key.isString("annotations"), value.isNull { continue }
        builder.copy(key)
        builder.copy(value)
    }
    builder.end()
    for (key, value) in document.members where !key.isString("metadata") {
        builder.copy(key)
        if key.isString("spec"), let definition {
            copySpec(value, definition, to: &builder)
        } else {
            builder.copy(value)
        }
    }
    builder.end()
    return builder.finish()
}

private func copySpec(
    _ spec: JSON, _ definition: KindDefinition, to builder: inout JSONBuilder
) {
    let sorted = definition.fields.filter { $0.relation != nil }.map(\.name)
    builder.beginObject(at: spec.place)
    for (key, value) in spec.members {
        builder.copy(key)
        if value.kind == .array, value.count > 1, sorted.contains(where: key.isString) {
            builder.beginArray(at: value.place)
            let items = value.elements.map { (text: $0.string ?? "", value: $0) }
            for item in items.sorted(by: {
                $0.text.utf16.lexicographicallyPrecedes($1.text.utf16)
            }) {
                builder.copy(item.value)
            }
            builder.end()
        } else {
            builder.copy(value)
        }
    }
    builder.end()
}
