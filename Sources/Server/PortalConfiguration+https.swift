import Inbound
import Settings
import Values

extension PortalConfiguration {
    /// `backend.https`: the certificate and the key, mostly `$file` of a PEM file each.
    ///
    /// `true`, which makes a certificate of its own in Backstage, is refused: browsers warn of it,
    /// and people learn to click the warning away.
    ///
    /// - Throws: where one of the two is missing or is no PEM text. Whether they fit each other is
    ///   found out when the server starts.
    static func tls(_ settings: PortalSettings) throws(Diagnostic) -> InboundConfiguration.TLS? {
        let path = "backend.https"
        guard let value = settings.value(path), value.kind != .null, value.bool != false else {
            return nil
        }
        let remedy = "write `certificate: {cert: {$file: ./cert.pem}, key: {$file: ./key.pem}}`"
        if value.bool == true {
            throw fault(
                settings, path, "`backend.https: true` would need a certificate that nobody trusts",
                remedy: "\(remedy), or leave TLS to a proxy in front")
        }
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
        return InboundConfiguration.TLS(certificatePEM: try pem("cert"), keyPEM: try pem("key"))
    }
}
