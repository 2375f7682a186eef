import CallboardTestSupport
import Inbound
import Routing
import Store
import Testing
import Values

/// Requests and what must be answered.
struct Exchange: Sendable, CustomTestStringConvertible {
    let method: HTTPMethod
    let target: String
    let who: Who
    let body: String
    let status: Int
    let contains: [String]
    let lacks: [String]

    init(
        _ method: HTTPMethod, _ target: String, _ who: Who, _ body: String, _ status: Int,
        contains: [String] = [], lacks: [String] = []
    ) {
        self.method = method
        self.target = target
        self.who = who
        self.body = body
        self.status = status
        self.contains = contains
        self.lacks = lacks
    }

    init(
        _ method: HTTPMethod, _ target: String, _ who: Who, _ status: Int,
        contains: [String] = [], lacks: [String] = []
    ) {
        self.init(method, target, who, "", status, contains: contains, lacks: lacks)
    }

    init(
        _ method: HTTPMethod, _ target: String, _ status: Int, contains: [String] = [],
        lacks: [String] = []
    ) {
        self.init(method, target, .user, "", status, contains: contains, lacks: lacks)
    }

    var testDescription: String { "\(method.rawValue) \(target) \(who) \(body.prefix(40))" }
}

private let entities = "/api/catalog/entities"
private let byQuery = "/api/catalog/entities/by-query"
private let byName = "/api/catalog/entities/by-name"
private let byRefs = "/api/catalog/entities/by-refs"
private let facets = "/api/catalog/entity-facets"
private let locations = "/api/catalog/locations"
private let secret = ["secret", "API", "api:default/api\""]

@Suite struct RequestTests {
    @Test(arguments: Engine.allCases)
    func `requests are answered as said`(engine: Engine) async throws {
        try await withAPI(engine) { api in
            for exchange in Self.exchanges {
                let answer = await api.send(
                    exchange.method, exchange.target, as: exchange.who, json: exchange.body)
                let name = exchange.testDescription
                #expect(answer.status == exchange.status, "\(name): \(answer.text.prefix(300))")
                for part in exchange.contains {
                    #expect(answer.text.contains(part), "\(name): \(answer.text.prefix(300))")
                }
                for part in exchange.lacks {
                    #expect(!answer.text.contains(part), "\(name): \(answer.text.prefix(900))")
                }
                if answer.status >= 400, !answer.bytes.isEmpty {
                    let status = try JSON.parse(answer.bytes).at("response", "statusCode")?.int
                    if !exchange.target.hasSuffix("validate-entity") {
                        #expect(status == answer.status, "\(name)")
                    }
                }
            }
        }
    }

    static let exchanges = reading + whoSeesWhat + changing

