import Values

/// What the envelope's schema says about the fields of `metadata`, but for name and namespace.
let metadataFields = [
    FieldDefinition("uid", .text), FieldDefinition("etag", .text),
    FieldDefinition("title", .text), FieldDefinition("description", .anyText),
    FieldDefinition("labels", .map(others: .anyText)),
    FieldDefinition("annotations", .map(others: .anyText)),
    FieldDefinition("tags", .list(of: .text)),
    FieldDefinition(
        "links",
        .list(
            of: .map([
                FieldDefinition("url", .text, isRequired: true, example: "https://example.com"),
                FieldDefinition("title", .text), FieldDefinition("icon", .text),
                FieldDefinition("type", .text),
            ]))),
]

private let fieldsWithoutAnnotations = metadataFields.filter { $0.name != "annotations" }

extension EntityExamination {
    mutating func checkMetadata() {
        guard let metadata = document["metadata"] else { return }
        // The key alone, with nothing but comments below it, is taken: annotations are added to it.
        let isEmpty = metadata["annotations"]?.isNull == true
        checkMap(
            metadata, isEmpty ? fieldsWithoutAnnotations : metadataFields, nil, "/metadata",
            .policy)
        checkVersionAndKind()
        checkName(metadata)
        checkKeysAndValues(metadata)
        for (index, tag) in (metadata["tags"]?.elements ?? JSON.null.elements).enumerated() {
            guard let text = tag.text(refusedBy: .tag), !text.isEmpty else { continue }
            let legal = legalTag(text)
            refuse(
                "bad-tag", tag, "/metadata/tags/\(index)", "tags.\(index)",
                "The tag \(quoted(text)) is not legal",
                reason: "a tag has lower-case letters, digits, `:`, `+` and `#`, parted by single"
                    + " `-`, and at most 63 characters",
                remedy: legal.isEmpty ? "delete it" : "write `\(legal)`",
                expected: "a string that is sequences of [a-z0-9+#] separated by [-],"
                    + " at most 63 characters in total", found: text)
        }
        for (index, link) in (metadata["links"]?.elements ?? JSON.null.elements).enumerated() {
            checkLink(link, index)
        }
    }

    private mutating func checkVersionAndKind() {
        if let value = document["apiVersion"], let text = value.text(refusedBy: .apiVersion) {
            refuse(
                "bad-version", value, "/apiVersion", "apiVersion",
                "The apiVersion \(quoted(text)) is not legal",
                reason: "it is a domain, a slash, and a version of letters and digits",
                remedy: "write `apiVersion: backstage.io/v1alpha1`",
                expected: "a valid prefix and/or suffix", found: text)
        }
        if let value = document["kind"], !FieldFormat.kind.accepts(ref.kind) {
            refuse(
                "bad-kind", value, "/kind", "kind", "The kind \(quoted(ref.kind)) is not legal",
                reason: "it is a letter followed by letters and digits, at most 63 in all",
                remedy: "write a kind such as `Component`",
                expected: "a string that is a sequence of [a-zA-Z][a-z0-9A-Z],"
                    + " at most 63 characters in total", found: ref.kind)
        }
    }

    private mutating func checkName(_ metadata: JSON) {
        let name = ref.name
        if let value = metadata["name"], !FieldFormat.objectName.accepts(name) {
            let isSkeleton = ["{{", "{%", "<%", "%}", "}}"].contains { name.contains($0) }
            let hasTitle = metadata["title"] != nil
            refuse(
                isSkeleton ? "template-skeleton" : "bad-name", value, "/metadata/name",
                "metadata.name",
                isSkeleton
                    ? "This is the skeleton of a template, not an entity"
                    : "The name \(quoted(name)) is not legal",
                reason: isSkeleton
                    ? "its name \(quoted(name)) is still to be filled in"
                    : "a name has letters and digits, with `-`, `_` and `.` inside, and at most"
                        + " 63 characters",
                remedy: isSkeleton
                    ? "leave the skeleton's folder out of what the catalog reads"
                    : remedy(forName: name, hasTitle: hasTitle),
                expected: objectNameWords, found: name)
        }
        if let value = metadata["namespace"], !FieldFormat.namespace.accepts(ref.namespace) {
            let legal = legalName(ref.namespace).lowercased().replacing("_", with: "-")
                .replacing(".", with: "-")
            refuse(
                "bad-namespace", value, "/metadata/namespace", "metadata.namespace",
                "The namespace \(quoted(ref.namespace)) is not legal",
                reason: "a namespace has lower-case letters and digits, with `-` inside, and at"
                    + " most 63 characters",
                remedy: legal.isEmpty ? "delete it" : "write `namespace: \(legal)`",
                expected: "a string that is sequences of [a-z0-9] separated by [-],"
                    + " at most 63 characters in total", found: ref.namespace)
        }
    }

    private func remedy(forName name: String, hasTitle: Bool) -> String {
        let legal = legalName(name)
        guard !legal.isEmpty else { return "write a name such as `my-service`" }
        return hasTitle
            ? "write `name: \(legal)`"
            : "write `name: \(legal)` and `title: \(name)`"
    }

