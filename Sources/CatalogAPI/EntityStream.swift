import Catalog
import CatalogModel
import Inbound
import Routing
import Synchronization
import Values

/// A list of entities between two texts, as an answer.
///
/// Read and sent in pieces, so that memory stays flat however long the list and however slow its
/// client.
struct EntityStream: Sendable {
    /// Where the entities come from.
    enum Source: Sendable {
        case list([IndexedEntity])
        /// Asked-for entities in the order of the request; nil is written as `null`.
        case answers([IndexedEntity?])
        case names(NameOrder)
    }

    /// Up to how many bytes a page is answered as one.
    private static let wholeBytes = 1 << 20

    let reader: CatalogReader
    let fields: FieldProjection?
    let opening: [UInt8]
    let closing: [UInt8]

    init(
        _ reader: CatalogReader, fields: FieldProjection?, opening: String = "[",
        closing: [UInt8] = [UInt8(ascii: "]")]
    ) {
        self.reader = reader
        self.fields = fields
        self.opening = Array(opening.utf8)
        self.closing = closing
    }

    /// The answer; one piece where the list is short.
    func response(_ source: Source) async throws -> InboundResponse {
        // The first piece is read before the answer begins, so that a database that is away gives
        // an error and no half answer.
        var pieces = EntityPieces(self, source)
        var first = try await pieces.next() ?? []
        // Pages are answered as one, which has a tag and can be compressed.
        while pieces.isPage, !pieces.isAtEnd, first.count < Self.wholeBytes {
            if let piece = try await pieces.next() { first += [UInt8(ascii: ",")] + piece }
        }
        guard !pieces.isAtEnd else { return .json(opening + first + closing).at(reader) }
        let start = FirstPiece(opening + first)
        let rest = pieces
        return InboundResponse(
            status: 200, headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .stream { writer in
                var rest = rest
                guard await writer.write(start.take()) else { return }
                do {
                    while let piece = try await rest.next() {
                        guard await writer.write([UInt8(ascii: ",")] + piece) else { return }
                    }
                } catch {
                    // What was begun cannot become an error any more, and must not look whole.
                    return writer.fail()
                }
                _ = await writer.write(closing)
            }
        ).at(reader)
    }
}

/// What was read before an answer began; let go of with the first write, since a client may take
/// minutes for the rest.
private final class FirstPiece: Sendable {
    private let bytes: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }

    func take() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }
}

/// Reads a list piece by piece.
private struct EntityPieces: Sendable {
    /// The bytes that a piece should have: what waits for a client is some of them.
    private static let pieceBytes = 32 << 10
    private static let mostEntities = 256

    private let stream: EntityStream
    private var source: EntityStream.Source
    private var index = 0
    /// Entities of the next piece; as many as fit by the size of the last ones.
    private var count = 16

    init(_ stream: EntityStream, _ source: EntityStream.Source) {
        self.stream = stream
        self.source = source
    }

    /// Whether the list is as short as a page, as far as that is known.
    var isPage: Bool {
        switch source {
        case .list(let entities): entities.count <= Self.mostEntities
        case .answers(let entities): entities.count <= Self.mostEntities
        case .names: false
        }
    }

    /// Whether there is nothing more.
    var isAtEnd: Bool {
        switch source {
        case .list(let entities): index >= entities.count
        case .answers(let entities): index >= entities.count
        case .names(let order): order.isAtEnd
        }
    }

    /// The next elements with commas between them; nil at the end.
    mutating func next() async throws -> [UInt8]? {
        let bytes: [UInt8]
        let taken: Int
        switch source {
        case .list(let entities):
            let part = Array(entities[index...].prefix(count))
            (taken, bytes) = (part.count, try await elements(part))
        case .answers(let entities):
            let part = entities[index...].prefix(count)
            (taken, bytes) = (part.count, try await answers(Array(part)))
        case .names(var order):
            let part = order.take(count)
            source = .names(order)
            (taken, bytes) = (part.count, try await elements(part))
        }
        guard taken > 0 else { return nil }
        index += taken
        let fitting = Self.pieceBytes / max(1, bytes.count / taken)
        count = min(max(1, fitting), count * 2, Self.mostEntities)
        return bytes
    }

    private func elements(_ part: [IndexedEntity]) async throws -> [UInt8] {
        guard !part.isEmpty else { return [] }
        return try await stream.reader.jsonElements(
            part, fields: stream.fields, remembers: index == 0)
    }

    private func answers(_ part: [IndexedEntity?]) async throws -> [UInt8] {
        let present = part.compactMap { $0 }
        var items = try await stream.reader.json(present, fields: stream.fields)[...]
        var bytes: [UInt8] = []
        for (index, entity) in part.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let item = entity == nil ? nil : items.popFirst()
            bytes += item ?? Array("null".utf8)
        }
        return bytes
    }
}
