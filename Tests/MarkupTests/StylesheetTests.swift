import Testing

@testable import Markup

struct StylesheetTests {
    static func text(_ literal: StaticString) -> String {
        literal.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }

    /// The words of a stylesheet that name a colour other than by a token.
    static func colours(in css: String) -> [String] {
        let code = css.split(separator: "/*", omittingEmptySubsequences: false)
            .enumerated().map { index, part in
                index == 0
                    ? String(part)
                    : part.split(separator: "*/", maxSplits: 1).last.map(String.init) ?? ""
            }.joined()
        var found: [String] = []
        for declaration in code.split(whereSeparator: { "{};".contains($0) }) {
            guard let colon = declaration.firstIndex(of: ":") else { continue }
            let value = declaration[colon...].lowercased()
            let words = value.split { !($0.isLetter || $0.isNumber || $0 == "#" || $0 == "-") }
            found += words.map(String.init).filter { word in
                let isFunction = [
                    "rgb", "rgba", "hsl", "hsla", "oklch", "oklab", "lab", "hwb", "color",
                ]
                .contains { word == $0 && value.contains($0 + "(") }
                let isName = [
                    "white", "black", "red", "green", "blue", "gray", "grey", "transparent",
                ]
                .contains(word)
                return word.hasPrefix("#") || isFunction || isName
            }
        }
        return found
    }

    @Test func `no stylesheet but that of the tokens names a colour`() {
        for file in Assets.stylesheets.dropFirst() {
            #expect(Self.colours(in: Self.text(file)) == [])
        }
        #expect(Self.colours(in: "a { color: #fff; border: 1px solid oklch(1 0 0) }").count == 2)
        #expect(Self.colours(in: "a:hover { background: var(--white) }") == [])
    }

    @Test func `every token that is used is defined, and every one defined is used`() {
        let css = Assets.stylesheets.map(Self.text).joined()
        let used = Set(
            css.components(after: "var(--").map {
                $0.prefix { $0.isLetter || $0.isNumber || $0 == "-" }
            })
        let defined = Set(
            Self.text(Embedded.tokensCSS).split(separator: "\n")
                .flatMap { $0.split(separator: ";") }
                .compactMap { line in
                    let line = line.drop { " {:rot".contains($0) }
                    return line.hasPrefix("--") ? line.dropFirst(2).prefix { $0 != ":" } : nil
                })
        #expect(used.subtracting(defined) == [])
        #expect(defined.subtracting(used) == [])
    }

    /// Text or sign, ground, least contrast.
    static let pairs: [(String, String, Double)] = {
        let words = ["text-1", "text-2", "text-3", "accent", "accent-strong"]
        let states = ["ok", "warn", "bad", "info"]
        let code = ["code-key", "code-string", "code-value"]
        let grounds = ["surface-0", "surface-1", "surface-2"]
        var pairs = (words + states + code).flatMap { word in grounds.map { (word, $0, 4.5) } }
        pairs += words.map { ($0, "surface-3", 4.5) } + words.map { ($0, "accent-soft", 4.5) }
        for state in states {
            pairs += (["text-1", "text-2", state] + code).map { ($0, state + "-soft", 4.5) }
        }
        pairs += (0...7).map { ("text-1", "disc-\($0)", 4.5) }
        pairs += [("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5)]
        pairs += ["surface-0", "surface-1", "surface-2"].map { ("line-2", $0, 3) }
        return pairs
    }()

    @Test(arguments: [Theme.light, .dark], [false, true])
    func `contrast holds in every theme and for every hue a company may choose`(
        theme: Theme, isHigh: Bool
    ) throws {
        let tokens = Tokens(css: Self.text(Embedded.tokensCSS), theme: theme, highContrast: isHigh)
        for hue in stride(from: 0.0, to: 360, by: 15) {
            for (word, ground, least) in Self.pairs {
                let front = try #require(tokens.luminance(word, hue: hue))
                let back = try #require(tokens.luminance(ground, hue: hue))
                let ratio = (max(front, back) + 0.05) / (min(front, back) + 0.05)
                if ratio < least {
                    Issue.record("\(theme) \(word) on \(ground), hue \(hue): \(ratio)")
                }
            }
        }
    }

    @Test func `the company's hue is a number of degrees and changes the name of the stylesheet`() {
        let plain = Assets()
        let green = Assets(accentHue: -210)
        #expect(
            String(decoding: green.stylesheet.bytes, as: UTF8.self).hasSuffix(
                ":root { --hue: 150; }\n"))
        #expect(plain.stylesheet.path != green.stylesheet.path)
        #expect(plain.stylesheet.path.hasPrefix("/assets/app."))
        #expect(plain.stylesheet.path.hasSuffix(".css"))
        #expect(plain.script == green.script)
    }
}

extension String {
    /// The pieces that follow each occurrence of a text.
    func components(after mark: String) -> [Substring] {
        split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { $0 }
    }
}
