import Values

extension EntityExamination {
    /// Checks a value, and what is in it, against a shape.
    ///
    /// - Parameter pointer: asked for only where there is a fault to show: most entities have none.
    mutating func check(
        _ value: JSON, _ shape: FieldShape, at pointer: @autoclosure () -> String,
        stage: CheckStage
    ) {
        switch shape {
        case .text:
            guard value.kind == .string else {
                return wrongType(value, "a text", "string", pointer(), stage)
            }
            if value.isString("") { isEmpty(value, pointer(), stage) }
        case .anyText:
            if value.kind != .string { wrongType(value, "a text", "string", pointer(), stage) }
        case .textOrFlag:
            if value.kind != .string, value.kind != .bool {
                wrongType(value, "a text, true or false", "string,boolean", pointer(), stage)
            }
        case .choice(let texts):
            checkChoice(value, texts, pointer(), stage)
        case .list(let element):
            guard value.kind == .array else {
                return wrongType(value, "a list", "array", pointer(), stage)
            }
            for (index, item) in value.elements.enumerated() {
                check(item, element, at: "\(pointer())/\(index)", stage: stage)
            }
        case .map(let fields, let others):
            checkMap(value, fields, others, pointer(), stage)
        case .mapOrMaps:
            guard value.kind == .array else {
                if value.kind != .object {
                    wrongType(value, "a map or a list of maps", "object", pointer(), stage)
                }
                return
            }
            check(value, .list(of: .map()), at: pointer(), stage: stage)
        }
    }

    mutating func checkMap(
        _ value: JSON, _ fields: [FieldDefinition], _ others: FieldShape?,
        _ pointer: @autoclosure () -> String, _ stage: CheckStage
    ) {
        guard value.kind == .object else {
            return wrongType(value, "a map", "object", pointer(), stage)
        }
        for field in fields where field.isRequired && value[field.name] == nil {
            addMissing(field, value, pointer(), stage)
        }
        for field in fields {
            guard let inner = value[field.name] else { continue }
            check(inner, field.shape, at: "\(pointer())/\(field.name)", stage: stage)
        }
        guard let others else { return }
        for (key, inner) in value.members {
            if fields.contains(where: { key.isString($0.name) }) { continue }
            check(
                inner, others, at: "\(pointer())/\(pointerPart(key.string ?? ""))", stage: stage)
        }
    }

    private mutating func addMissing(
        _ field: FieldDefinition, _ value: JSON, _ pointer: String, _ stage: CheckStage
    ) {
        let path = path(pointer)
        let isRoot = pointer == "/spec"
        faults.add(
            "missing-field", stage, at: value, "\(pointer)/\(field.name)",
            "\(path).\(field.name) is missing",
            reason: isRoot ? "every \(ref.kind) has one" : nil,
            remedy: "write `\(field.name): \(field.example)` below `\(lastKey(pointer))`",
            cause: cause(
                "\(pointer) must have required property '\(field.name)'",
                "missingProperty: \(field.name)", stage))
    }

    private mutating func checkChoice(
        _ value: JSON, _ texts: [String], _ pointer: @autoclosure () -> String,
        _ stage: CheckStage
    ) {
        guard let text = value.string else {
            return wrongType(value, "a text", "string", pointer(), stage)
        }
        guard !texts.contains(text) else { return }
        let pointer = pointer()
        let choices = texts.map { "`\($0)`" }.joined(separator: " or ")
        faults.add(
            "wrong-choice", stage, at: value, pointer,
            "\(path(pointer)) must be \(choices)", reason: "it is \(words(for: value))",
            remedy: "write `\(lastKey(pointer)): \(nearest(to: text, among: texts) ?? texts[0])`",
            cause: cause(
                "\(pointer) must be equal to one of the allowed values",
                "allowedValues: \(texts.joined(separator: ","))", stage))
    }

    private mutating func isEmpty(_ value: JSON, _ pointer: String, _ stage: CheckStage) {
        faults.add(
            "empty-field", stage, at: value, pointer, "\(path(pointer)) is empty",
            remedy: "fill it, or delete the key",
            cause: cause(
                "\(pointer) must NOT have fewer than 1 characters", "limit: 1", stage))
    }

    private mutating func wrongType(
        _ value: JSON, _ wanted: String, _ type: String, _ pointer: String, _ stage: CheckStage
    ) {
        faults.add(
            "wrong-type", stage, at: value, pointer, "\(path(pointer)) must be \(wanted)",
            reason: "it is \(words(for: value))", remedy: remedy(value, type, pointer),
            cause: cause("\(pointer) must be \(type)", "type: \(type)", stage))
    }

