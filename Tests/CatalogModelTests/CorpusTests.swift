import CatalogModel
import Descriptors
import FoundationEssentials
import Testing
import Values

/// The folder with recorded answers and real files, which a user's clone does not have.
private let shared: String? = {
    let path = ProcessInfo.processInfo.environment["CALLBOARD_SHARED"] ?? "../shared"
    return FileManager.default.fileExists(atPath: "\(path)/conformance/corpus/entities.tsv")
        ? path : nil
}()

private struct CorpusFile {
    let path: String
    let accepted: Set<String>
    /// By ref, or by `#` and the document's number.
    let rejected: [String: String]
    let contested: Set<String>
    let message: String

    init?(_ line: Substring) {
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard cells.count == 9 else { return nil }
        path = cells[0]
        accepted = Set(cells[2].split(separator: " ").map(String.init))
        var reasons: [String: String] = [:]
        for item in cells[3].split(separator: " ") {
            guard let equals = item.lastIndex(of: "=") else { continue }
            reasons[String(item[..<equals])] = String(item[item.index(after: equals)...])
        }
        rejected = reasons
        contested = Set(cells[4].split(separator: " ").map(String.init))
        message = cells[8]
    }
}

private func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
}

private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(try #require(shared))/\(path)")))
}

/// What a placeholder was, which this test does not read.
private let unread = "<unread>"

private func withoutPlaceholders(_ value: JSON, to builder: inout JSONBuilder) {
    switch value.kind {
    case .array:
        builder.beginArray(at: value.place)
        for element in value.elements { withoutPlaceholders(element, to: &builder) }
        builder.end()
    case .object:
        let only = value.count == 1 ? value.members.first { _ in true }?.key.string : nil
        if let only, ["$text", "$json", "$yaml"].contains(only) {
            return builder.string(unread, at: value.place)
        }
        builder.beginObject(at: value.place)
        for (key, inner) in value.members {
            builder.copy(key)
            withoutPlaceholders(inner, to: &builder)
        }
        builder.end()
    default: builder.copy(value)
    }
}

/// The first place where two values differ; what was not read may be anything.
private func difference(_ mine: JSON, _ theirs: JSON, _ path: String) -> String? {
    if mine.isString(unread) { return nil }
    // A block of text at the end of a file without a last line break gets one from Backstage's
    // parser and none from libyaml.
    if let text = mine.string, theirs.isString(text + "\n") { return nil }
    guard mine.kind == theirs.kind, mine.count == theirs.count else {
        return mine == theirs ? nil : path
    }
    switch mine.kind {
    case .object:
        for (key, value) in mine.members {
            let name = key.string ?? ""
            guard let other = theirs[name] else { return "\(path)/\(name)" }
            if let found = difference(value, other, "\(path)/\(name)") { return found }
        }
        return nil
    case .array:
        for (index, pair) in zip(mine.elements, theirs.elements).enumerated() {
            if let found = difference(pair.0, pair.1, "\(path)/\(index)") { return found }
        }
        return nil
    default: return mine == theirs ? nil : path
    }
}

/// Whether a refusal is for the reason that was recorded; nil for reasons that lie outside of the
/// document, such as a target that is missing.
private func isRefused(_ refusal: EntityRefusal?, for reason: String) -> Bool? {
    let outside = [
        "target-missing", "placeholder-target-missing", "unreachable", "host-not-allowed",
        "location-type", "glob-over-http", "bad-url", "beside-a-bad-document",
    ]
    if outside.contains(reason) { return nil }
    guard let fault = refusal?.faults.first else { return false }
    switch reason {
    case "envelope": return fault.errorName == "TypeError"
    case "unknown-kind", "bad-reference": return fault.diagnostic.code == "entity.\(reason)"
    case "policy:unknown-root-field":
        return fault.diagnostic.code == "entity.unknown-root-field"
    default:
        let path = reason.split(separator: ":").last?.replacing("missing-", with: "") ?? ""
        let field = path.split(separator: "-must").first?.replacing("[]", with: "") ?? ""
        let pointer = "/" + field.replacing(".", with: "/")
        let found = (fault.diagnostic.pointer ?? "").split(separator: "/").filter { Int($0) == nil }
        return "/\(found.joined(separator: "/"))".contains(pointer)
    }
}

@Suite(.enabled(if: shared != nil, "CALLBOARD_SHARED has no recorded corpus"))
struct `Files of real organisations` {
    @Test func `are taken and refused as Backstage does`() throws {
        let files = try text("conformance/corpus/entities.tsv").split(separator: "\n").dropFirst()
            .compactMap(CorpusFile.init)
        var golden: [String: JSON] = [:]
        for line in try text("conformance/corpus/entities.jsonl").split(separator: "\n") {
            let entity = try JSON.parse(String(line))
            golden[entity["ref"]?.string ?? ""] = entity["entity"]
        }
        var count = (files: 0, compared: 0, refused: 0, messages: 0)
        for file in files {
            guard let content = try? bytes("corpus/\(file.path)") else { continue }
            count.files += 1
            check(file, content, golden, &count)
        }
        #expect(count.files > 400 && count.compared > 400)
        #expect(count.refused > 40 && count.messages > 40)
    }

