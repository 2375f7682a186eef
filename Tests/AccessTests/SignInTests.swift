import Access
import CatalogModel
import Testing
import Values

/// The people of the recorded answers.
struct SmallDirectory: PeopleDirectory {
    static let people: [(person: Person, email: String)] = [
        (
            Person(
                ref: "user:default/alice",
                groups: ["group:default/sre.team_1", "group:default/team-a"]), "alice@example.com"
        ),
        (Person(ref: "user:default/bob.builder", groups: []), ""),
        (Person(ref: "user:other/dave", groups: []), "twin@example.com"),
        (Person(ref: "user:other/eve", groups: []), "twin@example.com"),
        (Person(ref: "user:visitors/known", groups: ["user:visitors/known"]), ""),
    ]

    func person(_ ref: EntityRef) async throws -> Person? {
        Self.people.map(\.person).first { $0.ref == ref.canonical }
    }

    func people(with value: String, at key: String) async throws -> [Person] {
        switch key {
        case "spec.profile.email":
            Self.people.filter { $0.email == value.lowercased() }.map(\.person)
        case "metadata.annotations.example.com/id":
            value == "17" ? [Self.people[0].person] : []
        default: []
        }
    }
}

struct SignInTests {
    static let alice = Principal.User(
        ref: "user:default/alice",
        ownership: ["user:default/alice", "group:default/sre.team_1", "group:default/team-a"])

    static func stranger(_ ref: String) -> Principal.User { .init(ref: ref, ownership: [ref]) }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let headers: [String: String]
        let resolvers: [SignInResolver]
        let outcome: Outcome

