import Crypto
package import Telemetry
import Values

extension HeaderProvider {
    /// An application load balancer of AWS that signs people in before it asks the portal.
    ///
    /// Its token is ES256 and says in its header which load balancer signed it: anybody can set up
    /// one in the region and let it claim any issuer, so `signer` is what keeps others out.
    ///
    /// - Parameters:
    ///   - issuer: of the identity provider behind it: the claim `iss`.
    ///   - signer: the ARN of the load balancer; nil for any of the region, as in Backstage.
    ///   - keys: of the load balancers of a region, each at its own address.
    package static func awsALB(
        issuer: String, signer: String?, keys: RemoteKeys, clock: Clock
    ) -> HeaderProvider {
        let tokens = ForeignTokens(keys: keys, algorithms: [.es256], issuers: [issuer])
        return HeaderProvider(id: "awsalb", title: "AWS", rules: [:]) { request in
            let proxy = "the load balancer"
            let text = try request.required("x-amzn-oidc-data", of: proxy)
            let accessToken = try request.required("x-amzn-oidc-accesstoken", of: proxy)
            let now = clock.now
            let (token, claims) = try await tokens.proven(
                text, from: "x-amzn-oidc-data", allowsFilling: true, at: now)
            if let signer {
                let header = try? JSON.parse(token.headerBytes)
                guard header?["signer"]?.string == signer else {
                    throw SignInFault.unproven("the token was signed by another load balancer")
                }
            }
            let email = claims.text("email")?.lowercased()
            let local = email.flatMap { $0.split(separator: "@").first.map(String.init) }
            return ProvidedIdentity(
                email: email, displayName: claims.text("name") ?? local ?? claims.subject,
                picture: claims.text("picture")
            ) { information in
                information.member("accessToken", accessToken)
                information.remaining(of: claims, at: now)
            }
        }
    }

    /// Where the keys of a region's load balancers are; nil if it is no name of a region.
    package static func awsALBKeys(region: String) -> String? {
        guard region.isPlainLabel else { return nil }
        // Regions of the government publish theirs elsewhere.
        return region.hasPrefix("us-gov")
            ? "https://s3-\(region).amazonaws.com/aws-elb-public-keys-prod-\(region)"
            : "https://public-keys.auth.elb.\(region).amazonaws.com"
    }
}

extension String {
    /// Whether it can stand in a host's name: small letters, digits and `-`.
    var isPlainLabel: Bool {
        (1...63).contains(utf8.count)
            && utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
            }
    }
}

extension JSONBuilder {
    /// Writes `expiresInSeconds`: how long a token is still good.
    mutating func remaining(of claims: TokenClaims, at now: Instant) {
        guard let end = claims.expiresAt else { return }
        key("expiresInSeconds")
        integer(max(0, end.since(now).components.seconds))
    }
}
