import CatalogModel
import CallboardTestSupport
import Postings
import Store
import Testing
import Values

@testable import Catalog

struct CheckTests {
    /// A damage and the code of what has to be found.
    static let damages: [(sql: String, code: String)] = [
        (
            "DELETE FROM version WHERE slot = (SELECT max(slot) FROM version)",
            "check.missing-version"
        ),
        ("UPDATE version SET entity = 1", "check.foreign-version"),
        ("UPDATE version SET hash = entity_hash", "check.wrong-hash"),
        ("UPDATE version SET content = hash", "check.unreadable-content"),
        ("DELETE FROM entity WHERE ref = 'component:default/one'", "check.ownerless-version"),
        ("UPDATE version SET previous = 7", "check.broken-history"),
        ("DELETE FROM item", "check.missing-item"),
        ("UPDATE revision SET n = n + 5", "check.revision"),
        ("DELETE FROM change WHERE revision = 2", "check.revision"),
        (
            "UPDATE entity SET removed = 1 WHERE ref = 'component:default/one'",
            "check.removed-content"
        ),
    ]

    @Test(arguments: Engine.allCases, damages)
    func `a damaged table is found`(
        engine: Engine, damage: (sql: String, code: String)
    ) async throws {
        try await withCatalog(engine) { catalog in
            try await fill(catalog)
            let before = try await CatalogCheck(database: catalog.database, imagePath: nil)
                .run(repairs: false)
            #expect(before.findings == [])
            #expect(before.isClean)
            #expect(before.entities == 3)
            #expect(before.versions == 4)
            #expect(before.files == 1)
            #expect(before.revision == catalog.revision)
            // The hash of another content, in the form that both engines take.
            let sql = damage.sql.replacing(
                "entity_hash", with: engine == .sqlite ? "x'00'" : "'\\x00'::bytea")
            try await catalog.database.write { try $0.execute(sql) }
            let after = try await CatalogCheck(database: catalog.database, imagePath: nil)
                .run(repairs: false)
            #expect(after.counts[damage.code] ?? 0 > 0, "\(after.findings)")
            #expect(!after.isClean)
            #expect(after.findings.allSatisfy { $0.remedy != nil })
        }
    }

    @Test(arguments: Engine.allCases)
    func `an image that says something else is found and written anew`(engine: Engine) async throws
    {
        try await withTemporaryFolder { folder in
            var options = KeeperOptions.forTests
            options.imagePath = "\(folder)/image"
            try await withCatalog(engine, options: options) { catalog in
                try await fill(catalog)
                let check = CatalogCheck(
                    database: catalog.database, imagePath: options.imagePath)
                #expect(
                    try await check.run(repairs: false).image == .unused("there is no image"))
                await catalog.keeper.saveImage()
                // An older image counts with what changed since.
                catalog.files.put(
                    "/a.yaml", documents(component("one", owner: "c"), component("two")))
                try await catalog.read("/a.yaml")
                let good = try await check.run(repairs: false)
                #expect(good.findings == [])
                #expect(good.image == .compared(revision: catalog.revision - 1))

                try await writeOther(catalog, at: "\(folder)/image")
                let found = try await check.run(repairs: false)
                #expect(found.imageDiffers)
                #expect(!found.isClean)
                let codes = Set(found.counts.keys)
                #expect(
                    codes == ["check.index-slot", "check.index-values", "check.index-edges"],
                    "\(codes)")
                let repaired = try await check.run(repairs: true)
                #expect(repaired.isRepaired && repaired.isClean)
                #expect(try await check.run(repairs: false).findings == [])
            }
        }
    }

    private func fill(_ catalog: TestCatalog) async throws {
        catalog.files.put("/a.yaml", documents(component("one"), component("two")))
        try await catalog.read("/a.yaml")
        catalog.files.put("/a.yaml", documents(component("one", owner: "b"), component("two")))
        try await catalog.read("/a.yaml")
    }

    /// An image of the current revision in which one entity has another owner and version.
    private func writeOther(_ catalog: TestCatalog, at path: String) async throws {
        let revision = catalog.revision
        let segment = try await catalog.database.read { reader -> Segment? in
            var builder = SegmentBuilder()
            let codec = BodyCodec()
            for version in try CatalogQueries.currentVersions(reader, after: -1, count: 100) {
                var text = String(decoding: try codec.decompress(version.content), as: UTF8.self)
                let isOther = version.ref == "component:default/one"
                if isOther { text = text.replacing("\"owner\":\"c\"", with: "\"owner\":\"x\"") }
                let content = try JSON.parse(Array(text.utf8))
                builder.add(
                    ref: version.ref, slot: version.slot - (isOther ? 1 : 0),
                    stamp: EntityStamp(
                        uid: version.uid, hash: version.hash, item: version.item,
                        number: version.number),
                    content: content, relations: declaredRelations(of: content))
            }
            return builder.finish()
        }
        let label = try await catalog.database.read { try CatalogImage.label($0, revision) }
        try SegmentImage.write(
            #require(segment), revision: revision, label: #require(label), to: path)
    }

    @Test func `two indexes are compared key by key`() throws {
        func index(_ build: (inout SegmentBuilder) -> Void) throws -> Segment {
            var builder = SegmentBuilder()
            build(&builder)
            return try #require(builder.finish())
        }
        func add(_ name: String, _ pairs: [(String, String)], to builder: inout SegmentBuilder) {
            builder.beginDocument(name: name, slot: 1, stamp: [UInt8](repeating: 0, count: 40))
            for (key, value) in pairs {
                var (key, value) = (key, value)
                key.withUTF8 { key in
                    value.withUTF8 { builder.add(key: key, folded: $0, original: $0) }
                }
            }
        }
        let one = try index {
            add("a", [("k", "1"), ("only", "x")], to: &$0)
            add("b", [("k", "2")], to: &$0)
        }
        let swapped = try index {
            add("a", [("k", "2")], to: &$0)
            add("b", [("k", "1")], to: &$0)
        }
        let fewer = try index { add("a", [("k", "1"), ("only", "x")], to: &$0) }
        func differences(_ built: Segment, _ kept: Segment) -> [IndexDifference] {
            var found: [IndexDifference] = []
            SegmentComparison(built: built, kept: kept).forEachDifference { found.append($0) }
            return found
        }
        #expect(differences(one, one) == [])
        #expect(
            differences(one, swapped) == [
                .postings(key: "k", value: "1"), .postings(key: "k", value: "2"), .key("only"),
            ])
        #expect(differences(one, fewer) == [.missing(ref: "b")])
        #expect(differences(fewer, one) == [.surplus(ref: "b")])
    }
}
