import CatalogModel
import Descriptors
import Values

/// An entity as a document of a file declares it.
struct InterpretedEntity: Sendable {
    var ref: EntityRef
    /// Begins with the metadata, namespace set, the location annotations in it.
    var content: JSON
    var bytes: [UInt8]
    var hash: [UInt8]
    var relations: [EntityRelation]
    /// Where its name stands.
    var place: TextPosition

    /// What a Location entity points to; nil for other kinds.
    var location: LocationTargets? { LocationTargets(content) }
}

/// The targets of a Location entity.
struct LocationTargets: Sendable {
    /// nil: the type of the location it was read from.
    var type: String?
    var targets: [String]
    var isOptional: Bool

    init?(_ content: JSON) {
        guard let kind = content["kind"], kind.withUTF8({ $0.count }) == 8,
            folded(kind.string ?? "") == "location", let spec = content["spec"]
        else { return nil }
        type = spec["type"]?.string
        targets = [spec["target"]?.string].compactMap { $0 }
        targets += spec["targets"]?.elements.compactMap(\.string) ?? []
        isOptional = spec["presence"]?.isString("optional") ?? false
    }
}

/// A document that did not become an entity, and why.
struct RefusedDocument: Sendable {
    /// nil where it has no usable name.
    var ref: EntityRef?
    var diagnostics: [Diagnostic]
    /// Backstage's name for the first fault, for answers that have its form.
    var errorName: String
    /// The document itself, where it may become an entity without being changed.
    var candidate: JSON?
    /// Whether the Location that leads to the file has failed by it, as in Backstage: the document
    /// could not be read as an entity at all, or a rule forbids it.
    var failsLocation = false
}

/// What one file holds.
struct Interpretation: Sendable {
    var entities: [InterpretedEntity] = []
    var refused: [RefusedDocument] = []
    /// What is worth knowing and refuses nothing.
    var warnings: [Diagnostic] = []
    /// The file by its lines, for what is found out later.
    var source = SourceLines([])
    /// What ``ReferencePlaces`` reads; empty where there are no references.
    var references: [UInt8] = []

    /// What makes the Location that leads here fail.
    var failures: [(diagnostic: Diagnostic, errorName: String)] {
        refused.filter(\.failsLocation).compactMap { refused in
            refused.diagnostics.first.map { ($0, refused.errorName) }
        }
    }

    /// Whether something in the file could not even be named: then nothing that the file declared
    /// before may be taken for gone.
    var hidesSomething: Bool { refused.contains { $0.ref == nil } }
}

/// Turns a file's bytes into entities.
///
/// Without state: the same bytes give the same entities.
struct Interpreter: Sendable {
    let reader: any LocationReader
    let rules: CatalogRules

    /// - Parameters:
    ///   - location: the file.
    ///   - origin: the location that reading began with; the rules are about it.
    func interpret(_ bytes: [UInt8], _ location: LocationRef, origin: LocationRef) async
        -> Interpretation
    {
        let read = Self.documents(of: bytes, file: location.target)
        var found = Interpretation()
        found.warnings = read.diagnostics.filter { $0.severity != .error }
        for document in read.broken {
            // What stood before the fault often says which entity it was going to be.
            let (ref, _) = checkEnvelope(document.root, file: location.target)
            found.refused.append(
                RefusedDocument(
                    ref: ref,
                    diagnostics: document.diagnostics.filter { $0.severity == .error },
                    errorName: "InputError", failsLocation: true))
        }
        if read.broken.isEmpty, !read.isWhole {
            found.refused.append(
                RefusedDocument(
                    ref: nil, diagnostics: read.diagnostics.filter { $0.severity == .error },
                    errorName: "InputError", failsLocation: true))
        }
        found.source = SourceLines(bytes)
        var places = ReferencePlaces.Writer(found.source)
        let annotations = annotations(location, origin)
        for document in read.documents {
            let (ref, envelope) = checkEnvelope(document.root, file: location.target)
            guard let ref, envelope.isEmpty else {
                found.refused.append(
                    RefusedDocument(
                        ref: ref, diagnostics: envelope, errorName: "TypeError",
                        failsLocation: true))
                continue
            }
            do throws(RefusedDocument) {
                let checked = try await entity(document.root, ref, location, origin)
                let name = document.root.at("metadata", "name")?.place
                let entity = Self.finish(
                    checked, annotations: annotations, place: name ?? document.place)
                guard entity.bytes.count <= EntityLimits.bytes else {
                    throw tooLarge(entity, file: location.target)
                }
                places.add(checked)
                found.entities.append(entity)
            } catch {
                found.refused.append(error)
            }
        }
        found.references = places.bytes
        dropRepeated(&found, file: location.target)
        dropExcess(&found, file: location.target)
        showLines(in: &found, file: location.target)
        return found
    }

