import CatalogModel
import Testing

@Suite struct `References to entities` {
    @Test(
        arguments: [
            ("petstore", "API", "pets", "api:pets/petstore"),
            ("component:petstore", nil, "pets", "component:pets/petstore"),
            ("ns/x", "Group", "default", "group:ns/x"),
            ("Group:Default/Team-A", nil, "x", "group:default/team-a"),
            ("a/b:c", "Group", "x", "group:a/b:c"), ("a:b/c/d", nil, "x", "a:b/c/d"),
            ("a:b:c", nil, "x", "a:x/b:c"), ("group:default/ x", nil, "d", "group:default/ x"),
            (" team ", "Group", "d", "group:d/ team "), ("user:ÄÖ", nil, "d", "user:d/äö"),
            ("petstore", nil, "d", "no kind"), (":x", nil, "d", "empty part"),
            ("a:/x", nil, "d", "empty part"), ("a:b/", nil, "d", "empty part"),
            ("", "Group", "d", "empty part"), ("/x", "Group", "d", "empty part"),
            ("a:", nil, "d", "empty part"),
        ] as [(String, String?, String, String)])
    func `are read with their defaults`(
        text: String, kind: String?, namespace: String, wanted: String
    ) {
        let read: String
        do {
            read = try EntityRef.parse(text, defaultKind: kind, defaultNamespace: namespace)
                .canonical
        } catch .noKind {
            read = "no kind"
        } catch {
            read = "empty part"
        }
        #expect(read == wanted)
    }

    @Test func `are the same in whatever case, and keep the way they were written`() {
        let one = EntityRef(kind: "Component", name: "MyApp")
        #expect(one == EntityRef(kind: "component", namespace: "DEFAULT", name: "myapp"))
        #expect(Set([one]).contains(EntityRef(kind: "COMPONENT", name: "MYAPP")))
        #expect(one.description == "Component:default/MyApp")
    }

    @Test(
        arguments: [
            ("url:https://x/y", "url", "https://x/y"), ("file:", "file", ""),
            ("a:b:c", "a", "b:c"), (":x", nil, nil), ("nothing", nil, nil), ("", nil, nil),
        ] as [(String, String?, String?)])
    func `of locations are split at the first colon`(text: String, type: String?, target: String?) {
        let ref = LocationRef.parse(text)
        #expect(ref?.type == type && ref?.target == target)
        if let ref { #expect(ref.text == text) }
    }

    @Test func `know both directions of every relation`() {
        for type in RelationType.builtIn {
            #expect(RelationType.named(type.name.uppercased()) == type)
            #expect(RelationType.named(type.inverse) == type.reversed)
            #expect(type.reversed.reversed == type)
        }
        #expect(RelationType.named("ownedby")?.inverse == "ownerOf")
        #expect(RelationType.named("ownedBy ") == nil)
    }
}

@Suite struct `Field formats` {
    private static let long = String(repeating: "a", count: 63)

    @Test(arguments: [
        (
            FieldFormat.apiVersion, "v1 backstage.io/v1alpha1 a-b.c--d/V1",
            "a/b/c a_b/v1 A/v1 v1-2 /v1 a/ "
        ),
        (.kind, "Component A x9 \(long)", "9a a-b é \(long)x"),
        (.objectName, "a A-b_c.d 9 a--b \(long)", "-a a- a.b. a/b é a:b \(long)x"),
        (.namespace, "a a-b a--b 9 \(long)", "A a_b a.b -a \(long)x"),
        (.qualifiedKey, "a example.com/a.b_C x-y.z/A", "a/b/c Ex.com/a /a a/ a..b/c -a"),
        (.labelValue, "a A_b", "a/b -a"),
        (.tag, "java c++ c# a:b a-b \(long)", "Java a--b -a a- a_b a.b é \(long)x"),
        (
            .address,
            "https://example.com mailto:a@b https:x http:\\\\x file:///a file:a x:y a+b:c http://[::1]:80/ "
                + "http://1.2.3.4 http://1 https://user:p@h:1/ http://a%41 https://bücher.example "
                + "javascript:x http://a.:80 foo:// foo://[1::2] http://0x7f.1 file://C:/x",
            "example.com /x ./a //x http:// https://@x@ http://a:b http://a:65536 http://[::1 "
                + "http://1.2.3.4.5 http://256.0.0.1 http://a^b http://a|b http://[1:2] foo://a^b 1a:b : "
                + "http://%zz http://a:8%30 file://a^b http://1.2.3.08 foo://:80 http://?x"
        ),
    ])
    func `take what is legal and nothing else`(format: FieldFormat, legal: String, illegal: String)
    {
        for text in legal.split(separator: " ") { #expect(format.accepts(String(text)), "\(text)") }
        for text in illegal.split(separator: " ") {
            #expect(!format.accepts(String(text)), "\(text)")
        }
    }

    @Test func `treat blanks as JavaScript does`() {
        #expect(FieldFormat.labelValue.accepts("") && !FieldFormat.objectName.accepts(""))
        #expect(
            !FieldFormat.nonBlank.accepts("\u{FEFF}\u{A0}\n ") && FieldFormat.nonBlank.accepts(" a")
        )
        #expect(
            !FieldFormat.objectName.accepts("a\n") && !FieldFormat.address.accepts("Service Now"))
        #expect(FieldFormat.address.accepts(" https://a b/ ".replacing("a b", with: "a/b c")))
        #expect(!FieldFormat.address.accepts("https://a b/"))
    }

    @Test(arguments: [
        ("https://a/b", false), ("javascript:alert(1)", true), (" \u{1}JavaScript:x", true),
        ("java\nscript\t:x", true), ("javascriptx:", false), ("java script:x", false), ("", false),
        ("url:javascript:x", false), ("javascript", false),
    ])
    func `replace addresses that are scripts`(address: String, isReplaced: Bool) {
        #expect(safeAddressAnnotation(address) == (isReplaced ? harmlessAddress : address))
    }
}
