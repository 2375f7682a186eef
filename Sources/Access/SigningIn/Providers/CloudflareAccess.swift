package import Outbound
package import Telemetry
import Values

/// What Cloudflare Access is configured to.
package struct CloudflareSettings: Sendable {
    /// A program that comes through with a service token of Cloudflare.
    package struct ServiceToken: Sendable {
        /// Its client id, as the token's `common_name` has it.
        package let token: String
        /// The email address that it signs in with.
        package let subject: String

        package init(token: String, subject: String) {
            self.token = token
            self.subject = subject
        }
    }

    /// The first label of the team's domain.
    package var team: String
    package var serviceTokens: [ServiceToken] = []
    /// The tags of the applications whose tokens count; nil for all of the team, as in Backstage.
    package var audiences: [String]?
    package var header = "cf-access-jwt-assertion"
    package var cookie = "CF_Authorization"
    /// Where Cloudflare says more about a person; nil to ask nobody.
    package var identityAddress: String?

    /// Of a team as it is, with everybody in it; nil if the name is none.
    package init?(team: String) {
        guard team.lowercased().isPlainLabel else { return nil }
        self.team = team.lowercased()
        identityAddress = "\(issuer)/cdn-cgi/access/get-identity"
    }

    /// The issuer of its tokens.
    package var issuer: String { "https://\(team).cloudflareaccess.com" }
    /// Where its keys are.
    package var keys: String { "\(issuer)/cdn-cgi/access/certs" }

    /// Asks another server than Cloudflare's about people: the one that has the keys.
    package mutating func moved(to keys: String) {
        identityAddress = WebAddress("get-identity", relativeTo: WebAddress(keys))?.text
    }
}

extension HeaderProvider {
    /// Cloudflare Access, of which either the header or the cookie brings the token.
    ///
    /// The name of the person is not in it and is asked for; without an answer within a few seconds
    /// they sign in without a name.
    package static func cloudflare(
        _ settings: CloudflareSettings, keys: RemoteKeys, client: OutboundClient, clock: Clock
    ) -> HeaderProvider {
        let tokens = ForeignTokens(
            keys: keys, issuers: [settings.issuer], audiences: settings.audiences)
        let people = CloudflarePeople(settings: settings, client: client)
        return HeaderProvider(id: "cfaccess", title: "Cloudflare", rules: [:]) { request in
            let header = request.header(settings.header)
            guard let text = header ?? request.cookie(settings.cookie) else {
                throw SignInFault.unproven(
                    "Cloudflare sent neither the header \(settings.header) nor the cookie "
                        + "\(settings.cookie); was the portal asked directly?")
            }
            let now = clock.now
            let claims = try await tokens.proven(
                text, from: header == nil ? settings.cookie : settings.header, at: now
            ).claims
            let person = try await people.person(of: claims, text)
            return ProvidedIdentity(email: person.email, displayName: person.name) {
                $0.member("claims", claims.json)
                $0.key("cfIdentity")
                person.write(to: &$0)
                $0.remaining(of: claims, at: now)
            }
        }
    }
}

/// Finds out who the bearer of one of Cloudflare's tokens is.
private struct CloudflarePeople: Sendable {
    let settings: CloudflareSettings
    let client: OutboundClient

    struct Person {
        var id: String
        var name: String?
        var email: String?
        var groups = JSON.null

        func write(to builder: inout JSONBuilder) {
            builder.beginObject()
            builder.member("id", id)
            if let name { builder.member("name", name) }
            if let email { builder.member("email", email) }
            builder.key("groups")
            if groups.kind == .array {
                builder.copy(groups)
            } else {
                builder.beginArray()
                builder.end()
            }
            builder.end()
        }
    }

    func person(of claims: TokenClaims, _ token: String) async throws -> Person {
        guard let subject = claims.text("sub") else {
            guard let name = claims.text("common_name") else {
                throw SignInFault.unproven("Cloudflare's token names nobody")
            }
            guard let known = settings.serviceTokens.first(where: { $0.token == name }) else {
                throw SignInFault.notAllowed(
                    "the service token \(name) is not among auth.providers.cfaccess.serviceTokens")
            }
            return Person(id: name, name: "Bot", email: known.subject)
        }
        var person = Person(id: subject, email: claims.text("email"))
        if let answer = await ask(token) {
            person.name = answer["name"]?.string
            person.email = person.email ?? answer["email"]?.string
            person.groups = answer["groups"] ?? .null
        }
        return person
    }

    private func ask(_ token: String) async -> JSON? {
        guard let address = settings.identityAddress.flatMap({ WebAddress($0) }),
            let rule = try? HostRule(host: address.hostAndPort)
        else { return nil }
        var request = OutboundRequest(address.text, policy: OutboundPolicy(allowing: [rule]))
        request.headers = [
            (settings.header, token), ("Cookie", "\(settings.cookie)=\(token)"),
        ]
        request.limits.bodyBytes = 1 << 20
        request.limits.total = .seconds(3)
        request.limits.redirects = 0
        guard let answer = try? await client.fetch(request), answer.isSuccess else { return nil }
        return try? JSON.parse(answer.body, limits: JSONLimits(bytes: 1 << 20, depth: 16))
    }
}
