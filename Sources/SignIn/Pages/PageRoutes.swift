import Access
import Crypto
import Inbound
import Routing

/// How large a form may be, in bytes.
private let formLimit = BodyLimit(bytes: 16 << 10)

/// The names that the sign-in page and its forms share.
package enum SignInForm {
    /// The field, and the query item of the page, that names where to go afterwards: a path of the
    /// portal.
    package static let returnField = "return"
    /// Where a provider's form goes, below the base path.
    package static func action(provider: String) -> String {
        "/sign-in/\(encodedSegment(provider))"
    }
    /// Where the form for signing out goes, below the base path.
    package static let signOutAction = "/sign-out"
}

/// The forms with which people sign in and out of the portal's own pages; they need no script.
func pageRoutes(_ services: SignInServices) -> [Route] {
    let cookies = SessionCookie(services.addresses)
    return [
        Route(
            .post, "/sign-in/{provider}", access: .open(because: "one signs in here"),
            bodyLimit: formLimit
        ) { request in
            try services.crossSite.check(request.head)
            let id = request.parameter("provider")
            guard let provider = services.provider(id) else {
                throw RequestFault(.notFound, "there is no sign-in provider \(id)")
            }
            let target = returnTarget(of: request)
            return .later {
                let signedIn: SignedIn
                do {
                    signedIn = try await services.signIn(with: provider, request.proxied)
                } catch SignInFault.unproven(let message) {
                    // Not a 401: that leads to the sign-in page, which would say nothing of this.
                    throw RequestFault(.notAllowed, message)
                }
                let begun = try await services.sessions.begin(for: signedIn.user)
                let former = request.head.cookie(Router.sessionCookie)
                if let former { try await services.sessions.end(former) }
                return redirect(to: target, cookies.set(begun))
            }
        },
        Route(
            .post, "/sign-out", access: .open(because: "it also removes a cookie that has ended"),
            bodyLimit: formLimit
        ) { request in
            try services.crossSite.check(request.head)
            return .later {
                if let value = request.head.cookie(Router.sessionCookie) {
                    try await services.sessions.end(value)
                }
                return redirect(to: "\(request.basePath)/", cookies.removal)
            }
        },
    ]
}

private func redirect(to target: String, _ cookie: String) -> InboundResponse {
    InboundResponse(status: 303, headers: ["Location": target, "Set-Cookie": cookie])
}

/// Where the form asks to go afterwards if that is a page of the portal, otherwise its start.
private func returnTarget(of request: RouteRequest) -> String {
    let start = "\(request.basePath)/"
    guard let asked = QueryItems(bytes: request.body)[SignInForm.returnField] else { return start }
    let isPlain = asked.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\")
    }
    // Two slashes would name another host, and a backslash is one to browsers.
    guard isPlain, asked.hasPrefix(start), !asked.hasPrefix("//"), asked.utf8.count <= 4096,
        !asked.hasPrefix("\(start)sign-in")
    else { return start }
    return asked
}

/// The cookie of the portal's own pages.
///
/// It ends with the session; until then it survives the browser.
struct SessionCookie: Sendable {
    private let cookies: PortalCookies

    init(_ addresses: SignInServices.Addresses) {
        cookies = PortalCookies(basePath: addresses.basePath, isSecure: addresses.isSecure)
    }

    func set(_ begun: Sessions.Begun) -> String {
        cookies.set(
            Router.sessionCookie, begun.value.revealedText() ?? "", until: begun.expiresAt.httpDate)
    }

    var removal: String { cookies.removal(Router.sessionCookie) }
}
