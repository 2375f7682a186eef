import CatalogModel
import Crypto
import Values

/// Adds to an entity's content what is wrong with its newest declaration, or that it is an orphan.
///
/// The last good version stays visible; the mark makes it a version of its own, so that the history
/// shows since when.
enum EntityMark {
    /// The content with status items in Backstage's form (`backstage.io/catalog-processing`);
    /// those of before are replaced.
    static func withStatus(_ content: JSON, _ faults: [Diagnostic], errorName: String) -> JSON {
        var builder = JSONBuilder()
        builder.beginObject()
        for (key, value) in content.members where !key.isString("status") {
            builder.copy(key)
            builder.copy(value)
        }
        if !faults.isEmpty {
            builder.key("status")
            builder.beginObject()
            builder.key("items")
            builder.beginArray()
            for fault in faults.prefix(EntityLimits.faults) {
                write(fault, errorName, to: &builder)
            }
            builder.end()
            builder.end()
        }
        builder.end()
        return builder.finish()
    }

    private static func write(
        _ fault: Diagnostic, _ errorName: String, to builder: inout JSONBuilder
    ) {
        var message = fault.location.isEmpty ? "" : "\(fault.location): "
        message += fault.summary
        if let reason = fault.reason { message += ": \(reason)" }
        builder.beginObject()
        builder.member("type", "backstage.io/catalog-processing")
        builder.member("level", "error")
        builder.member("message", "\(errorName): \(message)")
        builder.key("error")
        builder.beginObject()
        builder.member("name", errorName)
        builder.member("message", message)
        builder.member("code", fault.code)
        builder.end()
        builder.end()
    }

    /// The annotation of an entity that no file declares any more.
    static let orphan = "backstage.io/orphan"

    /// The content with the annotation of an orphan.
    static func orphaned(_ content: JSON) -> JSON {
        LocationAnnotations(fixed: [(orphan, "true")], proposed: [])
            .added(to: content)
    }

    /// A content made ready to be stored.
    static func change(_ content: JSON, _ relations: [EntityRelation]) -> EntityChange.Content {
        let bytes = content.bytes
        return EntityChange.Content(
            bytes: bytes, json: content, hash: hash(bytes), relations: relations, compressed: [])
    }

    /// ``EntityStamp/hash`` of a content.
    static func hash(_ bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(bytes).prefix(12))
    }
}
