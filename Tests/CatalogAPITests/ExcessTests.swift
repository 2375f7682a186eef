import CallboardTestSupport
import Inbound
import Store
import Testing
import Values

/// Requests that ask for more than anybody needs: each is refused with the limit that it passes.
@Suite struct ExcessTests {
    private struct Excess: Sendable {
        let target: String
        let body: String
        let says: String
        var status = 400
    }

    private static func many(_ count: Int, _ element: String) -> String {
        "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
    }

    private static let marks = String(repeating: "\\u05b0", count: 70)

    private static let excesses: [Excess] = {
        let api = "/api/catalog"
        let query = "\(api)/entities/by-query"
        let nested =
            String(repeating: #"{"$not":"#, count: 40) + #"{"a":"b"}"#
            + String(repeating: "}", count: 40)
        let parameters = { (text: String, count: Int) in
            Array(repeating: text, count: count).joined(separator: "&")
        }
        return [
            Excess(target: query, body: #"{"query":\#(nested)}"#, says: "32 levels deep"),
            Excess(
                target: query, body: #"{"query":{"$any":\#(many(2100, #"{"a":"b"}"#))}}"#,
                says: "2000 conditions"),
            Excess(
                target: query,
                body: #"{"query":{"$any":\#(many(60, #"{"a":{"$hasPrefix":""}}"#))}}"#,
                says: "2000 conditions"),
            Excess(
                target: query, body: #"{"orderBy":\#(many(17, #"{"field":"a"}"#))}"#,
                says: "16 keys of an order"),
            Excess(
                target: query,
                body: #"{"fullTextFilter":{"term":"a","fields":\#(many(17, #""b""#))}}"#,
                says: "16 fields of a text filter"),
            Excess(
                target: query, body: #"{"fields":\#(many(400, #""a.b.c""#))}"#,
                says: "1000 names"),
            Excess(
                target: "\(api)/entity-facets", body: #"{"facets":\#(many(101, #""a""#))}"#,
                says: "100 facets"),
            Excess(
                target: "\(api)/entities/by-refs",
                body: #"{"entityRefs":\#(many(10_001, #""a:b/c""#))}"#, says: "10000 references"),
            Excess(
                target: query, body: #"{"query":{"\#(marks)":"b"}}"#, says: "64 marks are stacked"),
            Excess(target: query, body: #"{"query":{"a":"\u0000"}}"#, says: "U+0000"),
            Excess(
                target: "\(api)/locations", body: #"{"type":"url","target":"http://u:s3cret@h/x"}"#,
                says: "a user name or password"),
            Excess(
                target: "\(query)?\(parameters("orderField=a", 17))", body: "",
                says: "16 keys of an order"),
            Excess(
                target: "\(api)/entities?\(parameters("order=asc:a", 17))", body: "",
                says: "16 keys of an order"),
        ]
    }()

    @Test func `what asks for too much is told how much it may ask for`() async throws {
        try await withAPI(.sqlite) { api in
            for excess in Self.excesses {
                let answer = await api.send(
                    excess.body.isEmpty ? .get : .post, excess.target, as: .user,
                    json: excess.body)
                let place = "\(excess.target.prefix(60)): \(answer.text.prefix(300))"
                #expect(answer.status == excess.status, "\(place)")
                #expect(answer.text.contains(excess.says), "\(place)")
                #expect(!answer.text.contains("s3cret"), "\(place)")
            }
        }
    }
}
