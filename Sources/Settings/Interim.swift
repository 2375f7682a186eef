/// The name that the server uses until it says ``PortalSettings``.
package typealias Settings = PortalSettings
