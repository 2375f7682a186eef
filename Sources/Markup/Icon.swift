/// The icons: our own, 24 by 24, drawn with one stroke of 1.75 in the colour of the text.
///
/// An icon is written into the page as it is drawn. A sprite would need either the base path in
/// every part or a copy in every page, and costs the browser a shadow tree for each use; the same
/// path again and again is what compression is best at.
package enum Icon: Int, CaseIterable, Sendable, Part {
    // Kinds.
    case component, api, resource, system, domain, group, user, location, template, unknown
    // Places.
    case home, catalog, docs, problems, history, overview, relations, settings, search, logo
    // Facts.
    case owner, lifecycle, tag, clock, mail, chat, phone, globe, gauge, branch, folder, key, lock
    // Actions.
    case edit, refresh, copy, code, link, external, filter, close, plus, minus, more, menu, star
    case starred, bell, signIn, signOut, remove, download
    // States.
    case ok, check, warning, error, info
    // Directions.
    case chevronRight, chevronLeft, chevronDown, chevronUp, arrowUp, arrowDown
    // Themes.
    case sun, moon, display

    /// The icon, hidden from assistive technology: a word always stands beside it.
    package var html: HTML { Icon.drawn[rawValue] }

    /// The word by which the stylesheet knows it.
    package var name: String { String(describing: self) }

    /// A page has hundreds of icons; each is put together once.
    private static let drawn: [HTML] = allCases.map { icon in
        """
        <svg class="icon icon-\(icon.name)" viewBox="0 0 24 24" aria-hidden="true">\
        <path d="\(icon.drawing)"/></svg>
        """
    }

    /// The icon of a catalog kind by its name in lower case; of any other kind that of the unknown.
    package static func kind(_ name: String) -> Icon {
        switch name {
        case "component": .component
        case "api": .api
        case "resource": .resource
        case "system": .system
        case "domain": .domain
        case "group": .group
        case "user": .user
        case "location": .location
        case "template": .template
        default: .unknown
        }
    }
}
