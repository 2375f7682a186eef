import CatalogModel
import Testing
import Values

/// A document of one kind with this `spec`, and these further members of metadata.
func entity(
    _ kind: String, version: String = "backstage.io/v1alpha1", metadata: String = "",
    spec: String? = nil, root: String = ""
) throws -> JSON {
    let spec = spec.map { ",\"spec\":{\($0)}" } ?? ""
    let metadata = metadata.isEmpty ? "" : "," + metadata
    return try JSON.parse(
        Array(
            "{\"apiVersion\":\"\(version)\",\"kind\":\"\(kind)\",\"metadata\":{\"name\":\"x\"\(metadata)}\(spec)\(root)}"
                .utf8), keepsPlaces: true)
}

private let component = #""type":"service","lifecycle":"production","owner":"team-a""#
private let template = #""type":"service","steps":[{"action":"debug:log","if":true}]"#

private func refused(_ document: JSON) -> EntityRefusal? {
    do throws(EntityRefusal) {
        _ = try checkEntity(document, file: "f.yaml")
        return nil
    } catch {
        return error
    }
}

@Suite struct `An entity` {
    @Test(arguments: [
        ("Component", component, "ownedBy group:default/team-a"),
        (
            "Component",
            component
                + #","system":"s","subcomponentOf":"other/c","providesApis":["b","a","b"],"consumesApis":["API:x/Y"],"dependsOn":["resource:db","component:default/z"],"dependencyOf":["component:q"]"#,
            "consumesApi api:x/y,dependencyOf component:default/q,dependsOn component:default/z,dependsOn resource:default/db,ownedBy group:default/team-a,partOf component:other/c,partOf system:default/s,providesApi api:default/a,providesApi api:default/b"
        ),
        (
            "API", component + #","definition":"x","system":"s""#,
            "ownedBy group:default/team-a,partOf system:default/s"
        ),
        (
            "Resource", #""type":"db","owner":"user:jane","dependsOn":[]"#,
            "ownedBy user:default/jane"
        ),
        ("System", #""owner":"a","domain":"d""#, "ownedBy group:default/a,partOf domain:default/d"),
        (
            "Domain", #""owner":"a","subdomainOf":"d","type":"t""#,
            "ownedBy group:default/a,partOf domain:default/d"
        ),
        (
            "Group",
            #""type":"team","children":["c"],"parent":"p","members":["m"],"profile":{"email":"e"}"#,
            "childOf group:default/p,hasMember user:default/m,parentOf group:default/c"
        ),
        ("User", #""memberOf":["g","user:o/k"]"#, "memberOf group:default/g,memberOf user:o/k"),
        ("Location", #""target":"./x","targets":["y"],"type":"url","presence":"optional""#, ""),
        ("Location", "", ""),
        (
            "Template",
            template + #","owner":"o","parameters":{},"output":{"text":[{"content":""}],"x":"y"}"#,
            "ownedBy group:default/o"
        ),
    ])
    func `of each kind declares its relations`(kind: String, spec: String, relations: String) throws
    {
        let version =
            kind == "Template" ? "scaffolder.backstage.io/v1beta3" : "backstage.io/v1beta1"
        let checked = try checkEntity(entity(kind, version: version, spec: spec), file: nil)
        let text = checked.relations.map { "\($0.type.name) \($0.target)" }.joined(separator: ",")
        #expect(text == relations)
        #expect(checked.ref.canonical == "\(kind.lowercased()):default/x")
    }

    @Test func `is normalised`() throws {
        let document = try entity(
            "Component", metadata: #""uid":"u","annotations":null,"etag":"e","tags":["b","a"]"#,
            spec: component
                + #","dependsOn":["a:z","a:\ue000","a:🎭","a:z","A:z"],"other":["b","a"]"#)
        let checked = try checkEntity(document, file: nil)
        #expect(
            checked.content.text == """
                {"metadata":{"namespace":"default","name":"x","tags":["b","a"]},\
                "apiVersion":"backstage.io/v1alpha1","kind":"Component",\
                "spec":{"type":"service","lifecycle":"production","owner":"team-a",\
                "dependsOn":["A:z","a:z","a:z","a:🎭","a:\u{E000}"],"other":["b","a"]}}
                """)
        #expect(checked.content["spec"]?["owner"]?.place == document["spec"]?["owner"]?.place)
    }

    @Test func `keeps its namespace and hands it to its references`() throws {
        let document = try entity("Component", metadata: #""namespace":"fin""#, spec: component)
        let checked = try checkEntity(document, file: nil)
        #expect(checked.relations.map(\.target) == ["group:fin/team-a"])
        #expect(checked.content.at("metadata", "namespace")?.string == "fin")
    }

    /// What stands in the document; the code, the pointer, what a person reads.
    @Test(
        arguments: [
            (
                "Component", "", component + #","system":null"#, "",
                "wrong-type /spec/system: spec.system must be a text; it is nothing (null); fill it, or delete the key"
            ),
            (
                "Component", "", #""type":"service","lifecycle":"production""#, "",
                "missing-field /spec/owner: spec.owner is missing; every Component has one; write `owner: team-a` below `spec`"
            ),
            (
                "Component", "", component + #","providesApis":"x""#, "",
                "wrong-type /spec/providesApis: spec.providesApis must be a list; it is the text \"x\"; write `- x` on a line of its own below `providesApis:`"
            ),
            (
                "Component", "", component + #","dependsOn":[{"component":"x"}]"#, "",
                "wrong-type /spec/dependsOn/0: spec.dependsOn[0] must be a text; it is a map; write `component:x`, without the blank after the colon"
            ),
            (
                "Component", "", component + #","dependsOn":["sage-packs"]"#, "",
                "bad-reference /spec/dependsOn/0: The reference \"sage-packs\" does not say of which kind it is; what spec.dependsOn[0] names may be of any kind; write `component:sage-packs`"
            ),
            (
                "Component", "", component + #","system":"a:""#, "",
                "bad-reference /spec/system: \"a:\" is no reference to an entity; a reference is `kind:namespace/name`; kind and namespace may be left out, but not be empty; write a reference such as `system:my-service`"
            ),
            (
                "Component", "", component + #","system":["s"]"#, "",
                "wrong-type /spec/system: spec.system must be a text; it is a list; write `system: s`"
            ),
            (
                "Component", "", component + #","x":1,"X":2"#, "",
                "keys-differ-in-case : spec.x and spec.X differ only in case; queries do not tell upper from lower case; rename one of them"
            ),
            (
                "Component", #""tags":["ok","springBoot"]"#, component, "",
                "bad-tag /metadata/tags/1: The tag \"springBoot\" is not legal; a tag has lower-case letters, digits, `:`, `+` and `#`, parted by single `-`, and at most 63 characters; write `springboot`"
            ),
            (
                "Component", #""annotations":{"a.b/c":5}"#, component, "",
                "wrong-type /metadata/annotations/a.b~1c: metadata.annotations.a.b/c must be a text; it is 5 without quotes; put it in quotes: `\"5\"`"
            ),
            (
                "Component", #""labels":{"l":"test- label 2"}"#, component, "",
                "bad-label /metadata/labels/l: The label \"test- label 2\" is not legal; a label's value has letters and digits, with `-`, `_` and `.` inside, and at most 63 characters; write `test-label-2`, or make it an annotation, which may be any text"
            ),
            (
                "Component", #""links":{"url":"x"}"#, component, "",
                "wrong-type /metadata/links: metadata.links must be a list; it is a map; write a list here"
            ),
            (
                "Component", #""links":[{"url":"Service Now"},{"title":"x"}]"#, component, "",
                "missing-field /metadata/links/1/url: metadata.links[1].url is missing; write `url: https://example.com` below `links`|bad-link /metadata/links/0/url: \"Service Now\" is no address that a link can lead to; a link's url is absolute, with a scheme and a host; write the whole address, such as `https://example.com/…`"
            ),
            (
                "Component", "", component, #","dependsOn":[]"#,
                "unknown-root-field /dependsOn: dependsOn does not belong at the root of an entity; only apiVersion, kind, metadata and spec stand there; move it below `spec`"
            ),
            (
                "Component", "", component, #","tags":[]"#,
                "unknown-root-field /tags: tags does not belong at the root of an entity; only apiVersion, kind, metadata and spec stand there; move it below `metadata`"
            ),
            (
                "Component", "", component, #","relations":[]"#,
                "computed-field /relations: relations does not belong at the root of an entity; the catalog works it out itself; delete it, and name owner, system, dependsOn and the like in spec"
            ),
            (
                "Component", "", nil, #","Spec":{}"#,
                "unknown-root-field /Spec: Spec does not belong at the root of an entity; only apiVersion, kind, metadata and spec stand there; write `spec`|missing-field /spec: spec is missing; every Component has one; write `spec: {type: service, lifecycle: production, owner: team-a}`"
            ),
            (
                "Spaceship", "", "", "",
                "unknown-kind /kind: There is no kind \"Spaceship\"; the kinds are Component, API, Resource, System, Domain, Group, User, Location and Template; use a kind that is known, or add this one in a pack"
            ),
            (
                "component", "", component, "",
                "unknown-kind /kind: There is no kind \"component\"; kinds are written in exactly one way; write `kind: Component`"
            ),
            (
                "Template", "", template, "",
                "unknown-kind /apiVersion: Template of backstage.io/v1alpha1 is no longer read; that version was replaced by scaffolder.backstage.io/v1beta3; write `apiVersion: scaffolder.backstage.io/v1beta3`; in it `parameters` and `steps` use `${{ … }}` instead of `{{ … }}`"
            ),
            (
                "User", "", "", "",
                "missing-field /spec/memberOf: spec.memberOf is missing; every User has one; write `memberOf: []` below `spec`"
            ),
            (
                "API", "", #""type":"mcp-server","lifecycle":"x","owner":"o","remotes":[]"#, "",
                "missing-field /spec/definition: spec.definition is missing; every API has one; write `definition: {$text: ./openapi.yaml}` below `spec`"
            ),
            (
                "Location", "", #""targets":"x","presence":"optionl""#, "",
                "wrong-type /spec/targets: spec.targets must be a list; it is the text \"x\"; write `- x` on a line of its own below `targets:`|wrong-choice /spec/presence: spec.presence must be `required` or `optional`; it is the text \"optionl\"; write `presence: optional`"
            ),
            (
                "Component", #""namespace":"My_Team""#, component, "",
                "bad-namespace /metadata/namespace: The namespace \"My_Team\" is not legal; a namespace has lower-case letters and digits, with `-` inside, and at most 63 characters; write `namespace: my-team`"
            ),
            (
                "Component", #""annotations":{"a/b/c":"x"},"title":"","description":null"#,
                component, "",
                "empty-field /metadata/title: metadata.title is empty; fill it, or delete the key|wrong-type /metadata/description: metadata.description must be a text; it is nothing (null); fill it, or delete the key|bad-key /metadata/annotations/a~1b~1c: The key \"a/b/c\" of annotations is not legal; a key is a name of at most 63 characters, which may have a domain and one slash before it; leave one slash: the domain before it, the name after it"
            ),
        ] as [(String, String, String?, String, String)])
    func `that breaks rules is refused with all of them`(
        kind: String, metadata: String, spec: String?, root: String, wanted: String
    ) throws {
        let document = try entity(kind, metadata: metadata, spec: spec, root: root)
        let refusal = try #require(refused(document))
        let found = refusal.faults.map { fault in
            let it = fault.diagnostic
            let words = [it.summary, it.reason, it.remedy].compactMap { $0 }.joined(separator: "; ")
            return "\(it.code.dropFirst("entity.".count)) \(it.pointer ?? "nil"): \(words)"
        }
        #expect(found.joined(separator: "|") == wanted)
        #expect(
            refusal.faults.allSatisfy {
                $0.diagnostic.place.isKnown && $0.errorName == "InputError"
            })
        #expect(refusal.faults.allSatisfy { $0.diagnostic.file == "f.yaml" })
    }

    @Test(arguments: [
        ("bad name!", "bad-name", "write `name: bad-name` and `title: bad name!`"),
        (
            "${{ values.name }}", "template-skeleton",
            "leave the skeleton's folder out of what the catalog reads"
        ),
        ("-é-", "bad-name", "write a name such as `my-service`"),
    ])
    func `with an illegal name is told a better one`(name: String, code: String, remedy: String)
        throws
    {
        let document = try JSON.parse(
            #"{"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":"\#(name)"},"spec":{}}"#
        )
        let fault = try #require(refused(document)?.faults.first)
        #expect(fault.diagnostic.code == "entity.\(code)" && fault.diagnostic.remedy == remedy)
    }

    @Test(arguments: [
        ("[]", "not-a-map", "TypeError", "<root> must be object - type: object"),
        (
            #"{"openapi":"3.0.0","info":{}}"#, "not-an-entity", "TypeError",
            "<root> must have required property 'apiVersion' - missingProperty: apiVersion"
        ),
        (
            #"{"apiVersion":"a/v1","kind":"B"}"#, "missing-field", "TypeError",
            "<root> must have required property 'metadata' - missingProperty: metadata"
        ),
        (
            #"{"apiVersion":"a/v1","kind":"B","metadata":{"name":{"{a":null}}}"#, "wrong-type",
            "TypeError", "/metadata/name must be string - type: string"
        ),
        (
            #"{"apiVersion":"a/v1","kind":"B","metadata":{"name":"n","namespace":""}}"#,
            "empty-field", "TypeError",
            "/metadata/namespace must NOT have fewer than 1 characters - limit: 1"
        ),
        (
            #"{"apiVersion":1,"kind":"B","metadata":{"name":"n"}}"#, "wrong-type", "TypeError",
            "/apiVersion must be string - type: string"
        ),
        (
            #"{"apiVersion":"a/v1","kind":"B","metadata":{"name":"n"}}"#, "unknown-kind",
            "InputError",
            "No processor recognized the entity b:default/n as valid, possibly caused by a foreign kind or apiVersion"
        ),
        (
            #"{"apiVersion":"a/v1","kind":"Component","metadata":{"name":"n"}}"#, "unknown-kind",
            "InputError",
            "No processor recognized the entity component:default/n as valid, possibly caused by a foreign kind or apiVersion"
        ),
        (
            #"{"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":"n n"}}"#,
            "bad-name", "InputError",
            "Policy check failed for location:default/n n; caused by Error: \"metadata.name\" is not valid; expected a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total but found \"n n\"."
        ),
        (
            #"{"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":"n"}}"#,
            "missing-field", "InputError",
            "Processor BuiltinKindsEntityProcessor threw an error while validating the entity location:default/n; caused by TypeError: <root> must have required property 'spec' - missingProperty: spec"
        ),
        (
            #"{"apiVersion":"scaffolder.backstage.io/v1beta3","kind":"Template","metadata":{"name":"n"},"spec":{"type":"x"}}"#,
            "missing-field", "InputError",
            "Processor ScaffolderEntitiesProcessor threw an error while validating the entity template:default/n; caused by TypeError: /spec must have required property 'steps' - missingProperty: steps"
        ),
        (
            #"{"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":"n"},"spec":{},"a":1}"#,
            "unknown-root-field", "InputError",
            "Policy check failed for location:default/n; caused by Error: Malformed envelope, <root> must NOT have additional properties"
        ),
    ])
    func `that is refused says so in Backstage's words too`(
        text: String, code: String, name: String, message: String
    ) throws {
        let fault = try #require(refused(JSON.parse(text))?.faults.first)
        #expect(fault.diagnostic.code == "entity.\(code)" && fault.errorName == name)
        #expect(fault.message == message)
    }

    @Test func `survives every value in every place`() throws {
        let values = [
            "null", "true", "5", "1.5", #""""#, #""a""#, "[]", "[null]", "{}", #"{"a":1}"#,
        ]
        let places = [
            "\"apiVersion\":", "\"kind\":", "\"metadata\":", "\"spec\":", "\"labels\":",
            "\"links\":",
            "\"owner\":", "\"steps\":", "\"tags\":", "\"output\":",
        ]
        let good =
            #"{"apiVersion":"scaffolder.backstage.io/v1beta3","kind":"Template","metadata":{"name":"n","labels":1,"links":1,"tags":1},"spec":{"type":"x","owner":1,"steps":1,"output":1}}"#
        var count = 0
        for place in places {
            for value in values {
                let rest = try #require(good.firstRange(of: place))
                let text = good[..<rest.upperBound] + value + ",\"z\":" + good[rest.upperBound...]
                count += try refused(JSON.parse(String(text))) == nil ? 0 : 1
            }
        }
        #expect(count == places.count * values.count)
    }

    @Test func `is named by its envelope alone`() throws {
        let (ref, diagnostics) = checkEnvelope(try entity("Anything"), file: nil)
        #expect(ref?.canonical == "anything:default/x" && diagnostics.isEmpty)
        let openAPI = checkEnvelope(try JSON.parse(#"{"swagger":"2.0"}"#), file: "a.json")
        #expect(openAPI.ref == nil && openAPI.diagnostics.first?.reason == "it looks like OpenAPI")
    }
}
