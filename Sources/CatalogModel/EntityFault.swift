package import Values

/// One reason why a document is not taken as an entity.
package struct EntityFault: Sendable, Equatable {
    /// What a person is told: the place, the sentence, the way out.
    package let diagnostic: Diagnostic
    /// The name that Backstage gives to this error, such as `InputError`.
    package let errorName: String
    /// What Backstage says about it, for answers that have its form.
    package let message: String
}

/// Everything that is wrong with one document, in the order in which Backstage would find it.
package struct EntityRefusal: Error, Sendable, Equatable {
    /// What the document calls itself; nil where it has no usable envelope.
    package let ref: EntityRef?
    /// At least one.
    package let faults: [EntityFault]
}

/// The moment at which a fault is found; it decides the error's name and the words around it.
enum CheckStage {
    case envelope, policy, kind, unclaimed, relations, keys
}

/// Gathers the faults of one document.
struct FaultList {
    let file: String?
    /// The canonical reference, for Backstage's messages.
    var ref = ""
    var kind = ""
    private(set) var faults: [EntityFault] = []

    init(file: String?) {
        self.file = file
    }

    /// - Parameters:
    ///   - cause: Backstage's own words for it.
    ///   - pointer: the JSON pointer of the value, `""` for the document.
    mutating func add(
        _ code: String, _ stage: CheckStage, at value: JSON, _ pointer: String, _ summary: String,
        reason: String? = nil, remedy: String? = nil, cause: String
    ) {
        guard faults.count < EntityLimits.faults else { return tellOfMore() }
        faults.append(
            EntityFault(
                diagnostic: Diagnostic(
                    "entity.\(code)", file: file, at: value.place, pointer: pointer, summary,
                    reason: reason, remedy: remedy),
                errorName: stage == .envelope ? "TypeError" : "InputError",
                message: clipped(message(stage, cause), to: 2000)))
    }

    private mutating func tellOfMore() {
        guard faults.count == EntityLimits.faults else { return }
        let summary = "There are more faults than the first \(EntityLimits.faults)"
        faults.append(
            EntityFault(
                diagnostic: Diagnostic(
                    "entity.too-many-faults", file: file, summary,
                    remedy: "mend these, and the others will show"),
                errorName: "InputError", message: summary))
    }

    private func message(_ stage: CheckStage, _ cause: String) -> String {
        switch stage {
        case .envelope, .keys: return cause
        case .policy: return "Policy check failed for \(ref); caused by Error: \(cause)"
        case .unclaimed:
            return "No processor recognized the entity \(ref) as valid,"
                + " possibly caused by a foreign kind or apiVersion"
        case .kind:
            return "Processor \(processor) threw an error while validating the entity \(ref);"
                + " caused by TypeError: \(cause)"
        case .relations:
            return "Processor \(processor) threw an error while postprocessing;"
                + " caused by Error: \(cause)"
        }
    }

    private var processor: String {
        kind == "Template" ? "ScaffolderEntitiesProcessor" : "BuiltinKindsEntityProcessor"
    }
}

/// A key as a part of a JSON pointer (RFC 6901).
func pointerPart(_ key: String) -> String {
    var part = ""
    for scalar in key.unicodeScalars {
        switch scalar {
        case "~": part += "~0"
        case "/": part += "~1"
        default: part.unicodeScalars.append(scalar)
        }
    }
    return part
}

/// Text from a document in quotes, cut where it is long, for a sentence.
func quoted(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(80)
    return "\"\(String(start))\(start.endIndex == text.unicodeScalars.endIndex ? "" : "…")\""
}

/// What a value is, in words for somebody who writes YAML.
func words(for value: JSON) -> String {
    switch value.kind {
    case .null: "nothing (null)"
    case .bool, .integer, .number: "\(value.text) without quotes"
    case .string: "the text \(quoted(value.string ?? ""))"
    case .array: value.count == 0 ? "an empty list" : "a list"
    case .object: value.count == 0 ? "an empty map" : "a map"
    }
}

/// The candidate that is most like the text, if any is like it at all.
package func nearest(to text: String, among candidates: [String]) -> String? {
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(text.lowercased(), candidate.lowercased())
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(2, best.candidate.utf8.count / 3) else { return nil }
    return best.candidate
}

/// How many characters have to be put in, taken out or changed (Levenshtein), over the first 64.
private func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8.prefix(64))
    var row = Array(0...right.count)
    for byte in left.utf8.prefix(64) {
        var diagonal = row[0]
        row[0] += 1
        for column in right.indices {
            let cost = min(
                diagonal + (byte == right[column] ? 0 : 1), row[column] + 1, row[column + 1] + 1)
            diagonal = row[column + 1]
            row[column + 1] = cost
        }
    }
    return row[right.count]
}