    private static let reading = [
        Exchange(.get, entities, 200, contains: ["cart", "team", "nested", "generated-"]),
        Exchange(
            .get, "\(entities)?filter=kind=component", 200, contains: ["cart"], lacks: ["\"Group\""]
        ),
        Exchange(.get, "\(entities)?filter=kind=nothing", 200, contains: ["[]"]),
        Exchange(.get, "\(entities)?limit=1&order=asc:metadata.name", 200, contains: ["\"api\""]),
        Exchange(.get, "\(entities)?offset=9007199254740992", 200, contains: ["[]"]),
        Exchange(.get, "\(entities)?limit=9007199254740992", 200, contains: ["cart"]),
        Exchange(.get, "\(entities)?fields=kind,metadata.name", 200, lacks: ["uid"]),
        // Only an answer without pages leaves out what has no value of the key.
        Exchange(.get, "\(entities)?order=asc:metadata.title", 200, lacks: ["\"pay\""]),
        Exchange(
            .get, "\(entities)?offset=0&order=asc:metadata.title", 200, contains: ["\"pay\""]),
        Exchange(.get, "\(byQuery)?limit=0", 200, contains: ["\"items\":[]", "\"totalItems\":9"]),
        Exchange(
            .get, "\(byQuery)?filter=kind=component&orderField=metadata.name,desc&limit=1", 200,
            contains: ["\"pay\"", "nextCursor", "\"totalItems\":4"]),
        Exchange(
            .get, "\(byQuery)?fullTextFilterTerm=THE%20c&fullTextFilterFields=metadata.title", 200,
            contains: ["cart", "\"totalItems\":1"]),
        Exchange(
            .post, byQuery, .user, #"{"query":{"kind":"component"},"limit":2}"#, 200,
            contains: ["\"totalItems\":4"]),
        Exchange(.post, byQuery, 200, contains: ["\"totalItems\":9"]),
        Exchange(
            .get, "\(byQuery)?filter[]=kind=group&filter[1]=kind=api&limit=0", 200,
            contains: ["\"totalItems\":2"]),
        Exchange(.get, "\(byQuery)?filter=&filter=kind=group", 200, contains: ["\"totalItems\":1"]),
        Exchange(
            .get, "\(byQuery)?orderField=metadata.name,desc,asc&filter=kind=component&limit=1", 200,
            contains: ["\"pay\""]),
        Exchange(.get, "\(byQuery)?orderField=,asc", 200, contains: ["\"totalItems\":0"]),
        Exchange(
            .post, byQuery, .user,
            #"{"orderBy":[{"field":"metadata.name","order":"asc"}],"fullTextFilter":{"term":"cart"}}"#,
            200, contains: ["\"totalItems\":1"]),
        Exchange(
            .post, byQuery, .user,
            #"{"orderBy":[{"field":"metadata.name","order":"asc"}],"fullTextFilter":{"term":"cart","fields":[]}}"#,
            200, contains: ["\"totalItems\":0"]),
        Exchange(
            .get, "\(entities)?limit=1&filter=kind=group&fields=spec.children,kind", 200,
            contains: [#"[{"kind":"Group","spec":{"children":[]}}]"#]),
        Exchange(.get, "\(byName)/component/default/cart", 200, contains: ["The Cart"]),
        Exchange(.get, "\(byName)/COMPONENT/Default/CART", 200, contains: ["The Cart"]),
        Exchange(.get, "\(byName)/component/default/none", 404),
        Exchange(.get, "\(byName)/component/default/%00", 404),
        Exchange(.get, "\(byName)/component/default/%FF", 400),
        Exchange(.get, "\(byName)/component/default/cart/ancestry", 200, contains: ["generated-"]),
        Exchange(
            .get, "\(byName)/component/default/nested/ancestry", 200,
            contains: ["location:default/l"]),
        Exchange(.get, "\(entities)/by-uid/no-uid", 404),
        Exchange(.get, "\(entities)/by-uid/00000000-0000-4000-8000-000000000000", 404),
        Exchange(
            .post, byRefs, .user, #"{"entityRefs":["component:default/cart","x:y"]}"#, 200,
            contains: ["The Cart", "null"]),
        // References count in their canonical form only.
        Exchange(
            .post, byRefs, .user,
            #"{"entityRefs":["component:cart","Component:default/cart","component:default/Cart"]}"#,
            200, contains: ["[null,null,null]"]),
        Exchange(
            .post, "\(byRefs)?filter=kind=group", .user,
            #"{"entityRefs":["component:default/cart","group:default/team"]}"#, 200,
            contains: ["[null,{"]),
        Exchange(.post, byRefs, .user, #"{"entityRefs":[]}"#, 200, contains: ["\"items\":[]"]),
        Exchange(
            .get, "\(facets)?facet=kind&facet=relations.ownedBy", 200,
            contains: [
                #"{"value":"Component","count":4}"#, #"{"value":"group:default/team","count":4}"#,
            ]),
        Exchange(
            .post, facets, .user, #"{"facets":["spec.type"],"query":{"kind":"component"}}"#, 200,
            contains: [#"{"value":"job","count":1}"#], lacks: ["openapi"]),
        Exchange(
            .get, "\(facets)?facet=&facet=kind&filter=kind=api", 200,
            contains: [#"{"facets":{"kind":[{"value":"API","count":1}]}}"#]),
        Exchange(.get, locations, 200, contains: ["a.yaml", "l.yaml"]),
        Exchange(.get, "\(locations)/none", 404),
        Exchange(.get, "\(locations)/by-entity/component/default/cart", 200, contains: ["a.yaml"]),
        Exchange(
            .get, "\(locations)/by-entity/component/default/nested", 200, contains: ["l.yaml"]),
        Exchange(.get, "\(locations)/by-entity/component/default/none", 404),
        Exchange(.post, "\(locations)/by-query", .user, "{}", 200, contains: ["\"totalItems\":2"]),
        Exchange(
            .post, "\(locations)/by-query", .user, #"{"limit":1}"#, 200, contains: ["nextCursor"]),
        Exchange(
            .post, "\(locations)/by-query", .user,
            #"{"query":{"TARGET":{"$hasPrefix":"HTTPS://git.test/A"},"entityRef":{"$exists":true}}}"#,
            200, contains: ["\"totalItems\":1", "a.yaml"]),
        Exchange(
            .post, "\(locations)/by-query", .user, #"{"query":{"$not":{"type":{"$in":["URL"]}}}}"#,
            200, contains: ["\"totalItems\":0"]),
        Exchange(
            .post, "\(locations)/by-query", .user, #"{"query":{"$all":[]}}"#, 200,
            contains: ["\"totalItems\":0"]),
        Exchange(
            .post, "\(locations)/by-query", .user, #"{"query":{"type":{"$contains":"url"}}}"#, 200,
            contains: ["\"totalItems\":0"]),
        Exchange(.get, "/api/catalog/nothing", 404),
        Exchange(.get, "/api/catalog", 404),
        Exchange(.get, "/api/catalog/nothing", .anonymous, 401),
    ]

    /// One person sees Components only: nothing else may show in any answer.
    private static let whoSeesWhat = [
        Exchange(.get, entities, .limited, 200, contains: ["cart"], lacks: secret + ["\"Group\""]),
        Exchange(
            .get, "\(entities)?limit=100", .limited, 200, contains: ["cart"], lacks: ["\"Group\""]),
        Exchange(
            .get, "\(entities)?filter=kind=api", .limited, 200, contains: ["[]"], lacks: secret),
        Exchange(.get, byQuery, .limited, 200, contains: ["\"totalItems\":4"], lacks: secret),
        Exchange(
            .post, byQuery, .limited, #"{"query":{"$not":{"kind":"component"}}}"#, 200,
            contains: ["\"totalItems\":0"]),
        Exchange(
            .get, "\(facets)?facet=kind", .limited, 200, contains: ["Component"], lacks: ["Group"]),
        // The same question by one who sees all, and again: what is kept belongs to who asked.
        Exchange(.get, "\(facets)?facet=kind", .user, 200, contains: ["Group"]),
        Exchange(.get, "\(facets)?facet=kind", .limited, 200, lacks: ["Group"]),
        Exchange(.post, facets, .limited, #"{"facets":["kind"]}"#, 200, lacks: ["Group"]),
        Exchange(.get, "\(byName)/api/default/api", .limited, 404, lacks: ["secret"]),
        Exchange(.get, "\(byName)/api/default/api/ancestry", .limited, 404, lacks: ["secret"]),
        Exchange(
            .get, "\(byName)/component/default/nested/ancestry", .limited, 200,
            contains: ["\"parentEntityRefs\":[]"], lacks: ["\"Location\""]),
        Exchange(
            .post, byRefs, .limited,
            #"{"entityRefs":["api:default/api","component:default/cart"]}"#, 200,
            contains: ["[null,{"], lacks: ["secret"]),
        Exchange(.get, "\(locations)/by-entity/api/default/api", .limited, 404),
        Exchange(
            .post, "/api/catalog/refresh", .limited, #"{"entityRef":"api:default/api"}"#, 404),
        Exchange(
            .post, "/api/catalog/refresh", .limited, #"{"entityRef":"component:default/cart"}"#,
            200),
        // A token in the body counts instead of the header's.
        Exchange(
            .post, "/api/catalog/refresh", .user,
            #"{"entityRef":"api:default/api","authorizationToken":"limited"}"#, 404),
        Exchange(
            .post, "/api/catalog/refresh", .user,
            #"{"entityRef":"api:default/api","authorizationToken":"reader"}"#, 403),
        Exchange(
            .post, "/api/catalog/refresh", .user,
            #"{"entityRef":"api:default/api","authorizationToken":"nobody"}"#, 401),
        Exchange(
            .post, "/api/catalog/refresh", .user,
            #"{"entityRef":"api:default/api","authorizationToken":""}"#, 200),
        Exchange(
            .post, "/api/catalog/refresh", .user, #"{"entityRef":"API:default/api"}"#, 404),
        Exchange(.post, locations, .limited, #"{"type":"url","target":"https://git.test/x"}"#, 403),
        Exchange(.post, locations, .reader, #"{"type":"url","target":"https://git.test/x"}"#, 403),
        Exchange(.get, entities, .reader, 200, contains: ["cart"]),
        Exchange(.post, "/api/catalog/refresh", .reader, #"{"entityRef":"component:cart"}"#, 403),
        Exchange(.get, entities, .stranger, 401),
    ]

    private static let changing = [
        Exchange(.post, locations, .user, #"{"type":"file","target":"/etc/passwd"}"#, 400),
        Exchange(.post, locations, .user, #"{"type":"url","target":"nothing"}"#, 400),
        Exchange(.post, locations, .user, #"{"type":"url","target":"file:///etc/passwd"}"#, 400),
        Exchange(.post, locations, .user, #"{"type":"url"}"#, 400),
        Exchange(
            .post, locations, .user, #"{"type":"url","target":"https://git.test/x","x":1}"#, 400),
        Exchange(
            .post, locations, .user,
            #"{"type":"url","target":"https://git.test/x","presence":"maybe"}"#, 400),
        Exchange(
            .post, "\(locations)?dryRun=true", .user,
            #"{"type":"url","target":"https://git.test/none.yaml"}"#, 400, contains: ["not there"]),
        Exchange(
            .post, "\(locations)?dryRun=true", .user,
            #"{"type":"url","target":"https://git.test/b.yaml"}"#, 201,
            contains: ["nested", "\"exists\":false"]),
        Exchange(
            .post, locations, .user, #"{"type":"url","target":"https://git.test/a.yaml"}"#, 409),
        Exchange(
            .post, "\(locations)?onConflict=refresh", .user,
            #"{"type":"url","target":"https://git.test/a.yaml"}"#, 201),
        Exchange(.delete, "\(entities)/by-uid/00000000-0000-4000-8000-000000000000", 204),
        Exchange(.delete, "\(locations)/none", 404),
        Exchange(
            .put, "\(locations)/none", .user, #"{"type":"url","target":"https://git.test/x"}"#, 404),
        Exchange(
            .put, "\(locations)/none", .user, #"{"type":"url","target":"https://git.test/a.yaml"}"#,
            409),
        Exchange(
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"a"},"spec":{"owner":"x"}},"location":"url:https://git.test/x","more":1}"#,
            200),
        Exchange(
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"System","metadata":{"name":"a"},"spec":{"owner":"x"}},"location":"url:x"}"#,
            200),
        Exchange(
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"a b"},"spec":{}},"location":"url:https://git.test/x"}"#,
            400, contains: ["errors"]),
        Exchange(
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{},"location":"url:https://git.test/x"}"#, 400, contains: ["errors"]),
        Exchange(
            .post, "/api/catalog/analyze-location", .user,
            #"{"location":{"type":"url","target":"https://git.test/a.yaml"}}"#, 200,
            contains: [#""existingEntityFiles":[]"#, #""name":"a.yaml""#], lacks: ["annotations"]),
        Exchange(
            .post, "/api/catalog/analyze-location", .user,
            #"{"location":{"type":"url","target":"https://github.com/a/b.c/blob/main/x/y.yaml"}}"#,
            200,
            contains: [#""name":"b.c","annotations":{"github.com/project-slug":"a/b.c"}"#]),
        Exchange(
            .post, "/api/catalog/analyze-location", .limited,
            #"{"location":{"type":"url","target":"https://git.test/a.yaml"}}"#, 403),
    ]

    // MARK: Every route

    @Test func `every route refuses whom it should`() async throws {
        try await withAPI { api in
            for route in api.routes {
                let target = route.path("a", "b", "c")
                let body = route.bodyLimit == .none ? "" : "{}"
                for who in [Who.anonymous, .stranger] {
                    let answer = await api.send(route.method, target, as: who, json: body)
                    #expect(answer.status == 401, "\(route.method) \(target) \(who)")
                    #expect(!answer.text.contains("cart"))
                }
                let other = await api.send(route.method, target, as: .elsewhere, json: body)
                #expect(other.status == 403, "\(route.method) \(target)")
                let allowed = await api.send(route.method, target, as: .service, json: body)
                #expect(![401, 403].contains(allowed.status), "\(route.method) \(target)")
                #expect(allowed.status < 500, "\(route.method) \(target)")
            }
        }
    }

    @Test func `a catalog that is read-only changes by files alone`() async throws {
        try await withAPI(isReadonly: true) { api in
            let body = #"{"type":"url","target":"https://git.test/b.yaml"}"#
            #expect(await api.send(.post, locations, json: body).status == 403)
            #expect(await api.send(.post, "\(locations)?dryRun=true", json: body).status == 201)
            let list = try JSON.parse(await api.send(.get, locations).bytes)
            let id = list.elements.reversed()[0].at("data", "id")?.string ?? ""
            #expect(await api.send(.put, "\(locations)/\(id)", json: body).status == 403)
            #expect(await api.send(.delete, "\(locations)/\(id)").status == 403)
            #expect(await api.send(.get, "\(locations)/\(id)").status == 200)
        }
    }

    @Test func `a deleted entity is away at first and comes back if a file declares it`()
        async throws
    {
        try await withAPI { api in
            let target = "\(byName)/component/default/cart"
            let uid = try JSON.parse(await api.send(.get, target).bytes).at("metadata", "uid")?
                .string
            #expect(await api.send(.delete, "\(entities)/by-uid/\(uid ?? "")").status == 204)
            #expect(await api.send(.get, target).status == 404)
            while await api.send(.get, target).status != 200 {
                try await Task.sleep(for: .milliseconds(20))
            }
            let next = try JSON.parse(await api.send(.get, target).bytes).at("metadata", "uid")
            #expect(next?.string != uid)
        }
    }

    /// Files by name, the first of which is tried, and what is answered.
    private static let tried: [(files: [String: String], status: Int, answer: [String])] = [
        (
            ["a": documents(component("x"), component("y"), component("z"))], 201,
            [#""name":"generated-"#, #""name":"z""#, #""name":"y""#, #""name":"x""#]
        ),
        (
            [
                "a": location("l", "./b", "./c"), "b": documents(component("b1"), component("b2")),
                "c": component("c1"),
            ], 201,
            [#""name":"l""#, #""name":"c1""#, #""name":"b2""#, #""name":"b1""#]
        ),
        (["a": location("l", "./b", "./c"), "b": component("x"), "c": component("X")], 400, []),
        (["a": documents(component("x"), component("x"))], 400, []),
        (["a": location("l", "./a")], 400, []), (["a": location("l", "./b")], 400, []),
        (["a": ""], 201, [#""name":"generated-"#]),
        (
            ["a": component("x") + "\n  t: {$text: ./b}\n  u: {$x: {$text: ./b}}\n", "b": "read"],
            201, [#""t":"read""#, #""u":{"$x":{"$text":"./b"}}"#]
        ),
    ]

    @Test(arguments: tried.indices)
    func `a dry run answers as said`(index: Int) async throws {
        let (files, status, parts) = Self.tried[index]
        try await withAPI { api in
            for (name, text) in files { api.catalog.files.put("https://dry.test/\(name)", text) }
            let answer = await api.send(
                .post, "\(locations)?dryRun=true",
                json: #"{"type":"url","target":"https://dry.test/a"}"#)
            #expect(answer.status == status, "\(answer.text)")
            // In this order.
            var rest = answer.text[...]
            for part in parts {
                let range = rest.firstRange(of: part)
                #expect(range != nil, "\(part) is not in \(rest)")
                rest = range.map { rest[$0.upperBound...] } ?? rest
            }
        }
    }

    @Test func `bytes that are no text are read as such and cost nothing`() async throws {
        try await withAPI { api in
            let text = component("x", title: "Gr_ss_e") + "\n  t: {$text: ./b}\n"
            let bytes = text.utf8.map { $0 == UInt8(ascii: "_") ? 0xF6 : $0 }
            api.catalog.files.put("https://dry.test/a", bytes: bytes)
            api.catalog.files.put("https://dry.test/b", bytes: [0x61, 0xFF])
            let answer = await api.send(
                .post, "\(locations)?dryRun=true",
                json: #"{"type":"url","target":"https://dry.test/a"}"#)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.text.contains("Gr\u{FFFD}ss\u{FFFD}e"))
            #expect(answer.text.contains("\"t\":\"a\u{FFFD}\""))
        }
    }
}
