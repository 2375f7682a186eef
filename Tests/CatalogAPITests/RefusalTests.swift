import CallboardTestSupport
import Inbound
import Routing
import Testing
import Values

private let entities = "/api/catalog/entities"
private let byQuery = "/api/catalog/entities/by-query"
private let byName = "/api/catalog/entities/by-name"
private let byRefs = "/api/catalog/entities/by-refs"
private let facets = "/api/catalog/entity-facets"
private let locations = "/api/catalog/locations"

/// What cannot be meant is refused, and what only looks odd is not.
@Suite struct RefusalTests {
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
            #"{"limit":"2"}"#, #"{"orderFields":[],"orderFieldValues":[]}"#,
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
            String(repeating: "A", count: 1 << 20),
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
            (
                "/api/catalog/analyze-location",
                #"{"location":{"type":"url","target":"https://github.com/a/b","more":1}}"#
            ),
            ("\(locations)/by-query", #"{"query":{"kind":"x"}}"#),
            ("\(locations)/by-query", #"{"query":{"$all":[{"$not":{"name":"x"}}]}}"#),
            ("\(locations)/by-query", #"{"cursor":"e30="}"#),
            (byQuery, #"{"orderBy":{"field":"a","order":"asc"}}"#),
            (byQuery, #"{"orderBy":[{"field":"a"}]}"#),
            (byQuery, #"{"orderBy":[{"order":"asc"}]}"#),
            (byQuery, #"{"fullTextFilter":{"term":1}}"#), (facets, #"{"facets":[""]}"#),
            ("\(locations)?onConflict=perhaps", #"{"type":"url","target":"https://git.test/x"}"#),
            ("\(locations)?dryRun=", #"{"type":"url","target":"https://git.test/x"}"#),
            ("\(locations)/by-query", #"{"query":[]}"#),
            ("\(locations)/by-query", #"{"cursor":{}}"#),
            (locations, #"{"type":1,"target":2}"#), (locations, #"{"type":"url","target":""}"#),
        ]
        let gets = [
            "\(entities)?nothing=1", "\(byQuery)?nothing=1", "\(facets)?facet=a&nothing=1", facets,
            "\(entities)?order=metadata.name", "\(entities)?order=up:a",
            "\(entities)?limit=1&limit=2",
            "\(byQuery)?orderField=", "\(byQuery)?orderField=a,up", "\(byQuery)?orderField=a,ASC",
            "\(byQuery)?cursor=x&offset=y", "\(byQuery)?cursor=", "\(byQuery)?fullTextFilterTerm=",
            "\(byQuery)?fullTextFilterTerm=a&fullTextFilterTerm=b", "\(entities)?filter=",
            "\(entities)?fields=", "\(entities)?filter[a]=b", "\(entities)?limit[]=1",
            "\(facets)?facet=", "\(facets)?facet=&facet=", "\(facets)?facet=kind&filter=",
            "\(byName)/component/default/cart?x=1", "\(byName)/component/default/cart/ancestry?x=1",
            "\(entities)/by-uid/x?x=1", "\(locations)?x=1", "\(locations)/x?x=1",
            "\(locations)/by-entity/a/b/c?x=1",
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
            for (target, body) in [
                (byRefs, "{}"), (facets, "{}"), (byQuery, "{}"), ("\(locations)/by-query", "{}"),
                ("/api/catalog/refresh", "{}"), ("/api/catalog/analyze-location", "{}"),
            ] {
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
