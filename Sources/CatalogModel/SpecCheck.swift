import Values

/// Checks `spec` by the kind's definition.
func checkSpec(_ document: JSON, _ definition: KindDefinition, _ faults: inout FaultList) {
    guard let spec = document["spec"] else {
        faults.add(
            "missing-field", .kind, at: document, "/spec", "spec is missing",
            reason: "\(definition.name) has required fields in it",
            remedy: "write `spec:` with "
                + definition.fields.filter(\.isRequired).map(\.name).joined(separator: ", "),
            cause: missing("spec", in: "<root>"))
        return
    }
    guard spec.kind == .object else {
        faults.add(
            "wrong-type", .kind, at: spec, "/spec", "spec must be a map",
            reason: "it is \(words(for: spec))", remedy: "write its fields below it, indented",
            cause: "/spec must be object - type: object")
        return
    }
    check(spec, "/spec", fields: definition.fields, others: nil, &faults)
}

private func check(
    _ map: JSON, _ pointer: String, fields: [FieldDefinition], others: FieldShape?,
    _ faults: inout FaultList
) {
    for field in fields {
        let path = "\(pointer)/\(field.name)"
        guard let value = map[field.name] else {
            guard field.isRequired else { continue }
            faults.add(
                "missing-field", .kind, at: map, path,
                "\(dotted(path)) is missing", reason: "\(faults.kind) needs it",
                remedy: "write `\(field.name): \(field.example)`",
                cause: missing(field.name, in: pointer))
            continue
        }
        check(value, path, field.shape, example: field.example, &faults)
    }
    guard let others else { return }
    for (key, value) in map.members {
        let name = key.string ?? ""
        guard !fields.contains(where: { $0.name == name }) else { continue }
        check(value, "\(pointer)/\(pointerPart(name))", others, example: "", &faults)
    }
}

private func dotted(_ pointer: String) -> String {
    String(pointer.dropFirst()).replacing("/", with: ".")
}

private func check(
    _ value: JSON, _ pointer: String, _ shape: FieldShape, example: String,
    _ faults: inout FaultList
) {
    switch shape {
    case .text:
        guard let text = value.string else {
            return addWrongType(value, pointer, "text", "string", example, &faults)
        }
        guard text.isEmpty else { return }
        faults.add(
            "empty-field", .kind, at: value, pointer, "\(dotted(pointer)) is empty",
            remedy: example.isEmpty ? "remove the key, or fill it" : "write `\(example)`",
            cause: "\(pointer) must NOT have fewer than 1 characters - limit: 1")
    case .anyText:
        if value.string == nil { addWrongType(value, pointer, "text", "string", example, &faults) }
    case .textOrFlag:
        if value.string == nil, value.bool == nil {
            addWrongType(value, pointer, "text or true or false", "string,boolean", example, &faults)
        }
    case .choice(let choices):
        if let text = value.string, choices.contains(text) { return }
        faults.add(
            "wrong-value", .kind, at: value, pointer,
            "\(dotted(pointer)) must be one of \(choices.joined(separator: ", "))",
            reason: "it is \(words(for: value))",
            remedy: value.string.flatMap { nearest(to: $0, among: choices) }.map { "write `\($0)`" },
            cause: "\(pointer) must be equal to one of the allowed values")
    case .list(let inner):
        guard value.kind == .array else {
            return addWrongType(value, pointer, "list", "array", example, &faults)
        }
        var index = 0
        for element in value.elements {
            check(element, "\(pointer)/\(index)", inner, example: "", &faults)
            index += 1
        }
    case .map(let fields, let others):
        guard value.kind == .object else {
            return addWrongType(value, pointer, "map", "object", example, &faults)
        }
        check(value, pointer, fields: fields, others: others, &faults)
    case .mapOrMaps:
        let isFine =
            value.kind == .object
            || value.kind == .array && value.elements.allSatisfy { $0.kind == .object }
        if !isFine { addWrongType(value, pointer, "map or a list of maps", "object,array", example, &faults) }
    }
}

private func addWrongType(
    _ value: JSON, _ pointer: String, _ wanted: String, _ type: String, _ example: String,
    _ faults: inout FaultList
) {
    let remedy: String
    if value.isNull {
        remedy = "remove the key, or fill it"
    } else if type == "array", let text = value.string {
        remedy = "write `- \(text.prefix(60))` on a line of its own below it"
    } else if type == "string", value.kind != .array, value.kind != .object {
        remedy = "put it in quotes: `\"\(value.text.prefix(40))\"`"
    } else {
        remedy = example.isEmpty ? "write a \(wanted)" : "write `\(example)`"
    }
    faults.add(
        "wrong-type", .kind, at: value, pointer, "\(dotted(pointer)) must be a \(wanted)",
        reason: "it is \(words(for: value))", remedy: remedy,
        cause: "\(pointer) must be \(type) - type: \(type)")
}

/// What the references in `spec` declare: sorted and distinct.
func readRelations(
    _ spec: JSON, _ definition: KindDefinition, _ ref: EntityRef, _ faults: inout FaultList
) -> [EntityRelation] {
    var found: [EntityRelation] = []
    for field in definition.fields {
        guard let rule = field.relation, let value = spec[field.name] else { continue }
        let texts = value.kind == .array ? Array(value.elements) : [value]
        for text in texts {
            guard let written = text.string, !written.isEmpty else { continue }
            do throws(EntityRefError) {
                let target = try EntityRef.parse(
                    written, defaultKind: rule.defaultKind,
                    defaultNamespace: rule.inheritsNamespace
                        ? ref.namespace : EntityRef.defaultNamespace)
                found.append(EntityRelation(type: rule.type, target: target.canonical))
            } catch {
                let isKind = if case .noKind = error { true } else { false }
                faults.add(
                    "bad-reference", .relations, at: text, "/spec/\(field.name)",
                    "\(quoted(written)) names no entity",
                    reason: isKind
                        ? "\(field.name) needs the kind before a colon"
                        : "a reference is `kind:namespace/name`, and no part may be empty",
                    remedy: isKind ? "write `component:\(written)`" : "write `component:default/name`",
                    cause: error.message)
            }
        }
    }
    found.sort()
    var distinct: [EntityRelation] = []
    for relation in found where relation != distinct.last { distinct.append(relation) }
    return distinct
}
