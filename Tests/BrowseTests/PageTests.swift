import FoundationEssentials
import Testing

@testable import Browse
@testable import Markup

struct PageTests {
    @Test(arguments: SamplePage.all)
    func `a page is what it was when it was last looked at`(page: SamplePage) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let file = folder.appending(path: page.name + ".html")
        let text = Readable(page.html).text
        if ProcessInfo.processInfo.environment["CALLBOARD_GOLDEN"] == "rewrite" {
            try Data(text.utf8).write(to: file)
        }
        let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        #expect(text == golden, "CALLBOARD_GOLDEN=rewrite writes \(page.name).html anew")
    }

    @Test func `every golden belongs to a page`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let pages = SamplePage.all.map(\.name) + ServedPage.all.map(\.name)
        #expect(Set(files) == Set(pages.map { $0 + ".html" }))
    }

    @Test(arguments: SamplePage.all)
    func `a page is well formed and nothing in it was run or lost`(page: SamplePage) {
        let text = page.html.text
        let ids = text.components(after: " id=\"").map { $0.prefix { $0 != "\"" } }
        #expect(ids.count == Set(ids).count)
        for name in text.components(after: "aria-labelledby=\"").map({ $0.prefix { $0 != "\"" } }) {
            #expect(ids.contains(name))
        }
        #expect(!text.contains("<script>alert"))
        #expect(!text.contains("href=\"javascript"))
        #expect(!text.contains(" style="))
        #expect(text.components(after: "<script").count == 1)
        #expect(text.components(after: "<h1").count == 1)
        #expect(text.components(after: "<main").count == 1)
        // All the portal's own addresses stand under the base path.
        for name in ["href", "action", "src"] {
            for address in text.components(after: " \(name)=\"/") {
                #expect(address.hasPrefix("portal/"), "/\(address.prefix(40))")
            }
        }
        #expect(Readable(page.html).unclosed == [])
    }

    @Test func `a page with a hundred rows is written quickly`() {
        var model = Samples.catalog
        model.rows = (0..<100).map { Samples.rows[$0 % Samples.rows.count] }
        let page = CatalogPage(model, in: Samples.shell())
        let clock = ContinuousClock()
        let time = (0..<20).map { _ in clock.measure { _ = page.html } }.min()
        print("a hundred rows: \(page.html.bytes.count) bytes in \(time.map { "\($0)" } ?? "")")
        #expect(page.html.text.components(after: "<tr>").count == 100)
    }
}

extension String {
    /// The pieces that follow each occurrence of a text.
    func components(after mark: String) -> [Substring] {
        split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { $0 }
    }
}

/// HTML with one element a line, indented; icons by name and hashes of assets left out, so that a
/// redrawn icon or an edited style changes no golden.
struct Readable {
    private(set) var text = ""
    /// Elements that were not closed, or closed in the wrong order.
    private(set) var unclosed: [String] = []

    private static let void: Set<String> = [
        "meta", "link", "input", "img", "hr", "br", "path", "rect",
    ]

    init(_ html: HTML) {
        var open: [String] = []
        var isInIcon = false
        for piece in html.text.split(separator: "<") {
            let parts = piece.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
            guard let tag = parts.first, parts.count == 2 else {
                line(String(piece), depth: open.count)
                continue
            }
            let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
            if tag.hasPrefix("/") {
                if open.last == name { open.removeLast() } else { unclosed.append(name) }
                if !isInIcon { line("</\(tag)>", depth: open.count) }
                if name == "svg" { isInIcon = false }
            } else {
                if tag.hasPrefix("svg class=\"icon") {
                    isInIcon = true
                    let icon = tag.components(after: "icon-").first?.prefix { $0 != "\"" } ?? ""
                    line("<icon \(icon)>", depth: open.count)
                } else if !isInIcon {
                    line("<" + withoutHash(tag) + ">", depth: open.count)
                }
                if !tag.hasPrefix("!"), !Self.void.contains(name) { open.append(name) }
            }
            if !isInIcon { line(String(parts[1]), depth: open.count) }
        }
        unclosed += open
    }

    private mutating func line(_ content: String, depth: Int) {
        let words = content.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
        guard !words.isEmpty else { return }
        text += String(repeating: "  ", count: depth) + words + "\n"
    }

    private func withoutHash(_ tag: Substring) -> String {
        let halves = String(tag).components(after: "/assets/app.")
        guard let name = halves.first, let dot = name.firstIndex(of: ".") else {
            return String(tag)
        }
        let before = tag.prefix(tag.count - name.count)
        return before + "HASH" + name[dot...]
    }
}

extension Substring {
    fileprivate func components(after mark: String) -> [Substring] {
        String(self).components(after: mark)
    }
}
