import Inbound
import Settings
import Values

extension PortalConfiguration {
    /// How the portal itself is reached.
    enum Encryption: Sendable {
        /// By plain HTTP, mostly from a proxy that speaks TLS.
        case none
        /// With a certificate of the operator's.
        case configured(InboundConfiguration.TLS)
        /// With one that the portal makes for itself.
        case ownCertificate

        /// `http` or `https`.
        var scheme: String {
            if case .none = self { "http" } else { "https" }
        }
    }

    /// `backend.https`: true, or the certificate and the key, mostly `$file` of a PEM file each.
    ///
    /// - Throws: where one of the two is missing or is no PEM text. Whether they fit each other is
    ///   found out when the server starts.
    static func encryption(_ settings: PortalSettings) throws(Diagnostic) -> Encryption {
        let path = "backend.https"
        guard let value = settings.value(path), value.kind != .null, value.bool != false else {
            return .none
        }
        if value.bool == true { return .ownCertificate }
        let remedy = "write `certificate: {cert: {$file: ./cert.pem}, key: {$file: ./key.pem}}`"
        func pem(_ name: String) throws(Diagnostic) -> String {
            let path = "\(path).certificate.\(name)"
            guard let text = try settings.string(path) else {
                throw fault(
                    settings, "backend.https", "`\(path)` is missing", remedy: remedy)
            }
            guard text.contains("-----BEGIN ") else {
                throw fault(settings, path, "`\(path)` is no PEM text", remedy: remedy)
            }
            return text
        }
        return .configured(
            InboundConfiguration.TLS(certificatePEM: try pem("cert"), keyPEM: try pem("key")))
    }
}
