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
            .post, byRefs, .user, #"{"entityRefs":["component:cart","group:team","x:y"]}"#, 200,
            contains: ["The Cart", "null"]),
        Exchange(
            .post, "\(byRefs)?filter=kind=group", .user,
            #"{"entityRefs":["component:cart","group:team"]}"#, 200, contains: ["[null,"]),
        Exchange(.post, byRefs, .user, #"{"entityRefs":[]}"#, 200, contains: ["\"items\":[]"]),
        Exchange(
            .get, "\(facets)?facet=kind&facet=relations.ownedBy", 200,
            contains: [
                #"{"value":"Component","count":4}"#, #"{"value":"group:default/team","count":4}"#,
            ]),
        Exchange(
            .post, facets, .user, #"{"facets":["spec.type"],"query":{"kind":"component"}}"#, 200,
            contains: [#"{"value":"job","count":1}"#], lacks: ["openapi"]),
        Exchange(.get, locations, 200, contains: ["a.yaml", "l.yaml"]),
        Exchange(.get, "\(locations)/none", 404),
        Exchange(.get, "\(locations)/by-entity/component/default/cart", 200, contains: ["a.yaml"]),
        Exchange(
            .get, "\(locations)/by-entity/component/default/nested", 200, contains: ["l.yaml"]),
        Exchange(.get, "\(locations)/by-entity/component/default/none", 404),
        Exchange(.post, "\(locations)/by-query", .user, "{}", 200, contains: ["\"totalItems\":2"]),
        Exchange(
            .post, "\(locations)/by-query", .user, #"{"limit":1}"#, 200, contains: ["nextCursor"]),
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
            .post, byRefs, .limited, #"{"entityRefs":["api:api","component:cart"]}"#, 200,
            contains: ["[null,"], lacks: ["secret"]),
        Exchange(.get, "\(locations)/by-entity/api/default/api", .limited, 404),
        Exchange(
            .post, "/api/catalog/refresh", .limited, #"{"entityRef":"api:default/api"}"#, 404),
        Exchange(
            .post, "/api/catalog/refresh", .limited, #"{"entityRef":"component:default/cart"}"#,
            200),
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
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"a b"},"spec":{}},"location":"url:https://git.test/x"}"#,
            400, contains: ["errors"]),
        Exchange(
            .post, "/api/catalog/validate-entity", .user,
            #"{"entity":{},"location":"url:https://git.test/x"}"#, 400, contains: ["errors"]),
        Exchange(
            .post, "/api/catalog/analyze-location", .user,
            #"{"location":{"type":"url","target":"https://git.test/a.yaml"}}"#, 200,
            contains: ["cart", "\"isRegistered\":true"]),
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

    // MARK: What cannot be meant

    private static let numbers = [
        "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808",
        "99999999999999999999999999", "1e3", "NaN", "nan", "Infinity", "-0.5", "1.5", "0x10",
        "%201", "1%20", "%EF%BC%91", "", "null", "1,2", "1%00", "true",
    ]

    /// Of each, broken variants: cut off, other JSON, nested, huge, with bytes that are no text.
    private static let cursors: [String] = {
        let good = #"{"orderFields":[],"orderFieldValues":["component:default/cart"]}"#
        let texts = [
            "", "{", "[]", "null", "1", "\"x\"", "{}", #"{"orderFields":1}"#,
            #"{"orderFields":[],"orderFieldValues":[]}"#,
            #"{"orderFields":[],"orderFieldValues":[1]}"#,
            #"{"orderFields":[1],"orderFieldValues":["a","b"]}"#,
            #"{"orderFields":[{"field":"a"}],"orderFieldValues":["a","b","c"]}"#,
            #"{"orderFields":{},"orderFieldValues":{}}"#,
            #"{"orderFields":[],"orderFieldValues":["a"],"query":[]}"#,
            #"{"orderFields":[],"orderFieldValues":["a"],"query":{"$nope":1}}"#,
            #"{"orderFields":[],"orderFieldValues":["a"],"filter":["=x"]}"#,
            #"{"limit":0,"offset":0}"#, #"{"limit":-5,"offset":-5}"#, #"{"limit":1e400}"#,
            #"{"limit":"1"}"#, String(good.dropLast(4)),
            String(repeating: "[", count: 40_000), String(repeating: #"{"a":"#, count: 8_000),
        ]
        return texts.map { base64($0) } + [
            "%", "%%%", "a", "====", "\u{0}", "äöü", String(base64(good).dropLast(3)) + "!",
            String(repeating: "A", count: 1 << 20), base64(good) + base64(good),
        ]
    }()

    private static func base64(_ text: String) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = bytes[start..<min(start + 3, bytes.count)]
            let word = rest.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - rest.count))
            for place in 0..<4 {
                out.append(
                    place <= rest.count ? digits[Int(word >> UInt32(18 - 6 * place) & 63)] : 61)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `numbers that cannot be meant are refused wherever one is asked for`() async throws {
        try await withAPI { api in
            for target in [
                "\(entities)?limit=", "\(entities)?offset=", "\(byQuery)?limit=",
                "\(byQuery)?offset=",
            ] {
                for number in Self.numbers {
                    let answer = await api.send(.get, target + number)
                    #expect(answer.status == 400, "\(target)\(number): \(answer.text.prefix(80))")
                }
            }
            let bodies =
                Self.numbers.map { "\"\($0)\"" } + [
                    "-1", "1.5", "1e400", "-1e400", "1e30", "[]", "{}", "true",
                ]
            for target in [byQuery, "\(locations)/by-query"] {
                for number in bodies {
                    let answer = await api.send(.post, target, json: "{\"limit\":\(number)}")
                    #expect(answer.status == 400, "\(target) \(number): \(answer.text.prefix(80))")
                }
            }
            for offset in bodies {
                let answer = await api.send(.post, byQuery, json: "{\"offset\":\(offset)}")
                #expect(answer.status == 400, "offset \(offset)")
            }
            #expect(
                await api.send(
                    .post, byQuery, json: #"{"limit":9007199254740992,"offset":9007199254740992}"#
                ).status == 200)
        }
    }

    @Test func `cursors that were not given out are refused`() async throws {
        try await withAPI { api in
            for cursor in Self.cursors {
                let short = cursor.prefix(30)
                for target in ["\(byQuery)?cursor=", "\(entities)?after="] {
                    let answer = await api.send(.get, target + encodedSegment(cursor))
                    #expect(answer.status == 400, "\(target)\(short): \(answer.text.prefix(90))")
                }
                var body = JSONWriter()
                body.raw(#"{"cursor":"#)
                body.string(cursor)
                body.raw("}")
                let answer = await api.send(.post, byQuery, body: body.bytes)
                #expect([400, 413].contains(answer.status), "\(short): \(answer.text.prefix(90))")
                let listed = await api.send(.post, "\(locations)/by-query", body: body.bytes)
                #expect(listed.status < 500, "\(short): \(listed.text.prefix(90))")
            }
            // Numbers in a cursor that is well formed otherwise.
            for number in ["9223372036854775807", "-9223372036854775808", "1e308", "0.5"] {
                let query = #"{"orderFields":[],"orderFieldValues":["a"],"totalItems":\#(number)}"#
                let answer = await api.send(
                    .get, "\(byQuery)?cursor=\(encodedSegment(Self.base64(query)))")
                #expect(answer.status < 500)
                for list in [
                    #"{"limit":\#(number),"offset":0}"#, #"{"limit":5,"offset":\#(number)}"#,
                ] {
                    let answer = await api.send(
                        .get, "\(entities)?after=\(encodedSegment(Self.base64(list)))")
                    #expect(answer.status < 500)
                }
            }
        }
    }

    @Test func `bodies that are no JSON objects are refused by every route that takes one`()
        async throws
    {
        let bodies: [[UInt8]] =
            [
                "{", "[]", "null", "1", "\"x\"", "{\"a\":1,}", "{'a':1}", "{\"a\":1}{}", "\u{0}",
                "{\"a\":NaN}",
                String(repeating: "[", count: 30_000), String(repeating: "{\"a\":", count: 10_000),
                String(repeating: " ", count: 1 << 15), "{\"a\":\"\u{1}\"}", "{\"a\":\"\\ud800\"",
            ].map { Array($0.utf8) } + [[0xFF, 0xFE], [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D]]
        try await withAPI { api in
            for route in api.routes where route.bodyLimit != .none {
                let target = route.path("a", "b", "c")
                for body in bodies {
                    let answer = await api.send(route.method, target, body: body)
                    #expect(
                        (400..<500).contains(answer.status),
                        "\(route.method) \(target) \(body.prefix(12)): \(answer.text.prefix(80))")
                }
                let form = await api.send(
                    route.method, target, body: Array("a=b".utf8),
                    type: "application/x-www-form-urlencoded")
                #expect((400..<500).contains(form.status), "\(target)")
                let huge = await api.send(
                    route.method, target, body: [UInt8](repeating: 0x20, count: (4 << 20) + 1))
                #expect(huge.status == 413, "\(target)")
            }
        }
    }

    @Test func `members and parameters of another kind are refused`() async throws {
        let deep =
            String(repeating: #"{"$not":"#, count: 200) + #"{"kind":"a"}"#
            + String(repeating: "}", count: 200)
        let posts: [(String, String)] = [
            (byQuery, #"{"fields":1}"#), (byQuery, #"{"fields":[1]}"#), (byQuery, #"{"query":[]}"#),
            (byQuery, #"{"query":{"$nope":1}}"#), (byQuery, #"{"query":{"kind":{}}}"#),
            (byQuery, #"{"query":\#(deep)}"#), (byQuery, #"{"orderBy":"x"}"#),
            (byQuery, #"{"orderBy":[{"field":1}]}"#),
            (byQuery, #"{"orderBy":[{"field":"a","order":"up"}]}"#),
            (byQuery, #"{"cursor":1}"#), (byQuery, #"{"cursor":""}"#),
            (byQuery, #"{"fullTextFilter":[]}"#),
            (byQuery, #"{"fullTextFilter":{"fields":"a"}}"#), (byRefs, "{}"),
            (byRefs, #"{"entityRefs":"a"}"#),
            (byRefs, #"{"entityRefs":[1]}"#), (byRefs, #"{"entityRefs":[null]}"#),
            (byRefs, #"{"entityRefs":[],"query":1}"#), (facets, "{}"), (facets, #"{"facets":[]}"#),
            (facets, #"{"facets":[1]}"#), (facets, #"{"facets":["a"],"query":"x"}"#),
            ("/api/catalog/refresh", "{}"), ("/api/catalog/refresh", #"{"entityRef":1}"#),
            ("/api/catalog/refresh", #"{"entityRef":"a","x":1}"#),
            ("/api/catalog/validate-entity", "{}"),
            ("/api/catalog/validate-entity", #"{"entity":1,"location":"url:https://a"}"#),
            ("/api/catalog/analyze-location", #"{"location":"x"}"#),
            ("/api/catalog/analyze-location", #"{"location":{"type":"file","target":"/etc"}}"#),
            ("\(locations)/by-query", #"{"query":[]}"#),
            ("\(locations)/by-query", #"{"cursor":{}}"#),
            (locations, #"{"type":1,"target":2}"#), (locations, #"{"type":"url","target":""}"#),
        ]
        let gets = [
            "\(entities)?nothing=1", "\(byQuery)?nothing=1", "\(facets)?facet=a&nothing=1", facets,
            "\(entities)?order=metadata.name", "\(entities)?order=up:a",
            "\(entities)?limit=1&limit=2",
            "\(byQuery)?orderField=", "\(byQuery)?orderField=a,up", "\(byQuery)?orderField=a,asc,b",
            "\(byQuery)?totalItems=maybe", "\(entities)?filter==x", "\(byQuery)?filter==x",
            "\(facets)?facet=a&filter==x", "\(entities)?fields=a[0]", "\(byQuery)?fields=a[0]",
        ]
        try await withAPI { api in
            for (target, body) in posts {
                let answer = await api.send(.post, target, json: body)
                #expect(
                    answer.status == 400, "\(target) \(body.prefix(60)): \(answer.text.prefix(80))")
            }
            for target in gets {
                let answer = await api.send(.get, target)
                #expect(answer.status == 400, "\(target): \(answer.text.prefix(80))")
            }
            for (target, body) in [(byRefs, "{}"), (facets, "{}"), (byQuery, "{}")] {
                let answer = await api.send(.post, "\(target)?nothing=1", json: body)
                #expect(answer.status == 400, "\(target)")
            }
        }
    }

    /// What looks odd and is only text, in every place that takes text.
    @Test func `odd texts are texts`() async throws {
        let texts = [
            "__proto__", "constructor", "$where", "'; DROP TABLE entity; --", "%00", "%FF%FE",
            "a%2Fb", "..%2F..",
            "%F0%9F%98%80", "relations.", "relations.ownedBy", "metadata.uid", "%00item", ".", "..",
            "[", "*",
            String(repeating: "x", count: 5_000), String(repeating: "a.", count: 3_000),
            String(repeating: "%CC%81", count: 1_000), "a=b=c", ",", ",,,", "=",
        ]
        try await withAPI { api in
            for text in texts {
                for target in [
                    "\(entities)?filter=", "\(entities)?filter=kind%3D", "\(entities)?fields=",
                    "\(entities)?order=asc:",
                    "\(entities)?order=desc:", "\(byQuery)?filter=", "\(byQuery)?orderField=",
                    "\(byQuery)?fields=",
                    "\(byQuery)?fullTextFilterTerm=",
                    "\(byQuery)?fullTextFilterTerm=a&fullTextFilterFields=",
                    "\(facets)?facet=", "\(facets)?facet=kind&filter=",
                    "\(byName)/component/default/",
                    "\(byName)/", "\(entities)/by-uid/", "\(locations)/",
                    "\(locations)/by-entity/a/b/",
                ] {
                    let answer = await api.send(.get, target + text)
                    #expect(
                        answer.status < 500,
                        "\(target)\(text.prefix(40)): \(answer.text.prefix(80))")
                    #expect(!answer.text.contains("\u{0}"))
                }
            }
            let all = await api.send(.get, "\(facets)?facet=%00item")
            #expect(all.text == #"{"facets":{"\u0000item":[]}}"#)
            #expect(
                await api.send(.get, "\(byQuery)?filter=%00item%3D1&limit=5").text.contains(
                    "\"totalItems\":0"))
        }
    }
}
