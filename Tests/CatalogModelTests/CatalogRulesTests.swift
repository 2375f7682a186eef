import CatalogModel
import Testing
import Values

/// Files lie below `/root/`, and a pattern is what a target begins with.
private func rules(_ catalog: String) throws -> (rules: CatalogRules, faults: [Diagnostic]) {
    func pattern(_ glob: String) -> (@Sendable (String) -> Bool)? {
        if glob.isEmpty { return nil }
        let start = String(glob.dropLast())
        return { $0.hasPrefix(start) }
    }
    return CatalogRules.read(
        try JSON.parse(catalog), absolute: { $0.type == "file" ? "/root/" + $0.target : $0.target },
        pattern: pattern)
}

@Suite struct `Catalog rules` {
    @Test(
        arguments: [
            ("{}", "component", nil, "url:x", true), ("{}", "API", "openapi", "file:x", true),
            ("{}", "User", nil, "url:x", false),
            (#"{"rules":[]}"#, "Component", nil, "url:x", false),
            (
                #"{"rules":[{"allow":["user",{"kind":"Group","spec.type":"team"}]}]}"#, "USER", nil,
                "url:x", true
            ),
            (
                #"{"rules":[{"allow":[{"kind":"Group","spec.type":"team"}]}]}"#, "group", "team",
                "url:x", true
            ),
            (
                #"{"rules":[{"allow":[{"kind":"Group","spec.type":"team"}]}]}"#, "Group", "Team",
                "url:x", false
            ),
            (#"{"rules":[{"allow":["User"],"locations":[]}]}"#, "User", nil, "url:x", false),
            (
                #"{"rules":[{"allow":["User"],"locations":[{"type":"url"}]}]}"#, "User", nil,
                "url:x", true
            ),
            (
                #"{"rules":[{"allow":["User"],"locations":[{"type":"url"}]}]}"#, "User", nil,
                "file:x", false
            ),
            (
                #"{"rules":[{"allow":["User"],"locations":[{"type":"url","exact":"a"}]}]}"#, "User",
                nil, "url:a", true
            ),
            (
                #"{"rules":[{"allow":["User"],"locations":[{"type":"url","exact":"a"}]}]}"#, "User",
                nil, "url:ab", false
            ),
            (
                #"{"rules":[{"allow":["User"],"locations":[{"type":"url","pattern":"a*"}]}]}"#,
                "User", nil, "url:ab", true
            ),
            (
                #"{"locations":[{"type":"file","target":"org.yaml","rules":[{"allow":["User"]}]}]}"#,
                "User", nil, "file:/root/org.yaml", true
            ),
            (
                #"{"locations":[{"type":"file","target":"org.yaml","rules":[{"allow":["User"]}]}]}"#,
                "User", nil, "file:org.yaml", false
            ),
            (
                #"{"locations":[{"type":"file","target":"org.yaml","rules":[{"allow":["User"]}]}]}"#,
                "Component", nil, "url:x", true
            ),
        ] as [(String, String, String?, String, Bool)])
    func `say what may come from where`(
        catalog: String, kind: String, type: String?, origin: String, isAllowed: Bool
    ) throws {
        let origin = try #require(LocationRef.parse(origin))
        let (rules, faults) = try rules(catalog)
        #expect(rules.allows(kind: kind, specType: type, origin: origin) == isAllowed)
        #expect(faults.isEmpty)
    }

    @Test(arguments: [
        (#"{"rules":{}}"#, "/catalog/rules: catalog.rules must be a list"),
        (#"{"rules":[{}]}"#, "/catalog/rules/0: catalog.rules.0 needs the list `allow`"),
        (
            #"{"rules":[{"allow":[1]}]}"#,
            "/catalog/rules/0/allow/0: catalog.rules.0.allow.0 must be a kind"
        ),
        (
            #"{"rules":[{"allow":[],"locations":[{"type":"url","exact":"a","pattern":"b"}]}]}"#,
            "/catalog/rules/0/locations/0: catalog.rules.0.locations.0 has both exact and pattern"
        ),
        (
            #"{"rules":[{"allow":[],"locations":[{"exact":"a"}]}]}"#,
            "/catalog/rules/0/locations/0: catalog.rules.0.locations.0 needs a type"
        ),
        (
            #"{"rules":[{"allow":[],"locations":[{"type":"url","pattern":""}]}]}"#,
            "/catalog/rules/0/locations/0/pattern: catalog.rules.0.locations.0.pattern is no pattern"
        ),
        (
            #"{"rules":[{"allow":[],"locations":1}]}"#,
            "/catalog/rules/0/locations: catalog.rules.0.locations must be a list"
        ),
    ])
    func `that cannot be read are named`(catalog: String, wanted: String) throws {
        let fault = try #require(try rules(catalog).faults.first)
        #expect("\(fault.pointer ?? ""): \(fault.summary)" == wanted && fault.remedy != nil)
    }
}

@Suite struct `A selection of fields` {
    @Test(arguments: [
        (["kind,metadata.name"], #"{"metadata":{"name":"n"},"kind":"K"}"#),
        (["metadata.annotations.a.b/c.d"], #"{"metadata":{"annotations":{"a.b/c.d":"x"}}}"#),
        (["metadata.nope", " kind "], #"{"kind":"K"}"#), (["nope"], "{}"), (["kind.x"], "{}"),
        (
            ["spec,spec.type"],
            #"{"spec":{"type":"t","o":[{"a":1}],"l":[{"x":1,"y":2},"b","c","d"]}}"#
        ),
        (["spec.type", "spec.o"], #"{"spec":{"type":"t","o":[{"a":1}]}}"#),
        (["spec.o.0.a"], #"{"spec":{"o":[{"a":1}]}}"#),
        (["spec.o.0"], #"{"spec":{"o":[{"a":1}]}}"#),
        (["spec.o.1", "spec.o.a", "spec.o.00", "spec.o.0.b"], "{}"),
        (["spec.l.2", "spec.l.0.x"], #"{"spec":{"l":[{"x":1},null,"c"]}}"#),
        (["spec.type.0"], "{}"), (["metadata.", ".kind", "metadata..name"], "{}"),
    ])
    func `keeps what is at its paths`(fields: [String], wanted: String) throws {
        let content = try JSON.parse(
            #"{"metadata":{"name":"n","annotations":{"a.b/c.d":"x","z":"y"}},"kind":"K","spec":{"type":"t","o":[{"a":1}],"l":[{"x":1,"y":2},"b","c","d"]}}"#
        )
        #expect(try FieldProjection(fields)?.apply(to: content).text == wanted)
    }

    @Test func `that is blank means everything, and one with a bracket nothing`() throws {
        #expect(try FieldProjection([" , ", ""]) == nil)
        #expect(throws: PredicateFault.self) { try FieldProjection(["kind,spec[0]"]) }
    }

    @Test func `of nobody's is refused by a visibility`() throws {
        #expect(Visibility.everything(because: "a test").predicate == nil)
        #expect(Visibility.nothing.predicate == .constant(false))
        #expect(Visibility.matching(.exists("a")).predicate == .exists("a"))
    }
}
