import Values

/// Checks the metadata, whatever the kind.
func checkMetadata(_ metadata: JSON, _ faults: inout FaultList) {
    checkName(metadata, &faults)
    if let namespace = metadata["namespace"]?.string, !FieldFormat.namespace.accepts(namespace) {
        faults.add(
            "bad-namespace", .policy, at: metadata["namespace"] ?? metadata, "/metadata/namespace",
            "\(quoted(namespace)) is no legal namespace",
            reason: "a namespace has lower-case letters, digits and `-`, at most 63 characters",
            remedy: legalName(from: namespace.lowercased(), joints: "-").map {
                "write `namespace: \($0)`"
            }, cause: formatMessage("metadata.namespace", namespace))
    }
    for key in ["uid", "etag", "title"] { checkText(metadata, key, isFilled: true, &faults) }
    checkText(metadata, "description", isFilled: false, &faults)
    checkLabels(metadata, &faults)
    checkAnnotations(metadata, &faults)
    checkTags(metadata, &faults)
    checkLinks(metadata, &faults)
}

private func formatMessage(_ path: String, _ value: String) -> String {
    "\"\(path)\" is not valid; expected a string in the catalog's format but found \"\(value)\"."
}

private func checkName(_ metadata: JSON, _ faults: inout FaultList) {
    guard let value = metadata["name"], let name = value.string,
        !FieldFormat.objectName.accepts(name)
    else { return }
    let isSkeleton = name.contains("${{") || name.contains("{{") || name.contains("{%")
    let proposal = legalName(from: name, joints: "-_.")
    faults.add(
        "bad-name", .policy, at: value, "/metadata/name", "\(quoted(name)) is no legal name",
        reason: isSkeleton
            ? "it holds an expression; this looks like the skeleton of a template"
            : "a name has letters, digits, `-`, `_` and `.`, begins and ends with a letter or "
                + "digit, and has at most 63 characters",
        remedy: isSkeleton
            ? "leave the skeleton out of discovery"
            : proposal.map { "write `name: \($0)` and `title: \(name.prefix(80))`" },
        cause: formatMessage("metadata.name", name))
}

/// What is left of a text when everything that a name may not hold becomes a hyphen.
func legalName(from text: String, joints: String) -> String? {
    var out = ""
    for scalar in text.unicodeScalars {
        let isPlain = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9") ~= scalar
        if isPlain || joints.unicodeScalars.contains(scalar) {
            out.unicodeScalars.append(scalar)
        } else if !out.hasSuffix("-") {
            out += "-"
        }
        if out.count >= 63 { break }
    }
    while let last = out.unicodeScalars.last, joints.unicodeScalars.contains(last) {
        out.unicodeScalars.removeLast()
    }
    while let first = out.unicodeScalars.first, joints.unicodeScalars.contains(first) {
        out.unicodeScalars.removeFirst()
    }
    return out.isEmpty ? nil : out
}

private func checkText(
    _ metadata: JSON, _ key: String, isFilled: Bool, _ faults: inout FaultList
) {
    guard let value = metadata[key] else { return }
    let pointer = "/metadata/\(key)"
    guard let text = value.string else {
        faults.add(
            "wrong-type", .policy, at: value, pointer, "metadata.\(key) must be a text",
            reason: "it is \(words(for: value))",
            remedy: value.isNull ? "remove the key, or fill it" : "put it in quotes",
            cause: "\(pointer) must be string - type: string")
        return
    }
    guard isFilled, text.isEmpty else { return }
    faults.add(
        "empty-field", .policy, at: value, pointer, "metadata.\(key) is empty",
        remedy: "remove the key, or fill it",
        cause: "\(pointer) must NOT have fewer than 1 characters - limit: 1")
}

/// The members of a map of the metadata; a fault where it is none.
private func map(_ metadata: JSON, _ key: String, _ faults: inout FaultList) -> JSON? {
    guard let value = metadata[key] else { return nil }
    guard value.kind == .object else {
        faults.add(
            "wrong-type", .policy, at: value, "/metadata/\(key)",
            "metadata.\(key) must be a map", reason: "it is \(words(for: value))",
            remedy: value.isNull ? "remove the key, or fill it" : "write `key: value` lines",
            cause: "/metadata/\(key) must be object - type: object")
        return nil
    }
    return value
}

private func checkKey(_ key: JSON, _ field: String, _ faults: inout FaultList) {
    let name = key.string ?? ""
    guard !FieldFormat.qualifiedKey.accepts(name) else { return }
    faults.add(
        "bad-key", .policy, at: key, "/metadata/\(field)/\(pointerPart(name))",
        "\(quoted(name)) is no legal key in metadata.\(field)",
        reason: "a key is a name of at most 63 characters, with a domain and `/` before it or not",
        remedy: "write it as `example.com/key`", cause: formatMessage("\(field).\(name)", name))
}

