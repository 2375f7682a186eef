import Access
import Inbound
import Markup
import Portal
import Routing
import Telemetry

/// What every page needs: stylesheet, script and icon; the theme; and the page of the design.
struct FrameRoutes: Sendable {
    let services: BrowseServices

    var routes: [Route] {
        var assets: [String: InboundResponse] = [:]
        for asset in services.frame.site.assets.all {
            assets[String(asset.path.dropFirst("/assets/".count))] = Self.response(asset)
        }
        let favicon = Self.favicon(services.frame.site.assets.favicon)
        let files = assets
        return [
            Route(
                .get, "/assets/{name}",
                access: .open(because: "the sign-in page is styled, and holds no secret")
            ) { request in
                guard let response = files[request.parameter("name")] else {
                    throw RequestFault(.notFound, "there is no such file")
                }
                return .ready(response)
            },
            Route(
                .get, "/favicon.ico", access: .open(because: "browsers ask without credentials")
            ) { _ in .ready(favicon) },
            Route(
                .post, "/theme", access: .open(because: "it sets a colour for one browser"),
                bodyLimit: BodyLimit(bytes: 1024), handler: setTheme),
            Route(.get, "/design", access: .signedIn, handler: design),
        ]
    }

    /// The name has a hash of the content, so that what is there never changes.
    private static func response(_ asset: Asset) -> InboundResponse {
        InboundResponse(
            status: 200,
            headers: [
                "Content-Type": asset.contentType,
                "Cache-Control": "public, max-age=31536000, immutable",
            ],
            body: .bytes(ByteBody(asset.bytes)))
    }

    private static func favicon(_ asset: Asset) -> InboundResponse {
        var response = response(asset)
        response.headers.set("Cache-Control", "public, max-age=86400")
        return response
    }

    private func design(_ request: RouteRequest) -> RouteReply {
        let now = Int(services.clock.now.seconds)
        let shell = services.frame.shell(request, person: nil)
        return .later { .page(DesignPage(in: shell, now: now).html) }
    }

    /// Keeps the theme in a cookie, as the script does, and goes back to where the person was.
    private func setTheme(_ request: RouteRequest) -> RouteReply {
        let form = QueryItems(bytes: request.body)
        let theme = Theme(cookie: form["theme"])
        let age = theme == .auto ? 0 : 31_536_000
        let cookie =
            "callboard-theme=\(theme.rawValue); Path=\(request.basePath)/; Max-Age=\(age); "
            + "SameSite=Lax"
        return .ready(
            InboundResponse(
                status: 303, headers: ["Location": back(request), "Set-Cookie": cookie]))
    }

    /// The page that the form stood on, if it is one of ours; else the start.
    private func back(_ request: RouteRequest) -> String {
        let home = services.frame.links.to().text
        guard let referer = request.head.headers["Referer"],
            let host = request.host,
            let start = referer.firstRange(of: "//\(host)/")
        else { return home }
        let path = "/" + referer[start.upperBound...]
        let isOurs = path.hasPrefix(home) && !path.hasPrefix("//")
        let isVisible = path.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x5C }
        return isOurs && isVisible ? path : home
    }
}