    /// Refused documents of one file that are told of.
    static let refusedLimit = 1000

    /// Tells of the first refused documents only; the last says that there are more.
    ///
    /// That one has no name, so that nothing that the file declared before is taken for gone.
    private func dropExcess(_ found: inout Interpretation, file: String) {
        let count = found.refused.count
        guard count > Self.refusedLimit else { return }
        found.refused.removeSubrange(Self.refusedLimit...)
        found.refused.append(
            RefusedDocument(
                diagnostics: [
                    Diagnostic(
                        "catalog.too-many-faults", file: file,
                        "\(count - Self.refusedLimit) more documents of this file are refused",
                        remedy: "mend the first ones, and the others will show")
                ], errorName: "InputError", failsLocation: true))
    }

    /// Gives what was found the lines around its place: later the file is no longer at hand.
    private func showLines(in found: inout Interpretation, file: String) {
        let source = found.source
        found.warnings = found.warnings.map { $0.shown(in: source, of: file) }
        for index in found.refused.indices {
            found.refused[index].diagnostics = found.refused[index].diagnostics.map {
                $0.shown(in: source, of: file)
            }
        }
    }

    /// What a file holds.
    ///
    /// As in Backstage bytes that are not UTF-8 cost nothing: they are read as U+FFFD, and the
    /// first of them is told about.
    private static func documents(of bytes: [UInt8], file: String) -> Documents {
        let read = readDocuments(bytes, file: file)
        guard var fault = read.diagnostics.first(where: { $0.code == "yaml.not-utf8" }) else {
            return read
        }
        var repaired = readDocuments(
            Array(String(decoding: bytes, as: UTF8.self).utf8), file: file)
        fault.severity = .warning
        repaired.diagnostics.append(fault)
        return repaired
    }

    /// Of two documents of one name the last counts, and the other is told about.
    private func dropRepeated(_ found: inout Interpretation, file: String) {
        var last: [String: Int] = [:]
        for (index, entity) in found.entities.enumerated() { last[entity.ref.canonical] = index }
        guard last.count < found.entities.count else { return }
        var kept: [InterpretedEntity] = []
        for (index, entity) in found.entities.enumerated() {
            let winner = last[entity.ref.canonical] ?? index
            if winner == index {
                kept.append(entity)
            } else {
                found.warnings.append(
                    Diagnostic(
                        "catalog.declared-twice", severity: .warning, file: file,
                        at: entity.place,
                        "`\(entity.ref)` is declared twice in this file",
                        reason:
                            "the last one, at line \(found.entities[winner].place.line), counts",
                        remedy: "remove one of the two documents, or give one another name"))
            }
        }
        found.entities = kept
    }

    /// One document as an entity.
    ///
    /// - Parameter name: what its envelope says; nil where that is faulty or was not read yet.
    /// - Throws: ``RefusedDocument`` with all that is wrong.
    func entity(
        _ document: JSON, _ name: EntityRef?, _ location: LocationRef, _ origin: LocationRef
    ) async throws(RefusedDocument) -> CheckedEntity {
        let resolved: JSON
        do throws(Diagnostic) {
            resolved = try await Placeholders(reader: reader, base: location).resolve(document)
        } catch {
            throw RefusedDocument(
                ref: name, diagnostics: [error], errorName: "InputError", candidate: nil)
        }
        let checked: CheckedEntity
        do throws(EntityRefusal) {
            // Placeholders stand for no part of an envelope that is sound without them.
            checked = try checkEntity(resolved, ref: name, file: location.target)
        } catch {
            let isUnknownKind = error.faults.contains {
                $0.diagnostic.code == "entity.unknown-kind"
            }
            throw RefusedDocument(
                ref: error.ref ?? name, diagnostics: error.faults.map(\.diagnostic),
                errorName: error.faults.first?.errorName ?? "InputError",
                candidate: isUnknownKind ? resolved : nil)
        }
        let specType = checked.content.at("spec", "type")?.string
        guard rules.allows(kind: checked.ref.kind, specType: specType, origin: origin) else {
            throw RefusedDocument(
                ref: checked.ref,
                diagnostics: [notAllowed(checked.ref, location, origin, document)],
                errorName: "NotAllowedError", candidate: resolved, failsLocation: true)
        }
        return checked
    }

