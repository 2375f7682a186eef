import Catalog
import CatalogModel
import Inbound
import Routing
import Values

/// Writes all of a selection as a file, piece by piece, so that memory stays flat.
struct ListExport: Sendable {
    enum Format: String, Sendable {
        case csv, ndjson

        var contentType: String {
            switch self {
            case .csv: "text/csv; charset=utf-8"
            case .ndjson: "application/x-ndjson"
            }
        }
    }

    let visit: Visit
    let format: Format

    /// Entities a piece.
    private static let pieceSize = 256

    func response(_ selection: ListSelection) async throws -> InboundResponse {
        let entities = visit.reader.snapshot.page(selection.all, selection.state.order.entityOrder)
        // The first piece is read before the answer begins, so that a database that is away gives
        // an error and no half file.
        let start = format == .csv ? Array((CSV.header + "\r\n").utf8) : []
        let first = try await start + piece(entities.prefix(Self.pieceSize))
        let rest = entities.dropFirst(Self.pieceSize)
        let name =
            "\(selection.kind.map(Words.pluralInText).map(folded) ?? "catalog").\(format.rawValue)"
        return InboundResponse(
            status: 200,
            headers: [
                "Content-Type": format.contentType, "Cache-Control": "private, no-store",
                "Content-Disposition": "attachment; filename=\"\(Self.safe(name))\"",
            ],
            body: .stream { writer in
                do {
                    try await send(first, rest) { await writer.write($0) }
                } catch {
                    // What was begun cannot become an error any more, and must not look whole.
                    writer.fail()
                }
            })
    }

    /// Hands out all pieces, until they are taken no more.
    func send(
        _ first: [UInt8], _ rest: ArraySlice<IndexedEntity>, _ take: ([UInt8]) async -> Bool
    ) async throws {
        guard await take(first) else { return }
        var rest = rest
        while !rest.isEmpty {
            guard await take(try await piece(rest.prefix(Self.pieceSize))) else { return }
            rest = rest.dropFirst(Self.pieceSize)
        }
    }

    /// A kind may be named in any script; a header may not.
    private static func safe(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
    }

    private func piece(_ entities: some Sequence<IndexedEntity>) async throws -> [UInt8] {
        let entities = Array(entities)
        switch format {
        case .ndjson:
            return try await visit.reader.json(entities).flatMap { $0 + [0x0A] }
        case .csv:
            let contents = try await visit.reader.contents(entities)
            return zip(entities, contents).flatMap { entity, content in
                Array(
                    (CSV.line(
                        visit.reader.snapshot.ref(of: entity), content,
                        visit.reader.snapshot.relations(of: entity)) + "\r\n").utf8)
            }
        }
    }
}

/// Rows of RFC 4180.
enum CSV {
    static let header =
        "ref,kind,namespace,name,title,type,owner,system,lifecycle,tags,description,source"

    /// An entity; several owners or tags are parted by blanks.
    static func line(_ ref: String, _ content: JSON, _ relations: [EntityRelation]) -> String {
        let targets: (RelationType) -> String = { type in
            relations.filter { $0.type == type }.map(\.target).joined(separator: " ")
        }
        let text: (String...) -> String = { path in
            var value: JSON? = content
            for key in path { value = value?[key] }
            return value?.string ?? ""
        }
        let annotations = content.at("metadata", "annotations")
        return [
            ref, content["kind"]?.string ?? "", text("metadata", "namespace"),
            text("metadata", "name"), text("metadata", "title"), text("spec", "type"),
            targets(.ownedBy), targets(.partOf), text("spec", "lifecycle"),
            content.at("metadata", "tags")?.texts.joined(separator: " ") ?? "",
            text("metadata", "description"),
            annotations?["backstage.io/managed-by-location"]?.string ?? "",
        ].map(field).joined(separator: ",")
    }

    /// A field, in quotes where it needs them.
    ///
    /// A text that a spreadsheet would take for a formula gets an apostrophe, which spreadsheets
    /// take for "this is text": what is in it was written by whoever wrote the descriptor.
    static func field(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
            text = "'" + text
        }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