    private func remedy(_ value: JSON, _ type: String, _ pointer: String) -> String {
        let key = lastKey(pointer)
        switch value.kind {
        case .null: return "fill it, or delete the key"
        case .bool, .integer,
            .number where type == "string":
            return "put it in quotes: `\"\(value.text)\"`"
        case .string where type == "array":
            return value.isString("")
                ? "delete the key, or write `[]`"
                : "write `- \(value.string ?? "")` on a line of its own below `\(key):`"
        case .array where type == "string":
            let only = value.count == 1 ? value.elements.first { _ in true } : nil
            return only?.string.map { "write `\(key): \($0)`" } ?? "write one text, not a list"
        case .object where type == "string":
            return remedy(forMap: value, key)
        default: return "write \(type == "array" ? "a list" : "a map") here"
        }
    }

    /// A map where a text should be is nearly always a colon too much, or a placeholder.
    private func remedy(forMap value: JSON, _ key: String) -> String {
        guard let member = value.members.first(where: { _ in true }), value.count == 1,
            let name = member.key.string
        else { return "write one text, not a map" }
        if name.hasPrefix("$") {
            return "`\(name)` is no placeholder that is known here; write `$text: ./file`"
        }
        guard let text = member.value.string else { return "write one text, not a map" }
        return "write `\(name):\(text)`, without the blank after the colon"
    }

    private func cause(_ text: String, _ detail: String, _ stage: CheckStage) -> String {
        stage == .policy ? "Malformed envelope, \(text)" : "\(text) - \(detail)"
    }

    private func lastKey(_ pointer: String) -> String {
        let parts = pointer.split(separator: "/").filter { Int($0) == nil }
        return unescaped(parts.last ?? "")
    }

    /// The pointer as people write paths: `spec.dependsOn[0]`.
    private func path(_ pointer: String) -> String {
        var path = ""
        for part in pointer.split(separator: "/") {
            if Int(part) != nil {
                path += "[\(part)]"
            } else {
                path += (path.isEmpty ? "" : ".") + unescaped(part)
            }
        }
        return path
    }

    private func unescaped(_ part: Substring) -> String {
        String(part).replacing("~1", with: "/").replacing("~0", with: "~")
    }

    // MARK: Relations

    /// What the document's references declare, sorted; a reference that cannot be read is a fault.
    mutating func declaredRelations(of definition: KindDefinition?) -> [DeclaredRelation] {
        guard let definition, let spec = document["spec"], spec.kind == .object else { return [] }
        var relations: [DeclaredRelation] = []
        for field in definition.fields {
            guard let rule = field.relation, let value = spec[field.name] else { continue }
            if value.kind == .array {
                for (index, item) in value.elements.enumerated() {
                    add(rule, item, "/spec/\(field.name)/\(index)", to: &relations)
                }
            } else {
                add(rule, value, "/spec/\(field.name)", to: &relations)
            }
        }
        return sortedAndDistinct(relations)
    }

    private mutating func add(
        _ rule: RelationRule, _ value: JSON, _ pointer: @autoclosure () -> String,
        to relations: inout [DeclaredRelation]
    ) {
        let result = value.withUTF8 { bytes -> Result<String, EntityRefError>? in
            guard !bytes.isEmpty else { return nil }
            do throws(EntityRefError) {
                return .success(
                    try EntityRef.canonical(
                        bytes, defaultKind: rule.defaultKind,
                        defaultNamespace: rule.inheritsNamespace
                            ? ref.namespace : EntityRef.defaultNamespace))
            } catch {
                return .failure(error)
            }
        }
        switch result ?? nil {
        case nil: break
        case .success(let target)?:
            relations.append(
                DeclaredRelation(
                    relation: EntityRelation(type: rule.type, target: target),
                    place: value.place))
        case .failure(let error)?: refuse(value, rule, error, pointer())
        }
    }

    private mutating func refuse(
        _ value: JSON, _ rule: RelationRule, _ error: EntityRefError, _ pointer: String
    ) {
        let text = value.string ?? ""
        let isKindMissing = error == .noKind(text)
        let kind = rule.defaultKind?.lowercased() ?? "component"
        faults.add(
            "bad-reference", .relations, at: value, pointer,
            isKindMissing
                ? "The reference \(quoted(text)) does not say of which kind it is"
                : "\(quoted(text)) is no reference to an entity",
            reason: isKindMissing
                ? "what \(path(pointer)) names may be of any kind"
                : "a reference is `kind:namespace/name`; kind and namespace may be left out,"
                    + " but not be empty",
            remedy: isKindMissing
                ? "write `\(kind):\(text)`"
                : "write a reference such as `\(kind):my-service`",
            cause: error.message)
    }
}

/// A relation with the place of the reference that says it.
struct DeclaredRelation: Comparable {
    var relation: EntityRelation
    var place: TextPosition

    static func < (left: DeclaredRelation, right: DeclaredRelation) -> Bool {
        left.relation < right.relation
    }
}

private func sortedAndDistinct(_ relations: [DeclaredRelation]) -> [DeclaredRelation] {
    guard relations.count > 1 else { return relations }
    var distinct: [DeclaredRelation] = []
    distinct.reserveCapacity(relations.count)
    for declared in relations.sorted() where declared.relation != distinct.last?.relation {
        distinct.append(declared)
    }
    return distinct
}