    private mutating func checkKeysAndValues(_ metadata: JSON) {
        for field in ["labels", "annotations"] {
            guard let map = metadata[field] else { continue }
            for (key, value) in map.members {
                var pointer: String { "/metadata/\(field)/\(pointerPart(key.string ?? ""))" }
                if let name = key.text(refusedBy: .qualifiedKey) {
                    refuse(
                        "bad-key", key, pointer, "\(field).\(name)",
                        "The key \(quoted(name)) of \(field) is not legal",
                        reason: "a key is a name of at most 63 characters, which may have a domain"
                            + " and one slash before it",
                        remedy: name.utf8.count(where: { $0 == UInt8(ascii: "/") }) > 1
                            ? "leave one slash: the domain before it, the name after it"
                            : "write a key such as `example.com/my-key`",
                        expected: "a valid prefix and/or suffix", found: name)
                }
                guard field == "labels", let text = value.text(refusedBy: .labelValue) else {
                    continue
                }
                let legal = legalName(text)
                refuse(
                    "bad-label", value, pointer, "labels.\(key.string ?? "")",
                    "The label \(quoted(text)) is not legal",
                    reason: "a label's value has letters and digits, with `-`, `_` and `.` inside,"
                        + " and at most 63 characters",
                    remedy: (legal.isEmpty ? "" : "write `\(legal)`, or ")
                        + "make it an annotation, which may be any text",
                    expected: objectNameWords, found: text)
            }
        }
    }

    private mutating func checkLink(_ link: JSON, _ index: Int) {
        var pointer: String { "/metadata/links/\(index)" }
        if let url = link["url"], let text = url.text(refusedBy: .address), !text.isEmpty {
            refuse(
                "bad-link", url, "\(pointer)/url", "links.\(index).url",
                "\(quoted(text)) is no address that a link can lead to",
                reason: "a link's url is absolute, with a scheme and a host",
                remedy: text.contains(".") && !text.contains(" ") && !text.hasPrefix("/")
                    && !text.hasPrefix(".")
                    ? "write `https://\(text)`"
                    : "write the whole address, such as `https://example.com/…`",
                expected: "a string that is a valid url", found: text)
        }
        if let title = link["title"], let text = title.text(refusedBy: .nonBlank), !text.isEmpty {
            refuse(
                "bad-link", title, "\(pointer)/title", "links.\(index).title",
                "The title of a link is blank", reason: nil,
                remedy: "write a title, or delete the key", expected: "a non empty string",
                found: text)
        }
        if let icon = link["icon"], let text = icon.text(refusedBy: .objectName), !text.isEmpty {
            let legal = legalName(text)
            refuse(
                "bad-link", icon, "\(pointer)/icon", "links.\(index).icon",
                "The icon \(quoted(text)) is not legal",
                reason: "an icon is named like an entity, with letters, digits, `-`, `_` and `.`",
                remedy: legal.isEmpty ? "delete it" : "write `icon: \(legal)`, or delete it",
                expected: objectNameWords, found: text)
        }
    }

    private mutating func refuse(
        _ code: String, _ value: JSON, _ pointer: String, _ field: String, _ summary: String,
        reason: String?, remedy: String, expected: String, found: String
    ) {
        faults.add(
            code, .policy, at: value, pointer, summary, reason: reason, remedy: remedy,
            cause: "\"\(field)\" is not valid; expected \(expected) but found \"\(found)\".")
    }
}

extension JSON {
    /// The text of a string that has not a form; nil for one that has it, and for what is none.
    fileprivate func text(refusedBy format: FieldFormat) -> String? {
        withUTF8(format.accepts) == false ? string : nil
    }
}

private let objectNameWords =
    "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.],"
    + " at most 63 characters in total"

/// The legal name that is most like the text; empty where none of its characters can stay.
func legalName(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
        let isKept =
            scalar.isASCII
            && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        if isKept || scalar == "_" || scalar == "." {
            name.unicodeScalars.append(scalar)
        } else if !name.isEmpty, !name.hasSuffix("-") {
            name.append("-")
        }
        if name.utf8.count == 63 { break }
    }
    let ends: Set<Character> = ["-", "_", "."]
    while let first = name.first, ends.contains(first) { name.removeFirst() }
    while let last = name.last, ends.contains(last) { name.removeLast() }
    return name
}

/// The legal tag that is most like the text, with the words of `camelCase` left together.
private func legalTag(_ text: String) -> String {
    var tag = ""
    for byte in text.lowercased().utf8 {
        let isKept = byte &- 97 < 26 || byte &- 48 < 10 || ":+#".utf8.contains(byte)
        if isKept {
            tag.unicodeScalars.append(Unicode.Scalar(byte))
        } else if !tag.isEmpty, !tag.hasSuffix("-") {
            tag.append("-")
        }
        if tag.utf8.count == 63 { break }
    }
    return tag.hasSuffix("-") ? String(tag.dropLast()) : tag
}
