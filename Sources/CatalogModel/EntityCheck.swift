package import Values

/// An entity whose document holds to every rule, in the form in which it is stored.
package struct CheckedEntity: Sendable {
    package let ref: EntityRef
    /// The document in the form that is stored.
    ///
    /// `metadata` comes first, its namespace is written out, the author's `uid`, `etag` and
    /// `annotations: null` are left out, and lists of references are sorted by UTF-16 unit. Places
    /// are those of the document.
    package let content: JSON
    /// What the content itself declares, sorted and without repetition.
    ///
    /// The other direction is ``RelationType/inverse``, from the target to ``ref``.
    package let relations: [EntityRelation]
    /// Where in the document each of the relations is said, in their order.
    package let places: [TextPosition]

    package init(
        ref: EntityRef, content: JSON, relations: [EntityRelation], places: [TextPosition] = []
    ) {
        self.ref = ref
        self.content = content
        self.relations = relations
        self.places = places
    }
}

/// Checks a document against the envelope, the formats of its fields and the rules of its kind.
///
/// Placeholders must have been replaced before. Every fault is found, not only the first; the
/// first is the one that Backstage would report.
///
/// - Parameters:
///   - ref: what ``checkEnvelope(_:file:)`` read from the document, where that was done before.
///   - file: the file or address, for the diagnostics.
///   - kinds: the kinds that are known.
/// - Throws: ``EntityRefusal`` with everything that is wrong.
package func checkEntity(
    _ document: JSON, ref known: EntityRef? = nil, file: String?, kinds: KindRegistry = .builtIn
) throws(EntityRefusal) -> CheckedEntity {
    var faults = FaultList(file: file)
    guard let ref = known ?? checkEnvelope(document, &faults) else {
        throw EntityRefusal(ref: nil, faults: faults.faults)
    }
    faults.ref = ref.canonical
    faults.kind = ref.kind
    let size = document.nodeCount
    guard size <= EntityLimits.values else {
        faults.add(
            "too-large", .policy, at: document, "",
            "\(ref) holds \(size) keys and values, of at most \(EntityLimits.values)",
            reason:
                "each is a value that the catalog can be searched by, or takes part in every answer",
            remedy: "put long data into a text, or into a file beside this one",
            cause: "The entity is too large")
        throw EntityRefusal(ref: ref, faults: faults.faults)
    }
    var examination = EntityExamination(document: document, ref: ref, kinds: kinds, faults: faults)
    examination.checkRoot()
    examination.checkMetadata()
    let definition = examination.checkKind()
    let relations = examination.declaredRelations(of: definition)
    examination.checkKeys()
    guard examination.faults.faults.isEmpty else {
        throw EntityRefusal(ref: ref, faults: examination.faults.faults)
    }
    return CheckedEntity(
        ref: ref, content: normalisedContent(document, ref: ref, definition: definition),
        relations: relations.map(\.relation), places: relations.map(\.place))
}

/// How much one entity may hold.
package enum EntityLimits {
    /// Keys and values, at all levels together: a long definition is one of them.
    package static let values = 50_000
    /// Bytes of the content as JSON; a few control characters are six bytes each there.
    package static let bytes = 32_000_000
    /// Faults of one document that are told of.
    package static let faults = 100
}

/// The relations that a content declares, for one that was checked before it was stored.
///
/// A reference that cannot be read is passed over.
package func declaredRelations(
    of content: JSON, kinds: KindRegistry = .builtIn
) -> [EntityRelation] {
    let faults = FaultList(file: nil)
    var envelope = faults
    guard let ref = checkEnvelope(content, &envelope) else { return [] }
    var examination = EntityExamination(document: content, ref: ref, kinds: kinds, faults: faults)
    return examination.declaredRelations(of: kinds.definition(named: ref.kind)).map(\.relation)
}

/// The state of one check.
struct EntityExamination {
    let document: JSON
    let ref: EntityRef
    let kinds: KindRegistry
    var faults: FaultList

    // MARK: The root

    private static let rootFields = ["apiVersion", "kind", "metadata", "spec"]

    mutating func checkRoot() {
        for (key, value) in document.members {
            if Self.rootFields.contains(where: key.isString) { continue }
            let name = key.string ?? ""
            let isComputed = name == "relations" || name == "status"
            faults.add(
                isComputed ? "computed-field" : "unknown-root-field", .policy, at: key,
                "/\(pointerPart(name))", "\(name) does not belong at the root of an entity",
                reason: isComputed
                    ? "the catalog works it out itself"
                    : "only apiVersion, kind, metadata and spec stand there",
                remedy: placeForRootField(name, value),
                cause: "Malformed envelope, <root> must NOT have additional properties")
        }
        if let spec = document["spec"], spec.kind != .object {
            faults.add(
                "wrong-type", .policy, at: spec, "/spec", "spec must be a map",
                reason: "it is \(words(for: spec))",
                remedy: spec.isNull
                    ? "fill it, or delete the key" : "write its fields below it, indented",
                cause: "Malformed envelope, /spec must be object")
        }
    }

