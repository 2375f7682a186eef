package import CatalogModel

/// Signing in without proof, for trying the portal out (`auth.providers.guest`).
package struct GuestProvider: Sendable {
    /// Its place in addresses.
    package static let id = "guest"
    private static let defaultRef = "user:development/guest"

    private let ref: EntityRef
    /// The reference as it was configured, in its own case.
    private let spelling: String
    private let ownership: [String]
    private let isAllowed: Bool

    /// - Parameters:
    ///   - userEntityRef: who a guest is; nil for `user:development/guest`.
    ///   - ownershipEntityRefs: through what a guest owns things whom the catalog does not know; nil
    ///     for the guest's own reference.
    ///   - isAllowed: whether the environment is `development`, or
    ///     `dangerouslyAllowOutsideDevelopment` is set.
    /// - Throws: `EntityRefError` where the reference is none.
    package init(
        userEntityRef: String? = nil, ownershipEntityRefs: [String]? = nil, isAllowed: Bool
    ) throws(EntityRefError) {
        let text = userEntityRef ?? Self.defaultRef
        ref = try EntityRef.parse(text, defaultKind: "user")
        spelling = ref.description
        ownership = ownershipEntityRefs ?? [spelling]
        self.isAllowed = isAllowed
    }

    /// As whom a guest signs in: the User of the catalog where there is one.
    ///
    /// Throws ``SignInFault`` where guests are not allowed.
    package func user(in people: any PeopleDirectory) async throws -> Principal.User {
        guard isAllowed else {
            throw SignInFault.notAllowed(
                "guests may sign in only where auth.environment is development, or where "
                    + "auth.providers.guest.dangerouslyAllowOutsideDevelopment is set")
        }
        if let person = try await people.person(ref) { return person.user }
        return Principal.User(ref: spelling, ownership: ownership)
    }
}
