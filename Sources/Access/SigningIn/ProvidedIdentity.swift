/// What a provider says of the person that it vouches for.
package struct ProvidedIdentity: Sendable, Equatable {
    package var email: String?
    package var displayName: String?
    /// The address of a picture.
    package var picture: String?
    /// By which names the provider knows the person; sign-in rules choose among them.
    package var names: [String: String]
    /// The provider's own token, which is handed on to the browser; empty where there is none.
    package var accessToken: String

    package init(
        email: String? = nil, displayName: String? = nil, picture: String? = nil,
        names: [String: String] = [:], accessToken: String = ""
    ) {
        self.email = email
        self.displayName = displayName
        self.picture = picture
        self.names = names
        self.accessToken = accessToken
    }
}
