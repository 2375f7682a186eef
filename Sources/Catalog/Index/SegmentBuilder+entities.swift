import CatalogModel
import Postings
import Values

/// The key under which the index knows which item declares an entity.
///
/// It begins with a NUL, which no key of a document can hold.
let itemKey = "\u{0}item"

extension SegmentBuilder {
    /// Adds an entity: what its own content says, its uid, and the edges that it declares.
    ///
    /// - Parameter content: the stored content.
    mutating func add(
        ref: String, slot: Int64, stamp: EntityStamp, content: JSON, relations: [EntityRelation]
    ) {
        beginDocument(name: ref, slot: slot, stamp: stamp.bytes)
        forEachSearchPair(content: content, relations: []) { key, folded, original in
            if let folded, let original {
                add(key: key, folded: folded, original: original)
            } else {
                addValueless(key: key)
            }
        }
        addPlain("metadata.uid", stamp.uidText)
        addPlain(itemKey, String(stamp.item))
        for relation in relations {
            var key = relation.type.key
            var target = relation.target
            key.withUTF8 { key in target.withUTF8 { addEdge(key: key, target: $0) } }
        }
    }

    private mutating func addPlain(_ key: String, _ value: String) {
        var key = key
        var value = value
        key.withUTF8 { key in value.withUTF8 { add(key: key, folded: $0, original: $0) } }
    }
}
