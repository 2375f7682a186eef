import CallboardTestSupport
import Foundation
import Outbound
import Settings
import SignIn
import Telemetry
import Testing
import Values

@testable import Server

/// What `auth.providers` and `backend.auth.externalAccess` may say.
struct AccessConfigurationTests {
    private static let appService = [
        "WEBSITE_SKU": "Basic", "WEBSITE_AUTH_ENABLED": "true",
        "WEBSITE_AUTH_DEFAULT_PROVIDER": "azureactivedirectory", "WEBSITE_AUTH_TOKEN_STORE": "true",
    ]

    private func read(
        _ lines: String, _ environment: [String: String] = [:]
    ) async throws -> AccessConfiguration {
        try await withTemporaryFolder { folder in
            let file = "\(folder)/app-config.yaml"
            try Data(lines.utf8).write(to: URL(filePath: file))
            let settings = try PortalSettings.load(
                SettingsInput(files: [file], environment: [:], workingFolder: folder))
            if let fault = settings.check(ConfigKeys.all).first(where: { $0.severity == .error }) {
                throw fault
            }
            let client = OutboundClient()
            defer { client.close() }
            return try AccessConfiguration(
                settings, backendURL: "http://localhost:7007",
                .init(client: client, clock: .system, environment: environment))
        }
    }

    private static func providers(_ text: String, _ own: String = "") -> String {
        "auth:\n  providers:\n    \(text)\ncallboard:\n  signIn: {\(own)}\n"
    }

    @Test(arguments: [
        ("oauth2Proxy: {}", "", "oauth2Proxy"),
        ("awsalb: {issuer: https://a.example, region: us-east-2, signer: 'arn:a'}", "", "awsalb"),
        ("gcpIap: {audience: /projects/1}", "", "gcpIap"),
        ("gcp-iap: {audience: /projects/1, jwtHeader: x-own}", "", "gcp-iap"),
        ("gcpIap: {development: {audience: /p, signIn: {resolvers: []}}}", "", "gcpIap"),
        (
            "cfaccess: {teamName: t, serviceTokens: [{token: a, subject: b@c.example}]}", "",
            "cfaccess"
        ),
        (
            "cfaccess: {teamName: t}", "cfaccess: {keys: 'http://127.0.0.1/k', audience: [a]}",
            "cfaccess"
        ),
        ("guest: {}", "", "guest"), ("github: {development: {clientId: a}}", "", ""),
        (
            "easyAuth: {}", "easyAuth: {keys: 'https://a.example/k', audience: client}", "easyAuth"
        ),
        (
            """
            gcpIap: {audience: /p, signIn: {resolvers: [{resolver: idMatchingUserEntityAnnotation},
                {resolver: emailLocalPartMatchingUserEntityName, allowedDomains: [a.example]}]}}
            """, "", "gcpIap"
        ),
    ])
    func `a provider is configured as in Backstage`(
        text: String, own: String, id: String
    ) async throws {
        let access = try await read(Self.providers(text, own))
        #expect(access.providers.map(\.id).joined() == id)
        #expect(access.warnings == [])
    }

    @Test(arguments: [
        ("awsalb: {region: us-east-2}", "", "`auth.providers.awsalb.issuer` is missing"),
        ("awsalb: {issuer: https://a.example}", "", "`auth.providers.awsalb.region` is missing"),
        ("awsalb: {issuer: https://a.example, region: 'x.example/'}", "", "no name of a region"),
        ("awsalb: {issuer: 17, region: us-east-2}", "", "must be text"),
        ("gcpIap: {}", "", "`auth.providers.gcpIap.audience` is missing"),
        ("cfaccess: {}", "", "`auth.providers.cfaccess.teamName` is missing"),
        ("cfaccess: {teamName: a.example}", "", "no name of a team"),
        ("cfaccess: {teamName: a, serviceTokens: [{token: a}]}", "", "needs `token` and `subject`"),
        ("cfaccess: {teamName: a}", "cfaccess: {keys: nowhere}", "must be an address"),
        (
            "cfaccess: {teamName: a}", "cfaccess: {keys: 'https://a:b@c.example'}",
            "no address of keys"
        ),
        ("azureEasyAuth: {}", "", "does not run on Azure App Service (WEBSITE_SKU)"),
        ("easyAuth: {}", "easyAuth: {keys: 'https://a.example/k'}", "without an audience"),
        (
            "awsalb: {issuer: a, region: us-east-2, signIn: {resolvers: [{resolver: none}]}}", "",
            "there is no such sign-in resolver"
        ),
    ])
    func `a provider that cannot work stops the start`(
        text: String, own: String, summary: String
    ) async {
        let fault = await #expect(throws: Diagnostic.self) {
            try await read(Self.providers(text, own))
        }
        #expect(fault?.summary.contains(summary) == true, "\(fault?.summary ?? "")")
        #expect((fault?.place.line ?? 0) > 2, "\(fault?.report() ?? "")")
    }

    @Test func `what is not safe is said, and App Service is believed`() async throws {
        let access = try await read(
            Self.providers("awsalb: {issuer: https://a.example, region: us-east-2}"))
        #expect(access.warnings.joined().contains("has no signer"))
        let azure = try await read(Self.providers("azureEasyAuth: {}"), Self.appService)
        #expect(azure.providers.map(\.id) == ["azureEasyAuth"])
    }

    @Test(arguments: [
        ("url: https://a.example/keys", nil),
        ("url: http://127.0.0.1:9/keys, issuer: a, audience: b, algorithm: RS256", nil),
        (
            "url: https://a.example/keys, issuer: [a, b], audience: [c], algorithm: [ES256, EdDSA]",
            nil
        ),
        ("url: https://a.example/keys, algorithm: 'RS256, PS256', subjectPrefix: ci", nil),
        ("issuer: a", "need the address of their keys"), ("url: nowhere", "must be an address"),
        ("url: 'https://a:b@a.example/'", "need the address of their keys"),
        ("url: https://a.example/keys, algorithm: none", "there is no algorithm `none`"),
        ("url: https://a.example/keys, algorithm: HS256", "there is no algorithm `HS256`"),
    ])
    func `tokens of another issuer are configured as in Backstage`(
        options: String, summary: String?
    ) async throws {
        for name in ["options", "config"] {
            let lines =
                "backend:\n  auth:\n    externalAccess:\n      - type: jwks\n        \(name): {\(options)}\n"
            do {
                #expect(try await read(lines).external.count == 1)
                #expect(summary == nil)
            } catch let fault as Diagnostic {
                // The types of the old name's keys are not declared.
                if name == "config", summary == "must be an address" { continue }
                #expect(fault.summary.contains(summary ?? "nothing"), "\(fault.report())")
            }
        }
    }
}
