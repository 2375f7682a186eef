/// Writes the portal's cookies: scripts cannot read them, and forms of other sites do not send them.
package struct PortalCookies: Sendable {
    private let attributes: String

    /// - Parameters:
    ///   - basePath: where the portal is mounted, such as `/portal`; empty for the root.
    ///   - isSecure: whether people reach it by https.
    package init(basePath: String, isSecure: Bool) {
        attributes =
            "Path=\(basePath.isEmpty ? "/" : basePath); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }

    /// The value of `Set-Cookie` for a cookie that lasts so many seconds.
    ///
    /// The value is visible ASCII without blanks, quotes, commas, semicolons and backslashes.
    package func set(_ name: String, _ value: String, seconds: Int) -> String {
        "\(name)=\(value); Max-Age=\(seconds); \(attributes)"
    }

    /// The same for one that lasts until a date, in the form that HTTP has for dates.
    package func set(_ name: String, _ value: String, until date: String) -> String {
        "\(name)=\(value); Expires=\(date); \(attributes)"
    }

    /// Takes a cookie away.
    package func removal(_ name: String) -> String { set(name, "", seconds: 0) }
}
