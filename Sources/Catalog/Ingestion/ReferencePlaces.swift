import CatalogModel
import Values

/// Where the references of a file's entities stand: what is said of one that leads nowhere, which
/// shows only when all is read, can then be said at its line.
///
/// Kept as JSON, an object of the entities by reference; each has a list
/// `[what, target, line, column, text, caret]` for every reference. `what` is the relation's name,
/// or `target` for where a Location leads, which then is as it is written. One line of text each:
/// the file itself is not kept.
struct ReferencePlaces: Sendable {
    private let json: JSON

    /// Reads what ``Writer`` wrote; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON.parse(bytes) else { return nil }
        self.json = json
    }

    /// The diagnostic with the place where an entity says a relation.
    func located(_ diagnostic: Diagnostic, _ relation: EntityRelation, of ref: String)
        -> Diagnostic
    {
        located(diagnostic, relation.type.name, relation.target, of: ref)
    }

    /// The diagnostic with the place where a Location entity names a target.
    func located(_ diagnostic: Diagnostic, target: String, of ref: String) -> Diagnostic {
        located(diagnostic, Self.target, target, of: ref)
    }

    private func located(
        _ diagnostic: Diagnostic, _ what: String, _ target: String, of ref: String
    ) -> Diagnostic {
        let entries = json[ref]?.elements.map { Array($0.elements) } ?? []
        guard
            let entry = entries.first(where: {
                $0.count == 6 && $0[0].isString(what) && $0[1].isString(target)
            })
        else { return diagnostic }
        let number: (JSON) -> UInt32 = { UInt32(exactly: $0.int ?? 0) ?? 0 }
        var located = diagnostic
        located.place = TextPosition(line: number(entry[2]), column: number(entry[3]))
        located.excerpt = SourceExcerpt(
            firstLine: number(entry[2]), lines: [entry[4].string ?? ""], caret: number(entry[5]))
        return located
    }

    private static let target = "target"

    /// Collects the places of one file.
    struct Writer {
        private let source: SourceLines
        private var json = JSONWriter()

        init(_ source: SourceLines) {
            self.source = source
        }

        /// Adds an entity's references; its places are those of its document.
        mutating func add(_ entity: CheckedEntity) {
            var entries = Entries(source: source)
            for (relation, place) in zip(entity.relations, entity.places) {
                entries.add(relation.type.name, relation.target, at: place)
            }
            if entity.ref.kind == "Location", let spec = entity.content["spec"] {
                let targets =
                    [spec["target"]].compactMap { $0 }
                    + (spec["targets"]?.elements ?? JSON.null.elements)
                for target in targets {
                    if let text = target.string {
                        entries.add(ReferencePlaces.target, text, at: target.place)
                    }
                }
            }
            guard !entries.json.bytes.isEmpty else { return }
            json.raw(json.bytes.isEmpty ? "{" : ",")
            json.string(entity.ref.canonical)
            json.raw(":")
            json.raw(entries.json.bytes)
            json.raw("]")
        }

        /// The file's places; empty where it has no references.
        var bytes: [UInt8] { json.bytes.isEmpty ? [] : json.bytes + [UInt8(ascii: "}")] }
    }

    private struct Entries {
        let source: SourceLines
        var json = JSONWriter()

        mutating func add(_ what: String, _ target: String, at place: TextPosition) {
            guard place.isKnown else { return }
            json.raw(json.bytes.isEmpty ? "[[" : ",[")
            json.string(what)
            json.raw(",")
            json.string(target)
            for number in [place.line, place.column] {
                json.raw(",")
                json.integer(Int(number))
            }
            json.raw(",")
            var caret = place.column
            let isWritten: Void? = source.withPlainLine(at: place) { json.string($0) }
            if isWritten == nil {
                let excerpt = source.excerpt(at: place, around: 0)
                json.string(excerpt?.lines.first ?? "")
                caret = excerpt?.caret ?? caret
            }
            json.raw(",")
            json.integer(Int(caret))
            json.raw("]")
        }
    }
}
