package import Access

/// A configured way to sign in without leaving the portal.
package struct SignInProvider: Sendable {
    /// Its key under `auth.providers`, and its place in addresses.
    package let id: String
    /// What it is called on the sign-in page.
    package let title: String
    let signIn: @Sendable (ProxyRequest, any PeopleDirectory) async throws -> SignedIn

    /// Signing in as a guest.
    package static func guest(_ guest: GuestProvider) -> SignInProvider {
        SignInProvider(id: GuestProvider.id, title: "Guest") { _, people in
            SignedIn(identity: nil, user: try await guest.user(in: people))
        }
    }

    /// Signing in by the headers of a proxy.
    package static func header(
        _ provider: HeaderProvider, resolvers: [SignInResolver]
    ) -> SignInProvider {
        SignInProvider(id: provider.id, title: provider.title) { request, people in
            let identity = try await provider.identity(from: request)
            return SignedIn(
                identity: identity, user: try await resolvers.user(for: identity, in: people))
        }
    }
}

/// Somebody who signed in.
struct SignedIn: Sendable {
    /// What the provider said; nil where there is nobody to say anything.
    let identity: ProvidedIdentity?
    let user: Principal.User
}
