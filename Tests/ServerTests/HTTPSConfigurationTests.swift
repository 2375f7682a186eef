import CallboardTestSupport
import Foundation
import Settings
import Testing
import Values

@testable import Server

/// What `backend.https` may say; the server's own TLS is tested in InboundTests.
struct HTTPSConfigurationTests {
    @Test(
        arguments: [
            ("", nil),
            ("https: false", nil),
            ("https: {certificate: {cert: {$file: cert.pem}, key: {$file: key.pem}}}", "served"),
            ("https: true", "a certificate that nobody trusts"),
            ("https: {}", "`backend.https.certificate.cert` is missing"),
            (
                "https: {certificate: {cert: {$file: cert.pem}}}",
                "`backend.https.certificate.key` is missing"
            ),
            (
                "https: {certificate: {cert: ./cert.pem, key: ./key.pem}}",
                "`backend.https.certificate.cert` is no PEM text"
            ),
        ] as [(String, String?)])
    func `it is served or refused aloud, never ignored`(line: String, outcome: String?) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            ("app-config.yaml", "backend:\n  listen: :7007\n  \(line)\n"),
            ("cert.pem", "-----BEGIN CERTIFICATE-----\n"), ("key.pem", "-----BEGIN KEY-----\n"),
        ] {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
        let settings = try PortalSettings.load(
            SettingsInput(
                files: [folder.appending(path: "app-config.yaml").path], environment: [:],
                workingFolder: folder.path))
        do throws(Diagnostic) {
            let configuration = try PortalConfiguration(settings, workingFolder: folder.path)
            #expect((configuration.tls == nil ? nil : "served") == outcome)
            let scheme = outcome == nil ? "http" : "https"
            #expect(configuration.backendURL == "\(scheme)://localhost:7007")
        } catch {
            #expect(outcome.map(error.summary.contains) ?? false, "\(error.report())")
            #expect(error.place.line == 3)
        }
    }
}