private func checkLabels(_ metadata: JSON, _ faults: inout FaultList) {
    for (key, value) in map(metadata, "labels", &faults)?.members ?? JSON.null.members {
        checkKey(key, "labels", &faults)
        let name = key.string ?? ""
        if let text = value.string, FieldFormat.labelValue.accepts(text) { continue }
        faults.add(
            "bad-label", .policy, at: value, "/metadata/labels/\(pointerPart(name))",
            "the value of the label \(quoted(name)) is not legal",
            reason: value.string == nil
                ? "it is \(words(for: value)); a label's value is a text"
                : "a label's value has letters, digits, `-`, `_` and `.`, at most 63 characters",
            remedy: value.string == nil
                ? "put it in quotes: `\(name): \"\(value.text.prefix(40))\"`"
                : "shorten it, or use an annotation, which may hold any text",
            cause: formatMessage("labels.\(name)", value.string ?? value.text))
    }
}

private func checkAnnotations(_ metadata: JSON, _ faults: inout FaultList) {
    for (key, value) in map(metadata, "annotations", &faults)?.members ?? JSON.null.members {
        checkKey(key, "annotations", &faults)
        guard value.kind != .string else { continue }
        let name = key.string ?? ""
        faults.add(
            "bad-annotation", .policy, at: value, "/metadata/annotations/\(pointerPart(name))",
            "the annotation \(quoted(name)) must be a text", reason: "it is \(words(for: value))",
            remedy: value.isNull
                ? "remove the key, or fill it"
                : "put it in quotes: `\(name): \"\(value.text.prefix(40))\"`",
            cause: formatMessage("annotations.\(name)", value.text))
    }
}

private func list(_ metadata: JSON, _ key: String, _ faults: inout FaultList) -> JSON? {
    guard let value = metadata[key] else { return nil }
    guard value.kind == .array else {
        faults.add(
            "wrong-type", .policy, at: value, "/metadata/\(key)",
            "metadata.\(key) must be a list", reason: "it is \(words(for: value))",
            remedy: value.isNull
                ? "remove the key, or fill it" : "write `- ` before each of its entries",
            cause: "/metadata/\(key) must be array - type: array")
        return nil
    }
    return value
}

private func checkTags(_ metadata: JSON, _ faults: inout FaultList) {
    var index = 0
    for tag in list(metadata, "tags", &faults)?.elements ?? JSON.null.elements {
        defer { index += 1 }
        if let text = tag.string, FieldFormat.tag.accepts(text) { continue }
        let lowered = legalName(from: tag.string?.lowercased() ?? "", joints: "-:+#")
        faults.add(
            "bad-tag", .policy, at: tag, "/metadata/tags/\(index)",
            tag.string.map { "\(quoted($0)) is no legal tag" } ?? "a tag must be a text",
            reason: tag.string == nil
                ? "it is \(words(for: tag))"
                : "a tag has lower-case letters, digits, `:`, `+`, `#` and single `-` between them",
            remedy: tag.string == nil ? "put it in quotes" : lowered.map { "write `\($0)`" },
            cause: formatMessage("tags.\(index)", tag.string ?? tag.text))
    }
}

private func checkLinks(_ metadata: JSON, _ faults: inout FaultList) {
    var index = 0
    for link in list(metadata, "links", &faults)?.elements ?? JSON.null.elements {
        let pointer = "/metadata/links/\(index)"
        defer { index += 1 }
        guard link.kind == .object else {
            faults.add(
                "wrong-type", .policy, at: link, pointer, "a link must be a map",
                reason: "it is \(words(for: link))",
                remedy: "write `- url: https://…`", cause: "\(pointer) must be object - type: object")
            continue
        }
        let rules: [(key: String, format: FieldFormat, example: String)] = [
            ("url", .address, "https://example.com/dashboard"), ("title", .nonBlank, "Dashboard"),
            ("icon", .objectName, "dashboard"), ("type", .nonBlank, "dashboard"),
        ]
        for rule in rules {
            guard let value = link[rule.key] else {
                guard rule.key == "url" else { continue }
                faults.add(
                    "missing-field", .policy, at: link, "\(pointer)/url", "a link has no url",
                    remedy: "write `url: \(rule.example)`", cause: missing("url", in: pointer))
                continue
            }
            if let text = value.string, rule.format.accepts(text) { continue }
            faults.add(
                "bad-link", .policy, at: value, "\(pointer)/\(rule.key)",
                "the \(rule.key) of a link is not legal",
                reason: rule.key == "url"
                    ? "it has to be a whole address with its scheme; it is \(words(for: value))"
                    : "it is \(words(for: value))",
                remedy: "write `\(rule.key): \(rule.example)`",
                cause: formatMessage("links.\(index).\(rule.key)", value.string ?? value.text))
        }
    }
}