    private func placeForRootField(_ name: String, _ value: JSON) -> String {
        switch name {
        case "relations":
            return "delete it, and name owner, system, dependsOn and the like in spec"
        case "status": return "delete it"
        default: break
        }
        let metadata = metadataFields.map(\.name) + ["name", "namespace"]
        if metadata.contains(name) { return "move it below `metadata`" }
        let definition = kinds.definition(named: ref.kind)
        if definition?.fields.contains(where: { $0.name == name }) == true {
            return "move it below `spec`"
        }
        if let meant = nearest(to: name, among: Self.rootFields + ["spec"]),
            document[meant] == nil
        {
            return "write `\(meant)`"
        }
        let isOfSome = kinds.definitions.contains { $0.fields.contains { $0.name == name } }
        return isOfSome
            ? "move it below `spec`"
            : "move it below `spec` or `metadata`, which may hold fields of your own"
    }

    // MARK: The kind

    /// The definition that the document is checked against; nil, with a fault, where there is none.
    mutating func checkKind() -> KindDefinition? {
        guard let definition = claimedDefinition() else { return nil }
        guard let spec = document["spec"] else {
            let wanted = definition.fields.filter(\.isRequired)
                .map { "\($0.name): \($0.example)" }.joined(separator: ", ")
            faults.add(
                "missing-field", .kind, at: document, "/spec", "spec is missing",
                reason: "every \(definition.name) has one",
                remedy: "write `spec: {\(wanted)}`", cause: missing("spec", in: "<root>"))
            return definition
        }
        if spec.kind == .object {
            checkMap(spec, definition.fields, nil, "/spec", .kind)
        }
        return definition
    }

    private mutating func claimedDefinition() -> KindDefinition? {
        guard let definition = kinds.definition(named: ref.kind) else {
            unknownKind()
            return nil
        }
        let place = document["apiVersion"] ?? document
        if definition.versions.contains(where: place.isString) { return definition }
        let version = document["apiVersion"]?.string ?? ""
        if let remedy = definition.retired[version] {
            faults.add(
                "unknown-kind", .unclaimed, at: place, "/apiVersion",
                "\(ref.kind) of \(version) is no longer read",
                reason: "that version was replaced by \(definition.versions[0])", remedy: remedy,
                cause: "")
            return nil
        }
        let meant = nearest(to: version, among: definition.versions) ?? definition.versions[0]
        faults.add(
            "unknown-kind", .unclaimed, at: place, "/apiVersion",
            "There is no \(ref.kind) of apiVersion \(quoted(version))",
            reason: "the kind \(ref.kind) is known, in \(list(definition.versions))",
            remedy: "write `apiVersion: \(meant)`", cause: "")
        return nil
    }

    private mutating func unknownKind() {
        let names = kinds.definitions.map(\.name)
        let sameButCase = names.first { $0.lowercased() == ref.kind.lowercased() }
        let remedy =
            (sameButCase ?? nearest(to: ref.kind, among: names)).map { "write `kind: \($0)`" }
            ?? "use a kind that is known, or add this one in a pack"
        faults.add(
            "unknown-kind", .unclaimed, at: document["kind"] ?? document, "/kind",
            "There is no kind \(quoted(ref.kind))",
            reason: sameButCase == nil
                ? "the kinds are \(list(names))" : "kinds are written in exactly one way",
            remedy: remedy, cause: "")
    }

    // MARK: Keys

    /// Two keys that differ only in case cannot be told apart in queries.
    mutating func checkKeys() {
        guard mayHaveKeysThatDifferInCase(document) else { return }
        var seen: [String: String] = [:]
        var reported: Set<String> = []
        forEachRawKey(of: document) { key, value in
            let low = folded(key)
            let first = seen[low, default: key]
            seen[low] = first
            guard first != key, reported.insert(low).inserted else { return }
            faults.add(
                "keys-differ-in-case", .keys, at: value, "",
                "\(first) and \(key) differ only in case",
                reason: "queries do not tell upper from lower case",
                remedy: "rename one of them",
                cause: "Entity has duplicate keys that vary only in casing, '\(low)'")
        }
    }
}

private func list(_ names: [String]) -> String {
    names.count < 2
        ? names.joined()
        : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
}
