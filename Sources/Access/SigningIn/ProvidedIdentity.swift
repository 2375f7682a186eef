package import Values

/// What a provider says of the person that it vouches for.
package struct ProvidedIdentity: Sendable {
    package var email: String?
    package var displayName: String?
    /// The address of a picture.
    package var picture: String?
    /// By which names the provider knows the person; sign-in rules choose among them.
    package var names: [String: String]
    /// What is handed on to the browser of what the provider said: the object `providerInfo` of
    /// Backstage's answer.
    package var information: JSON

    /// - Parameter write: writes the members of `information`, each with its key.
    package init(
        email: String? = nil, displayName: String? = nil, picture: String? = nil,
        names: [String: String] = [:], _ write: (inout JSONBuilder) -> Void = { _ in }
    ) {
        self.email = email
        self.displayName = displayName
        self.picture = picture
        self.names = names
        var builder = JSONBuilder()
        builder.beginObject()
        write(&builder)
        builder.end()
        information = builder.finish()
    }
}
