import Inbound
import Routing
import Values

/// What an orchestrator asks.
func healthRoutes(_ services: SignInServices) -> [Route] {
    let base = "/.backstage/health/v1"
    return [
        Route(.get, "\(base)/liveness", access: .open(because: "probes have no token")) { _ in
            .ready(.json(Array(#"{"status":"ok"}"#.utf8)))
        },
        Route(.get, "\(base)/readiness", access: .open(because: "probes have no token")) { _ in
            switch services.readiness() {
            case .ready: .ready(.json(Array(#"{"status":"ok"}"#.utf8)))
            case .starting: .ready(unavailable("Backend has not started yet"))
            case .stopping: .ready(unavailable("Backend is shutting down"))
            }
        },
    ]
}

private func unavailable(_ message: String) -> InboundResponse {
    var json = JSONWriter()
    json.raw(#"{"message":"#)
    json.string(message)
    json.raw(#","status":"error"}"#)
    return .json(json.bytes, status: 503)
}
