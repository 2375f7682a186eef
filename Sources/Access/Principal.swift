/// Who asks.
package enum Principal: Sendable, Equatable {
    /// Nobody that is known; only what is open to all may be answered.
    case anonymous
    case user(User)
    case service(Service)

    /// A person who signed in.
    package struct User: Sendable, Equatable {
        /// The person's entity reference as the token has it; the entity need not exist.
        package let ref: String
        /// The references through which the person owns things: the own one and direct groups.
        package let ownership: [String]

        package init(ref: String, ownership: [String]) {
            self.ref = ref
            self.ownership = ownership
        }
    }

    /// A program with a token.
    package struct Service: Sendable, Equatable {
        /// As `external:<subject>` or `plugin:<id>`.
        package let subject: String
        /// nil: it may do everything; otherwise only what one of these allows.
        package let restrictions: [AccessRestriction]?

        package init(subject: String, restrictions: [AccessRestriction]? = nil) {
            self.subject = subject
            self.restrictions = restrictions
        }
    }

    /// The name for the history and the audit trail.
    package var name: String {
        switch self {
        case .anonymous: "anonymous"
        case .user(let user): user.ref
        case .service(let service): service.subject
        }
    }
}

/// One entry of `backend.auth.externalAccess[].accessRestrictions`.
package struct AccessRestriction: Sendable, Equatable {
    package let plugin: String
    /// nil: every permission of the plugin.
    package let permissions: [String]?
    /// nil: every action.
    package let actions: [String]?

    package init(plugin: String, permissions: [String]? = nil, actions: [String]? = nil) {
        self.plugin = plugin
        self.permissions = permissions
        self.actions = actions
    }
}
