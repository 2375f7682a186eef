import Crypto
import Files
import Inbound
import Outbound
import Telemetry

/// The certificate that the portal makes for itself (`backend.https: true`).
///
/// It is kept in the data folder, so that whoever accepted it once need not again, and made anew
/// when it nears its end or the portal's address changed. Without a data folder it lasts as long as
/// the process.
struct OwnCertificate {
    /// Its name in the data folder; the key is in it too.
    static let fileName = "https-certificate.pem"
    /// Browsers take no longer ones than 398 days.
    private static let lifetimeDays: Int64 = 397
    /// It is only made at a start, so a portal may run for so many days and still have a good one.
    private static let reserveDays: Int64 = 100

    private let folder: DataFolder?
    private let hosts: [String]
    private let clock: Clock
    private let log: Log

    /// - Parameters:
    ///   - folder: this process's data folder; nil where nothing is kept.
    ///   - addresses: by which the portal is asked, beside those of the machine itself.
    init(folder: DataFolder?, addresses: [String], clock: Clock, log: Log) {
        self.folder = folder
        self.clock = clock
        self.log = log
        var hosts: [String] = []
        for host in addresses.map({ WebAddress($0)?.host ?? "" }) + [
            "localhost", "127.0.0.1", "::1",
        ] {
            let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
            if !bare.isEmpty, !hosts.contains(bare) { hosts.append(bare) }
        }
        self.hosts = hosts
    }

    /// What the server needs; says in the log what it uses.
    func tls() throws -> InboundConfiguration.TLS {
        let certificate = try kept() ?? made()
        let digits = Hex.encode(certificate.fingerprint)
        log.warning(
            "The portal's own certificate is used; browsers warn of it",
            [
                "hosts": .string(hosts.joined(separator: ", ")),
                "ends": .string(Instant(seconds: certificate.endsAt).iso8601),
                "sha256": .string(digits),
                "file": .string(folder.map { "\($0.path)/\(Self.fileName)" } ?? "none"),
            ])
        return InboundConfiguration.TLS(
            certificatePEM: certificate.certificatePEM,
            keyPEM: certificate.keyPEM.revealedText() ?? "")
    }

    /// The one in the data folder, if it is still good for a while and for all hosts.
    private func kept() -> SelfSignedCertificate? {
        guard let file = try? folder?.root.read(Self.fileName, limit: 64 << 10),
            let certificate = try? SelfSignedCertificate(pem: Secret(file.bytes)),
            certificate.endsAt - clock.now.seconds > Self.reserveDays * 86_400,
            hosts.allSatisfy(certificate.covers)
        else { return nil }
        return certificate
    }

    private func made() throws -> SelfSignedCertificate {
        let now = clock.now.seconds
        // An hour for clocks that are behind.
        let certificate = try SelfSignedCertificate.make(
            for: hosts, beginsAt: now - 3600, endsAt: now + Self.lifetimeDays * 86_400)
        do throws(FileError) {
            try folder?.replace(Self.fileName, with: certificate.pem.withBytes { Array($0) })
        } catch {
            log.warning(
                "The portal's certificate could not be kept; the next start makes another",
                ["reason": .string("\(error)")])
        }
        return certificate
    }
}
