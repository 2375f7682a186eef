/// Why somebody was not signed in; the texts are for the person and for whoever runs the portal.
package enum SignInFault: Error, Equatable {
    /// The request does not prove who asks.
    case unproven(String)
    /// Who asks is known, and may not sign in.
    case notAllowed(String)
    /// Several Users of the catalog fit.
    case ambiguous(String)
    /// What would prove who asks cannot be reached now.
    case unavailable(String)

    /// What happened and what to do about it, whichever case it is.
    package var message: String {
        switch self {
        case .unproven(let message), .notAllowed(let message), .ambiguous(let message),
            .unavailable(let message):
            message
        }
    }
}
