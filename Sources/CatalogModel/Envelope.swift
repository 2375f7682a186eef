package import Values

/// Reads what every entity document must have before anything else can be said about it: a map
/// with `apiVersion`, `kind` and `metadata.name`.
///
/// - Parameter file: the file or address, for the diagnostics.
/// - Returns: what the document calls itself, nil where it has no usable envelope, and what is
///   wrong with the envelope.
package func checkEnvelope(
    _ document: JSON, file: String?
) -> (ref: EntityRef?, diagnostics: [Diagnostic]) {
    var faults = FaultList(file: file)
    let ref = checkEnvelope(document, &faults)
    return (ref, faults.faults.map(\.diagnostic))
}

func checkEnvelope(_ document: JSON, _ faults: inout FaultList) -> EntityRef? {
    guard document.kind == .object else {
        faults.add(
            "not-a-map", .envelope, at: document, "", "This document is no entity",
            reason: "an entity is a map with apiVersion, kind, metadata and spec;"
                + " this is \(words(for: document))",
            remedy: "remove the document, or write an entity",
            cause: "<root> must be object - type: object")
        return nil
    }
    if document["apiVersion"] == nil, let other = otherFormat(of: document) {
        faults.add(
            "not-an-entity", .envelope, at: document, "", "This is no entity file",
            reason: "it looks like \(other.name)", remedy: other.remedy,
            cause: missing("apiVersion", in: "<root>"))
        return nil
    }
    let version = envelopeText("apiVersion", of: document, "", &faults, "backstage.io/v1alpha1")
    let kind = envelopeText("kind", of: document, "", &faults, "Component")
    guard let metadata = document["metadata"] else {
        faults.add(
            "missing-field", .envelope, at: document, "/metadata", "metadata is missing",
            reason: "every entity has a name in its metadata",
            remedy: "write `metadata: {name: my-service}`",
            cause: missing("metadata", in: "<root>"))
        return nil
    }
    guard metadata.kind == .object else {
        faults.add(
            "wrong-type", .envelope, at: metadata, "/metadata", "metadata must be a map",
            reason: "it is \(words(for: metadata))",
            remedy: "write `name:` below it, indented",
            cause: "/metadata must be object"
                + " - type: object")
        return nil
    }
    let name = envelopeText("name", of: metadata, "/metadata", &faults, "my-service")
    var namespace: String? = EntityRef.defaultNamespace
    if metadata["namespace"] != nil {
        namespace = envelopeText("namespace", of: metadata, "/metadata", &faults, "default")
    }
    guard version != nil, let kind, let name, let namespace else { return nil }
    return EntityRef(kind: kind, namespace: namespace, name: name)
}

/// A text that has to be there and not be empty; nil and a fault where it is not.
private func envelopeText(
    _ key: String, of map: JSON, _ parent: String, _ faults: inout FaultList, _ example: String
) -> String? {
    var pointer: String { "\(parent)/\(key)" }
    var path: String { parent.isEmpty ? key : "\(parent.dropFirst()).\(key)" }
    guard let value = map[key] else {
        faults.add(
            "missing-field", .envelope, at: map, pointer, "\(path) is missing",
            remedy: "write `\(key): \(example)`",
            cause: missing(key, in: parent.isEmpty ? "<root>" : parent))
        return nil
    }
    guard let text = value.string else {
        let isPlaceholder = value.kind == .object && value.count == 1
        faults.add(
            "wrong-type", .envelope, at: value, pointer, "\(path) must be a text",
            reason: isPlaceholder
                ? "it is a map, as YAML reads `{{ … }}` without quotes; this looks like the"
                    + " skeleton of a template" : "it is \(words(for: value))",
            remedy: isPlaceholder
                ? "leave the skeleton out of discovery, or put the value in quotes"
                : "write `\(key): \(example)`, in quotes where it is a number",
            cause: "\(pointer) must be string - type: string")
        return nil
    }
    guard !text.isEmpty else {
        faults.add(
            "empty-field", .envelope, at: value, pointer, "\(path) is empty",
            remedy: "write `\(key): \(example)`",
            cause: "\(pointer) must NOT have fewer than 1 characters - limit: 1")
        return nil
    }
    return text
}

/// Backstage's words for a field that is not there.
func missing(_ key: String, in parent: String) -> String {
    "\(parent) must have required property '\(key)' - missingProperty: \(key)"
}

/// What a document that is no entity seems to be, by the fields at its root.
private func otherFormat(of document: JSON) -> (name: String, remedy: String)? {
    let definitions = [
        ("openapi", "OpenAPI"), ("swagger", "OpenAPI"), ("asyncapi", "AsyncAPI"),
        ("graphql", "a GraphQL configuration"),
    ]
    for (key, name) in definitions where document[key] != nil {
        return (
            name,
            "write an API entity in a file of its own and name this one in its"
                + " `spec.definition: {$text: ./…}`"
        )
    }
    let others = [
        ("services", "a Compose file"), ("site_name", "an MkDocs configuration"),
        ("$schema", "a JSON Schema"), ("stages", "a pipeline"), ("jobs", "a pipeline"),
    ]
    for (key, name) in others where document[key] != nil && document["kind"] == nil {
        return (name, "leave it out of what the catalog reads")
    }
    return nil
}
