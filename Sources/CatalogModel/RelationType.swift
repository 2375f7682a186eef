import Glibc
internal import Values

/// One direction of a pair of relations, such as `ownedBy`, with the name of the other direction.
package struct RelationType: Hashable, Sendable {
    /// The name as it is written in answers, such as `ownedBy`.
    package let name: String
    /// The name of the relation that the target has to the source, such as `ownerOf`.
    package let inverse: String

    package init(name: String, inverse: String) {
        self.name = name
        self.inverse = inverse
    }

    /// The same pair seen from the other end.
    package var reversed: RelationType { RelationType(name: inverse, inverse: name) }

    /// The pairs of the built-in kinds, each in both directions, by Backstage's names.
    package static let ownedBy = RelationType(name: "ownedBy", inverse: "ownerOf")
    package static let ownerOf = ownedBy.reversed
    package static let providesApi = RelationType(name: "providesApi", inverse: "apiProvidedBy")
    package static let apiProvidedBy = providesApi.reversed
    package static let consumesApi = RelationType(name: "consumesApi", inverse: "apiConsumedBy")
    package static let apiConsumedBy = consumesApi.reversed
    package static let dependsOn = RelationType(name: "dependsOn", inverse: "dependencyOf")
    package static let dependencyOf = dependsOn.reversed
    package static let partOf = RelationType(name: "partOf", inverse: "hasPart")
    package static let hasPart = partOf.reversed
    package static let childOf = RelationType(name: "childOf", inverse: "parentOf")
    package static let parentOf = childOf.reversed
    package static let memberOf = RelationType(name: "memberOf", inverse: "hasMember")
    package static let hasMember = memberOf.reversed

    /// Both directions of every pair that the built-in kinds use.
    package static let builtIn: [RelationType] = [
        ownedBy, ownerOf, providesApi, apiProvidedBy, consumesApi, apiConsumedBy, dependsOn,
        dependencyOf, partOf, hasPart, childOf, parentOf, memberOf, hasMember,
    ]

    /// The built-in relation of that name, in whatever case it is written.
    package static func named(_ name: String) -> RelationType? {
        let wanted = folded(name)
        return builtIn.first { folded($0.name) == wanted }
    }
}

/// A relation that an entity has: its type, and the canonical reference of what it points to.
///
/// Ordered as answers have it: by the type's name, then by the target, each by its bytes.
package struct EntityRelation: Hashable, Sendable, Comparable {
    package let type: RelationType
    /// The canonical reference of the other entity, which need not exist.
    package let target: String

    package init(type: RelationType, target: String) {
        self.type = type
        self.target = target
    }

    package static func < (left: EntityRelation, right: EntityRelation) -> Bool {
        let order = compareBytes(left.type.name, right.type.name)
        return order == 0 ? compareBytes(left.target, right.target) < 0 : order < 0
    }
}

/// The order of two texts by their bytes: below 0, 0 or above 0.
private func compareBytes(_ left: String, _ right: String) -> Int {
    var (left, right) = (left, right)
    return left.withUTF8 { left in
        right.withUTF8 { right in
            let shared = min(left.count, right.count)
            if shared > 0, let a = left.baseAddress, let b = right.baseAddress {
                let order = memcmp(a, b, shared)
                if order != 0 { return Int(order) }
            }
            return left.count - right.count
        }
    }
}
