import CatalogModel
import Descriptors
import Outbound
import Values

/// Replaces placeholders: a map of exactly one key `$text`, `$json` or `$yaml` becomes what it
/// names.
///
/// Other maps with a key that begins with a dollar sign (`$ref`, two keys) stay as they are, and
/// are not looked into.
struct Placeholders {
    let reader: any LocationReader
    let base: LocationRef

    /// How much the placeholders of one document may bring: a few lines can name a large file many
    /// times.
    enum Limits {
        static let count = 1000
        static let bytes = 20_000_000
    }

    /// What is left of the limits.
    private struct Budget {
        var count = Limits.count
        var bytes = Limits.bytes
    }

    /// The document with its placeholders replaced.
    ///
    /// - Throws: the first ``Diagnostic``, at the place of the placeholder.
    func resolve(_ document: JSON) async throws(Diagnostic) -> JSON {
        guard Self.mayBeIn(document) else { return document }
        var builder = JSONBuilder(keepsPlaces: true)
        var budget = Budget()
        try await write(document, "", to: &builder, &budget)
        return builder.finish()
    }

    private static let names: Set<String> = ["$text", "$json", "$yaml"]

    private static func name(of value: JSON) -> String? {
        guard value.count == 1, let key = value.members.first(where: { _ in true })?.key.string,
            names.contains(key)
        else { return nil }
        return key
    }

    private static func hasDollar(_ value: JSON) -> Bool {
        value.members.contains { $0.key.string?.utf8.first == UInt8(ascii: "$") }
    }

    /// Looks for maps of one key that begins with a dollar sign: more is seen by ``resolve(_:)``.
    private static func mayBeIn(_ value: JSON) -> Bool {
        value.withNodes { nodes, text, index in
            for node in index..<Int(nodes[index].next)
            where nodes[node].kind == .object && nodes[node].low == 1 {
                let key = nodes[node + 1]
                if key.high > 0, text[Int(key.low)] == UInt8(ascii: "$") { return true }
            }
            return false
        }
    }

    private func write(
        _ value: JSON, _ pointer: String, to builder: inout JSONBuilder, _ budget: inout Budget
    ) async throws(Diagnostic) {
        if let name = Self.name(of: value), let target = value[name] {
            return try await replace(name, target, pointer, in: &builder, &budget)
        }
        switch value.kind {
        case .array:
            builder.beginArray(at: value.place)
            var index = 0
            for element in value.elements {
                try await write(element, "\(pointer)/\(index)", to: &builder, &budget)
                index += 1
            }
            builder.end()
        case .object where !Self.hasDollar(value):
            builder.beginObject(at: value.place)
            for (key, inner) in value.members {
                builder.copy(key)
                try await write(
                    inner, "\(pointer)/\(key.string ?? "")", to: &builder, &budget)
            }
            builder.end()
        default:
            builder.copy(value)
        }
    }

    private func replace(
        _ name: String, _ target: JSON, _ pointer: String, in builder: inout JSONBuilder,
        _ budget: inout Budget
    ) async throws(Diagnostic) {
        func fault(_ summary: String, _ reason: String?, _ remedy: String?) -> Diagnostic {
            Diagnostic(
                "catalog.placeholder", file: base.target, at: target.place, pointer: pointer,
                summary, reason: reason, remedy: remedy)
        }
        guard let text = target.string else {
            throw fault(
                "`\(name)` needs the path or address of a file",
                "it is \(clipped(target.text, to: 80))",
                "write `\(name): ./file.yaml`")
        }
        budget.count -= 1
        guard budget.count >= 0 else {
            throw fault(
                "the document has more than \(Limits.count) placeholders", nil,
                "put what they name into one file")
        }
        let read: (location: LocationRef, bytes: [UInt8])
        switch await reader.readText(text, from: base) {
        case .success(let found): read = found
        case .failure(let why):
            throw fault(
                "`\(name): \(withoutCredentials(text))` cannot be read", why.summary, why.remedy)
        }
        budget.bytes -= read.bytes.count
        guard budget.bytes >= 0 else {
            throw fault(
                "what the placeholders name has more than \(Limits.bytes) bytes in all", nil,
                "name smaller files, or each of them once")
        }
        switch name {
        case "$text":
            guard read.bytes.withUnsafeBufferPointer({ !hasNUL($0) }) else {
                throw fault(
                    "`\(text)` is not text", "it holds the character U+0000", "name a text file")
            }
            // As in Backstage what is not UTF-8 is read as U+FFFD.
            builder.string(String(decoding: read.bytes, as: UTF8.self), at: target.place)
        case "$json":
            do throws(JSONSyntaxError) {
                builder.copy(try JSON.parse(read.bytes), at: target.place)
            } catch {
                throw fault(
                    "`\(text)` is not JSON",
                    "line \(error.place.line), column \(error.place.column): \(error.message)",
                    "mend the file, or use `$text`")
            }
        default:
            let documents = readDocuments(read.bytes, file: read.location.target)
            guard documents.documents.count == 1, documents.diagnostics.isEmpty else {
                throw fault(
                    "`\(text)` is not one YAML document",
                    documents.diagnostics.first?.summary
                        ?? "it holds \(documents.documents.count) documents",
                    "`$yaml` takes a file of exactly one document")
            }
            builder.copy(documents.documents[0].root, at: target.place)
        }
    }
}
