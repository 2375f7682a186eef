import Access
import Crypto
import Inbound
import Routing
import Telemetry
import Values

/// What each plugin of Backstage has besides its own routes: the user cookie, and the keys of its
/// own tokens.
func pluginRoutes(_ services: SignInServices) -> [Route] {
    // Here no plugin calls another over the network, so none has keys.
    let noKeys = keySet([])
    return Set(services.plugins).sorted().flatMap { plugin in
        let base = "/api/\(plugin)/.backstage/auth/v1"
        return [
            Route(.get, "\(base)/jwks.json", access: .open(because: "the keys are public")) { _ in
                .ready(.json(noKeys))
            },
            Route(.get, "\(base)/cookie", access: .signedIn) { request in
                let user = try user(of: request)
                return .later { try await cookieAnswer(request, user, services) }
            },
            Route(.delete, "\(base)/cookie", access: .signedIn) { _ in
                let cookie = userCookie(
                    "", until: Instant(milliseconds: 0), at: services.addresses)
                return .ready(InboundResponse(status: 204, headers: ["Set-Cookie": cookie]))
            },
        ]
    }
}

private func user(of request: RouteRequest) throws(RequestFault) -> Principal.User {
    switch request.principal {
    case .user(let user): return user
    case .service:
        throw RequestFault(.notAllowed, "the cookie is for people; a program sends its token")
    case .anonymous: throw RequestFault(.authentication, "send a user's token to get the cookie")
    }
}

private func cookieAnswer(
    _ request: RouteRequest, _ user: Principal.User, _ services: SignInServices
) async throws -> InboundResponse {
    guard let header = request.head.headers["Authorization"],
        case .token(let token) = BearerHeader(header),
        let limited = try await services.issuer.limited(from: token, of: user)
    else {
        throw RequestFault(
            .authentication, "the cookie is given for a user's token, sent as Authorization: Bearer"
        )
    }
    var json = JSONWriter()
    json.raw(#"{"expiresAt":"#)
    json.string(limited.expiresAt.iso8601)
    json.raw("}")
    var response = InboundResponse.json(json.bytes)
    response.headers.add(
        "Set-Cookie",
        userCookie(
            limited.token.revealedText() ?? "", until: limited.expiresAt, at: services.addresses))
    return response
}

/// The user cookie with Backstage's attributes: for all pages of the host, and where browsers
/// allow it also for those of other sites that embed its files.
private func userCookie(
    _ value: String, until end: Instant, at addresses: SignInServices.Addresses
) -> String {
    let isSecure = addresses.isSecure || addresses.host == "localhost"
    return "\(UserCookie.name)=\(value); Domain=\(addresses.host); Path=/; "
        + "Expires=\(end.httpDate); HttpOnly; "
        + (isSecure ? "Secure; Priority=High; SameSite=None" : "Priority=High; SameSite=Lax")
}
