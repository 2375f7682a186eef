package import CatalogModel

/// A User of the catalog, as far as signing in needs it.
package struct Person: Sendable, Equatable {
    /// The canonical reference: lower case, with all parts.
    package let ref: String
    /// The canonical references of the groups it is directly a member of, in the order of its
    /// relations; no parents of groups.
    package let groups: [String]

    package init(ref: String, groups: [String]) {
        self.ref = ref
        self.groups = groups
    }
}

/// Where signing in looks for people: the catalog, whatever the asker may see of it.
package protocol PeopleDirectory: Sendable {
    /// The User of a reference; nil where there is none.
    func person(_ ref: EntityRef) async throws -> Person?

    /// The Users whose value at a key equals a text but for case, as catalog filters compare; keys
    /// are such as `spec.profile.email` or `metadata.annotations.google.com/email`. Two suffice: more
    /// than one is refused.
    func people(with value: String, at key: String) async throws -> [Person]
}

extension Person {
    /// As whom the person acts: through itself and its direct groups it owns things.
    var user: Principal.User {
        Principal.User(ref: ref, ownership: [ref] + groups.filter { $0 != ref })
    }
}