    private func check(
        _ file: CorpusFile, _ content: [UInt8], _ golden: [String: JSON],
        _ count: inout (files: Int, compared: Int, refused: Int, messages: Int)
    ) {
        var taken: [String: CheckedEntity] = [:]
        var refusals: [EntityRefusal] = []
        for document in readDocuments(content, file: file.path).documents {
            var builder = JSONBuilder(keepsPlaces: true)
            withoutPlaceholders(document.root, to: &builder)
            var refusal: EntityRefusal?
            do throws(EntityRefusal) {
                let entity = try checkEntity(builder.finish(), file: file.path)
                taken[entity.ref.canonical] = entity
            } catch {
                refusal = error
                refusals.append(error)
            }
            let names = ["#\(document.index + 1)", refusal?.ref?.canonical ?? "-"]
            guard let reason = names.lazy.compactMap({ file.rejected[$0] }).first,
                let isRight = isRefused(refusal, for: reason)
            else { continue }
            count.refused += 1
            #expect(isRight, "\(file.path) \(names): \(reason), \(String(describing: refusal))")
        }
        for ref in file.accepted {
            guard let entity = taken[ref] else {
                Issue.record("\(file.path): \(ref) is refused")
                continue
            }
            guard let wanted = golden[ref], !file.contested.contains(ref) else { continue }
            count.compared += 1
            compare(entity, wanted, file.path)
        }
        let missing = Set(taken.keys).subtracting(file.accepted).subtracting(file.contested)
            .filter { file.rejected[$0] == nil && !file.rejected.keys.contains { $0.first == "#" } }
        #expect(missing.isEmpty, "\(file.path): Backstage does not take these")
        let said = refusals.flatMap(\.faults).map(\.message)
        let mark = ["Policy check failed", "threw an error", "No processor", "TypeError: "]
        let isOfDocument = mark.contains { file.message.contains($0) }
        guard isOfDocument, !file.message.contains("Placeholder") else { return }
        count.messages += 1
        #expect(
            said.contains { file.message.contains($0) }, "\(file.path): \(file.message) \(said)")
    }

    private func compare(_ entity: CheckedEntity, _ wanted: JSON, _ path: String) {
        for part in ["apiVersion", "kind", "spec"] {
            let mine = entity.content[part] ?? JSON.null
            #expect(
                difference(mine, wanted[part] ?? .null, part) == nil,
                "\(path): \(entity.ref) \(mine.text.prefix(300))")
        }
        for (key, value) in entity.content["metadata"]?.members ?? JSON.null.members
        where !key.isString("annotations") {
            let name = key.string ?? ""
            #expect(
                difference(value, wanted.at("metadata", name) ?? .null, name) == nil,
                "\(path): \(entity.ref)")
        }
        let recorded = Set(
            (wanted["relations"]?.elements ?? JSON.null.elements).map {
                "\($0["type"]?.string ?? "") \($0["targetRef"]?.string ?? "")"
            })
        let mine = Set(entity.relations.map { "\($0.type.name) \($0.target)" })
        #expect(mine.isSubset(of: recorded), "\(path): \(mine.subtracting(recorded))")
    }
}

@Suite(.enabled(if: shared != nil, "CALLBOARD_SHARED has no recorded permissions"))
struct `Recorded permission conditions` {
    @Test func `hold for the entities that Backstage says`() throws {
        let folder = "conformance/permissions"
        var facts: [String: EntityFacts] = [:]
        for file in ["all", "people", "things", "templates"] {
            let content = try bytes("\(folder)/catalog/\(file).yaml")
            for document in readDocuments(content, file: file).documents {
                let entity = try checkEntity(document.root, file: file)
                facts[entity.ref.canonical] = EntityFacts(
                    content: entity.content, relations: entity.relations)
            }
        }
        let requests = readDocuments(try bytes("\(folder)/requests.yaml"), file: nil)
        let request = requests.documents.first?.root["requests"] ?? requests.documents.first?.root
        let asked = request?.elements.first { $0["id"]?.isString("apply-all-conditions") == true }
        let answers = try JSON.parse(text("\(folder)/golden/apply-all-conditions.json"))
        let items = try #require(asked?.at("body", "items"))
        let results = try #require(answers.at("body", "items"))
        var count = 0
        for (item, result) in zip(items.elements, results.elements) {
            let conditions = try #require(item["conditions"])
            let condition = try Predicate.parse(conditions: conditions, needsResourceType: true)
            // Backstage minds the case of claims here, and nowhere else.
            if conditions.text.contains("Team-A") { continue }
            for (ref, answer) in zip(
                try #require(item["resourceRef"]).elements, try #require(result["result"]).elements)
            {
                let holds = facts[ref.string ?? ""].map(condition.matches) ?? false
                #expect(holds == answer.isString("ALLOW"), "\(conditions.text) \(ref.text)")
                count += 1
            }
        }
        #expect(count > 200)
    }
}
