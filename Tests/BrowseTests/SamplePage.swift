import Browse
import Markup
import Testing

/// The pages that are looked at: by goldens, by checks over all of them, by people.
struct SamplePage: CustomTestStringConvertible {
    let name: String
    let html: HTML

    var testDescription: String { name }

    static let all: [SamplePage] = {
        let shell = Samples.shell()
        let outside = Samples.shell(signedIn: false)
        let marks: [Int: Tone] = [23: .bad, 25: .warn]
        return [
            .init(name: "home", html: HomePage(Samples.home, in: shell).html),
            .init(name: "home-empty", html: HomePage(Samples.emptyHome, in: shell).html),
            .init(name: "catalog", html: CatalogPage(Samples.catalog, in: shell).html),
            .init(
                name: "catalog-no-match", html: CatalogPage(Samples.emptyCatalog, in: shell).html),
            .init(name: "entity", html: EntityPage(Samples.overview, in: shell).html),
            .init(name: "entity-bare", html: EntityPage(Samples.bare, in: shell).html),
            .init(name: "entity-group", html: EntityPage(Samples.group, in: shell).html),
            .init(
                name: "entity-relations",
                html: EntityPage(
                    Samples.entity("Relations", .relations(Samples.relations)), in: shell
                ).html),
            .init(
                name: "entity-yaml",
                html: EntityPage(
                    Samples.entity(
                        "YAML",
                        .source(
                            text: Samples.yaml, path: "services/cart/catalog-info.yaml",
                            href: .external("https://git.example.org"), marks: marks)), in: shell
                ).html),
            .init(name: "entity-history", html: EntityPage(Samples.history, in: shell).html),
            .init(
                name: "entity-diagnostics",
                html: EntityPage(
                    Samples.entity("Diagnostics", .diagnostics(Samples.ownDiagnostics)), in: shell
                ).html),
            .init(name: "problems", html: ProblemsPage(Samples.problems, in: shell).html),
            .init(
                name: "problems-none",
                html: ProblemsPage(
                    ProblemsModel(clear: Samples.links.to("problems"), healthyCount: 26_169),
                    in: shell
                ).html),
            .init(name: "sign-in", html: SignInPage(Samples.signIn, in: outside).html),
            .init(name: "sign-in-password", html: SignInPage(Samples.passwords, in: outside).html),
            .init(name: "error-404", html: ErrorPage(Samples.notFound, in: shell).html),
            .init(name: "error-403", html: ErrorPage(Samples.notAllowed, in: shell).html),
            .init(name: "error-500", html: ErrorPage(Samples.broken, in: outside).html),
            .init(name: "design", html: DesignPage(in: shell, now: Samples.now).html),
        ]
    }()
}

extension Samples {
    static let emptyHome: HomeModel = {
        var model = HomeModel(
            title: "Acme", ownedHref: links.to(), attentionHref: links.to(), now: now)
        model.firstSteps = [
            Button(
                "Register a descriptor", .open(links.to("catalog-import")), icon: .plus,
                style: .primary)
        ]
        return model
    }()

    static let signIn = SignInModel(
        methods: [
            .init("Continue with GitHub", icon: .branch, .open(links.to("api", "auth", "github"))),
            .init("Continue with Okta", icon: .key, .open(links.to("api", "auth", "okta"))),
            .init(
                "Enter as a guest", icon: .user,
                .post(links.to("sign-in"), fields: [.init("token", "t")])),
        ], footer: "Callboard 0.1")

    static let passwords = SignInModel(
        methods: [.init("Continue with GitHub", icon: .branch, .open(links.to("api", "auth")))],
        password: .init(
            action: links.to("sign-in"), fields: [.init("token", "t")], user: "alice\"><b>",
            error: "The name and the password do not belong together."),
        notices: [Notice(.info, "<p>You were signed out after 8 hours without a request.</p>")])

    static let notFound = ErrorModel(
        status: 404, title: "There is no component called crat",
        explanation: "Nothing in the catalog has the reference component:default/crat.",
        suggestions: [link("component", "Cart service"), link("component", "cart-web")],
        actions: [Button("Search the catalog", .open(links.to("catalog")), icon: .search)])

    static let notAllowed = ErrorModel(
        status: 403, title: "You may not unregister this entity",
        explanation: "Only its owner, payments, may. Ask one of its members, or an administrator.",
        actions: [Button("Back to the entity", .open(links.to("catalog")))])

    static let broken = ErrorModel(
        status: 500, title: "This page could not be made",
        explanation: "The fault is recorded. Trying again in a minute may help.",
        actions: [Button("Try again", .open(links.to()), icon: .refresh)], reference: "01JD8-7F3A")
}