        init(
            _ description: String, _ headers: [String: String], by resolvers: [SignInResolver],
            _ outcome: Outcome
        ) {
            testDescription = description
            self.headers = headers
            self.resolvers = resolvers
            self.outcome = outcome
        }
    }

    enum Outcome: Equatable {
        case user(Principal.User)
        case unproven, notAllowed, ambiguous
    }

    static let user = SignInRule.userName(provided: "user")
    static let chain = [
        SignInResolver(user), SignInResolver(.profileEmail),
        SignInResolver(.emailLocalPart, allowedDomains: ["example.com"]),
    ]
    static let preferred = [
        SignInResolver(.userName(provided: "preferred username"), allowsStrangers: true)
    ]

    @Test(arguments: [
        Case("by name", ["X-Forwarded-User": "alice"], by: chain, .user(alice)),
        Case("in any case", ["X-Forwarded-User": "ALICE"], by: chain, .user(alice)),
        Case(
            "without groups", ["X-Forwarded-User": "bob.builder"], by: chain,
            .user(stranger("user:default/bob.builder"))),
        Case("of another namespace", ["X-Forwarded-User": "dave"], by: chain, .unproven),
        Case(
            "then by email", ["X-Forwarded-User": "x", "X-Forwarded-Email": "Alice@Example.com"],
            by: chain, .user(alice)),
        Case(
            "then by email less what follows a plus",
            ["X-Forwarded-User": "x", "X-Forwarded-Email": "alice+work@example.com"], by: chain,
            .user(alice)),
        Case(
            "then by the email's local part",
            ["X-Forwarded-User": "x", "X-Forwarded-Email": "bob.builder@example.com"], by: chain,
            .user(stranger("user:default/bob.builder"))),
        Case(
            "of a domain that is not allowed",
            ["X-Forwarded-User": "x", "X-Forwarded-Email": "bob.builder@else.example.com"],
            by: chain, .notAllowed),
        Case(
            "of a domain in another case",
            ["X-Forwarded-User": "x", "X-Forwarded-Email": "bob.builder@EXAMPLE.COM"],
            by: chain, .notAllowed),
        Case(
            "nobody", ["X-Forwarded-User": "x", "X-Forwarded-Email": "nobody@example.com"],
            by: chain, .notAllowed),
        Case("no email", ["X-Forwarded-User": "x"], by: chain, .unproven),
        Case("no header", [:], by: chain, .unproven),
        Case("an empty header", ["X-Forwarded-User": ""], by: chain, .unproven),
        Case("a whole reference", ["X-Forwarded-User": "user:default/alice"], by: chain, .unproven),
        Case(
            "an email of two people", ["X-Forwarded-Email": "twin@example.com"],
            by: [SignInResolver(.profileEmail)], .ambiguous),
        Case(
            "an email without an at", ["X-Forwarded-Email": "alice"],
            by: [SignInResolver(.emailLocalPart)], .unproven),
        Case(
            "the domains count for the local part only",
            ["X-Forwarded-Email": "alice@example.com"],
            by: [SignInResolver(.profileEmail, allowedDomains: ["nowhere.example"])],
            .user(alice)),
        Case(
            "a stranger's whole email", ["X-Forwarded-Email": "New@acme.example"],
            by: [SignInResolver(.profileEmail, allowsStrangers: true)],
            .user(stranger("user:default/new@acme.example"))),
        Case(
            "a plus stays in the local part", ["X-Forwarded-Email": "alice+test@example.com"],
            by: [SignInResolver(.emailLocalPart, allowsStrangers: true)],
            .user(stranger("user:default/alice+test"))),
        Case(
            "a preferred name", ["X-Forwarded-Preferred-Username": "alice"], by: preferred,
            .user(alice)),
        Case(
            "a stranger's preferred name", ["X-Forwarded-Preferred-Username": "Zoe.Q"],
            by: preferred, .user(stranger("user:default/zoe.q"))),
        Case(
            "a preferred name that names no namespace",
            ["X-Forwarded-Preferred-Username": "user:other/zoe"], by: preferred,
            .user(stranger("user:default/user:other/zoe"))),
        Case("a name of the other header", ["X-Forwarded-User": "alice"], by: preferred, .unproven),
        Case(
            "by annotation", ["X-Forwarded-User": "17"],
            by: [SignInResolver(.annotation("example.com/id", provided: "user"))], .user(alice)),
        Case("no resolver", ["X-Forwarded-User": "alice"], by: [], .notAllowed),
    ])
    func `people are found as the resolvers say`(given: Case) async throws {
        #expect(await outcome(given.headers, given.resolvers) == given.outcome)
    }

    private func outcome(_ headers: [String: String], _ resolvers: [SignInResolver]) async
        -> Outcome?
    {
        do {
            let identity = try await HeaderProvider.oauth2Proxy.identity(
                from: ProxyRequest(header: { headers[$0] }))
            return .user(try await resolvers.user(for: identity, in: SmallDirectory()))
        } catch SignInFault.unproven { return .unproven } catch SignInFault.notAllowed {
            return .notAllowed
        } catch SignInFault.ambiguous { return .ambiguous } catch { return nil }
    }

    @Test func `the proxy's token is passed on if it is one`() async throws {
        func identity(_ token: String) async throws -> ProvidedIdentity {
            try await HeaderProvider.oauth2Proxy.identity(
                from: ProxyRequest(header: { name in
                    ["X-Forwarded-User": "alice", "X-OAuth2-Proxy-ID-Token": token][name]
                }))
        }
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
        for (header, passed) in [("Bearer \(token)", token), ("", ""), (token, "")] {
            #expect(try await identity(header).information["accessToken"]?.string == passed)
        }
        await #expect(throws: SignInFault.self) { try await identity("Bearer nonsense") }
    }

    @Test(arguments: [
        ("forwardedUserMatchingUserEntityName", user),
        (
            "forwardedPreferredUsernameMatchingUserEntityName",
            SignInRule.userName(provided: "preferred username")
        ),
        ("emailMatchingUserEntityProfileEmail", .profileEmail),
        ("emailLocalPartMatchingUserEntityName", .emailLocalPart),
        ("usernameMatchingUserEntityName", nil),
    ])
    func `rules have Backstage's names`(name: String, rule: SignInRule?) {
        #expect(HeaderProvider.oauth2Proxy.rule(named: name) == rule)
        #expect(HeaderProvider.oauth2Proxy.ruleNames.contains(name) == (rule != nil))
    }

    @Test func `a guest is the catalog's user, or else as configured`() async throws {
        func guest(_ ref: String?, _ ownership: [String]?, isAllowed: Bool = true) async throws
            -> Principal.User
        {
            try await GuestProvider(
                userEntityRef: ref, ownershipEntityRefs: ownership, isAllowed: isAllowed
            ).user(in: SmallDirectory())
        }
        #expect(try await guest(nil, nil) == Self.stranger("user:development/guest"))
        #expect(try await guest("user:default/Alice", ["group:default/ignored"]) == Self.alice)
        #expect(
            try await guest("user:visitors/known", nil) == Self.stranger("user:visitors/known"))
        #expect(
            try await guest("user:visitors/Passer-By", ["group:visitors/all"])
                == .init(ref: "user:visitors/Passer-By", ownership: ["group:visitors/all"]))
        await #expect(throws: SignInFault.self) { try await guest(nil, nil, isAllowed: false) }
        #expect(throws: EntityRefError.self) {
            try GuestProvider(userEntityRef: "user:/", isAllowed: true)
        }
    }
}
