package import Access
package import Catalog
import CatalogModel
package import Inbound
import Markup
package import Portal
package import Routing
package import Store
package import Telemetry

/// What the pages need to do something, not only to show it.
package struct BrowseActions: Sendable {
    let stars: Stars
    let policy: any AccessPolicy
    let crossSite: CrossSiteGuard
    let cookies: PortalCookies
    let isReadonly: Bool
    /// So long a form waits for a source that is slow to answer; reading then goes on.
    let patience: Duration

    /// - Parameters:
    ///   - database: where stars are kept.
    ///   - policy: says which actions a page offers, and what the pages of actions show.
    ///   - crossSite: refuses forms that other sites send.
    ///   - isReadonly: whether addresses may not be registered or unregistered.
    package init(
        database: Database, policy: any AccessPolicy, crossSite: CrossSiteGuard,
        cookies: PortalCookies, isReadonly: Bool, patience: Duration = .seconds(10)
    ) {
        self.patience = patience
        stars = Stars(database: database)
        self.policy = policy
        self.crossSite = crossSite
        self.cookies = cookies
        self.isReadonly = isReadonly
    }
}

/// What the pages of the catalog work with.
package struct BrowseServices: Sendable {
    let keeper: CatalogKeeper
    let frame: PageFrame
    let clock: Clock
    let names: SourceNames
    let actions: BrowseActions
    /// The ways to sign in, in the order of the page.
    let offers: [SignInOffer]

    /// - Parameter workingFolder: files below it are named from it on; empty for none.
    package init(
        keeper: CatalogKeeper, frame: PageFrame, clock: Clock, actions: BrowseActions,
        workingFolder: String = "", offers: [SignInOffer] = []
    ) {
        self.actions = actions
        self.offers = offers
        self.keeper = keeper
        self.frame = frame
        self.clock = clock
        names = SourceNames(workingFolder: workingFolder)
    }

    /// What of the catalog whoever asks may see, on pages that need another permission too.
    func visible(to request: RouteRequest) -> Visibility {
        actions.policy.decide(CatalogPermissions.read, plugin: "", for: request.principal)
            .visibility
    }

    /// Leads to the page that follows an action: it tells the outcome, and is no older than what
    /// the action did, whichever process answers.
    func done(_ href: Href, _ outcome: Outcome?) -> InboundResponse {
        var response = InboundResponse.seeOther(href)
        let revision = String(keeper.state.snapshot.revision)
        // Longer than any process lags behind; a database that was restored must not make a
        // browser wait for a revision that never comes.
        let cookies = actions.cookies
        response.headers.add(
            "Set-Cookie", cookies.set(Router.revisionCookie, revision, seconds: 60))
        if let outcome {
            response.headers.add(
                "Set-Cookie", cookies.set(Outcome.cookie, outcome.text, seconds: 60))
        }
        return response
    }
}

/// The pages of the catalog: home, list, entity, problems; and what every page needs.
package struct BrowseFeature: Sendable {
    private let services: BrowseServices

    package init(_ services: BrowseServices) {
        self.services = services
    }

    /// What the pages keep: the stars.
    package static let storage = FeatureStorage(
        migrations: BrowseMigrations.set,
        personalData: [PersonalData(what: "stars", table: "star", column: "user_ref")])

    /// What the portal takes over.
    package var feature: Feature {
        let boards = ProblemBoards()
        return Feature(
            id: "browse", title: "Browse",
            routes: HomeRoutes(services: services, boards: boards).routes
                + CatalogRoutes(services: services, boards: boards).routes
                + EntityRoutes(services: services, boards: boards).routes
                + ActionRoutes(services: services, boards: boards).routes
                + ImportRoutes(services: services, boards: boards).routes
                + ProblemRoutes(services: services, boards: boards).routes
                + RemovalRoutes(services: services).routes
                + FrameRoutes(services: services).routes
                + SignInRoutes(services: services).routes,
            navigation: [
                NavigationEntry(title: "Home", path: "/", icon: "home", key: "h"),
                NavigationEntry(title: "Catalog", path: "/catalog", icon: "catalog", key: "c"),
                NavigationEntry(title: "Problems", path: "/problems", icon: "problems", key: "p"),
            ])
    }

    /// The page for a fault of a page; nil where a program asks, which gets JSON.
    package func errorPage(_ fault: RequestFault, _ head: RequestHead) -> InboundResponse? {
        guard !head.wantsJSON, head.method == .get || head.method == .head || head.takesHTML else {
            return nil
        }
        let links = services.frame.links
        var model = ErrorModel(
            status: fault.kind.status, title: title(of: fault, head),
            explanation: Words.sentence(fault.message),
            actions: [Button("Go to the start", .open(links.to()), icon: .home)])
        switch fault.kind {
        case .notFound:
            model.explanation =
                "Nothing is at this address. It may have been mistyped, or what it named is gone."
            model.actions = [
                Button("Look in the catalog", .open(links.to("catalog")), icon: .catalog)
            ]
        case .internalError, .unavailable: model.reference = head.id.isEmpty ? nil : head.id
        default: break
        }
        let page = ErrorPage(model, in: services.frame.outerShell(head))
        return .page(page.html, status: fault.kind.status)
    }

    private func title(of fault: RequestFault, _ head: RequestHead) -> String {
        switch fault.kind {
        case .notFound: "There is no such page"
        case .notAllowed: "You may not see this"
        case .authentication: "You are not signed in"
        case .internalError, .unavailable: "This page could not be made"
        default: "This address could not be understood"
        }
    }
}
