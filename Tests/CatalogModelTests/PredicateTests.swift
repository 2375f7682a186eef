import CatalogModel
import Testing
import Values

/// The entity of the catalog format's worked example, with odd values beside it.
private let example = #"""
    {"metadata":{"name":"Odd","namespace":"default","uid":"u","etag":"e","tags":["Go","java","go"],
    "labels":{"team.io/Tier":"1","empty":""},"annotations":{"a/é":"É"}},"kind":"Component",
    "status":{"x":1},"attachments":{"y":1},"a":{"b":["c",{"d":1}],"e":7},
    "spec":{"nothing":null,"float":1.5,"big":1e21,"truth":true,"lie":false,"none":[],"empty":{},
    "matrix":[["a","b"],["c"]],"MiXed":"VALUE","profile":{"displayName":"X"},"regions":["eu","us"],
    "objects":[{"name":"first","size":1},{"name":"second"}]}}
    """#

private let relations = [
    EntityRelation(type: .ownedBy, target: "group:default/team-a"),
    EntityRelation(type: .dependsOn, target: "resource:default/db"),
]

private func facts(_ text: String = example) throws -> EntityFacts {
    EntityFacts(content: try JSON.parse(text), relations: relations)
}

@Suite struct `Search pairs` {
    @Test func `are those of the worked example`() throws {
        var pairs: [String] = []
        let text = #"{"kind":"X","metadata":{"name":"N"},"a":{"b":["C",{"d":1}],"e":7}}"#
        forEachSearchPair(content: try JSON.parse(text), relations: relations) {
            key, folded, original in
            let texts = [key, folded, original].map {
                $0.map { String(decoding: $0, as: UTF8.self) } ?? "-"
            }
            pairs.append("\(texts[0])=\(texts[1])|\(texts[2])")
        }
        #expect(
            pairs == [
                "kind=x|X", "metadata.name=n|N", "a.b=c|C", "a.b.c=true|true", "a.b.d=1|1",
                "a.e=7|7",
                "relations.ownedby=group:default/team-a|group:default/team-a",
                "relations.dependson=resource:default/db|resource:default/db",
            ])
    }

    @Test(arguments: [
        (200, 200, "2"), (201, 200, "none"), (200, 201, "key"), (10, 700, "key"),
        (201, 201, "none"),
    ])
    func `leave out what is too long`(key: Int, value: Int, wanted: String) throws {
        // Of two and of three bytes, each one UTF-16 unit; the key has a dot and `spec` before it.
        let name = String(repeating: "É", count: key - 5)
        let text = String(repeating: "€", count: value)
        var found = "none"
        forEachSearchPair(
            content: try JSON.parse(#"{"spec":{"\#(name)":"\#(text)"}}"#), relations: []
        ) { _, folded, original in
            found = folded == nil && original == nil ? "key" : "2"
        }
        #expect(found == wanted)
    }
}

@Suite struct `A predicate` {
    /// Filters and whether they hold for the example; nil where they cannot be read.
    @Test(
        arguments: [
            (["kind=component"], true), (["KIND=Component,Spec.Mixed=value"], true),
            (["a.b"], true),
            (["a.b=c"], true), (["a.b.c"], true), (["a.b.c=true"], true), (["a.b.d=1"], true),
            (["a.e=7"], true), (["a"], false), (["spec"], false), (["spec.profile"], false),
            (["spec.profile.displayname"], true), (["metadata.tags.GO,metadata.tags=Java"], true),
            (["metadata.tags.go,metadata.tags.c"], false),
            (["metadata.tags=c,metadata.tags=go"], true),
            (["kind=api", "kind=component"], true), (["kind=api,kind=component"], true),
            (["kind=api,KIND=component"], false), (["kind=component,KIND"], true),
            (["kind,kind=api"], false), (["metadata.labels.empty="], true), (["kind="], false),
            (["spec.nothing"], true), (["spec.nothing=null"], false), (["spec.none"], false),
            (["spec.float=1.5,spec.big=1e+21,spec.lie=false"], true), (["spec.truth.true"], false),
            (["spec.matrix=b,spec.matrix.c,spec.objects.name=second"], true), (["status.x"], false),
            (["attachments.y"], false), (["metadata.uid"], false), (["metadata.etag"], false),
            (["metadata.labels.team.io/tier=1"], true), (["metadata.annotations.a/É=é"], true),
            (["relations.ownedBy=Group:default/TEAM-A"], true), (["relations.dependson"], true),
            (["relations.partof"], false), ([" kind = component , "], true), ([""], true),
            ([",", " "], true),
            (["", "kind=api"], false), ([], true), (["=x"], nil), (["kind=component,=x"], nil),
            (["="], nil),
            (["metadata.annotations.a/e\u{301}=é"], false),
            (["metadata.name=odd,metadata.namespace=DEFAULT"], true),
        ] as [([String], Bool?)])
    func `is read from filters`(filters: [String], holds: Bool?) throws {
        let facts = try facts()
        do throws(PredicateFault) {
            let predicate = try Predicate.parse(filters: filters)
            #expect((predicate?.matches(facts) ?? true) == holds)
        } catch {
            #expect(holds == nil && error.message.contains("no key"))
        }
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"$all":[]}"#, true), (#"{"$any":[]}"#, false),
        (#"{"$not":{"$any":[]}}"#, true),
        (#"{"kind":"COMPONENT","a.e":7,"spec.truth":true}"#, true),
        (#"{"kind":"x","a.e":7}"#, false),
        (#"{"kind":{"$in":["api","Component"]}}"#, true), (#"{"a.e":{"$in":[7.0]}}"#, true),
        (#"{"kind":{"$in":[]}}"#, false), (#"{"spec.nothing":{"$exists":true}}"#, true),
        (#"{"spec.x":{"$exists":false}}"#, true),
        (#"{"kind":{"$in":["api"],"$exists":false}}"#, false),
        (#"{"kind":{"$in":["api"],"$exists":true}}"#, true),
        (#"{"kind":{"$hasPrefix":"COMP"}}"#, true),
        (#"{"kind":{"$hasPrefix":"c%"}}"#, false), (#"{"spec.nothing":{"$hasPrefix":""}}"#, false),
        (#"{"metadata.tags":{"$contains":"GO"}}"#, true),
        (#"{"$any":[{"kind":"api"},{"$not":{"kind":"api"}}]}"#, true),
        (#"{"relations":{"$contains":{"type":"OwnedBy"}}}"#, true),
        (
            #"{"Relations":{"$contains":{"Type":"ownedBy","TARGETREF":"Group:default/team-a"}}}"#,
            true
        ),
        (
            #"{"relations":{"$contains":{"type":"ownedBy","targetRef":{"$in":["a","group:default/team-a"]}}}}"#,
            true
        ),
        (
            #"{"relations":{"$contains":{"type":"ownedBy","targetRef":"resource:default/db"}}}"#,
            false
        ),
        (#"{"$all":[{"$any":[],"kind":"component"}]}"#, false),
        (#"{"$not":{"$all":[],"kind":"api"}}"#, false),
        (#"{"$all":[{},{"kind":"component"}]}"#, true),
    ])
    func `is read from queries, written, and read again`(text: String, holds: Bool) throws {
        let facts = try facts()
        let predicate = try Predicate.parse(query: JSON.parse(text))
        #expect(predicate.matches(facts) == holds)
        #expect(try Predicate.parse(query: predicate.query) == predicate)
    }

    @Test(arguments: [
        (#""component""#, ""), ("[]", ""), ("null", ""), (#"{"kind":null}"#, "kind"),
        (#"{"$all":{}}"#, "$all"),
        (#"{"$any":[],"kind":"x"}"#, "$any"), (#"{"$like":1}"#, "$like"),
        (#"{"kind":{"$like":"x"}}"#, "kind"),
        (#"{"kind":{}}"#, "kind"), (#"{"kind":["a"]}"#, "kind"), (#"{"a":{"$in":"x"}}"#, "a"),
        (#"{"a":{"$in":[{}]}}"#, "a"), (#"{"a":{"$exists":1}}"#, "a"),
        (#"{"a":{"$hasPrefix":1}}"#, "a"),
        (#"{"metadata.links":{"$contains":{"url":"x"}}}"#, "metadata.links"),
        (#"{"relations":{"$contains":{}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":1}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":""}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":"a","Type":"b"}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":"a","x":"b"}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":"a","targetRef":{"$in":[]}}}}"#, "relations"),
        (#"{"relations":{"$contains":{"type":"a","targetRef":{"$in":[1]}}}}"#, "relations"),
        (#"{"$all":[{},{"$not":{"spec.type":{"x":1}}}]}"#, "$all[1].$not.spec.type"),
        (#"{"$all":["x"]}"#, "$all[0]"), (#"{"$not":null}"#, "$not"),
        (
            String(repeating: #"{"$not":"#, count: 34) + "{}" + String(repeating: "}", count: 34),
            "\(Array(repeating: "$not", count: 33).joined(separator: "."))"
        ),
        (#"{"a":{"$in":[\#(Array(repeating: "1", count: 2000).joined(separator: ","))]}}"#, "a"),
    ])
    func `that cannot be read says where`(text: String, place: String) throws {
        let query = try JSON.parse(text)
        let fault = #expect(throws: PredicateFault.self) { try Predicate.parse(query: query) }
        #expect(fault?.place == place)
    }

    @Test(
        arguments: [
            (#"{"rule":"HAS_ANNOTATION","params":{"annotation":"a/é"}}"#, true),
            (#"{"rule":"HAS_ANNOTATION","params":{"annotation":"a/é","value":"É"}}"#, true),
            (#"{"rule":"HAS_LABEL","params":{"label":"team.io/tier","value":"2"}}"#, false),
            (#"{"rule":"HAS_METADATA","params":{"key":"namespace","value":"Default"}}"#, true),
            (#"{"rule":"HAS_SPEC","params":{"key":"regions","value":"EU"}}"#, true),
            (#"{"rule":"HAS_SPEC","params":{"key":"Nothing"}}"#, true),
            (#"{"rule":"HAS_SPEC","params":{"key":"x"}}"#, false),
            (#"{"rule":"IS_ENTITY_KIND","params":{"kinds":["api","COMPONENT"],"more":1}}"#, true),
            (#"{"rule":"IS_ENTITY_KIND","params":{"kinds":[]}}"#, false),
            (#"{"rule":"IS_ENTITY_OWNER","params":{"claims":["Group:default/Team-A"]}}"#, true),
            (#"{"rule":"IS_ENTITY_OWNER","params":{"claims":["user:default/jane"]}}"#, false),
            (#"{"not":{"not":{"rule":"IS_ENTITY_KIND","params":{"kinds":["component"]}}}}"#, true),
            (
                #"{"anyOf":[{"rule":"IS_ENTITY_KIND","params":{"kinds":["component"]}}],"not":{"rule":"IS_ENTITY_KIND","params":{"kinds":["component"]}}}"#,
                true
            ),
            (
                #"{"allOf":[{"rule":"IS_ENTITY_KIND","params":{"kinds":["component"]}},{"rule":"HAS_LABEL","params":{"label":"x"}}]}"#,
                false
            ),
            (#"{"anyOf":[]}"#, nil), (#"{"allOf":[]}"#, nil), ("{}", nil), ("null", nil),
            ("[]", nil),
            (#"{"rule":"NOPE","params":{}}"#, nil), (#"{"rule":"IS_ENTITY_KIND"}"#, nil),
            (#"{"rule":"IS_ENTITY_KIND","params":{"kinds":"x"}}"#, nil),
            (#"{"rule":"HAS_SPEC","params":[["type"]]}"#, nil),
            (#"{"rule":"HAS_SPEC","params":{"key":"type","value":null}}"#, nil),
        ] as [(String, Bool?)])
    func `is read from permission conditions`(text: String, holds: Bool?) throws {
        let facts = try facts()
        let conditions = try JSON.parse(text)
        let predicate = try? Predicate.parse(conditions: conditions)
        #expect(predicate?.matches(facts) == holds)
        // A rule that travels has to say what it is about.
        #expect(throws: PredicateFault.self) {
            try Predicate.parse(conditions: conditions, needsResourceType: true)
        }
    }

    @Test func `means the same after writing and reading, whatever it is`() throws {
        var random = SmallGenerator(state: 20_261_124)
        let facts = [
            try facts(), try facts(#"{"kind":"API","metadata":{"name":"b"},"spec":{"type":"x"}}"#),
        ]
        var outcomes: Set<Bool> = []
        for _ in 0..<2000 {
            let predicate = Self.predicate(depth: 4, &random)
            let again = try Predicate.parse(query: JSON.parse(predicate.query.text))
            for facts in facts {
                let holds = predicate.matches(facts)
                outcomes.insert(holds)
                #expect(again.matches(facts) == holds, "\(predicate.query.text)")
            }
        }
        #expect(outcomes.count == 2)
    }

    private static func predicate(depth: Int, _ random: inout SmallGenerator) -> Predicate {
        let keys = [
            "kind", "spec.type", "metadata.tags", "relations", "relations.ownedby", "$x", "", "a.é",
        ]
        let values = ["component", "api", "x", "go", "", "1", "true", "group:default/team-a"]
        let key = keys[random.next(below: keys.count)]
        let some = (0..<random.next(below: 3)).map { _ in values[random.next(below: values.count)] }
        func inner() -> [Predicate] {
            (0..<random.next(below: 4)).map { _ in predicate(depth: depth - 1, &random) }
        }
        switch random.next(below: depth > 0 ? 8 : 5) {
        case 0: return .constant(random.next(below: 2) == 0)
        case 1: return .exists(key)
        case 2: return .equals(key, some)
        case 3: return .hasPrefix(key, String(values[random.next(below: values.count)].prefix(2)))
        case 4: return .relation("ownedby", random.next(below: 2) == 0 ? nil : some)
        case 5: return .all(inner())
        case 6: return .any(inner())
        default: return .not(predicate(depth: depth - 1, &random))
        }
    }
}

/// A sequence of numbers that is the same in every run (xorshift).
private struct SmallGenerator {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }
}
