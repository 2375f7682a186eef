package import CatalogModel

/// What a route needs: a name that a policy decides about.
package struct Permission: Sendable, Equatable {
    /// What is done, in the words of Backstage's permission framework.
    package enum Action: String, Sendable { case create, read, update, delete }

    /// What policies and clients know it by, such as `catalog.entity.read`.
    package let name: String
    /// nil where it neither reads nor changes anything, as with checking a document.
    package let action: Action?
    /// The kind of thing it is about; nil for a basic permission, which is about none.
    package let resourceType: String?

    package init(_ name: String, action: Action? = nil, resourceType: String? = nil) {
        self.name = name
        self.action = action
        self.resourceType = resourceType
    }
}

/// What a policy says to a permission.
package enum Decision: Sendable {
    case allow
    case deny
    /// Allowed for the entities that the predicate holds for.
    case conditional(Predicate)

    /// What may be seen of the catalog under this decision to a reading permission.
    package var visibility: Visibility {
        switch self {
        case .allow: .everything(because: "the policy allows it")
        case .deny: .nothing
        case .conditional(let predicate): .matching(predicate)
        }
    }
}

/// Decides who may do what; asked for every request, so it decides from memory.
package protocol AccessPolicy: Sendable {
    func decide(_ permission: Permission, plugin: String, for principal: Principal) -> Decision
}

/// The policy until roles are configured: whoever signed in may do everything, a service what its
/// restrictions leave, and nobody else anything.
package struct SignedInPolicy: AccessPolicy {
    /// Whether requests without credentials count as signed in
    /// (`backend.auth.dangerouslyDisableDefaultAuthPolicy`).
    let allowsAnonymous: Bool

    package init(allowsAnonymous: Bool = false) {
        self.allowsAnonymous = allowsAnonymous
    }

    /// Never conditional: it knows kinds of callers only, nothing of entities.
    package func decide(
        _ permission: Permission, plugin: String, for principal: Principal
    ) -> Decision {
        switch principal {
        case .anonymous: return allowsAnonymous ? .allow : .deny
        case .user: return .allow
        case .service(let service):
            guard let restrictions = service.restrictions else { return .allow }
            let isAllowed = restrictions.contains { restriction in
                restriction.plugin == plugin
                    && restriction.permissions?.contains(permission.name) ?? true
                    && restriction.actions.map { actions in
                        permission.action.map { actions.contains($0.rawValue) } ?? false
                    } ?? true
            }
            return isAllowed ? .allow : .deny
        }
    }
}
