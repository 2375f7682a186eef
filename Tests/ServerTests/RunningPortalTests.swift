import CallboardTestSupport
import Crypto
import Foundation
import Glibc
import Outbound
import Synchronization
import Testing
import Values

/// The real binary, asked as its callers ask it.
struct RunningPortalTests {
    /// Runs a portal with a configuration, and ends it.
    private func withPortal(
        _ lines: String, _ body: (RunningPortal, Int, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try Data(lines.utf8).write(to: URL(filePath: "\(folder)/app-config.yaml"))
            let portal = try RunningPortal(in: folder)
            defer { portal.kill() }
            try await body(portal, try await portal.opened(), folder)
        }
    }

    private func ask(_ port: Int, _ request: String) async throws -> String {
        let client = try BlockingClient(port: port)
        try client.send("\(request)\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return try await client.receive(atLeast: .max)
    }

    private static let backend = """
        backend:
          listen: {host: 127.0.0.1, port: 0}
          database: {client: better-sqlite3, connection: {directory: ./data}}

        """

    @Test func `one signal ends it well, a second one at once`() async throws {
        try await withPortal(Self.backend) { portal, port, _ in
            let health = try await ask(port, "GET /.backstage/health/v1/readiness HTTP/1.1")
            #expect(health.hasPrefix("HTTP/1.1 200"))
            portal.signal(SIGTERM)
            let status = try await portal.end(within: .seconds(60))
            #expect(status == 0, "\(portal.log)")
        }
        for number in [SIGTERM, SIGINT] {
            try await withPortal(Self.backend) { portal, port, _ in
                // A request that does not come to its end holds the portal for ten seconds.
                let client = try BlockingClient(port: port)
                try client.send(
                    "POST /api/auth/guest/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"
                )
                try await Task.sleep(for: .milliseconds(300))
                portal.signal(number)
                #expect(try await portal.wrote("a second signal ends at once"))
                let start = ContinuousClock.now
                portal.signal(number)
                let status = try await portal.end(within: .seconds(8))
                #expect(status == number, "\(portal.log)")
                #expect(ContinuousClock.now - start < .seconds(8))
            }
        }
    }

    @Test func `its own certificate is good for those who are given it`() async throws {
        try await withPortal(Self.backend + "  https: true\n") { portal, port, folder in
            #expect(portal.log.contains("browsers warn of it"))
            let file = "\(folder)/data/https-certificate.pem"
            let trusting = OutboundClient(certificateAuthorities: file)
            let other = OutboundClient()
            defer {
                trusting.close()
                other.close()
            }
            for host in ["localhost", "127.0.0.1"] {
                let policy = OutboundPolicy(allowing: [try HostRule(host: "\(host):\(port)")])
                let request = OutboundRequest(
                    "https://\(host):\(port)/.backstage/health/v1/liveness", policy: policy)
                #expect(try await trusting.fetch(request).status == 200)
                await #expect(throws: OutboundError.self) { try await other.fetch(request) }
            }
        }
    }

    @Test func `the caller behind a trusted proxy is the one in the log`() async throws {
        try await withPortal(Self.backend + "  trustProxy: loopback\n") { portal, port, _ in
            #expect(portal.log.contains(#""version":""#))
            for (path, chain) in [
                ("/one", "203.0.113.7"), ("/two", "6.6.6.6, 203.0.113.8, 127.0.0.1"),
            ] {
                _ = try await ask(port, "GET \(path) HTTP/1.1\r\nX-Forwarded-For: \(chain)")
            }
            #expect(try await portal.wrote(#""client":"203.0.113.7""#))
            #expect(try await portal.wrote(#""client":"203.0.113.8""#))
            #expect(!portal.log.contains("6.6.6.6"))
        }
    }

    @Test func `a proxy's token and a program's open it, with keys from elsewhere`() async throws {
        let key = try SigningKey.generate(id: "k")
        let jwk = try #require(key.verification.jwk).members
        let set = jwk.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ",")
        let server = LoopbackServer { _, connection in
            connection.answer("200 OK", body: "{\"keys\":[{\(set)}]}")
        }
        let keys = "http://127.0.0.1:\(server.port)/keys"
        let access = """
              auth:
                externalAccess:
                  - type: jwks
                    options: {url: '\(keys)', issuer: https://ci.example, subjectPrefix: ci}
            auth:
              providers:
                gcpIap:
                  audience: /projects/1
                  signIn:
                    resolvers:
                      - resolver: emailLocalPartMatchingUserEntityName
                        dangerouslyAllowSignInWithoutUserInCatalog: true
            callboard:
              signIn: {gcpIap: {keys: '\(keys)'}}

            """
        func token(_ claims: String) throws -> String {
            try Token.signed(Array(claims.utf8), type: "JWT", with: key).text
        }
        let person =
            #"{"iss":"https://cloud.google.com/iap","aud":"/projects/1","sub":"a:1","#
            + #""email":"ada@example.com","exp":4102444800}"#
        let program = #"{"iss":"https://ci.example","sub":"deploy","exp":4102444800}"#
        try await withPortal(Self.backend + access) { portal, port, _ in
            let refresh = "GET /api/auth/gcpIap/refresh HTTP/1.1\r\nx-goog-iap-jwt-assertion: "
            let answer = try await ask(port, refresh + token(person))
            #expect(answer.contains(#""profile":{"email":"ada@example.com"}"#), "\(answer)")
            #expect(answer.contains(#""providerInfo":{"iapToken":{"iss":"#))
            #expect(answer.contains(#""userEntityRef":"user:default/ada""#))
            let forged = try await ask(port, refresh + token(program))
            #expect(forged.hasPrefix("HTTP/1.1 401") && forged.contains("another issuer"))
            let entities = "GET /api/catalog/entities HTTP/1.1\r\nAuthorization: Bearer "
            #expect(try await ask(port, entities + token(program)).hasPrefix("HTTP/1.1 200"))
            #expect(try await ask(port, entities + token(person)).hasPrefix("HTTP/1.1 401"))
            #expect(server.requests.count <= 2)
        }
    }
}
