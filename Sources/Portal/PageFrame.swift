package import Inbound
package import Markup
package import Routing
import Synchronization

/// The navigation of all features, filled once they are all made.
package final class Navigation: Sendable {
    private let state = Mutex<[NavigationEntry]>([])

    /// Empty until it is filled.
    package init() {}

    /// The entries in order.
    package var entries: [NavigationEntry] { state.withLock { $0 } }

    /// Takes over the entries of the features.
    package func fill(_ features: [Feature]) {
        let entries = features.flatMap(\.navigation)
        state.withLock { $0 = entries }
    }
}

/// What the pages of all features stand in: the portal's name, its addresses, its navigation, and
/// the person's menu.
package struct PageFrame: Sendable {
    /// The portal's name, addresses and assets.
    package let site: Site
    private let navigation: Navigation
    private let account: @Sendable (RouteRequest) -> [Menu.Item]

    /// A frame.
    ///
    /// - Parameters:
    ///   - title: the portal's name.
    ///   - basePath: where the portal is mounted; empty for the root.
    ///   - accentHue: an OKLCH hue in degrees; nil for the portal's own.
    ///   - account: the entries of the person's menu, signing out last.
    package init(
        title: String, basePath: String, accentHue: Int? = nil, navigation: Navigation,
        account: @escaping @Sendable (RouteRequest) -> [Menu.Item] = { _ in [] }
    ) {
        site = Site(
            name: title, links: Links(basePath: basePath), assets: Assets(accentHue: accentHue))
        self.navigation = navigation
        self.account = account
    }

    /// Makes the portal's addresses.
    package var links: Links { site.links }

    /// The frame for a person.
    ///
    /// - Parameters:
    ///   - person: who asks; nil for a program, or where nobody has to sign in.
    ///   - reference: the person's reference.
    ///   - counts: how many things need attention, by the path of a navigation entry.
    ///   - query: what the search field shows.
    package func shell(
        _ request: RouteRequest, person: Who?, reference: String = "", counts: [String: Int] = [:],
        query: String = ""
    ) -> Shell {
        let places = navigation.entries.map { entry in
            Place(
                id: entry.id, entry.title, icon: Icon.named(entry.icon), address(entry.path),
                count: counts[entry.path], key: entry.key)
        }
        return Shell(
            site: site, theme: Theme(cookie: request.head.cookie("callboard-theme")),
            places: places, search: links.to("catalog"), query: query,
            person: person.map {
                SignedIn($0, detail: reference, items: account(request))
            })
    }

    /// The frame for those who are not signed in: without rail and top line.
    package func outerShell(_ head: RequestHead) -> Shell {
        Shell(
            site: site, theme: Theme(cookie: head.cookie("callboard-theme")), places: [],
            search: links.to("catalog"), person: nil)
    }

    private func address(_ path: String) -> Href {
        links.to(path.split(separator: "/").map(String.init))
    }
}

extension NavigationEntry {
    /// The word by which a page says that it belongs here: the first segment of its path.
    var id: String { path.split(separator: "/").first.map(String.init) ?? "home" }
}

extension Icon {
    /// The icon of a name; that of the unknown for any other.
    static func named(_ name: String) -> Icon {
        allCases.first { $0.name == name } ?? .unknown
    }
}
