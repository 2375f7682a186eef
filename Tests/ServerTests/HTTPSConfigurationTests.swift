import CallboardTestSupport
import Foundation
import Inbound
import Routing
import Settings
import Synchronization
import Files
import Telemetry
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
            ("https: true", "own"),
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
            let found: String? =
                switch configuration.encryption {
                case .none: nil
                case .configured: "served"
                case .ownCertificate: "own"
                }
            #expect(found == outcome)
            let scheme = outcome == nil ? "http" : "https"
            #expect(configuration.backendURL == "\(scheme)://localhost:7007")
        } catch {
            #expect(outcome.map(error.summary.contains) ?? false, "\(error.report())")
            #expect(error.place.line == 3)
        }
    }

    @Test func `the portal's own certificate is kept, and made anew in time`() async throws {
        try await withTemporaryFolder { folder in
            let time = ManualClock(Instant(seconds: 1_800_000_000))
            let log = CollectedLines()
            let data = try DataFolder("\(folder)/data")
            func certificate(_ address: String = "https://portal.example.com:7007") throws -> String
            {
                try OwnCertificate(
                    folder: data, addresses: [address, "https://[2001:db8::1]/a"],
                    clock: time.clock, log: Log(level: .info, clock: time.clock, sink: log)
                ).tls().certificatePEM
            }
            let first = try certificate()
            #expect(try certificate() == first)
            #expect(log.text.contains("portal.example.com, 2001:db8::1, localhost, 127.0.0.1, ::1"))
            #expect(log.text.contains("2028-02-16T08:00:00.000Z"))
            let path = "\(folder)/data/\(OwnCertificate.fileName)"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            time.advance(by: .seconds(296 * 86_400))
            #expect(try certificate() == first)
            time.advance(by: .seconds(86_400))
            let second = try certificate()
            #expect(second != first)
            // Another address, and a file that is none.
            let third = try certificate("https://other.example.com")
            #expect(third != second)
            try Data("nonsense".utf8).write(to: URL(filePath: path))
            #expect(try certificate("https://other.example.com") != third)
            // Where nothing can be kept it is used all the same.
            try FileManager.default.removeItem(atPath: "\(folder)/data")
            #expect(try certificate() != certificate())
            #expect(log.text.contains("could not be kept"))
        }
    }

    @Test(
        arguments: [
            ("", "nobody"), ("trustProxy: false", "nobody"), ("trustProxy: true", "everybody"),
            ("trustProxy: 'true'", "everybody"), ("trustProxy: 0", "nobody"),
            ("trustProxy: 2", "hops"), ("trustProxy: '2'", "hops"),
            ("trustProxy: loopback", "addresses"),
            ("trustProxy: 'loopback, 10.0.0.0/8'", "addresses"),
            ("trustProxy: [loopback, 10.0.0.0/8]", "addresses"), ("trustProxy: -1", nil),
            ("trustProxy: 1.5", nil), ("trustProxy: '-1'", nil), ("trustProxy: nonsense", nil),
            ("trustProxy: [10.0.0.0/99]", nil), ("trustProxy: {a: b}", nil),
            ("trustProxy: [1]", nil),
        ] as [(String, String?)])
    func `proxies are trusted as Express has it`(line: String, outcome: String?) async throws {
        try await withTemporaryFolder { folder in
            let text = "backend:\n  listen: :7007\n  \(line)\n"
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/app-config.yaml"))
            let settings = try PortalSettings.load(
                SettingsInput(
                    files: ["\(folder)/app-config.yaml"], environment: [:], workingFolder: folder))
            do throws(Diagnostic) {
                if let fault = settings.check(ConfigKeys.all).first(where: { $0.severity == .error }
                ) {
                    throw fault
                }
                let trust = try PortalConfiguration(settings, workingFolder: folder).trust
                let chain: HTTPHeaders = ["X-Forwarded-For": "6.6.6.6, 10.0.0.2, 10.0.0.3"]
                let head = RequestHead(
                    method: .get, target: "/", headers: chain, peer: "127.0.0.1")
                let client = [
                    "nobody": "127.0.0.1", "everybody": "6.6.6.6", "hops": "10.0.0.2",
                    "addresses": line.contains("10.") ? "6.6.6.6" : "10.0.0.3",
                ]
                #expect(trust.client(of: head) == outcome.flatMap { client[$0] })
            } catch {
                #expect(outcome == nil, "\(error.report())")
                #expect(error.place.line == 3)
            }
        }
    }
}

/// What was logged, as text.
private final class CollectedLines: LogSink {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    func take(_ entry: LogEntry) {
        lines.withLock { $0.append("\(entry.message) \(entry.fields)") }
    }
}
