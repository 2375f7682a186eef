import Catalog
import CatalogModel
import Inbound
import Routing
import Testing
import Values

@testable import Browse
@testable import Markup

@Suite struct `Addresses of lists` {
    private func text(_ items: [QueryItem]) -> String {
        Links().to(["c"], query: items).text
    }

    @Test(
        arguments: [
            ("", "/c"),
            ("kind=API&type=openapi&type=grpc", "/c?kind=api&type=openapi&type=grpc"),
            ("owner=payments&owner=user:default/Bob", "/c?owner=payments&owner=user:default/bob"),
            ("owner=group:finance/core", "/c?owner=finance/core"),
            ("user=owned&text=cart+x&order=-owner", "/c?user=owned&text=cart%20x&order=-owner"),
            ("query=cart", "/c?kind=all&text=cart"),
            ("tags=a&tag=b&namespace=x&lifecycle=P", "/c?lifecycle=p&tag=b&tag=a&namespace=x"),
            ("state=orphan&state=other&unknown=1&type=", "/c?state=orphan"),
            ("filter=relations.dependson%3Da%3Ab%2Fc", "/c?filter=relations.dependson%3Da:b/c"),
            (
                "filters[kind]=component&filters[type]=service&filters[owners]=a&filters[user]=owned",
                "/c?kind=component&user=owned&type=service&owner=a"
            ),
            (
                "cursor=after%3A50%3A%5B%22a%22%2Cnull%2C%22component%3Adefault%2Fa%22%5D&limit=10",
                "/c?limit=10&cursor=after:50:%5B%22a%22,null,%22component:default/a%22%5D"
            ),
        ])
    func `say all that a list shows`(query: String, address: String) throws {
        let state = try ListState(QueryItems(query))
        #expect(text(state.query) == address)
        let again = try ListState(QueryItems(text(state.query).split(separator: "?").last ?? ""))
        #expect(query.isEmpty || again == state)
    }

    @Test(
        arguments: [
            "order=colour", "limit=0", "limit=201", "limit=x", "cursor=x", "cursor=after:x:[]",
            "cursor=after:-1:[\"a\"]", "cursor=after:1:{}", "cursor=after:1:[1]",
            "cursor=sideways:1:[\"a\"]", "cursor=after:1:[\"a\"",
        ])
    func `that cannot be meant are refused`(query: String) {
        #expect(throws: RequestFault.self) { try ListState(QueryItems(query)) }
    }

    @Test(
        arguments: [
            ("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "'=1+1"), ("-a,b", "\"'-a,b\""), ("@x", "'@x"), ("", ""), ("a=b", "a=b"),
        ])
    func `and cells are safe in spreadsheets`(text: String, field: String) {
        #expect(CSV.field(text) == field)
    }
}

@Suite struct `Words of pages` {
    static let names = SourceNames(workingFolder: "/srv/portal")

    @Test(
        arguments: [
            ("file:/srv/portal/a/b.yaml", "a/b.yaml", nil, nil),
            ("/srv/portal-2/b.yaml", "/srv/portal-2/b.yaml", nil, nil),
            ("source file:/srv/portal/a.yaml", "a.yaml", nil, nil),
            (
                "url:https://github.com/acme/shop/blob/main/x/y.yaml", "acme/shop/x/y.yaml", 3,
                "https://github.com/acme/shop/blob/main/x/y.yaml#L3"
            ),
            (
                "https://gitlab.example/a/b/c/-/blob/main/y.yaml", "a/b/c/y.yaml", nil,
                "https://gitlab.example/a/b/c/-/blob/main/y.yaml"
            ),
            ("https://example.org/y.yaml", "example.org/y.yaml", 3, "https://example.org/y.yaml"),
            ("javascript:alert(1)", "javascript:alert(1)", nil, nil),
        ] as [(String, String, Int?, String?)])
    func `name files shortly and lead to them`(
        file: String, name: String, line: Int?, address: String?
    ) {
        #expect(Self.names.name(file) == name)
        #expect(Self.names.address(file, line: line)?.text == address)
    }

    @Test(
        arguments: [
            (
                #"{"spec":{"lifecycle":"production"}}"#, "was moved to production",
                "Moved to production"
            ),
            (#"{"spec":{"lifecycle":"x","owner":"b"}}"#, "was given to b", "Given to b"),
            (
                #"{"metadata":{"tags":["a"]},"spec":{"lifecycle":"x","type":"t"}}"#,
                "was changed (tags and type)", "Changed tags and type"
            ),
            (#"{"spec":{"lifecycle":"x"}}"#, "was written again", "Written again"),
            (
                #"{"metadata":{"a":1,"b":2,"c":3},"spec":{}}"#, "was changed (4 fields)",
                "Changed 4 fields"
            ),
        ])
    func `say what a change was`(after: String, predicate: String, heading: String) throws {
        let before = try JSON.parse(#"{"spec":{"lifecycle":"x"}}"#)
        var change = ContentChange(from: before, to: try JSON.parse(after))
        if predicate.contains("given") {
            change = ContentChange(
                from: try JSON.parse(#"{"spec":{"lifecycle":"x","owner":"a"}}"#),
                to: try JSON.parse(after))
        }
        #expect(change.predicate == predicate)
        #expect(change.heading == heading)
    }

    @Test(
        arguments: [
            ("the tag is bad", "The tag is bad."),
            ("spec.owner is missing", "spec.owner is missing."),
            ("`x` is there", "`x` is there."), ("Done.", "Done."), ("it's so", "it's so."),
        ])
    func `are sentences`(text: String, sentence: String) {
        #expect(Words.sentence(text) == sentence)
    }

    @Test func `set code between backticks and nothing else`() {
        #expect(HTML(prose: "a `b<` c `d").text == "a <code>b&lt;</code> c `d")
    }
}
