import Values

/// The document in the form in which it is stored; see ``CheckedEntity/content``.
func normalisedContent(
    _ document: JSON, ref: EntityRef, definition: KindDefinition?
) -> JSON {
    var builder = JSONBuilder(keepsPlaces: true, sizedLike: document)
    builder.beginObject(at: document.place)
    builder.key("metadata")
    builder.beginObject(at: document["metadata"]?.place ?? .unknown)
    builder.member("namespace", ref.namespace)
    for (key, value) in document["metadata"]?.members ?? JSON.null.members {
        if key.isString("namespace") || key.isString("uid") || key.isString("etag") { continue }
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
    builder.beginObject(at: spec.place)
    for (key, value) in spec.members {
        builder.copy(key)
        if value.kind == .array, value.count > 1,
            definition.fields.contains(where: { $0.relation != nil && key.isString($0.name) })
        {
            builder.beginArray(at: value.place)
            for item in value.elements.sorted(by: precedes) { builder.copy(item) }
            builder.end()
        } else {
            builder.copy(value)
        }
    }
    builder.end()
}

/// The order of JavaScript, by UTF-16 units: that of the bytes as long as all are ASCII.
private func precedes(_ left: JSON, _ right: JSON) -> Bool {
    let order =
        left.withUTF8 { left in
            right.withUTF8 { right -> Bool? in
                let shared = min(left.count, right.count)
                for index in 0..<shared where left[index] != right[index] {
                    // The bytes before are the same, so both scalars begin at the same place.
                    return left[index] < 0x80 || right[index] < 0x80
                        ? left[index] < right[index] : nil
                }
                return left.count < right.count
            } ?? nil
        } ?? nil
    return order
        ?? (left.string ?? "").utf16.lexicographicallyPrecedes((right.string ?? "").utf16)
}
