package import Markup

/// What the page shows on which an address is registered.
package struct ImportModel: Sendable {
    /// An entity that is found there.
    package struct Found: Sendable {
        let link: EntityLink
        let ref: String
        let state: State
        let isTaken: Bool

        /// The state says what registering does to it; `isTaken` if another has its name.
        package init(_ link: EntityLink, ref: String, state: State, isTaken: Bool = false) {
            self.isTaken = isTaken
            self.link = link
            self.ref = ref
            self.state = state
        }
    }

    /// How far it has come.
    package enum Step: Sendable {
        /// Nothing was asked for.
        case asking
        /// What was asked for is no address: why, and what would be one.
        case refused(String)
        /// It was read; nothing is stored yet.
        case found([Found], [DiagnosticCard])
        /// It is registered: what came, what is wrong, and whether it was read to its end.
        case registered([Found], [DiagnosticCard], isWhole: Bool)
    }

    /// The page itself.
    package var action: Href
    /// What was typed.
    package var address: String
    /// How far it has come.
    package var step: Step
    /// Said above: it is registered already, its server is slow.
    package var notices: [Notice]
    /// What can be done now; at most one is primary.
    package var actions: [Button]

    /// The empty form.
    package init(action: Href, address: String = "", step: Step = .asking) {
        self.action = action
        self.address = address
        self.step = step
        notices = []
        actions = []
    }
}

/// Where an address is registered: looked at first, stored when it is confirmed.
package struct ImportPage: Sendable {
    let model: ImportModel
    let shell: Shell

    /// The page for a model.
    package init(_ model: ImportModel, in shell: Shell) {
        self.model = model
        self.shell = shell
    }

    /// The whole page.
    package var html: HTML {
        shell.page(
            title: "Register a component", current: "catalog",
            """
            \(PageHead(
                "Register a component",
                crumbs: [Crumb("Catalog", shell.site.links.to("catalog"))]))
            <div class="stack narrow">\(isRegistered ? about : form)
            \(model.notices.map(\.html))
            \(result)</div>
            """)
    }

    private var isRegistered: Bool {
        if case .registered = model.step { return true }
        return false
    }

    private var about: HTML {
        "<p><span class=\"mono\">\(model.address)</span></p>"
    }

    private var form: HTML {
        var error: HTML?
        if case .refused(let why) = model.step {
            error = """
                <p class="error" id="import-error">\(Icon.error)<span>\(HTML(prose: why))</span></p>
                """
        }
        let isFirst = model.actions.isEmpty
        let button = isFirst ? "button button-primary" : "button"
        let described = error == nil ? "import-help" : "import-error import-help"
        return """
            <form class="form" action="\(model.action)"><div class="field">\
            <label for="import-url">Address of the file</label>\
            <input class="input" id="import-url" name="url" type="url" inputmode="url" required \
            value="\(model.address)" autocomplete="off" spellcheck="false" \
            placeholder="https://"\(attribute: "aria-invalid", error == nil ? nil : "true") \
            aria-describedby="\(described)">\(error)\
            <p class="help" id="import-help">Of a <code>catalog-info.yaml</code>, or of any file \
            with entities or Locations in it, as your browser shows it: \
            <span class="mono">https://github.com/acme/cart/blob/main/catalog-info.yaml</span>. \
            It is only looked at; nothing is stored before you confirm.</p></div>\
            <div class="form-actions"><button class="\(button)">Look at it</button></div></form>
            """
    }

    private var result: HTML {
        switch model.step {
        case .asking: return model.actions.isEmpty ? sample : buttons
        case .refused: return buttons
        case .found(let found, let cards):
            return """
                \(list(found, "What is there"))\(problems(cards, "What is wrong with it"))\(buttons)
                """
        case .registered(let found, let cards, let isWhole):
            let title = isWhole ? "What came into the catalog" : "What came so far"
            return "\(list(found, title))\(problems(cards, "What is wrong with it"))\(buttons)"
        }
    }

    private var sample: HTML {
        let text = """
            apiVersion: backstage.io/v1alpha1
            kind: Component
            metadata:
              name: cart
              description: Keeps what is about to be bought.
            spec:
              type: service
              lifecycle: production
              owner: team-a

            """
        let code = CodeBlock(text, language: .yaml, id: "sample", title: "catalog-info.yaml")
        return Section(
            "There is no such file yet?",
            """
            <p class="prose">Put one beside the code, with the team as its owner, and come back \
            with its address. Whoever changes it later changes what the catalog says.</p>\
            \(code)
            """
        ).html
    }

    private var buttons: HTML {
        model.actions.isEmpty
            ? "" : "<div class=\"form-actions\">\(model.actions.map(\.html))</div>"
    }

    private func list(_ found: [ImportModel.Found], _ title: String) -> HTML {
        guard !found.isEmpty else { return "" }
        let rows: [HTML] = found.prefix(200).map { entity in
            let name: HTML =
                entity.link.href.map { "<a href=\"\($0)\"><bdi>\(entity.link.title)</bdi></a>" }
                ?? "<span class=\"clip\"><bdi>\(entity.link.title)</bdi></span>"
            return """
                <li>\(entity.link.icon)\(name)<span class="ref mono">\(entity.ref)</span>\
                \(entity.state)</li>
                """
        }
        let more: HTML? =
            found.count > rows.count
            ? "<p class=\"empty-line\">And \((found.count - rows.count).grouped) more</p>" : nil
        return Section(
            title, count: found.count, "<ul class=\"list found\">\(rows)</ul>\(more)"
        ).html
    }

    private func problems(_ cards: [DiagnosticCard], _ title: String) -> HTML? {
        cards.isEmpty
            ? nil : Section(title, count: cards.count, DiagnosticList(cards).html).html
    }
}
