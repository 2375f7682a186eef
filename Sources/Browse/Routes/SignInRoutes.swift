import Access
import Inbound
import Markup
import Portal
import Routing

/// The page on which people sign in; its forms go to the feature that signs people in.
struct SignInRoutes: Sendable {
    let services: BrowseServices

    var routes: [Route] {
        [Route(.get, "/sign-in", access: .open(because: "one signs in here"), handler: page)]
    }

    private func page(_ request: RouteRequest) -> RouteReply {
        let links = services.frame.links
        let target = request.query["return"]
        if case .user = request.principal {
            return .ready(
                InboundResponse(status: 303, headers: ["Location": links.to().text]))
        }
        let methods = services.offers.map { offer in
            SignInModel.Method(
                "Continue as \(offer.title)", icon: .user,
                .post(
                    links.to(offer.action.split(separator: "/").map(String.init)),
                    fields: target.map { [QueryItem(offer.returnField, $0)] } ?? []))
        }
        let notices =
            methods.isEmpty
            ? [
                Notice(
                    .warn,
                    """
                    Nobody can sign in yet: the configuration names no provider under \
                    <code>auth.providers</code>. Add <code>guest: {}</code> to try the portal out.
                    """)
            ] : []
        let model = SignInModel(methods: methods, notices: notices)
        return .ready(
            .page(SignInPage(model, in: services.frame.outerShell(request.head)).html))
    }
}
