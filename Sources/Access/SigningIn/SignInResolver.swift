import CatalogModel

/// How the User of a person is found.
package enum SignInRule: Sendable, Equatable {
    /// `spec.profile.email` is the email address; without one, the address less what follows a `+`.
    case profileEmail
    /// The User's name in the namespace `default` is what stands before the `@`.
    case emailLocalPart
    /// The User's name in the namespace `default` is one of the names that the provider knows.
    case userName(provided: String)
    /// An annotation of the User is one of the names that the provider knows.
    case annotation(String, provided: String)

    /// The rules that every provider has, by their names in configurations.
    static let common: [String: SignInRule] = [
        "emailMatchingUserEntityProfileEmail": .profileEmail,
        "emailLocalPartMatchingUserEntityName": .emailLocalPart,
    ]
}

/// One entry of `auth.providers.<provider>.signIn.resolvers`.
package struct SignInResolver: Sendable {
    package let rule: SignInRule
    /// The only domains of email addresses that may sign in, compared exactly; nil for all.
    ///
    /// Only ``SignInRule/emailLocalPart`` looks at them, as in Backstage.
    package let allowedDomains: [String]?
    /// Whether people whom the catalog does not know may sign in
    /// (`dangerouslyAllowSignInWithoutUserInCatalog`).
    package let allowsStrangers: Bool

    package init(
        _ rule: SignInRule, allowedDomains: [String]? = nil, allowsStrangers: Bool = false
    ) {
        self.rule = rule
        self.allowedDomains = allowedDomains
        self.allowsStrangers = allowsStrangers
    }

    /// As whom the person signs in; nil where the catalog has no such User and the next resolver
    /// may try.
    func user(
        for identity: ProvidedIdentity, in people: any PeopleDirectory
    ) async throws -> Principal.User? {
        let found: Person?
        /// The name of the User that a stranger is taken for.
        let name: String
        switch rule {
        case .profileEmail:
            name = try email(of: identity)
            found = try await person(withEmail: name, in: people)
        case .emailLocalPart:
            let (local, domain) = try parts(of: try email(of: identity))
            if let allowedDomains, !allowedDomains.contains(domain) {
                throw SignInFault.notAllowed(
                    "people with an email address at \(domain) may not sign in here")
            }
            name = local
            found = try await people.person(EntityRef(kind: "user", name: name))
        case .userName(let provided):
            name = try self.name(provided, of: identity)
            found = try await people.person(EntityRef(kind: "user", name: name))
        case .annotation(let annotation, let provided):
            name = try self.name(provided, of: identity)
            found = try only(
                try await people.people(with: name, at: "metadata.annotations.\(annotation)"),
                with: "the annotation \(annotation) \"\(name)\"")
        }
        if let found { return found.user }
        guard allowsStrangers else { return nil }
        let ref = EntityRef(kind: "user", name: name).canonical
        return Principal.User(ref: ref, ownership: [ref])
    }

    private func email(of identity: ProvidedIdentity) throws -> String {
        guard let email = identity.email, !email.isEmpty else {
            throw SignInFault.unproven("the sign-in provider gave no email address")
        }
        return email
    }

    private func name(_ provided: String, of identity: ProvidedIdentity) throws -> String {
        guard let name = identity.names[provided], !name.isEmpty else {
            throw SignInFault.unproven("the sign-in provider gave no \(provided)")
        }
        return name
    }

    private func parts(of email: String) throws -> (local: String, domain: String) {
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw SignInFault.unproven("the sign-in provider gave an email address that is none")
        }
        return (String(parts[0]), String(parts[1]))
    }

    private func person(
        withEmail email: String, in people: any PeopleDirectory
    ) async throws -> Person? {
        let key = "spec.profile.email"
        let whole = try await people.people(with: email, at: key)
        if !whole.isEmpty { return try only(whole, with: "the email address \(email)") }
        guard let (local, domain) = try? parts(of: email),
            let plus = local.firstIndex(of: "+"), plus > local.startIndex
        else { return nil }
        let short = "\(local[..<plus])@\(domain)"
        return try only(
            try await people.people(with: short, at: key), with: "the email address \(short)")
    }

    private func only(_ people: [Person], with what: String) throws -> Person? {
        guard people.count < 2 else {
            throw SignInFault.ambiguous(
                "several Users of the catalog have \(what): "
                    + people.prefix(5).map(\.ref).joined(separator: ", "))
        }
        return people.first
    }
}

extension [SignInResolver] {
    /// As whom the person signs in, by the first resolver that finds a User.
    ///
    /// Throws ``SignInFault``; any but "there is no such User" ends the search, as in Backstage.
    package func user(
        for identity: ProvidedIdentity, in people: any PeopleDirectory
    ) async throws -> Principal.User {
        for resolver in self {
            if let user = try await resolver.user(for: identity, in: people) { return user }
        }
        throw SignInFault.notAllowed(
            "the catalog has no User that fits; whoever runs the portal can add one, or another "
                + "sign-in resolver")
    }
}
