import Descriptors
import Glibc
import Testing
import Values

/// Processor time of this thread in milliseconds: other tests run at the same time.
private func milliseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
}

private func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

/// A text by its name: the texts themselves are megabytes, and a test log prints every argument.
private struct HostileText: CustomTestStringConvertible {
    let name: String
    let text: String
    let code: String?
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ code: String?) {
        (self.name, self.text, self.code) = (name, text, code)
    }
}

@Suite struct `Hostile input` {
    static let bomb = (0..<12).reduce("k: &k0 [x,x,x,x,x,x,x,x,x]\n") { text, number in
        text + "k\(number + 1): &k\(number + 1) [\(many("*k\(number),", 9))]\n"
    }

    @Test(
        arguments: [
            HostileText("nested lists", many("[", 100_000), "too-deep"),
            HostileText("nested maps", many("{a: ", 50_000), "too-deep"),
            HostileText("nested entries", many("- ", 50_000), "too-deep"),
            HostileText("nested keys", many("? ", 50_000), "too-deep"),
            HostileText(
                "keys in keys", many("{", 100) + "\"\\\"\\\"\\\"\\\"\\\"\\\"\"" + many("}", 100),
                "complex-key"
            ),
            HostileText("an alias bomb", bomb, "too-many-aliases"),
            HostileText(
                "many aliases", "a: &a x\nb: [\(many("*a,", 150_000))]", "too-many-aliases"),
            HostileText("tag directives", many("%TAG !a! x\n", 50_000), "too-many-directives"),
            HostileText("broken documents", many("---\n@\n", 100_000), "too-many-faults"),
            HostileText("control characters", many("---\n\u{1}\n", 100_000), "too-many-faults"),
            HostileText("ends of documents", many("a: 1\n...\n", 50_000), "syntax"),
            HostileText("blank lines with tabs", "a: x\n" + many("\t\n", 100_000), "syntax"),
            HostileText("escaped surrogates", many("- \"\\ud83d\\ude00\"\n", 10_000), "syntax"),
            HostileText("stacked marks", "a: e" + many("\u{301}", 1_000), "combining-marks"),
            HostileText("many keys", (0..<20_000).map { "k\($0): v\n" }.joined(), nil),
            HostileText("one long line", "a: " + many("x", 2_000_000), nil),
            HostileText("many digits", "a: " + many("9", 1_000_000), nil),
            HostileText("unknown directives", many("%X\n", 100_000), "syntax"),
            HostileText("an endless quote", "a: \"" + many("x\n", 500_000), "syntax"),
        ])
    private func `costs little and is named`(_ hostile: HostileText) {
        let bytes = Array(hostile.text.utf8)
        let start = milliseconds()
        let found = readDocuments(bytes, file: nil)
        let spent = milliseconds() - start
        let codes = found.diagnostics.filter { $0.severity == .error }.map(\.code)
        #expect(codes.last == hostile.code.map { "yaml.\($0)" })
        #expect(found.diagnostics.count <= 301)
        #expect(spent < 1_000, "\(hostile.name) took \(spent) ms")
    }

    @Test func `beyond a limit is refused`() {
        var limits = DescriptorLimits()
        limits.bytes = 100
        limits.nodes = 10
        limits.documents = 3
        func codes(_ text: String) -> [String] {
            readDocuments(Array(text.utf8), file: nil, limits: limits).diagnostics.map(\.code)
        }
        #expect(codes(many("a", 101)) == ["yaml.too-large"])
        #expect(codes(many("- a\n", 12)) == ["yaml.too-many-values"])
        #expect(codes("- &a [1, 2, 3]\n- *a\n- *a\n") == ["yaml.too-many-values"])
        #expect(codes(many("---\n", 5)) == ["yaml.too-many-documents"])
    }

    /// Small changes to a text that uses every construct: nothing may trap, and what comes out
    /// must be a tape that can be walked.
    @Test func `made by changing good input never traps`() {
        let text = Array(
            """
            %YAML 1.2
            ---
            a: &x {b: [1, "\\ud83d\\ude00", 'c'], ? [d] : e}
            "f": *x # g
            ? |+
              h
            : !!int "1"
            {{ i }}: >-
              j\u{2028}
            - k\t\r\n...\nl: ~
            --- {m: 1, "n": .5, o}
            """.utf8)
        let pieces = [
            "[", "{", "\t", "\n", "---\n", "*x", "&x ", "\"", "\\", "\u{0}", "é", ": ", "? ",
        ]
        var seed: UInt64 = 42
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        var whole = 0
        for _ in 0..<1_000 {
            var changed = text
            for _ in 0...random(3) {
                let at = random(changed.count)
                switch random(4) {
                case 0: changed.remove(at: at)
                case 1: changed[at] = UInt8(random(256))
                case 2: changed.removeSubrange(at..<min(changed.count, at + random(20)))
                default: changed.insert(contentsOf: pieces[random(pieces.count)].utf8, at: at)
                }
                if changed.isEmpty { changed = text }
            }
            let found = readDocuments(changed, file: nil)
            for document in found.documents + found.broken { _ = document.root.text.count }
            whole += found.isWhole ? 1 : 0
        }
        #expect(whole > 0 && whole < 1_000)
    }
}
