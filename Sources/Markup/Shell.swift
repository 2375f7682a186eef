/// What all pages of one portal have in common.
package struct Site: Sendable {
    /// The portal's name, usually the company's.
    package let name: String
    /// Makes its addresses.
    package let links: Links
    /// Its stylesheet and script.
    package let assets: Assets

    /// A portal.
    package init(name: String, links: Links, assets: Assets) {
        self.name = name
        self.links = links
        self.assets = assets
    }
}

/// A place in the rail at the left.
package struct Place: Sendable {
    /// A stable word by which a page says that it belongs here.
    package let id: String
    let label: String
    let icon: Icon
    let href: Href
    let count: Int?
    let key: Character?

    /// `key` goes there after `g`.
    ///
    /// A count above zero is of things that need attention.
    package init(
        id: String, _ label: String, icon: Icon, _ href: Href, count: Int? = nil,
        key: Character? = nil
    ) {
        self.id = id
        self.label = label
        self.icon = icon
        self.href = href
        self.count = count
        self.key = key
    }
}

/// The person who is signed in.
package struct SignedIn: Sendable {
    let who: Who
    let detail: String
    let items: [Menu.Item]

    /// `detail` is their reference or mail address; the items are the menu's, signing out last.
    package init(_ who: Who, detail: String, items: [Menu.Item]) {
        self.who = who
        self.detail = detail
        self.items = items
    }
}

/// The frame of a page: rail, top line, content.
package struct Shell: Sendable {
    /// The portal.
    package let site: Site
    let theme: Theme
    let places: [Place]
    let laterPlaces: [Place]
    let search: Href
    let query: String
    /// The person who is signed in, if someone is.
    package let person: SignedIn?

    /// `places` stand at the top of the rail and `laterPlaces` at its foot; the search form goes to
    /// `search` with the parameter `query`, and shows the query given here.
    package init(
        site: Site, theme: Theme = .auto, places: [Place], laterPlaces: [Place] = [], search: Href,
        query: String = "", person: SignedIn?
    ) {
        self.site = site
        self.theme = theme
        self.places = places
        self.laterPlaces = laterPlaces
        self.search = search
        self.query = query
        self.person = person
    }

    /// A page in the frame.
    ///
    /// `current` is the `id` of its place in the rail; `list` that of the rows of its table, which
    /// then has a skip link too.
    package func page(
        title: String, current: String? = nil, list: String? = nil, _ content: HTML
    ) -> HTML {
        let skip: HTML? = list.map {
            "<a class=\"skip\" href=\"\(Href.fragment($0))\">Skip to the list</a>"
        }
        return document(
            title: title,
            """
            \(skip)<div class="shell">
            \(rail(current: current))
            <div class="column">
            \(top)
            <main class="main" id="main" tabindex="-1">
            \(content)
            </main></div></div>
            """)
    }

    /// A page without rail and top line, for those who are not signed in.
    package func barePage(title: String, _ content: HTML, footer: HTML? = nil) -> HTML {
        let foot: HTML? = footer.map { "<footer>\($0)</footer>" }
        return document(
            title: title,
            """
            <div class="alone"><main id="main" tabindex="-1">\
            <p class="mark">\(Icon.logo)<span>\(site.name)</span></p>
            \(content)</main>\(foot)</div>
            """)
    }

    private func document(title: String, _ body: HTML) -> HTML {
        let links = site.links
        let scheme = theme == .auto ? "light dark" : theme.rawValue
        let chosen = theme == .auto ? nil : theme.rawValue
        return """
            <!doctype html>
            <html lang="en" data-base="\(links.basePath)/"\(attribute: "data-theme", chosen)>
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="\(scheme)">
            <title>\(title) · \(site.name)</title>
            <link rel="stylesheet" href="\(links.asset(site.assets.stylesheet))">
            <link rel="icon" type="image/svg+xml" href="\(links.asset(site.assets.favicon))">
            <script src="\(links.asset(site.assets.script))" defer></script>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            \(body)
            <div class="hidden-text" id="announcements" role="status"></div>
            </body></html>

            """
    }

    private func rail(current: String?) -> HTML {
        let item: (Place) -> HTML = { place in
            let isCurrent = place.id == current
            let count: HTML? = place.count.flatMap {
                $0 > 0 ? "<span class=\"count count-bad\">\($0.grouped)</span>" : nil
            }
            return """
                <li><a href="\(place.href)"\(attribute: "aria-current", isCurrent ? "page" : nil)\
                \(attribute: "data-key", place.key.map(String.init))>\(place.icon)\
                <span>\(place.label)</span>\(count)</a></li>
                """
        }
        let later: HTML = "<ul class=\"rail-later\">\(laterPlaces.map(item))</ul>"
        return """
            <nav class="rail" aria-label="Main"><a class="brand" href="\(site.links.to())">\
            \(Icon.logo)<span>\(site.name)</span></a>
            <ul class="rail-first">\(places.map(item))</ul>\
            \(laterPlaces.isEmpty ? nil : later)</nav>
            """
    }

    private var top: HTML {
        """
        <header class="top"><a class="top-brand" href="\(site.links.to())">\(Icon.logo)\
        <span class="hidden-text">\(site.name)</span></a>
        <form class="search" role="search" action="\(search)">\(Icon.search)\
        <input type="search" name="query" value="\(query)" placeholder="Search" \
        aria-label="Search" autocomplete="off" data-search><kbd aria-hidden="true">/</kbd></form>
        <div class="top-end">\(person.map(menu))</div></header>
        """
    }

    private func menu(_ person: SignedIn) -> HTML {
        let themes: [HTML] = [
            (Theme.auto, Icon.display, "As the system"), (.light, .sun, "Light"),
            (.dark, .moon, "Dark"),
        ].map { theme, icon, label in
            """
            <button name="theme" value="\(theme.rawValue)" data-theme-choice="\(theme.rawValue)" \
            aria-pressed="\(theme == self.theme ? "true" : "false")" title="\(label)">\(icon)<span class="hidden-text">\(label)</span></button>
            """
        }
        let disc = Disc(name: person.who.name, picture: person.who.picture, isLarge: true)
        return """
            <details class="menu menu-person"><summary>\(disc)\
            <span class="hidden-text">Your menu</span></summary>
            <div class="menu-body"><div class="menu-about">\
            <p><b><bdi>\(person.who.name)</bdi></b></p>\
            <p class="small quiet">\(person.detail)</p></div><hr>\
            <form class="themes" role="group" aria-label="Theme" method="post" \
            action="\(site.links.to("theme"))">\
            <span aria-hidden="true">Theme</span>\(themes)</form>\
            \(person.items.map(\.html))</div></details>
            """
    }
}
