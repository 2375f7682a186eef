/// Which colours a person wants.
package enum Theme: String, Sendable, CaseIterable {
    /// What the browser says.
    case auto
    /// Light, whatever the browser says.
    case light
    /// Dark, whatever the browser says.
    case dark

    /// From the cookie `callboard-theme`; anything unknown is `auto`.
    package init(cookie value: String?) {
        self = value.flatMap(Theme.init(rawValue:)) ?? .auto
    }
}