    private func tooLarge(_ entity: InterpretedEntity, file: String) -> RefusedDocument {
        let (most, size) = (EntityLimits.bytes, entity.bytes.count)
        return RefusedDocument(
            ref: entity.ref,
            diagnostics: [
                Diagnostic(
                    "entity.too-large", file: file, at: entity.place,
                    "`\(entity.ref)` has \(size) bytes as JSON, of at most \(most)",
                    remedy: "name smaller files in its placeholders")
            ], errorName: "InputError")
    }

    private func notAllowed(
        _ ref: EntityRef, _ location: LocationRef, _ origin: LocationRef, _ document: JSON
    ) -> Diagnostic {
        Diagnostic(
            "catalog.not-allowed", file: location.target, at: document["kind"]?.place ?? .unknown,
            pointer: "/kind", "`\(ref)` may not come from this location",
            reason: "no rule of the configuration allows the kind \(ref.kind) from \(origin.text)",
            remedy:
                "add `rules: [{allow: [\(ref.kind)]}]` to that location in `catalog.locations`, "
                + "or \(ref.kind) to `catalog.rules`")
    }

    /// The annotations that say where an entity comes from.
    ///
    /// Those of the first list are never the author's to set.
    func annotations(_ location: LocationRef, _ origin: LocationRef) -> LocationAnnotations {
        LocationAnnotations(
            fixed: [
                ("backstage.io/managed-by-location", location.text),
                ("backstage.io/managed-by-origin-location", origin.text),
            ],
            proposed: reader.annotations(of: location))
    }

    /// The content as it is stored, with its hash.
    static func finish(
        _ checked: CheckedEntity, annotations: LocationAnnotations, place: TextPosition
    ) -> InterpretedEntity {
        let content = annotations.added(to: checked.content)
        let bytes = content.bytes
        return InterpretedEntity(
            ref: checked.ref, content: content, bytes: bytes,
            hash: EntityMark.hash(bytes), relations: checked.relations,
            place: place)
    }
}

extension RefusedDocument: Error {}

/// What ingestion adds to an entity's annotations.
struct LocationAnnotations: Sendable {
    /// Replace what the author wrote.
    var fixed: [(name: String, value: String)]
    /// Added where the author wrote none.
    var proposed: [(name: String, value: String)]

    /// The content with the annotations, the metadata first.
    func added(to content: JSON) -> JSON {
        var builder = JSONBuilder(sizedLike: content)
        builder.beginObject()
        builder.key("metadata")
        builder.beginObject()
        let metadata = content["metadata"] ?? .null
        var hasAnnotations = false
        for (key, value) in metadata.members {
            builder.copy(key)
            if key.isString("annotations") {
                hasAnnotations = true
                write(value, to: &builder)
            } else {
                builder.copy(value)
            }
        }
        if !hasAnnotations {
            builder.key("annotations")
            write(.null, to: &builder)
        }
        builder.end()
        for (key, value) in content.members where !key.isString("metadata") {
            builder.copy(key)
            builder.copy(value)
        }
        builder.end()
        return builder.finish()
    }

    private func write(_ written: JSON, to builder: inout JSONBuilder) {
        builder.beginObject()
        for (key, value) in written.members {
            if fixed.contains(where: { key.isString($0.name) }) { continue }
            builder.copy(key)
            if key.isString("backstage.io/view-url") || key.isString("backstage.io/edit-url"),
                let address = value.string
            {
                builder.string(safeAddressAnnotation(address))
            } else {
                builder.copy(value)
            }
        }
        for (name, value) in proposed where written[name] == nil { builder.member(name, value) }
        for (name, value) in fixed { builder.member(name, value) }
        builder.end()
    }
}
