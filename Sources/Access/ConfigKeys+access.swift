package import Settings

extension ConfigKeys {
    /// Who may come in, and how.
    package static let access = ConfigKeys(
        owner: "Access", programs + people + proxies)

    private static let programs: [ConfigKey] = [
        ConfigKey(
            "backend.auth.dangerouslyDisableDefaultAuthPolicy", .bool, default: "false",
            "Whether everything is answered without signing in."),
        ConfigKey(
            "backend.auth.externalAccess", .list(.object), default: "none",
            "The tokens of other programs."),
        ConfigKey(
            "backend.auth.externalAccess[].type", .choice(["static", "legacy", "jwks"]),
            "A fixed token, a shared secret, or keys at an address."),
        ConfigKey("backend.auth.externalAccess[].options", .object, "What the type needs."),
        ConfigKey(
            "backend.auth.externalAccess[].options.token", .secret,
            "`static`: what the program sends, eight characters or more."),
        ConfigKey(
            "backend.auth.externalAccess[].options.secret", .secret,
            "`legacy`: the secret that its tokens are signed with, in Base64."),
        ConfigKey(
            "backend.auth.externalAccess[].options.subject", .string,
            "What the program is called in logs and in the history."),
        ConfigKey(
            "backend.auth.externalAccess[].options.url", .url,
            "`jwks`: where the keys are that its tokens are signed with."),
        ConfigKey(
            "backend.auth.externalAccess[].options.issuer", .either([.string, .list(.string)]),
            default: "any", "`jwks`: who issues its tokens (`iss`)."),
        ConfigKey(
            "backend.auth.externalAccess[].options.audience", .either([.string, .list(.string)]),
            default: "any", "`jwks`: for whom its tokens have to be (`aud`)."),
        ConfigKey(
            "backend.auth.externalAccess[].options.algorithm", .either([.string, .list(.string)]),
            default: "all that the keys are for",
            "`jwks`: how its tokens are signed, such as `RS256`."),
        ConfigKey(
            "backend.auth.externalAccess[].options.subjectPrefix", .string,
            "`jwks`: what comes before the subjects of its tokens in logs and in the history."),
        ConfigKey(
            "backend.auth.externalAccess[].accessRestrictions", .list(.object), default: "none",
            "What the token is good for; without it for everything."),
        ConfigKey(
            "backend.auth.externalAccess[].accessRestrictions[].plugin", .string,
            "The plugin whose routes it opens."),
        ConfigKey(
            "backend.auth.externalAccess[].accessRestrictions[].permission",
            .either([.string, .list(.string)]), default: "all",
            "The permissions that it has there."),
        ConfigKey(
            "backend.auth.externalAccess[].accessRestrictions[].permissionAttribute.action",
            .either([.string, .list(.string)]), default: "all",
            "The actions that it has there: create, read, update, delete."),
        ConfigKey(
            "backend.auth.keys[].secret", .secret,
            "The secret of Backstage's old tokens between backends, in Base64."),
    ]

    private static let people: [ConfigKey] = [
        ConfigKey(
            "auth.environment", .string, default: "development",
            "Which of a provider's environments counts; guests come in only in `development`."),
        ConfigKey(
            "auth.backstageTokenExpiration", .duration, default: "1 hour",
            "How long the token of a person is good."),
        ConfigKey(
            "auth.omitIdentityTokenOwnershipClaim", .bool, default: "true",
            "Whether tokens leave out the groups of a person."),
        ConfigKey(
            "auth.providers.guest.userEntityRef", .string, default: "user:development/guest",
            "Who guests are."),
        ConfigKey(
            "auth.providers.guest.ownershipEntityRefs", .list(.string),
            default: "the guest alone", "What guests own."),
        ConfigKey(
            "auth.providers.guest.dangerouslyAllowOutsideDevelopment", .bool, default: "false",
            "Whether guests come in where `auth.environment` is not `development`."),
        ConfigKey(
            "auth.providers.<provider>.signIn.resolvers", .list(.object),
            "How a person of a proxy becomes a user of the catalog; the first that finds one."),
        ConfigKey(
            "auth.providers.<provider>.signIn.resolvers[].resolver", .string,
            "The resolver's name."),
        ConfigKey(
            "auth.providers.<provider>.signIn.resolvers[].allowedDomains", .list(.string),
            default: "all", "The domains of mail addresses that it takes."),
        ConfigKey(
            "auth.providers.<provider>.signIn.resolvers[].dangerouslyAllowSignInWithoutUserInCatalog",
            .bool, default: "false", "Whether people come in who are not in the catalog."),
    ]

    private static let proxies: [ConfigKey] = [
        ConfigKey(
            "auth.providers.awsalb.issuer", .string,
            "The identity provider behind the load balancer: the `iss` of its tokens."),
        ConfigKey(
            "auth.providers.awsalb.region", .string,
            "The region of AWS that the load balancer is in."),
        ConfigKey(
            "auth.providers.awsalb.signer", .string, default: "any of the region",
            "The ARN of the load balancer."),
        ConfigKey(
            "auth.providers.gcpIap.audience", .string,
            "Which of Google's services the tokens have to be for."),
        ConfigKey(
            "auth.providers.gcpIap.jwtHeader", .string, default: "x-goog-iap-jwt-assertion",
            "The header with the token."),
        ConfigKey(
            "auth.providers.cfaccess.teamName", .string, "The team's name at Cloudflare."),
        ConfigKey(
            "auth.providers.cfaccess.jwtHeaderName", .string, default: "cf-access-jwt-assertion",
            "The header with the token."),
        ConfigKey(
            "auth.providers.cfaccess.authorizationCookieName", .string,
            default: "CF_Authorization", "The cookie with the token, where there is no header."),
        ConfigKey(
            "auth.providers.cfaccess.serviceTokens", .list(.object), default: "none",
            "Programs that come in through Cloudflare."),
        ConfigKey(
            "auth.providers.cfaccess.serviceTokens[].token", .secret,
            "The client id of Cloudflare's service token."),
        ConfigKey(
            "auth.providers.cfaccess.serviceTokens[].subject", .string,
            "The email address that it signs in with."),
        ConfigKey(
            "callboard.signIn.<provider>.keys", .url, default: "the provider's own",
            "Where the keys are that a proxy's tokens are signed with; for `azureEasyAuth` it makes "
                + "Callboard check the identity token."),
        ConfigKey(
            "callboard.signIn.<provider>.audience", .either([.string, .list(.string)]),
            default: "any",
            "For `cfaccess` and `azureEasyAuth`: for whom a proxy's tokens have to be (`aud`)."),
    ]
}
