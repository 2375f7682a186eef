import CatalogModel
import Postings
package import Values

/// Writes entities as answers have them: the own content with uid, etag and relations spliced in.
///
/// Nothing of that is stored, so that a new service never rewrites its group.
package struct EntityJSON {
    private let snapshot: Snapshot

    package init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
    }

    /// How every stored content begins; what is spliced in follows it.
    static let opening = Array(#"{"metadata":{"#.utf8)

    /// Appends one entity.
    ///
    /// - Parameter content: the own content of the entity's slot.
    package func write(
        _ entity: IndexedEntity, content: [UInt8], to writer: inout JSONWriter
    ) {
        let stamp = snapshot.stamp(of: entity)
        let relations = snapshot.relationEnds(of: entity)
        let head = Self.opening.count
        guard content.count > head + 1, content.starts(with: Self.opening) else {
            // Only a content that this program did not write is without the opening.
            writer.raw(content)
            return
        }
        content.withUnsafeBufferPointer { bytes in
            writer.raw(#"{"metadata":{"uid":"#)
            writer.string(stamp.uidText)
            writer.raw(#","etag":""#)
            writer.raw(etag(stamp, relations))
            writer.raw(#"","#)
            writer.raw(.init(rebasing: bytes[head..<bytes.count - 1]))
        }
        writer.raw(#","relations":["#)
        var isFirst = true
        for relation in relations {
            writer.raw(isFirst ? #"{"type":"# : #",{"type":"#)
            isFirst = false
            writer.string(IndexedRelationType.all[relation.type].type.name)
            writer.raw(#","targetRef":"#)
            writer.string(relation.target)
            writer.raw("}")
        }
        writer.raw("]}")
    }

    /// One entity as bytes.
    package func bytes(_ entity: IndexedEntity, content: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: content.count + 512)
        write(entity, content: content, to: &writer)
        return writer.bytes
    }

    /// The entity's etag: changes with its own content and with its relations, in any order.
    package func etag(of entity: IndexedEntity) -> String {
        String(
            decoding: etag(snapshot.stamp(of: entity), snapshot.relationEnds(of: entity)),
            as: UTF8.self)
    }

    private func etag(_ stamp: EntityStamp, _ relations: [RelationEnd]) -> [UInt8] {
        var digest: UInt64 = 0
        for relation in relations {
            // FNV-1a of each, added up: the sum does not mind the order.
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in IndexedRelationType.all[relation.type].type.name.utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            }
            hash = hash &* 0x100_0000_01B3
            for byte in relation.target { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            digest = digest &+ hash
        }
        let parts = stamp.hash + (0..<8).map { UInt8(truncatingIfNeeded: digest >> (56 - 8 * $0)) }
        var text: [UInt8] = []
        text.reserveCapacity(40)
        for byte in parts {
            text.append(hexDigit(byte >> 4))
            text.append(hexDigit(byte & 15))
        }
        return text
    }
}
