import SignIn
import Synchronization

/// Whether the portal may be sent requests, for who asks about its health.
final class PortalLife: Sendable {
    private let state = Mutex(SignInServices.Readiness.starting)

    var readiness: SignInServices.Readiness {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
