package import CatalogModel
import Crypto
import Values

/// The Location entity that stands for a source, named after its location as in Backstage.
package struct SourceEntity: Sendable {
    package let ref: EntityRef
    private let location: LocationRef
    private let isOptional: Bool

    /// Names it after the SHA-1 of the location's text: one location has one name everywhere.
    package init(_ location: LocationRef, isOptional: Bool) {
        self.location = location
        self.isOptional = isOptional
        let digest = SHA1.hash(location.text)
        ref = EntityRef(kind: "Location", name: "generated-\(Hex.encode(digest))")
    }

    init(_ source: Source) {
        self.init(source.location, isOptional: source.isOptional)
    }

    /// The location under which the source itself is an item.
    var itemLocation: String { "source \(location.text)" }

    func entity(_ interpreter: Interpreter) -> InterpretedEntity {
        var builder = JSONBuilder()
        builder.beginObject()
        builder.key("metadata")
        builder.beginObject()
        builder.member("namespace", ref.namespace)
        builder.member("name", ref.name)
        builder.end()
        builder.member("apiVersion", "backstage.io/v1alpha1")
        builder.member("kind", "Location")
        builder.key("spec")
        builder.beginObject()
        builder.member("type", location.type)
        builder.member("target", location.target)
        if isOptional { builder.member("presence", "optional") }
        builder.end()
        builder.end()
        let checked = CheckedEntity(ref: ref, content: builder.finish(), relations: [])
        return Interpreter.finish(
            checked, annotations: interpreter.annotations(location, location), place: .unknown)
    }
}
