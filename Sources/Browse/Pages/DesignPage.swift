package import Markup

/// Every part of the design system in every state, with the data that real catalogs have.
package struct DesignPage: Sendable {
    let shell: Shell
    let now: Int

    /// `now` is in seconds since 1970.
    package init(in shell: Shell, now: Int) {
        self.shell = shell
        self.now = now
    }

    /// The whole page.
    package var html: HTML {
        let parts: [Section] = [
            tokens, type, icons, states, buttons, people, notices, tabs, table, facts, relations,
            bars, diagnostics, code, history, empty,
        ]
        return shell.page(
            title: "Design",
            """
            \(PageHead("Design", facts: ["every part in every state"]))
            <div class="gallery">\(parts.map(\.html))</div>
            """)
    }

    static let longName = """
        Payments settlement and reconciliation service for card, transfer and wallet transactions \
        (formerly "Ledger 2 <beta>")
        """

    var here: Href { shell.site.links.to("design") }

    private var tokens: Section {
        let names = [
            "surface-0", "surface-1", "surface-2", "surface-3", "text-1", "text-2", "text-3",
            "line-1", "line-2", "accent", "ok", "warn", "bad", "info",
        ]
        let items: [HTML] = names.map {
            "<li><span class=\"swatch swatch-\($0)\"></span><code>\($0)</code></li>"
        }
        return Section("Colours", "<ul class=\"swatches\">\(items)</ul>")
    }

    private var type: Section {
        Section(
            "Type",
            """
            <div class="prose"><h3>A heading of the third level</h3>
            <p>Body text is 14 on 20 pixels and stops at 72 characters a line. A \
            <a href="\(here)">link in text</a> is underlined; <code>component:default/cart</code> \
            is in the fixed-width face; 1,204 of 12,380.</p>
            <p class="small quiet">Captions are 12 on 16 pixels.</p></div>
            """)
    }

    private var icons: Section {
        let items: [HTML] = Icon.allCases.map { "<li>\($0)<span>\($0.name)</span></li>" }
        return Section("Icons", count: items.count, "<ul class=\"icon-grid\">\(items)</ul>")
    }

    private var states: Section {
        let words: [State] = [
            State("All right", .ok), State("Needs attention", .warn), State("Failed", .bad),
            State("Note", .info), State("production", icon: .lifecycle), State("plain"),
        ]
        return Section(
            "States, badges, time",
            """
            <div class="state-list">\(words.map(\.html))\(ProblemMark(.bad))\(Badge("tier-1"))\
            \(Badge("linked", href: here))\(TimeText(now - 2, now: now))\
            \(TimeText(now - 42, now: now))\(TimeText(now - 7_400, now: now))\
            \(TimeText(now + 7_400, now: now))\(TimeText(now - 86_500, now: now))\
            \(TimeText(now - 99_000_000, now: now))\(CopyButton("text", what: "this"))</div>
            """)
    }

    private var buttons: Section {
        let all: [HTML] = ButtonStyle.allCases.flatMap { style in
            [
                Button("Register 3 entities", .open(here), style: style).html,
                Button("With icon", .open(here), icon: .plus, style: style, isSmall: true).html,
            ]
        }
        let menu = Menu(
            "More actions",
            [
                .init("View the source", icon: .code, .open(here)),
                .init("Unregister", icon: .remove, .post(here, fields: []), isDanger: true),
            ])
        let form: HTML = """
            <form class="form" action="\(here)"><div class="field"><label for="design-name">Name\
            </label><input class="input" id="design-name" name="name" value="cart">\
            <p class="help">Lower-case letters, digits and hyphens.</p></div>
            <div class="field"><label for="design-owner">Owner</label>\
            <input class="input" id="design-owner" name="owner" value="paymnts" \
            aria-invalid="true" aria-describedby="design-error">\
            <p class="error" id="design-error">\(Icon.error)\
            <span>There is no group paymnts. The nearest is payments.</span></p></div>
            <div class="form-actions"><button class="button" disabled>Cannot yet</button>\
            </div></form>
            """
        return Section(
            "Buttons and forms", "<div class=\"state-list\">\(all)\(menu)</div>\(form)")
    }

    private var people: Section {
        let names = [
            "Alice Ágústsdóttir", "Bob", "田中 太郎", "Иван Петров", "محمد علي", "", Self.longName,
        ]
        let items: [HTML] = names.enumerated().map { index, name in
            "<li>\(Who(name, href: index == 1 ? nil : here, isGroup: index.isMultiple(of: 3)))</li>"
        }
        return Section("People and groups", "<ul class=\"list\">\(items)</ul>")
    }

    private var notices: Section {
        let all: [HTML] = Tone.allCases.map { tone in
            Notice(
                tone,
                "<p>\(tone.word): the source was read 3 h ago.</p><p>It has 214 entities.</p>",
                action: Button("Read it again", .open(here), isSmall: true).html
            ).html
        }
        return Section("Notices", "<div class=\"stack-small\">\(all)</div>")
    }

    private var tabs: Section {
        let all: [Tabs.Tab] = [
            .init("Overview", here, isCurrent: true), .init("Relations", here, count: 1_204),
            .init("Diagnostics", here, count: 2, isBad: true),
        ]
        return Section(
            "Tabs and segments",
            "\(Tabs("Tabs", all))<div>\(Tabs("Segments", all, style: .segments))</div>")
    }
}
